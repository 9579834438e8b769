// What a step of a tokenizer looks for: a text, or a regular expression.

import Files

/// The `pattern` of a step: `{"String": "…"}` or `{"Regex": "…"}`.
enum TextPattern: Sendable {
    case text([UInt8])
    case expression(PatternProgram)

    init(_ node: JSONNode) throws {
        if let text = try node.optional("String") {
            self = .text(Array(try text.string().utf8))
            return
        }
        let expression = try node["Regex"]
        let pattern = try expression.string()
        do {
            self = .expression(try PatternProgram(pattern))
        } catch {
            throw expression.error(
                """
                \(error.message); the regular expressions of published tokenizers are read, so check this one, or give \
                token ids instead of text
                """)
        }
    }

    /// Calls `body` with the byte range of each match in order.
    func forEachMatch(in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) throws -> Void) rethrows {
        switch self {
        case .expression(let program): try program.forEachMatch(in: text, body)
        case .text(let wanted):
            guard let first = wanted.first, text.count >= wanted.count else { return }
            var place = 0
            let last = text.count - wanted.count
            while place <= last {
                guard text[place] == first, wanted.indices.allSatisfy({ text[place + $0] == wanted[$0] }) else {
                    place += 1
                    continue
                }
                try body(place..<(place + wanted.count))
                place += wanted.count
            }
        }
    }

    /// Calls `body` with the byte ranges of matches and of what is between them, in order, and whether it is a match.
    func forEachPart(
        of text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>, _ isMatch: Bool) throws -> Void
    ) rethrows {
        var start = 0
        try forEachMatch(in: text) { match in
            if start < match.lowerBound { try body(start..<match.lowerBound, false) }
            try body(match, true)
            start = match.upperBound
        }
        if start < text.count { try body(start..<text.count, false) }
    }

    /// A text with all matches replaced.
    func replacing(in text: String, with content: String) -> String {
        var text = text
        return text.withUTF8 { bytes in
            var result: [UInt8]?
            var start = 0
            forEachMatch(in: bytes) { match in
                result = result ?? []
                result?.append(contentsOf: bytes[start..<match.lowerBound])
                result?.append(contentsOf: content.utf8)
                start = match.upperBound
            }
            guard var result else { return String(decoding: bytes, as: UTF8.self) }
            result.append(contentsOf: bytes[start...])
            return String(decoding: result, as: UTF8.self)
        }
    }
}
