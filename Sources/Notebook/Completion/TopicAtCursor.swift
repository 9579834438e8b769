// What the cursor asks about: the name it stands in or behind, else the function whose arguments are being typed.
import Language

extension Session {
    /// Help for what stands at the cursor (UTF-8 offset) of a cell; nil where there is none.
    public func inspect(_ text: String, at offset: Int) -> String? {
        let bytes = Array(text.utf8)
        let cursor = min(max(0, offset), bytes.count)
        let context = LineContext(String(decoding: bytes[..<cursor], as: UTF8.self))
        if let start = context.commandStart { return inspect(command: bytes[start...], at: cursor) }
        if context.isInsideComment { return nil }
        if !context.isInsideString {
            for name in Self.names(in: bytes, at: cursor) { if let help = inspect(name) { return help } }
        }
        let start = context.stringStart.map { $0 - 1 } ?? Completer.wordStart(bytes[..<cursor])
        guard let callee = CallContext(text, context, wordStart: start)?.callee.name else { return nil }
        return inspect(callee)
    }

    /// A line that acts on the session: the command itself, or what `?` asks for.
    private func inspect(command: ArraySlice<UInt8>, at cursor: Int) -> String? {
        let line = String(decoding: command.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        guard let first = words.first else { return nil }
        if first.hasPrefix("?") { return inspect(String(line.dropFirst()).trimmingSpaces) }
        let name = Self.names(in: Array(command), at: cursor - command.startIndex).first
        return cursor - command.startIndex > first.utf8.count ? name.flatMap(inspect) ?? inspect(first) : inspect(first)
    }

    /// The name around the cursor: with the fields before it, and alone.
    private static func names(in bytes: [UInt8], at cursor: Int) -> [String] {
        let end = bytes[cursor...].firstIndex { !Completer.isNameByte($0) } ?? bytes.count
        let start = Completer.wordStart(bytes[..<end])
        guard start < end else { return [] }
        var first = start
        while first > 0, bytes[first - 1] == UInt8(ascii: ".") || Completer.isNameByte(bytes[first - 1]) { first -= 1 }
        let whole = String(decoding: bytes[first..<end], as: UTF8.self)
        let alone = String(decoding: bytes[start..<end], as: UTF8.self)
        return whole == alone ? [alone] : [whole, alone]
    }
}
