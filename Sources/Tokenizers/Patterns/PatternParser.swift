// Reads regular expressions as Oniguruma does (its Ruby syntax, which the Hugging Face libraries use).

/// Reads what published tokenizers use of the syntax, and names what it does not know.
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var ignoresCase = false
    private var dotMatchesNewline = false
    private var depth = 0

    private init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

    static func parse(_ pattern: String) throws(PatternError) -> PatternNode {
        var parser = PatternParser(pattern)
        let node = try parser.alternatives()
        guard parser.index == parser.scalars.count else { throw parser.wrong("closes no group", at: parser.index) }
        return node
    }

    // MARK: Reading

    private var next: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    private mutating func take(_ text: String) -> Bool {
        guard scalars[index...].starts(with: text.unicodeScalars) else { return false }
        index += text.unicodeScalars.count
        return true
    }

    private func wrong(_ message: String, at start: Int, through end: Int? = nil) -> PatternError {
        let part = scalars[min(start, scalars.count)..<min((end ?? start) + 1, scalars.count)]
        let text = String(String.UnicodeScalarView(part))
        return PatternError(message: "holds \"\(text)\" at character \(start), which \(message)")
    }

    private func notKnown(from start: Int) -> PatternError {
        wrong("is not supported in a pattern", at: start, through: index - 1)
    }

    private func open(_ what: String) -> PatternError { PatternError(message: "ends within \(what)") }

    // MARK: Groups and sequences

    private mutating func alternatives() throws(PatternError) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 100 else { throw wrong("lies too deep in other groups", at: max(0, index - 1)) }
        let (ignoresCase, dotMatchesNewline) = (ignoresCase, dotMatchesNewline)
        defer { (self.ignoresCase, self.dotMatchesNewline) = (ignoresCase, dotMatchesNewline) }
        var parts = [try sequence()]
        while take("|") { parts.append(try sequence()) }
        return parts.count == 1 ? parts[0] : .either(parts)
    }

    private mutating func sequence() throws(PatternError) -> PatternNode {
        var parts: [PatternNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            if take("(?#") {
                while let scalar = next, scalar != ")" { _ = scalar; index += 1 }
                guard take(")") else { throw open("a comment") }
                continue
            }
            var part = try atom()
            while let (min, max, greed) = try quantifier() { part = .repeated(part, min: min, max: max, greed) }
            parts.append(part)
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func quantifier() throws(PatternError) -> (Int, Int?, PatternNode.Greed)? {
        let start = index
        var bounds: (Int, Int?)
        switch next {
        case "*": bounds = (0, nil)
        case "+": bounds = (1, nil)
        case "?": bounds = (0, 1)
        case "{":
            guard let counted = counts() else {
                index = start
                return nil
            }
            let largest = 1000
            guard counted.0 <= largest, (counted.1 ?? 0) <= largest else {
                throw wrong("repeats more than \(largest) times", at: start, through: index - 1)
            }
            if let most = counted.1, most < counted.0 {
                throw wrong("repeats at least more often than at most", at: start, through: index - 1)
            }
            bounds = counted
            // Here "+" after counts repeats the counted part, and "{n}?" makes it optional.
            guard next == "?" else { return (bounds.0, bounds.1, .greedy) }
            if counted.0 == counted.1 { return (bounds.0, bounds.1, .greedy) }
            index += 1
            return (bounds.0, bounds.1, .lazy)
        default: return nil
        }
        index += 1
        if take("?") { return (bounds.0, bounds.1, .lazy) }
        if take("+") { return (bounds.0, bounds.1, .possessive) }
        return (bounds.0, bounds.1, .greedy)
    }

    /// `{n}`, `{n,}`, `{,m}`, `{n,m}`; nil for a brace that stands for itself.
    private mutating func counts() -> (Int, Int?)? {
        index += 1
        let low = number()
        if take("}") { return low.map { ($0, $0) } }
        guard take(",") else { return nil }
        let high = number()
        guard low != nil || high != nil, take("}") else { return nil }
        return (low ?? 0, high)
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let scalar = next, ("0"..."9").contains(scalar) {
            value = min((value ?? 0) * 10 + Int(scalar.value - 0x30), 1_000_000)
            index += 1
        }
        return value
    }

    // MARK: Atoms

    private func set(_ set: ScalarSet) -> PatternNode { .one(ignoresCase ? set.ignoringCase : set) }

    private mutating func atom() throws(PatternError) -> PatternNode {
        let start = index
        guard let scalar = next else { return .empty }
        index += 1
        switch scalar {
        case "(": return try group(start)
        case "[":
            return set(try characterClass(start))
        case ".":
            return .one(dotMatchesNewline ? .all : ScalarSet("\n").inverted)
        case "^": return .place(.lineStart)
        case "$": return .place(.lineEnd)
        case "\\": return try escape(start)
        case "*", "+", "?": throw wrong("repeats nothing", at: start)
        default: return set(ScalarSet(scalar))
        }
    }

    private mutating func group(_ start: Int) throws(PatternError) -> PatternNode {
        var make: (PatternNode) -> PatternNode = { $0 }
        if take("?") {
            if take(":") {
            } else if take("=") {
                make = { .look($0, behind: false, negative: false) }
            } else if take("!") {
                make = { .look($0, behind: false, negative: true) }
            } else if take(">") {
                make = { .atomic($0) }
            } else if take("<=") {
                make = { .look($0, behind: true, negative: false) }
            } else if take("<!") {
                make = { .look($0, behind: true, negative: true) }
            } else if take("<") {
                while let scalar = next, scalar != ">" { _ = scalar; index += 1 }
                guard take(">") else { throw open("a group's name") }
            } else {
                return try options(start)
            }
        }
        let node = try alternatives()
        guard take(")") else { throw open("a group") }
        return make(node)
    }

    /// `(?i:…)`, or `(?i)` for the rest of the group around it.
    private mutating func options(_ start: Int) throws(PatternError) -> PatternNode {
        let before = (ignoresCase, dotMatchesNewline)
        var value = true
        while let scalar = next, scalar != ":", scalar != ")" {
            index += 1
            switch scalar {
            case "-": value = false
            case "i": ignoresCase = value
            case "m": dotMatchesNewline = value
            default: throw notKnown(from: start)
            }
        }
        if take(")") {
            let node = try alternatives()
            (ignoresCase, dotMatchesNewline) = before
            return node
        }
        guard take(":") else { throw open("a group") }
        let node = try alternatives()
        (ignoresCase, dotMatchesNewline) = before
        guard take(")") else { throw open("a group") }
        return node
    }

    private mutating func escape(_ start: Int) throws(PatternError) -> PatternNode {
        guard let scalar = next else { throw open("an escape") }
        switch scalar {
        case "A":
            index += 1
            return .place(.textStart)
        case "z":
            index += 1
            return .place(.textEnd)
        case "Z":
            index += 1
            return .place(.lastLineEnd)
        case "b":
            index += 1
            return .place(.wordBoundary)
        case "B":
            index += 1
            return .place(.noWordBoundary)
        case "R":
            index += 1
            let newlines = ScalarSet(unsorted: [0x0A...0x0D, 0x85...0x85, 0x2028...0x2029])
            return .atomic(
                .either([.sequence([.one(ScalarSet("\r")), .one(ScalarSet("\n"))]), .one(newlines)]))
        default: return set(try setEscape(start))
        }
    }

    // MARK: Classes

    /// A class after a backslash, or the scalar that stands behind it.
    private mutating func setEscape(_ start: Int) throws(PatternError) -> ScalarSet {
        guard let scalar = next else { throw open("an escape") }
        index += 1
        switch scalar {
        case "s": return .whitespace
        case "S": return ScalarSet.whitespace.inverted
        case "d": return .decimals
        case "D": return ScalarSet.decimals.inverted
        case "w": return .words
        case "W": return ScalarSet.words.inverted
        case "h": return .hexDigits
        case "H": return ScalarSet.hexDigits.inverted
        case "p", "P": return try property(start, inverted: scalar == "P")
        case "n": return ScalarSet("\n")
        case "r": return ScalarSet("\r")
        case "t": return ScalarSet("\t")
        case "f": return ScalarSet("\u{0C}")
        case "v": return ScalarSet("\u{0B}")
        case "a": return ScalarSet("\u{07}")
        case "e": return ScalarSet("\u{1B}")
        case "x": return try codePoint(start, digits: 2, braces: true)
        case "u": return try codePoint(start, digits: 4, braces: false)
        case "0": return ScalarSet("\0")
        default:
            // Any other letter or digit may mean something that is not known here.
            let isLetter = ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
            if isLetter || ("1"..."9").contains(scalar) { throw notKnown(from: start) }
            return ScalarSet(scalar)
        }
    }

    private mutating func codePoint(_ start: Int, digits: Int, braces: Bool) throws(PatternError) -> ScalarSet {
        var text = ""
        if braces, take("{") {
            while let scalar = next, scalar != "}" {
                text.unicodeScalars.append(scalar)
                index += 1
            }
            guard take("}") else { throw open("an escape") }
        } else {
            while text.count < digits, let scalar = next, ScalarSet.hexDigits.contains(scalar.value) {
                text.unicodeScalars.append(scalar)
                index += 1
            }
        }
        guard let value = UInt32(text, radix: 16), let scalar = Unicode.Scalar(value) else {
            throw wrong("is no character", at: start, through: index - 1)
        }
        return ScalarSet(scalar)
    }

    private mutating func property(_ start: Int, inverted: Bool) throws(PatternError) -> ScalarSet {
        var name = "", inverted = inverted
        if take("{") {
            if take("^") { inverted.toggle() }
            while let scalar = next, scalar != "}" {
                name.unicodeScalars.append(scalar)
                index += 1
            }
            guard take("}") else { throw open("a property") }
        } else if let scalar = next {
            // "\pL": Oniguruma takes this for the letter p, and no published pattern has it.
            index += 1
            name.unicodeScalars.append(scalar)
            throw notKnown(from: start)
        }
        guard let set = ScalarSet.property(name) else {
            throw wrong("is a property that is not known here", at: start, through: index - 1)
        }
        return inverted ? set.inverted : set
    }

    /// What stands between brackets; the first is read.
    private mutating func characterClass(_ start: Int) throws(PatternError) -> ScalarSet {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 100 else { throw wrong("lies too deep in other classes", at: start) }
        let isInverted = take("^")
        var set = ScalarSet(), sides: ScalarSet?
        var isFirst = true
        while true {
            guard let scalar = next else { throw open("a class") }
            let begin = index
            if scalar == "]", !isFirst {
                index += 1
                break
            }
            isFirst = false
            if take("&&") {
                sides = sides.map { $0.intersection(set) } ?? set
                set = ScalarSet()
                continue
            }
            if let named = try posixClass() {
                set = set.union(named)
                continue
            }
            index += 1
            if scalar == "[" {
                set = set.union(try characterClass(begin))
                continue
            }
            var low = ScalarSet(scalar)
            if scalar == "\\" {
                if take("b") { low = ScalarSet("\u{08}") } else { low = try setEscape(begin) }
            }
            set = set.union(try range(from: low, begin))
        }
        if let sides { set = sides.intersection(set) }
        return isInverted ? set.inverted : set
    }

    /// What begins with a scalar or a class: `a-z`, or itself alone.
    private mutating func range(from low: ScalarSet, _ begin: Int) throws(PatternError) -> ScalarSet {
        guard next == "-", index + 1 < scalars.count, scalars[index + 1] != "]" else { return low }
        guard let first = low.single else {
            throw wrong("begins a range with a class", at: begin, through: index)
        }
        index += 1
        let place = index
        guard let scalar = next else { throw open("a class") }
        index += 1
        let high = scalar == "\\" ? try setEscape(place) : ScalarSet(scalar)
        guard scalar != "[", let last = high.single else {
            throw wrong("ends a range with a class", at: begin, through: index - 1)
        }
        guard first <= last else { throw wrong("is an empty range", at: begin, through: index - 1) }
        return ScalarSet(first...last)
    }

    /// `[:alpha:]` within a class.
    private mutating func posixClass() throws(PatternError) -> ScalarSet? {
        let start = index
        guard take("[:") else { return nil }
        let isInverted = take("^")
        var name = ""
        while let scalar = next, scalar != ":", scalar != "]" {
            name.unicodeScalars.append(scalar)
            index += 1
        }
        guard take(":]") else {
            index = start
            return nil
        }
        guard let set = ScalarSet.property(name) else {
            throw wrong("is a class that is not known here", at: start, through: index - 1)
        }
        return isInverted ? set.inverted : set
    }
}
