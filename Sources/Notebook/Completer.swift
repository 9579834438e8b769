// Finds what TAB may put at the cursor: names, fields, options, commands, or a path.
import Language

/// Completion for one session.
struct Completer {
    let session: Session

    private static let keywords = [
        "and", "break", "continue", "def", "else", "false", "for", "if", "in", "not", "nothing", "or", "return", "true", "while",
    ]

    /// Candidates for the word at the end of `text`.
    func complete(_ text: String) -> Completion {
        let context = LineContext(text)
        if let start = context.stringStart { return Completion(kind: .filePath, start: start, candidates: []) }
        let bytes = Array(text.utf8)
        if context.isInsideComment { return Completion(kind: .words, start: bytes.count, candidates: []) }
        let start = Self.wordStart(bytes)
        let word = String(decoding: bytes[start...], as: UTF8.self)

        let line = text.split(separator: "\n", omittingEmptySubsequences: false).last ?? ""
        if line.hasPrefix(":"), !line.contains(" ") {
            return found(SessionCommands.all.map { ":\($0.name)" }, String(line), start: bytes.count - line.utf8.count)
        }
        if start > 0, bytes[start - 1] == UInt8(ascii: ".") {
            return found(fields(before: bytes[..<(start - 1)]), word, start: start)
        }
        var candidates = Self.keywords + session.configuration.registry.names + session.interpreter.globals.map(\.name)
        if let call = context.openBrackets.last, call.character == "(" {
            let options = options(inCallAt: call.offset, bytes)
            let matching = options.filter { $0.hasPrefix(word) }
            // At an argument's beginning a function's options are what one looks for.
            if !matching.isEmpty, Self.isArgumentStart(bytes[..<start]) { candidates = matching }
        }
        return found(candidates, word, start: start)
    }

    private func found(_ candidates: [String], _ word: String, start: Int) -> Completion {
        Completion(kind: .words, start: start, candidates: Array(Set(candidates.filter { $0.hasPrefix(word) })).sorted())
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || byte >= 0x80 || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
            || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
    }

    private static func wordStart(_ bytes: [UInt8]) -> Int {
        (bytes.lastIndex { !isNameByte($0) } ?? -1) + 1
    }

    private static func isArgumentStart(_ before: ArraySlice<UInt8>) -> Bool {
        let last = before.last { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\n") }
        return last == UInt8(ascii: "(") || last == UInt8(ascii: ",")
    }

    /// The fields of what the path `a.b.c` before a dot holds; only names and fields are followed, nothing is run.
    private func fields(before: ArraySlice<UInt8>) -> [String] {
        let pathStart = (before.lastIndex { !Self.isNameByte($0) && $0 != UInt8(ascii: ".") } ?? before.startIndex - 1) + 1
        let names = String(decoding: before[pathStart...], as: UTF8.self).split(separator: ".", omittingEmptySubsequences: false)
        guard let first = names.first, var value = session.interpreter[String(first)] else { return [] }
        for name in names.dropFirst() {
            guard let next = Self.field(String(name), of: value) else { return [] }
            value = next
        }
        switch value {
        case .record(let record): return record.keys
        case .foreign(let foreign): return foreign.fieldNames
        default: return []
        }
    }

    private static func field(_ name: String, of value: Value) -> Value? {
        switch value {
        case .record(let record): return record[name]
        case .foreign(let foreign): return try? foreign.field(name)
        default: return nil
        }
    }

    /// `steps=` and the like for the function called at an open parenthesis, without those already given.
    private func options(inCallAt offset: Int, _ bytes: [UInt8]) -> [String] {
        let name = String(decoding: bytes[Self.wordStart(Array(bytes[..<offset]))..<offset], as: UTF8.self)
        let inside = String(decoding: bytes[offset...], as: UTF8.self)
        let parameters: [String]
        if let function = session.interpreter[name]?.function {
            parameters = function.parameters.filter { $0.isOption || $0.defaultValue != nil }.map(\.name)
        } else if let builtin = session.configuration.registry[name] {
            parameters = builtin.parameters.filter { $0.role == .option }.map(\.name)
        } else {
            return []
        }
        return parameters.filter { !inside.contains("\($0)=") && !inside.contains("\($0) =") }.map { $0 + "=" }
    }
}
