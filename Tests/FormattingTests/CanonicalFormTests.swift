// The canonical form: what it changes, what it leaves alone, what it refuses.
import Foundation
import Formatting
import Language
import TestSupport
import Testing

@Suite struct CanonicalFormTests {
    /// Scripts, and what they become.
    private static let pairs: [(String, String)] = [
        // Blanks.
        ("x=1+2 *3", "x = 1 + 2 * 3"),
        ("f( a,b , lr = -1e-3 )[ 0 ]", "f(a, b, lr=-1e-3)[0]"),
        ("def f (x,k = 1)=k*x", "def f(x, k=1) = k * x"),
        ("x [1:2]\n", "x [1:2]\n"),
        ("x[ 1 : -1 , : ] ^ 2", "x[1:-1, :]^2"),
        ("y=- x- -z", "y = -x - -z"),
        ("a<b<=c==d!=not e", "a < b <= c == d != not e"),
        ("p->p . x |>sum", "p -> p.x |> sum"),
        ("( a , ) -> a", "(a,) -> a"),
        ("r=( a=1,in=2 , \"b c\" = 3 ).in", "r = (a=1, in=2, \"b c\"=3).in"),
        ("x+=1;y@=z ;", "x += 1; y @= z;"),
        ("if x{a}else{ }", "if x { a } else { }"),
        ("for a,b in xs{ print( \"{ a :.2f} and { b }\" ) }", "for a, b in xs { print(\"{a:.2f} and {b}\") }"),
        ("try{f()}catch e{e.message}", "try { f() } catch e { e.message }"),
        ("m = use  'lib.lethe'", "m = use 'lib.lethe'"),
        ("[ 1,2, 3 ,]", "[1, 2, 3,]"),
        ("not  x in y,x not  in y", "not x in y, x not in y"),
        ("1. .real", "1. .real"),
        (":save   a.ws", ":save   a.ws"),
        ("  ?train", "?train"),
        // Lines and indentation.
        (
            "def f(x)\n{\n      y = x\n\n\n\n  return y\n\n}",
            "def f(x) {\n  y = x\n\n  return y\n}"
        ),
        ("if a {\nb\n}\nelse {\nc\n}", "if a {\n  b\n} else {\n  c\n}"),
        ("if a { b }\n    else { c }", "if a { b }\nelse { c }"),
        ("x = f(a,\n      b,\n      c)", "x = f(a,\n  b,\n  c)"),
        ("r = (\n     a=[\n1,\n2\n],\n  b=2\n)", "r = (\n  a=[\n    1,\n    2\n  ],\n  b=2\n)"),
        ("xs\n|> map(x -> {\nx\n})\n  # why\n    |> sum", "xs\n  |> map(x -> {\n    x\n  })\n  # why\n  |> sum"),
        ("y = a +\nb *\nc\nz", "y = a +\n  b *\n  c\nz"),
        ("y =\n{ }\n", "y =\n{ }\n"),
        // Comments.
        ("x   # one\nlong  # two", "x  # one\nlong  # two"),
        ("x     # one\nlong  # two", "x     # one\nlong  # two"),
        ("def f() {\n# why\nreturn 1 #no\n      # last\n}", "def f() {\n  # why\n  return 1  #no\n  # last\n}"),
        ("f(a, # first\nb)", "f(a,  # first\n  b)"),
        // Documents.
        ("\n\n#!/usr/bin/env lethe\n\n\n\n\nx\n\n\n", "#!/usr/bin/env lethe\n\n\nx"),
        ("#%%A title [slow]\nx\n#>  1 \n#>\n#>x", "# %% A title [slow]\nx\n#>  1 \n#>\n#>x"),
        ("# %% [markdown]\n#  text  \n# a   \n", "# %% [markdown]\n#  text  \n# a  "),
        ("if a {\n#> b\n  #> c\n}\n  #> d", "if a {\n#> b\n  #> c\n}\n #> d"),
        ("x = [1,\n#> error: `[` is not closed\ny=1", "x = [1,\n#> error: `[` is not closed\ny = 1"),
        ("a=1\r\nb=\"x\"\r\n#> 1\r\n", "a = 1\r\nb = \"x\"\r\n#> 1"),
        ("é=\"日 本\" +'🌊'", "é = \"日 本\" + '🌊'"),
    ]

    @Test(arguments: pairs.indices) func theFormIs(_ index: Int) throws {
        let (script, expected) = Self.pairs[index]
        let end = script.contains("\r\n") ? "\r\n" : "\n"
        guard let canonical = try? CanonicalForm.of(script, name: "script") else {
            // What has a syntax error stays.
            #expect(script == expected)
            return
        }
        #expect(canonical == (expected.hasSuffix("\n") ? expected : expected + end))
        #expect(try CanonicalForm.of(canonical, name: "script") == canonical)
    }

    @Test func anEmptyScriptStaysEmpty() throws {
        for text in ["", "\n", " \n\t\n"] { #expect(try CanonicalForm.of(text, name: "script").isEmpty) }
    }

    @Test func aSyntaxErrorIsRefusedWithItsPlace() throws {
        let error = #expect(throws: Diagnostic.self) {
            try CanonicalForm.of("x=1\ny = )\n#> error: not this\nz = (\n", name: "a.lethe")
        }
        #expect(error?.rendered().hasPrefix("a.lethe:4:5: error: `(` is not closed") == true)
    }

    @Test func theRepositoryIsInCanonicalForm() throws {
        var count = 0
        for folder in ["Examples", "Tests/Conformance", "Tests/Language", "Scripts"] {
            let names = FileManager.default.enumerator(atPath: "\(GoldenData.package)/\(folder)")?.compactMap {
                $0 as? String
            }
            for name in try #require(names) where name.hasSuffix(".lethe") {
                let path = "\(GoldenData.package)/\(folder)/\(name)"
                let text = try String(contentsOfFile: path, encoding: .utf8)
                // Cells of these run one by one, some of them with errors in them.
                guard let canonical = try? CanonicalForm.of(text, name: name) else {
                    #expect(folder == "Tests/Language", "\(name)")
                    continue
                }
                count += 1
                #expect(try CanonicalForm.of(canonical, name: name) == canonical, "\(name)")
                if folder == "Examples" { #expect(canonical == text, "\(name)") }
            }
        }
        #expect(count > 50)
    }
}
