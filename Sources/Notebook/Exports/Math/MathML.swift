// Formulas of LaTeX as MathML, which browsers set and screen readers read.
//
// The part of LaTeX that papers on unlearning use: letters, Greek, operators and relations, `^` and `_`, `\frac`,
// `\sqrt`, `\binom`, `\left( … \right)`, `\text`, `\operatorname`, alphabets (`\mathbb`, `\mathcal`, `\mathbf`, …),
// accents, braces over and under, blanks, matrices, `cases` and `aligned`. A command it does not know stands as it was
// written. The source stays beside the formula as an annotation. All text is escaped, so that nothing written in a
// formula becomes part of the page.
import Language

package enum MathML {
    /// A longer formula, or one nested deeper, stays text.
    private static let most = (characters: 4000, depth: 40)

    /// - Parameters:
    ///   - source: without the dollar signs.
    ///   - isDisplay: it stands by itself.
    /// - Returns: nil for a formula whose braces do not match.
    package static func html(_ source: String, isDisplay: Bool) -> String? {
        guard source.utf8.count <= most.characters, !source.isBlank else { return nil }
        var parser = Parser(MathToken.all(of: source), isDisplay: isDisplay, deepest: most.depth)
        guard let body = parser.all() else { return nil }
        return """
            <math\(isDisplay ? " display=\"block\"" : "")><semantics><mrow>\(body)</mrow>\
            <annotation encoding="application/x-tex">\(HTMLText.escaped(source.trimmingSpaces))</annotation>\
            </semantics></math>
            """
    }

    /// Reads tokens once, from left to right.
    private struct Parser {
        private var tokens: ArraySlice<MathToken>
        private let isDisplay: Bool
        private let deepest: Int
        private var depth = 0
        private var alphabet: MathSymbols.Alphabet?

        /// Thrown where no sense can be made of the whole.
        private struct Unbalanced: Error {}

        init(_ tokens: [MathToken], isDisplay: Bool, deepest: Int) {
            (self.tokens, self.isDisplay, self.deepest) = (tokens[...], isDisplay, deepest)
        }

        mutating func all() -> String? {
            guard let body = try? row(until: { _ in false }), tokens.isEmpty else { return nil }
            return body
        }

        private mutating func skipBlanks() { while tokens.first == .blank { tokens.removeFirst() } }

        /// Terms up to a token that ends them, which stays.
        private mutating func row(until ends: (MathToken) -> Bool) throws -> String {
            depth += 1
            defer { depth -= 1 }
            guard depth <= deepest else { throw Unbalanced() }
            var body = ""
            while true {
                skipBlanks()
                guard let token = tokens.first, !ends(token) else { return body }
                if token == .close { throw Unbalanced() }
                body += try scripted()
            }
        }

        // MARK: Terms

        /// What scripts are put to.
        private struct Term {
            var body: String
            var hasLimits = false
            /// A function's name, from which its argument is kept apart.
            var isFunction = false
        }

        /// A term with what stands above and below it.
        private mutating func scripted() throws -> String {
            let base = try term()
            var lower: String?, upper: String?, primes = ""
            scripts: while true {
                skipBlanks()
                switch tokens.first {
                case .subscript where lower == nil:
                    tokens.removeFirst()
                    lower = try argument()
                case .superscript where upper == nil:
                    tokens.removeFirst()
                    upper = try argument()
                case .character("'") where upper == nil:
                    tokens.removeFirst()
                    primes += "′"
                case .subscript, .superscript: throw Unbalanced()
                default: break scripts
                }
            }
            if !primes.isEmpty {
                let mark = "<mo>\(primes)</mo>"
                upper = upper.map { "<mrow>\(mark)\($0)</mrow>" } ?? mark
            }
            let (under, over) = base.hasLimits && isDisplay ? ("munder", "mover") : ("msub", "msup")
            let both = base.hasLimits && isDisplay ? "munderover" : "msubsup"
            let scripted =
                switch (lower, upper) {
                case (nil, nil): base.body
                case (let lower?, nil): "<\(under)>\(base.body)\(lower)</\(under)>"
                case (nil, let upper?): "<\(over)>\(base.body)\(upper)</\(over)>"
                case (let lower?, let upper?): "<\(both)>\(base.body)\(lower)\(upper)</\(both)>"
                }
            guard base.isFunction else { return scripted }
            return scripted + "<mo>&#x2061;</mo>" + (opensNext ? "" : "<mspace width=\"0.167em\"/>")
        }

        /// What comes next is a parenthesis or nothing, so that no blank need be before it.
        private var opensNext: Bool {
            switch tokens.first {
            case .character("("), .character("["), .command("left"), .command("{"), .close, .cell, .row, nil: true
            case .command(let name): MathSymbols.operators[name] != nil || MathSymbols.spaces[name] != nil
            default: false
            }
        }

        private func element(_ name: String, _ text: some StringProtocol, _ attributes: String = "") -> String {
            "<\(name)\(attributes)>\(HTMLText.escaped(text))</\(name)>"
        }

        /// What `^`, `\frac` and the like apply to: a group, or one term.
        private mutating func argument() throws -> String {
            skipBlanks()
            guard let token = tokens.first, token != .close else { throw Unbalanced() }
            return try term().body
        }

        private mutating func term() throws -> Term {
            depth += 1
            defer { depth -= 1 }
            skipBlanks()
            guard depth <= deepest, let token = tokens.popFirst() else { throw Unbalanced() }
            switch token {
            case .open:
                let body = try row { $0 == .close }
                guard tokens.popFirst() == .close else { throw Unbalanced() }
                return Term(body: "<mrow>\(body)</mrow>")
            case .number(let digits): return Term(body: element("mn", String(digits.map { alphabet?($0) ?? $0 })))
            case .character(let character): return Term(body: sign(character))
            case .command(let name): return try command(name)
            case .superscript, .subscript:
                // `{}^2` without its base.
                tokens = [token] + tokens
                return Term(body: "<mrow></mrow>")
            case .close, .cell, .row: throw Unbalanced()
            case .blank: return Term(body: "")
            }
        }

        private func sign(_ character: Character) -> String {
            if character.isLetter {
                return alphabet == .upright
                    ? element("mi", String(character), " mathvariant=\"normal\"")
                    : element("mi", String(alphabet?(character) ?? character))
            }
            switch character {
            case "-": return element("mo", "−")
            case "*": return element("mo", "∗")
            case "~": return "<mspace width=\"0.278em\"/>"
            case "(", ")", "[", "]", "|", "/": return element("mo", String(character), " stretchy=\"false\"")
            default: return element("mo", String(character))
            }
        }

        // MARK: Commands

        private mutating func command(_ name: String) throws -> Term {
            if let letter = MathSymbols.letters[name] {
                return Term(body: element("mi", String(letter.map { alphabet?($0) ?? $0 })))
            }
            if let sign = MathSymbols.upright[name] {
                return Term(body: element("mi", String(sign.map { alphabet?($0) ?? $0 }), " mathvariant=\"normal\""))
            }
            if let sign = MathSymbols.operators[name] {
                return Term(body: element("mo", sign, " stretchy=\"false\""))
            }
            if let sign = MathSymbols.large[name] {
                return Term(body: element("mo", sign), hasLimits: !name.hasSuffix("int"))
            }
            if MathSymbols.functions.contains(name) {
                return Term(
                    body: function(name), hasLimits: MathSymbols.functionsWithLimits.contains(name), isFunction: true)
            }
            if let width = MathSymbols.spaces[name] { return Term(body: "<mspace width=\"\(width)\"/>") }
            if let alphabet = MathSymbols.alphabets[name] { return Term(body: try letters(in: alphabet)) }
            if let accent = MathSymbols.accents[name] {
                let mark = element("mo", accent.mark, " stretchy=\"\(accent.stretches)\"")
                let accented = "<mover accent=\"true\">\(try argument())\(mark)</mover>"
                return Term(body: accented, hasLimits: name == "overbrace")
            }
            if let accent = MathSymbols.accentsBelow[name] {
                let body = "<munder accentunder=\"true\">\(try argument())\(element("mo", accent))</munder>"
                return Term(body: body, hasLimits: name == "underbrace")
            }
            return try construction(name)
        }

        private mutating func construction(_ name: String) throws -> Term {
            switch name {
            case "frac", "dfrac", "tfrac": return Term(body: "<mfrac>\(try argument())\(try argument())</mfrac>")
            case "binom":
                let fraction = "<mfrac linethickness=\"0\">\(try argument())\(try argument())</mfrac>"
                return Term(body: "<mrow><mo>(</mo>\(fraction)<mo>)</mo></mrow>")
            case "sqrt":
                skipBlanks()
                guard tokens.first == .character("[") else { return Term(body: "<msqrt>\(try argument())</msqrt>") }
                tokens.removeFirst()
                let degree = try row { $0 == .character("]") }
                guard tokens.popFirst() == .character("]") else { throw Unbalanced() }
                return Term(body: "<mroot>\(try argument())<mrow>\(degree)</mrow></mroot>")
            case "text", "textrm", "textit", "textbf", "mbox", "texttt":
                return Term(body: element("mtext", try words()))
            case "operatorname":
                return Term(body: function(try words()), hasLimits: true, isFunction: true)
            case "left": return Term(body: try fenced())
            case "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "bigm", "middle":
                return Term(body: element("mo", try delimiter() ?? ""))
            case "displaystyle", "textstyle", "limits", "nolimits", "nonumber", "notag": return Term(body: "")
            case "begin": return Term(body: try environment())
            case "stackrel", "overset":
                let above = try argument()
                return Term(body: "<mover>\(try argument())\(above)</mover>")
            case "underset":
                let below = try argument()
                return Term(body: "<munder>\(try argument())\(below)</munder>")
            case "end", "right": throw Unbalanced()
            default: return Term(body: element("mtext", "\\" + name, " class=\"unknown\""))
            }
        }

        /// A function's name stands upright.
        private func function(_ name: String) -> String {
            let spaced = ["argmax": "arg max", "argmin": "arg min", "limsup": "lim sup", "liminf": "lim inf"][name]
            return element("mi", spaced ?? name, (spaced ?? name).count == 1 ? " mathvariant=\"normal\"" : "")
        }

        private mutating func letters(in new: MathSymbols.Alphabet) throws -> String {
            let before = alphabet
            defer { alphabet = before }
            alphabet = new
            // Several upright letters are a word.
            skipBlanks()
            if new == .upright, tokens.first == .open, let end = tokens.firstIndex(of: .close) {
                let inner = tokens[(tokens.startIndex + 1)..<end]
                let isWord =
                    inner.count > 1
                    && inner.allSatisfy {
                        if case .character(let character) = $0 { return character.isLetter || character == "-" }
                        return $0 == .blank
                    }
                if isWord {
                    tokens = tokens[(end + 1)...]
                    return element("mi", inner.map(\.source).joined())
                }
            }
            return try argument()
        }

        /// Text between braces as it was written.
        private mutating func words() throws -> String {
            skipBlanks()
            guard tokens.popFirst() == .open else { throw Unbalanced() }
            var text = "", open = 1
            while let token = tokens.popFirst() {
                switch token {
                case .open: open += 1
                case .close: open -= 1
                // `\_` and `\%` in words are these signs; other commands stay as they are.
                case .command(let name): text += name.count == 1 && name != " " ? name : name == " " ? " " : "\\" + name
                default: text += token.source
                }
                if open == 0 { return text }
            }
            throw Unbalanced()
        }

        /// What stands behind `\left` or `\big`; nil for the dot, which is none.
        private mutating func delimiter() throws -> String? {
            skipBlanks()
            switch tokens.popFirst() {
            case .character("."): return nil
            case .character(let character): return String(character)
            case .command(let name): return MathSymbols.operators[name] ?? "\\" + name
            default: throw Unbalanced()
            }
        }

        private mutating func fenced() throws -> String {
            let left = try delimiter()
            let body = try row { $0 == .command("right") }
            guard tokens.popFirst() == .command("right") else { throw Unbalanced() }
            let right = try delimiter()
            func fence(_ sign: String?) -> String {
                sign.map { element("mo", $0, " fence=\"true\" stretchy=\"true\"") } ?? ""
            }
            return "<mrow>\(fence(left))\(body)\(fence(right))</mrow>"
        }

        // MARK: Environments

        private static let fences: [String: (String, String)] = [
            "pmatrix": ("(", ")"), "bmatrix": ("[", "]"), "vmatrix": ("|", "|"), "Vmatrix": ("‖", "‖"),
            "Bmatrix": ("{", "}"), "cases": ("{", ""),
        ]
        private static let plain: Set<String> = ["matrix", "aligned", "align", "align*", "split", "gathered", "array"]

        private mutating func environment() throws -> String {
            let name = try words()
            let fences = Self.fences[name]
            guard fences != nil || Self.plain.contains(name) else { throw Unbalanced() }
            if name == "array" { _ = try words() }
            var rows: [[String]] = [[]]
            while true {
                rows[rows.count - 1].append(
                    try row { $0 == .cell || $0 == .row || $0 == .command("end") })
                switch tokens.popFirst() {
                case .cell: continue
                case .row: rows.append([])
                case .command("end"):
                    guard try words() == name else { throw Unbalanced() }
                    return table(rows, of: name, fences)
                default: throw Unbalanced()
                }
            }
        }

        private func table(_ rows: [[String]], of name: String, _ fences: (String, String)?) -> String {
            let isAligned = Self.plain.contains(name) && name != "matrix" && name != "array"
            var rows = rows
            if rows.last == [""] { rows.removeLast() }
            let body = rows.map { cells in
                "<mtr>"
                    + cells.enumerated().map { column, cell in
                        let side = isAligned ? column % 2 == 0 ? "r" : "l" : name == "cases" ? "l" : ""
                        return "<mtd\(side.isEmpty ? "" : " class=\"\(side)\"")>\(cell)</mtd>"
                    }.joined() + "</mtr>"
            }.joined()
            func fence(_ sign: String) -> String {
                sign.isEmpty ? "" : element("mo", sign, " fence=\"true\" stretchy=\"true\"")
            }
            return "<mrow>\(fence(fences?.0 ?? ""))<mtable>\(body)</mtable>\(fence(fences?.1 ?? ""))</mrow>"
        }
    }
}
