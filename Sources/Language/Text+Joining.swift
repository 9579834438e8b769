// Many strings as one.
import Foundation

extension Text {
    /// The strings one after the other with a separator between them; nil when a value is no string.
    /// - Parameter room: asked once with the length in bytes of what comes out.
    public static func joined(
        _ values: [Value], separator: Text, poll: (Int) throws -> Void, room: (Int) throws -> Void
    ) throws -> Text? {
        var size = max(0, values.count - 1) * separator.utf8Count, isTracked = separator.isTracked
        for (index, value) in values.enumerated() {
            guard case .string(let text) = value else { return nil }
            try poll(index)
            size += text.utf8Count
            if text.isTracked { isTracked = true }
            // Strings that share parts may come to more than any number.
            if size > Text.most { break }
        }
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
                for (index, value) in values.enumerated() {
                    try poll(index)
                    if index > 0 { copy(separator) }
                    if case .string(let text) = value { text.withBytes(copy) }
                }
                return written
            }
        }
        return text.tracked(isTracked)
    }
}
