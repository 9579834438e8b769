// Many strings as one.
import Foundation

extension Text {
    /// The strings one after the other with a separator between them; nil when a value is no string.
    /// - Parameter room: asked once with the length in bytes of what comes out.
    public static func joined(
        _ values: [Value], separator: Text, poll: (Int) throws -> Void, room: (Int) throws -> Void
    ) throws -> Text? {
        let between = max(0, values.count - 1).multipliedReportingOverflow(by: separator.utf8Count)
        var size = between.overflow ? Int.max : between.partialValue, isTracked = separator.isTracked
        let areTexts = try Value.withTexts(of: values) { index, text in
            if index & 255 == 0 { try poll(index) }
            // Strings that share parts may come to more than any number.
            let (sum, isTooMuch) = size.addingReportingOverflow(text.utf8Count)
            size = isTooMuch ? Int.max : sum
            if text.isTracked { isTracked = true }
        }
        guard areTexts else { return nil }
        try room(size)
        let text = try separator.withBytes { separator in
            try Text(capacity: size) { target in
                guard let base = target.baseAddress else { return 0 }
                var written = 0
                func copy(_ bytes: UnsafeBufferPointer<UInt8>) {
                    guard let source = bytes.baseAddress else { return }
                    memcpy(base + written, source, bytes.count)
                    written += bytes.count
                }
                _ = try Value.withTexts(of: values) { index, text in
                    if index & 255 == 0 { try poll(index) }
                    if index > 0 { copy(separator) }
                    text.withBytes(copy)
                }
                return written
            }
        }
        return text.tracked(isTracked)
    }
}

extension Value {
    /// Visits the strings of a list where they stand: to hold each of them took most of the time of joining short ones.
    /// - Returns: whether all are strings; those before the first that is none were visited.
    static func withTexts(of values: [Value], _ body: (Int, Text.Borrowed) throws -> Void) rethrows -> Bool {
        let isFirstWord = payloadsAreFirstWords
        return try values.withUnsafeBufferPointer { values in
            for index in values.indices {
                guard case .string = values[index], let base = values.baseAddress else { return false }
                if isFirstWord {
                    let text = UnsafeRawPointer(base + index).assumingMemoryBound(to: Text.self)
                    try body(index, Text.Borrowed(text))
                } else if case .string(let text) = values[index] {
                    try withUnsafePointer(to: text) { try body(index, Text.Borrowed($0)) }
                }
            }
            return true
        }
    }

    /// Whether the payload of a value that is one reference stands in the value's first word.
    static let payloadsAreFirstWords = Machine.referencesAreFirstWords()
}
