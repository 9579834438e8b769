// Completeness, tokens, and input that must not break the parser.
import Language
import Testing

@Suite struct SyntaxTests {
    @Test(arguments: [
        ("1 + 1", Completeness.complete), ("", .complete), ("# note", .complete), (":save f", .complete),
        ("train?", .complete), ("def f(x) {", .incomplete(depth: 1)), ("def f(x) {\n  x + 1\n", .incomplete(depth: 1)),
        ("for i in xs {\n  if i {", .incomplete(depth: 2)), ("f(1,", .incomplete(depth: 1)),
        ("[1, 2", .incomplete(depth: 1)), ("1 +", .incomplete(depth: 1)), ("x =", .incomplete(depth: 1)),
        ("def f(x)", .incomplete(depth: 1)), ("if x > 1", .incomplete(depth: 1)), ("x -> ", .incomplete(depth: 1)),
        ("def f(x) {\n x\n}", .complete), ("if a { 1 }", .complete), ("a b", .invalid), ("1)", .invalid),
        ("\"abc", .invalid), ("(1]", .invalid), ("a b {", .invalid), ("f(a=1, 2", .invalid), ("x = 3 ** 2", .invalid),
        ("data |>", .incomplete(depth: 1)),
    ]) func completeness(_ text: String, _ expected: Completeness) {
        #expect(Completeness(of: text) == expected, "\(text)")
    }

    /// Line by line, the programs of the manual are incomplete until their last bracket.
    @Test func growingPrograms() {
        let lines = ["def f(x) {", "  y = [", "    1,", "  ]", "  y[0]", "}"]
        for count in 1..<lines.count {
            let text = lines.prefix(count).joined(separator: "\n")
            guard case .incomplete = Completeness(of: text) else {
                Issue.record("not incomplete: \(text)")
                continue
            }
        }
        #expect(Completeness(of: lines.joined(separator: "\n")) == .complete)
    }

    @Test func tokensHaveKinds() {
        let words = tokens(of: "def f(x) = \"a{x:.2f}b\" + 1.5 # note\n:save f")
        let kinds = words.map(\.category).filter { $0 != .space }
        #expect(
            kinds == [
                .keyword, .name, .bracket, .name, .bracket, .operation, .string, .name, .string, .string, .operation,
                .number, .comment, .command,
            ])
    }

    @Test func tokensCoverEveryWord() {
        let text = "x = [1, \"é\", 'b'] |> map(y -> y ^ 2)"
        for token in tokens(of: text) { #expect(token.span.end <= Int32(text.utf8.count)) }
    }

    @Test(arguments: ["(", "[", "-", "not ", "x -> ", "f(", "if 1 { ", "\"{", "1 + (", "a.b[", "def f() { ", "{"])
    func deepNestingIsAnError(_ opening: String) {
        let bench = Bench()
        let text = String(repeating: opening, count: 100_000)
        #expect(bench.cell(1, text).contains("error:"))
        #expect(bench.cell(2, text + "1" + String(repeating: ")", count: 100_000)).contains("error:"))
    }

    @Test(arguments: [" + 1", "(1)", "[0]", ".a", " |> f", " < 1", " and 1", " ^ 2", "->x"])
    func longChainsAreAnError(_ link: String) {
        #expect(Bench().cell(1, "x" + String(repeating: link, count: 200_000)).contains("error:"))
    }

    @Test func chainsOfSomeHundredsRun() {
        #expect(Bench().cell(1, "1" + String(repeating: " + 1", count: 900)) == "901\n")
        let branches = String(repeating: "else if x == 2 { 1 } ", count: 3000)
        #expect(Bench().cell(1, "x = 1\nif x == 0 { 0 } \(branches) else { 7 }") == "7\n")
    }

    /// Random cuts and swaps of a real program: any outcome but a crash.
    @Test func mangledProgramsDoNotCrash() {
        let program = Array(
            """
            def sophia(m, g, s=(mom=0, hess=0), lr=1e-3) {
              s.mom = 0.96 * s.mom + 0.04 * g; s.hess[1:3, :] = [x for x]
              return m - lr * clip(s.mom / (s.hess + 1e-15), -1, 1), s
            }
            for i in range(3) { if i % 2 == 0 { print("{i:.2f} é", 'a') } else { continue } }
            a, b = b, a |> map(x -> {x}) not in (a=1) ; ?x
            :save "f"
            """.utf8)
        var state: UInt64 = 88_172_645_463_325_252
        func next(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        let bench = Bench()
        for _ in 0..<3000 {
            var bytes = program
            for _ in 0..<(1 + next(4)) {
                let at = next(bytes.count)
                switch next(4) {
                case 0: bytes.removeSubrange(at..<min(bytes.count, at + 1 + next(20)))
                case 1: bytes.insert(contentsOf: Array("(){}[]\"':;?!|>=-.,#\\\n@é".utf8).shuffled().prefix(2), at: at)
                case 2: bytes.swapAt(at, next(bytes.count))
                default: bytes = Array(bytes.prefix(at + 1))
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            _ = tokens(of: text)
            _ = Completeness(of: text)
            bench.isInterrupted = false
            _ = bench.cell(1, text)
        }
        #expect(bench.cell(2, "1 + 1") == "2\n")
    }
}
