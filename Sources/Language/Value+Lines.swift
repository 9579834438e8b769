// Results that are wider than the window: lists, records and strings on several lines.

extension Value {
    /// Lines that a result may fill; `show` writes all of them.
    static let mostLines = 10

    /// The value on lines of at most `width` columns. What does not fit on `budget` lines is left out with a word about
    /// how much that is; nil leaves nothing out.
    func lines(width: Int, digits: Int, budget: Int? = Value.mostLines) -> [String] {
        let width = max(width, 1)
        if let text = whole(digits: digits, limit: width) { return [text] }
        if let budget, budget <= 1 { return [line(digits: digits, limit: width)] }
        switch self {
        case .string(let text):
            // Of a text that is longer than the lines can be, the beginning is enough.
            let shown = budget.map { text.prefix(($0 + 1) * width * 4 + 1000) } ?? text
            return folded(quoted(shown.string), width: width, budget: budget) {}
        case .list(let list):
            let isFlat = list.storage.progression != nil || list.prefix(100).allSatisfy(\.isShort)
            return isFlat
                ? list.filled(width: width, digits: digits, budget: budget)
                : list.stacked(width: width, digits: digits, budget: budget)
        case .record(let record): return record.stacked(width: width, digits: digits, budget: budget)
        case .function, .foreign:
            return [budget == nil ? line(digits: digits, limit: .max) : line(digits: digits, limit: width)]
        case .number, .bool, .nothing: return [line(digits: digits, limit: width)]
        }
    }

    /// The value on one line, if it is no wider than `limit`; gives up as soon as it is.
    private func whole(digits: Int, limit: Int) -> String? {
        var text = "", room = limit
        return append(to: &text, room: &room, digits: digits) ? text : nil
    }

    private func append(to text: inout String, room: inout Int, digits: Int) -> Bool {
        func add(_ piece: String) -> Bool {
            text += piece
            room -= displayWidth(piece)
            return room >= 0
        }
        switch self {
        case .list(let list):
            guard add("[") else { return false }
            for (index, item) in list.enumerated() {
                if index > 0, !add(", ") { return false }
                guard item.append(to: &text, room: &room, digits: digits) else { return false }
            }
            return add("]")
        case .record(let record):
            guard add("(") else { return false }
            for (index, field) in record.fields.enumerated() {
                guard add((index > 0 ? ", " : "") + label(field.name)),
                    field.value.append(to: &text, room: &room, digits: digits)
                else { return false }
            }
            return add(")")
        // A character takes four bytes at most.
        case .string(let string): return string.utf8Count / 4 <= room && add(line(digits: digits, limit: .max))
        default: return add(line(digits: digits, limit: .max))
        }
    }

    /// Numbers, words and the like, many of which stand on one line.
    fileprivate var isShort: Bool {
        switch self {
        case .number, .bool, .nothing: true
        case .string(let text): text.utf8Count <= 24
        default: false
        }
    }
}

extension List {
    /// Items one after the other, as many on a line as fit.
    fileprivate func filled(width: Int, digits: Int, budget: Int?) -> [String] {
        var lines: [[String]] = [], written = 0
        eachFilledLine(width: width, digits: digits) { pieces, count in
            lines.append(pieces)
            written = count
            return lines.count != budget
        }
        if written < count, var last = lines.popLast() {
            // The last line says how many are missing; its own items may have to make room.
            func text() -> String { last.joined(separator: " ") + " … \(count - written) more]" }
            while last.count > 1, displayWidth(text()) > width {
                last.removeLast()
                written -= 1
            }
            lines.append([clipped(text(), to: width)])
        }
        return lines.map { $0.joined(separator: " ") }
    }

    /// Writes a list line by line, so that a long one can be interrupted. `body` is given the pieces of a line, to be
    /// joined by blanks, and how many items have been written with it; it returns whether to go on.
    public func eachFilledLine(
        width: Int, digits: Int, _ body: (_ pieces: [String], _ written: Int) throws -> Bool
    ) rethrows {
        var pieces: [String] = [], used = 0
        for (index, item) in enumerated() {
            let text =
                clipped(item.line(digits: digits, limit: .max), to: Swift.max(1, width - 2))
                + (index == count - 1 ? "]" : ",")
            let piece = (index == 0 ? "[" : pieces.isEmpty ? " " : "") + text, room = displayWidth(piece)
            if !pieces.isEmpty, used + 1 + room > width {
                guard try body(pieces, index) else { return }
                (pieces, used) = ([" " + text], room + 1)
            } else {
                used += room + (pieces.isEmpty ? 0 : 1)
                pieces.append(piece)
            }
        }
        _ = try body(isEmpty ? ["[]"] : pieces, count)
    }

    /// An item a line, as lists of lists and of records read best.
    fileprivate func stacked(width: Int, digits: Int, budget: Int?) -> [String] {
        var lines: [String] = []
        for (index, item) in enumerated() {
            let isLast = index == count - 1
            if let budget, lines.count >= budget - (isLast ? 0 : 1) {
                lines.append(clipped(" … \(count - index) more]", to: width))
                return lines
            }
            // Only a list of one has room to show its item in full.
            let own = budget.map { count == 1 ? $0 : 1 }
            let inner = item.lines(width: Swift.max(1, width - 2), digits: digits, budget: own)
            lines += hanging(inner, first: index == 0 ? "[" : " ", rest: " ", last: isLast ? "]" : ",")
        }
        return lines
    }
}

extension Record {
    /// A field a line.
    fileprivate func stacked(width: Int, digits: Int, budget: Int?) -> [String] {
        var lines: [String] = []
        for (index, field) in fields.enumerated() {
            let isLast = index == count - 1
            if let budget, lines.count >= budget - (isLast ? 0 : 1) {
                lines.append(" … \(count - index) more)")
                break
            }
            let name = label(field.name)
            let start = (index == 0 ? "(" : " ") + name
            let own = budget.map { Swift.max(1, Swift.min(4, $0 - lines.count - (count - index - 1))) }
            // A value stands beside its name, or below it where the name leaves too little room.
            let room = width - 2 - displayWidth(name)
            let isBeside =
                room >= width / 2 || field.value.lines(width: Swift.max(1, room), digits: digits, budget: 2).count == 1
            let hang = isBeside ? 1 + displayWidth(name) : 3
            let inner = field.value.lines(width: Swift.max(1, width - 1 - hang), digits: digits, budget: own)
            if !isBeside { lines.append(start) }
            lines += hanging(
                inner, first: isBeside ? start : "   ", rest: String(repeating: " ", count: hang),
                last: isLast ? ")" : ",")
        }
        return lines.map { budget == nil ? $0 : clipped($0, to: width) }
    }
}

/// `name=`, with quotes where the name needs them.
private func label(_ name: String) -> String { (isName(name) ? name : quoted(name)) + "=" }

/// Lines with something before the first, the others and behind the last.
private func hanging(_ lines: [String], first: String, rest: String, last: String) -> [String] {
    lines.enumerated().map { index, line in
        (index == 0 ? first : rest) + line + (index == lines.count - 1 ? last : "")
    }
}

/// A text on lines of at most so many columns, broken behind blanks where there are some.
private func folded(_ text: String, width: Int, budget: Int?, poll: () throws -> Void) rethrows -> [String] {
    var lines: [String] = [], line = "", used = 0, turns = 0
    /// Where the line can be broken: behind its last blank.
    var blank: (text: String, width: Int)?
    for character in text {
        turns &+= 1
        if turns & 0x3FFF == 0 { try poll() }
        let room = displayWidth(String(character))
        if used + room > width, !line.isEmpty {
            if let kept = blank, character != " " {
                lines.append(kept.text)
                line.removeFirst(kept.text.count)
                used -= kept.width
            } else {
                lines.append(line)
                (line, used) = ("", 0)
            }
            blank = nil
            if let budget, lines.count == budget {
                lines[budget - 1] = clipped(lines[budget - 1] + "……", to: max(1, width - 1)) + "\""
                return lines
            }
        }
        line.append(character)
        used += room
        if character == " " { blank = (line, used) }
    }
    return lines + [line]
}

extension Text {
    /// The string between quotes as ``quoted(_:doublesBraces:)`` has it, made piece by piece, so that it can be
    /// interrupted.
    public func quoted(doublesBraces: Bool, poll: (Int) throws -> Void, room: (Int) throws -> Void) throws -> String {
        if utf8Count <= Self.pieceLength { return Language.quoted(string, doublesBraces: doublesBraces) }
        var result = "\""
        try pieces(poll: poll) { part in
            try room(result.utf8.count)
            result += Language.quoted(part.string, doublesBraces: doublesBraces).dropFirst().dropLast()
        }
        return result + "\""
    }

    private static let pieceLength = 1 << 16

    /// Goes through the string in pieces that take no time by themselves.
    public func pieces(poll: (Int) throws -> Void, _ body: (Text) throws -> Void) throws {
        var first = 0
        while first < count {
            try poll(0)
            try body(slice(from: first, count: Swift.min(Self.pieceLength, count - first), step: 1) { _ in })
            first += Self.pieceLength
        }
    }

    /// The string between quotes on lines of so many columns, as `show` writes it.
    public func quotedLines(
        width: Int, poll: (Int) throws -> Void, room: (Int) throws -> Void
    ) throws -> [String] {
        try folded(quoted(doublesBraces: false, poll: poll, room: room), width: Swift.max(width, 1), budget: nil) {
            try poll(0)
        }
    }
}
