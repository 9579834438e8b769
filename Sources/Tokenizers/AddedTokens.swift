// Finds added tokens in a text before it is cut into words.

import Files

/// Finds added tokens in text: the leftmost first, the longest where several begin at the same place.
struct AddedTokens: Sendable {
    private let tokens: [AddedToken]
    /// A tree of the tokens' bytes: by node and byte the next node, and by node the token that ends there.
    private var next: [UInt32: Int32] = [:]
    private var ends: [Int32] = [-1]
    /// Whether some token begins with a byte; most bytes of a text need no more than this.
    private var begins = [Bool](repeating: false, count: 256)

    var isEmpty: Bool { tokens.isEmpty }

    /// - Parameter spelling: how a token is spelled in the text that will be searched.
    init(_ tokens: [AddedToken], spelling: (String) -> String = { $0 }) {
        self.tokens = tokens
        for (index, token) in tokens.enumerated() {
            var node: Int32 = 0
            let bytes = Array(spelling(token.content).utf8)
            guard let first = bytes.first else { continue }
            begins[Int(first)] = true
            for byte in bytes {
                let key = UInt32(node) << 8 | UInt32(byte)
                if let known = next[key] {
                    node = known
                } else {
                    node = Int32(ends.count)
                    ends.append(-1)
                    next[key] = node
                }
            }
            if ends[Int(node)] < 0 { ends[Int(node)] = Int32(index) }
        }
    }

    /// The longest token that begins at a place, with its end.
    private func longest(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> (token: AddedToken, end: Int)? {
        var node: Int32 = 0, place = start
        var found: (Int32, Int)?
        while place < bytes.count, let following = next[UInt32(node) << 8 | UInt32(bytes[place])] {
            node = following
            place += 1
            if ends[Int(node)] >= 0 { found = (ends[Int(node)], place) }
        }
        return found.map { (tokens[Int($0.0)], $0.1) }
    }

    /// Calls `text` with each stretch between added tokens, and `token` with each of them, in order.
    func split(
        _ bytes: UnsafeBufferPointer<UInt8>, text: (Range<Int>) throws -> Void, token: (Int) throws -> Void
    ) rethrows {
        var start = 0
        var position = 0
        while position < bytes.count {
            guard begins[Int(bytes[position])], let (found, end) = longest(bytes, position) else {
                position += 1
                continue
            }
            let place = position
            position = end
            if found.singleWord, AddedTokens.isWithinWord(bytes, place..<end) { continue }
            let from = found.stripsLeft ? max(start, AddedTokens.blanksStart(bytes, before: place)) : place
            let to = found.stripsRight ? AddedTokens.blanksEnd(bytes, from: end) : end
            if start < from { try text(start..<from) }
            // Nothing is left of a token of blanks that another took along.
            if from < to { try token(found.id) }
            // The next is looked for behind the token itself: one of blanks may stand where they were taken along.
            start = to
        }
        if start < bytes.count { try text(start..<bytes.count) }
    }

    // MARK: What stands beside a token

    private static func scalar(_ bytes: UnsafeBufferPointer<UInt8>, before place: Int) -> Unicode.Scalar? {
        var start = place - 1
        while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
        guard start >= 0 else { return nil }
        return String(decoding: bytes[start..<place], as: UTF8.self).unicodeScalars.last
    }

    private static func scalar(_ bytes: UnsafeBufferPointer<UInt8>, at place: Int) -> Unicode.Scalar? {
        guard place < bytes.count else { return nil }
        var end = place + 1
        while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
        return String(decoding: bytes[place..<end], as: UTF8.self).unicodeScalars.first
    }

    private static func isWord(_ scalar: Unicode.Scalar?) -> Bool {
        guard let scalar else { return false }
        if scalar.properties.isAlphabetic || scalar.properties.isJoinControl { return true }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
        default: return false
        }
    }

    private static func isWithinWord(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
        isWord(scalar(bytes, before: range.lowerBound)) || isWord(scalar(bytes, at: range.upperBound))
    }

    private static func blanksStart(_ bytes: UnsafeBufferPointer<UInt8>, before place: Int) -> Int {
        var place = place
        while let blank = scalar(bytes, before: place), blank.properties.isWhitespace {
            place -= String(blank).utf8.count
        }
        return place
    }

    private static func blanksEnd(_ bytes: UnsafeBufferPointer<UInt8>, from place: Int) -> Int {
        var place = place
        while let blank = scalar(bytes, at: place), blank.properties.isWhitespace {
            place += String(blank).utf8.count
        }
        return place
    }
}
