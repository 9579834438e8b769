// Scripts whose blanks, line breaks and comments are drawn anew: canonical forms are the same program, and stay as they are.
import Formatting
import Language

/// Any script, whole or damaged, put into canonical form twice.
struct FormatKind: FuzzKind {
    static let name = "format", ending = "lethe"
    let corpus: Corpus
    init(_ corpus: Corpus) { self.corpus = corpus }

    private static let gaps = [
        "", "", " ", " ", "  ", "\t", "\n", "\n\n\n\n", "\r\n", " # c\n", "\n# %% t\n", "\n  #> x\n", "\n#> 1\n",
        "\n|> ",
        "\n{ ", ";",
    ]

    func input(_ random: inout FuzzRandom) -> [UInt8] {
        let script = random.oneIn(2) ? random.pick(corpus.programs) : random.pick(corpus.scripts)
        if random.oneIn(4) { return Mutation.bytes(Array(script.utf8), [], &random) }
        // A gap at a time: where each were drawn, no program would be left.
        var bytes: [UInt8] = [], last = 0
        let all = Array(script.utf8), often = random.oneIn(3)
        for token in Language.tokens(of: script) {
            let range = token.span.range
            guard range.lowerBound >= last else { continue }
            let isDrawn = random.oneIn(often ? 4 : 60)
            bytes += isDrawn ? Array(random.pick(Self.gaps).utf8) : Array(all[last..<range.lowerBound])
            bytes += all[range]
            last = range.upperBound
        }
        return bytes
    }

    func run(_ input: [UInt8], _ bench: Bench) throws {
        let script = text(input)
        do {
            let canonical = try CanonicalForm.of(script, name: "script")
            let again = try CanonicalForm.of(canonical, name: "script")
            guard again.utf8.elementsEqual(canonical.utf8) else {
                throw Finding(message: "the canonical form has another: \(again.debugDescription.prefix(300))")
            }
        } catch is Diagnostic {
            return
        } catch let error as LanguageError {
            throw Finding(message: error.message)
        }
    }
}
