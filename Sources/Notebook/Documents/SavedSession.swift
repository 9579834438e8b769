// A session as a script: the cells that succeeded, in order, with what they printed.
import Language
import Tensors

/// Writes a session's cells as a script that does the same again.
package struct SavedSession {
    /// The script.
    package private(set) var text = ""
    /// What the script cannot repeat, a sentence each.
    package private(set) var warnings: [String] = []
    package private(set) var cells = 0

    /// - Parameters:
    ///   - seed: the seed the session began with.
    ///   - digits: the digits of results it began with; nil for those of every session.
    package init(_ records: [CellRecord], seed: UInt64, digits: Int? = nil) {
        if seed != 0 { text += "seed(\(seed))\n" }
        if let digits { text += ":set digits \(digits)\n" }
        var used = NumberedNames(records)
        // Where the session's own random numbers are.
        var current: RandomGenerator?
        for record in records {
            defer { if !record.isRerun { current = record.randomAfter } }
            if record.ending == .failed, record.isPartial {
                warnings.append(
                    """
                    \(record.place) failed after it may have changed \
                    \(record.binds.isEmpty ? "names" : listed(record.binds.sorted().map { "`\($0)`" })): what it did \
                    is not saved
                    """
                )
            }
            if case .interrupted(let message) = record.ending, record.pieces.contains(where: { !$0.isLook }) {
                warnings.append(
                    "\(record.place) was interrupted (\(clipped(message, to: 60))): run again it goes on to its end")
            }
            let pieces = record.pieces.filter { !$0.isLook }
            guard !pieces.isEmpty else { continue }
            cells += 1
            let isOutOfOrder = record.isRerun && record.randomBefore != nil
            if isOutOfOrder, let before = record.randomBefore { text += Self.line(settingTo: before) }
            for (index, piece) in pieces.enumerated() {
                let isLast = index == pieces.count - 1
                text +=
                    Self.withoutRecordMarks(used.renamed(Self.withAns(piece), of: record, isLast: isLast).source) + "\n"
                if !record.isWhole { append(output: piece.output) }
            }
            if record.isWhole { append(output: record.output) }
            if isOutOfOrder, let current { text += Self.line(settingTo: current) }
        }
        warnings += used.warnings
    }

    private mutating func append(output: String) {
        for line in Checker.lines(output) { text += Document.recorded(line) + "\n" }
    }

    /// A piece that goes on with the last value says so: below another statement a `|>` would go on with that.
    private static func withAns(_ piece: CellRecord.Piece) -> CellRecord.Piece {
        var start = piece.source.startIndex
        for line in piece.source.allLines {
            let words = line.drop { $0 == " " || $0 == "\t" }
            start = words.startIndex
            if !words.isEmpty, !words.hasPrefix("#") { break }
        }
        guard piece.source[start...].hasPrefix("|>") else { return piece }
        var result = piece
        result.source.insert(contentsOf: "ans ", at: start)
        return result
    }

    /// Code whose comments cannot be taken for recorded output.
    private static func withoutRecordMarks(_ source: String) -> String {
        let lines = source.allLines
        guard lines.contains(where: { $0.hasPrefix("#>") }) else { return source }
        return lines.map { $0.hasPrefix("#>") ? "# >" + $0.dropFirst(2) : String($0) }.joined(separator: "\n")
    }

    private static func line(settingTo generator: RandomGenerator) -> String {
        "seed(\(generator.seed)\(generator.position == 0 ? "" : ", drawn=\(generator.position)"))\n"
    }
}

/// `out[3]` means nothing in a script: the cell's value gets a name of its own, `out_3`; a cell without one is
/// `nothing`.
private struct NumberedNames {
    private let numbers: Set<Int>
    /// Numbers of cells that printed nothing.
    private let empty: Set<Int>
    var warnings: [String] = []

    init(_ records: [CellRecord]) {
        var found: Set<Int> = []
        var others = false
        for record in records {
            for piece in record.pieces where !piece.isLook {
                for use in Self.uses(in: piece.source) {
                    if let number = use.number { found.insert(number) } else { others = true }
                }
            }
        }
        let defined = Set(records.filter { record in record.pieces.contains { $0.valueStart != nil } }.map(\.number))
        numbers = found.intersection(defined)
        if !numbers.isEmpty {
            warnings.append(
                "a script has no numbered results: \(listed(numbers.sorted().map { "out[\($0)] became out_\($0)" }))")
        }
        // A cell that ended well without a word has no value; of one that failed or is not there any more that is not
        // known.
        let silent = Dictionary(grouping: records, by: \.number).filter {
            $1.allSatisfy { $0.ending == .finished && $0.output.isEmpty }
        }
        empty = found.subtracting(numbers).intersection(silent.keys)
        if others || numbers.union(empty) != found {
            warnings.append("a script has no numbered results; some use of `out` could not be replaced")
        }
    }

    /// A piece with names in the place of numbers.
    mutating func renamed(_ piece: CellRecord.Piece, of record: CellRecord, isLast: Bool) -> CellRecord.Piece {
        guard !numbers.isEmpty || !empty.isEmpty else { return piece }
        var bytes = Array(piece.source.utf8)
        var start = piece.valueStart
        for use in Self.uses(in: piece.source).reversed() {
            guard let number = use.number, numbers.contains(number) || empty.contains(number) else { continue }
            let name = numbers.contains(number) ? "out_\(number)" : "nothing"
            bytes.replaceSubrange(use.range, with: Array(name.utf8))
            if let place = start, use.range.lowerBound < place { start = place + name.utf8.count - use.range.count }
        }
        var result = piece
        if isLast, let start, numbers.contains(record.number) {
            let name = "out_\(record.number)"
            result.source =
                String(decoding: bytes[..<start], as: UTF8.self) + "\(name) = "
                + String(decoding: bytes[start...], as: UTF8.self) + "\n\(name)"
        } else {
            result.source = String(decoding: bytes, as: UTF8.self)
        }
        return result
    }

    /// Places where `out` stands for the results; the number where it is written out.
    private static func uses(in text: String) -> [(range: Range<Int>, number: Int?)] {
        let bytes = Array(text.utf8)
        func isName(_ byte: UInt8) -> Bool {
            byte == 0x5F || byte >= 0x80 || (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A
                || byte >= 0x30 && byte <= 0x39
        }
        var result: [(range: Range<Int>, number: Int?)] = []
        var index = 0
        while index + 3 <= bytes.count {
            defer { index += 1 }
            guard bytes[index..<(index + 3)].elementsEqual("out".utf8) else { continue }
            if index > 0, isName(bytes[index - 1]) || bytes[index - 1] == 0x2E { continue }
            if index + 3 < bytes.count, isName(bytes[index + 3]) { continue }
            guard index + 3 < bytes.count, bytes[index + 3] == 0x5B else { continue }
            var end = index + 4
            while end < bytes.count, bytes[end] >= 0x30, bytes[end] <= 0x39 { end += 1 }
            let digits = String(decoding: bytes[(index + 4)..<end], as: UTF8.self)
            if end < bytes.count, bytes[end] == 0x5D, let number = Int(digits) {
                result.append((index..<(end + 1), number))
            } else {
                result.append((index..<end, nil))
            }
        }
        return result
    }
}
