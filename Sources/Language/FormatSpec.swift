// Format specifications in strings, `{x:8.3f}`: Python's mini-language, as far as numbers and strings need it.

/// `[[fill]align][sign][0][width][,][.precision][type]`
package struct FormatSpec: Equatable {
    enum Align: Character { case left = "<", right = ">", center = "^" }

    var fill: Character = " "
    var align: Align?
    var sign: Character = "-"
    var padsWithZeros = false
    var width = 0
    var groups = false
    var precision: Int?
    /// `f e g d % s`, or nil.
    var type: Character?

    /// The largest width and the most places.
    static let widest = 10_000

    /// Reads a specification; nil when it makes no sense.
    init?(_ text: String) {
        var rest = Substring(text)
        if rest.count >= 2, let align = Align(rawValue: rest[rest.index(after: rest.startIndex)]) {
            fill = rest.removeFirst()
            self.align = align
            rest.removeFirst()
        } else if let first = rest.first, let align = Align(rawValue: first) {
            self.align = align
            rest.removeFirst()
        }
        if let first = rest.first, "+- ".contains(first) { sign = rest.removeFirst() }
        if rest.first == "0" {
            padsWithZeros = true
            rest.removeFirst()
        }
        func digits() -> Int? {
            let run = rest.prefix { $0.isASCII && $0.isNumber }
            rest.removeFirst(run.count)
            return run.isEmpty ? nil : Int(run) ?? .max
        }
        width = digits() ?? 0
        guard width <= Self.widest else { return nil }
        if rest.first == "," {
            groups = true
            rest.removeFirst()
        }
        if rest.first == "." {
            rest.removeFirst()
            guard let places = digits(), places <= Self.widest else { return nil }
            precision = places
        }
        if let last = rest.popFirst() {
            guard "feEgGd%s".contains(last) else { return nil }
            type = last
        }
        guard rest.isEmpty else { return nil }
    }

    /// Formats a value; a type that does not fit the value is an error.
    func format(_ value: Value, digits: Int) throws -> String {
        if case .string(let text) = value {
            guard type == nil || type == "s" else { throw misfit(value) }
            let cut = precision.map { text.prefix($0).string } ?? text.string
            return pad(cut, align ?? .left)
        }
        guard let x = value.shownNumber else {
            guard type == nil || type == "s", precision == nil else { throw misfit(value) }
            return pad(value.plain(width: 100_000, digits: digits), align ?? .left)
        }
        guard type != "s" else { throw misfit(value) }
        return pad(number(x, digits: digits), align ?? .right)
    }

    private func misfit(_ value: Value) -> LanguageError {
        LanguageError(
            "\(value.phrase) cannot be written with the format `\(type.map(String.init) ?? ".\(precision ?? 0)")`",
            note: "write {x} without a format")
    }

    private func number(_ x: Double, digits: Int) -> String {
        let size = abs(x)
        var body: String
        if !x.isFinite {
            body = x.isNaN ? "nan" : "inf"
        } else {
            switch type {
            case "f": body = fixed(size, precision ?? 6)
            case "e": body = printf("%.*e", precision ?? 6, size)
            case "E": body = printf("%.*E", precision ?? 6, size)
            case "g": body = printf("%.*g", precision ?? 6, size)
            case "G": body = printf("%.*G", precision ?? 6, size)
            case "d": body = fixed(size, 0)
            case "%": body = fixed(size * 100, precision ?? 6) + "%"
            default: body = precision.map { printf("%.*g", $0, size) } ?? formatNumber(size, digits: digits)
            }
        }
        if groups { body = grouped(body) }
        let isNegative = x.sign == .minus && !x.isNaN && body.utf8.contains { (0x31...0x39).contains($0) || $0 == 0x69 }
        if !isNegative, sign == "-", !padsWithZeros { return body }
        let prefix = isNegative ? "-" : sign == "-" ? "" : String(sign)
        if padsWithZeros, align == nil {
            body = String(repeating: "0", count: max(0, width - prefix.count - body.count)) + body
        }
        return prefix + body
    }

    /// Commas between thousands of the part before the point.
    private func grouped(_ body: String) -> String {
        let whole = body.prefix { $0.isNumber }
        var result = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index) % 3 == 0 { result += "," }
            result.append(digit)
        }
        return result + body.dropFirst(whole.count)
    }

    private func pad(_ text: String, _ align: Align) -> String {
        guard width > 0 else { return text }
        let missing = width - displayWidth(text)
        guard missing > 0 else { return text }
        func fill(_ count: Int) -> String { String(repeating: self.fill, count: count) }
        switch align {
        case .left: return text + fill(missing)
        case .right: return fill(missing) + text
        case .center: return fill(missing / 2) + text + fill(missing - missing / 2)
        }
    }
}
