// Values as text: one line inside other values, whole for results, every digit for `repr`.

import Foundation

extension Value {
    /// The value on one line with four significant digits: `(mom=0, hess=0)`.
    public var display: String { line(digits: 4, limit: 100_000) }

    /// The value with every digit; the language reads numbers, strings, lists and records back.
    public var repr: String {
        if case .foreign(let foreign) = self { return foreign.repr }
        return line(digits: 17, limit: Int.max)
    }

    /// The value as a result is printed: a few lines of at most `width` columns, strings in quotes.
    public func describe(width: Int, digits: Int) -> String {
        if case .foreign(let foreign) = self { return visible(foreign.describe(width: width, digits: digits)) }
        return lines(width: width, digits: digits).joined(separator: "\n")
    }

    /// All of the value, on as many lines as it takes.
    public func describeAll(width: Int, digits: Int) -> String {
        if case .foreign(let foreign) = self { return visible(foreign.describeAll(width: width, digits: digits)) }
        return lines(width: width, digits: digits, budget: nil).joined(separator: "\n")
    }

    /// The value as `print` writes it: strings without quotes.
    public func plain(width: Int, digits: Int) -> String {
        switch self {
        case .string(let text): text.string
        case .foreign(let foreign): visible(foreign.describe(width: width, digits: digits))
        default: line(digits: digits, limit: width)
        }
    }

    /// The value on one line of at most `limit` columns, clipped with `…`.
    public func line(digits: Int, limit: Int) -> String {
        switch self {
        case .nothing: return "nothing"
        case .bool(let flag): return flag ? "true" : "false"
        case .number(let x): return formatNumber(x, digits: digits)
        case .string(let text):
            if limit < text.utf8Count / 8 - 1000 {
                // The beginning of a long text is enough to fill the line; marks without a width aside.
                return clipped(
                    quoted(text.prefix(4 * limit + 1000).string, doublesBraces: digits >= 17), to: max(1, limit - 1))
                    + "\""
            }
            let whole = quoted(text.string, doublesBraces: digits >= 17)
            let part = clipped(whole, to: limit)
            // What is cut keeps its closing quote.
            return part.utf8.count == whole.utf8.count ? whole : clipped(whole, to: max(1, limit - 1)) + "\""
        case .function(let function): return clipped(visibleLine(function.display(digits: digits)), to: limit)
        case .foreign(let foreign):
            return digits >= 17 ? foreign.repr : clipped(visibleLine(foreign.summary), to: limit)
        case .list(let list):
            return joined("[", "]", count: list.count, limit: limit) { list[$0].line(digits: digits, limit: $1) }
        case .record(let record):
            let (keys, values) = (record.keys, record.values)
            return joined("(", ")", count: record.count, limit: limit) { index, room in
                let name = isName(keys[index]) ? keys[index] : quoted(keys[index])
                return name + "=" + values[index].line(digits: digits, limit: max(1, room - name.count - 1))
            }
        }
    }
}

/// Items between brackets as far as they fit, then `… 95 more`.
private func joined(
    _ open: String, _ close: String, count: Int, limit: Int, _ item: (Int, Int) -> String
) -> String {
    var text = open
    var used = 1
    for index in 0..<count {
        let separator = index == 0 ? "" : ", "
        let isLast = index == count - 1
        let tail = isLast ? "" : ", … \(count - index - 1) more"
        let room = limit == .max ? Int.max : limit - used - separator.count - tail.count - 1
        if index > 0, room < 1 { return text + ", … \(count - index) more" + close }
        let piece = item(index, max(1, room))
        let width = displayWidth(piece)
        if index > 0, room != .max, width > room { return text + ", … \(count - index) more" + close }
        text += separator + piece
        used += separator.count + width
    }
    return text + close
}

extension Function {
    /// `adamw(lr=0.003), needs model, gradient`; a plain function shows its signature or its text.
    public func display(digits: Int) -> String {
        guard isConfigured else {
            if case .builtin(let builtin) = body { return builtin.signature }
            return canonicalLine(sourceText ?? "")
        }
        let set = options.map { "\($0.name)=\($0.value.line(digits: digits, limit: 60))" }.joined(separator: ", ")
        let needs = missing.map(\.name).joined(separator: ", ")
        return "\(name ?? "(\(canonicalLine(sourceText ?? "")))")(\(set))" + (needs.isEmpty ? "" : ", needs \(needs)")
    }
}

/// A program text on one line: line breaks and the blanks around them become one blank.
func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline)
        .map { $0.drop(while: { $0 == " " || $0 == "\t" }) }
        .joined(separator: " ")
}

/// Text of at most so many columns; `…` stands for what was cut.
public func clipped(_ text: String, to limit: Int) -> String {
    // Bytes bound columns from above, and most text is short.
    if text.utf8.count <= limit { return text }
    // What can be shown of a long text is its beginning, and more is not looked at.
    let most = 64 * (max(0, limit) + 64)
    if text.utf8.count > most { return cut(String(text.unicodeScalars.prefix(most / 4)), to: limit) }
    return displayWidth(text) <= limit ? text : cut(text, to: limit)
}

private func cut(_ text: String, to limit: Int) -> String {
    var result = ""
    var used = 1
    for character in text {
        let width = displayWidth(String(character))
        if used + width > limit { break }
        result.append(character)
        used += width
    }
    return result + "…"
}

/// Pieces on as few lines of at most so many columns as they fit on; a piece that is longer has a line to itself.
public func wrapped(_ pieces: [String], separator: String, to width: Int) -> [String] {
    var lines: [String] = []
    for piece in pieces {
        if let last = lines.last, displayWidth(last) + displayWidth(separator) + displayWidth(piece) <= width {
            lines[lines.count - 1] = last + separator + piece
        } else {
            lines.append(piece)
        }
    }
    return lines
}

/// A sentence on lines of at most so many columns, broken between words.
public func wrapped(_ sentence: String, to width: Int) -> [String] {
    wrapped(sentence.split(separator: " ").map(String.init), separator: " ", to: width)
}

extension String {
    /// The text followed by blanks up to so many columns.
    public func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - displayWidth(self)))
    }
}

/// Whether text could stand as a name in a program, where names have normal form C.
public func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, isNameStart(first), Keyword(rawValue: text) == nil else { return false }
    guard text.utf8.dropFirst().allSatisfy(isNamePart) else { return false }
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return true }
    let scalars = text.unicodeScalars
    return (scalars.first.map { $0.value < 0x80 || $0.properties.isXIDStart } ?? false)
        && scalars.allSatisfy { $0.value < 0x80 || $0.properties.isXIDContinue }
        && text.hasSameScalars(as: text.precomposedStringWithCanonicalMapping)
}
