// Finds what TAB may put at the cursor: names, fields, options, choices, paths, commands.
import Language

/// Completion for one session.
struct Completer {
    let session: Session

    /// Candidates for the word that ends at `offset` (UTF-8) of `text`.
    func complete(_ text: String, at offset: Int) -> Completion {
        let bytes = Array(text.utf8)
        let cursor = min(max(0, offset), bytes.count)
        let context = LineContext(String(decoding: bytes[..<cursor], as: UTF8.self))
        if context.isInsideComment { return Completion(start: cursor, candidates: []) }
        if let start = context.commandStart {
            let end = bytes[cursor...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            let line = String(decoding: bytes[start..<end], as: UTF8.self)
            return CommandCompletion(completer: self).complete(line, at: cursor - start).moved(by: start)
        }
        if let start = context.stringStart { return string(from: start, context, bytes, cursor) }
        return code(text, context, bytes, cursor)
    }

    // MARK: Code

    private func code(_ text: String, _ context: LineContext, _ bytes: [UInt8], _ cursor: Int) -> Completion {
        let start = Self.wordStart(bytes[..<cursor])
        let word = String(decoding: bytes[start..<cursor], as: UTF8.self)
        if let first = word.utf8.first, first >= UInt8(ascii: "0"), first <= UInt8(ascii: "9") {
            return Completion(start: start, candidates: [])
        }
        if start > 0, bytes[start - 1] == UInt8(ascii: ".") {
            // A number's point is no field.
            let path = ValuePath(String(decoding: bytes[..<(start - 1)], as: UTF8.self))
            return Self.found(path?.value(in: session)?.fieldNames ?? [], word, start: start)
        }
        let names = self.names(in: text, beside: start)
        if let call = CallContext(text, context, wordStart: start), let callee = callee(of: call) {
            let candidates = arguments(of: callee, call, word: word, names: names)
            if !candidates.isEmpty { return Completion(start: start, candidates: candidates) }
        }
        if word.isEmpty {
            return Completion(start: start, candidates: names.own.isEmpty ? names.builtIn : names.own)
        }
        return Self.found(names.all, word, start: start)
    }

    /// Names that an expression may begin with.
    struct Names {
        /// The session's and the cell's own, in alphabetical order.
        var own: [String]
        var builtIn: [String]
        var keywords: [String]
        var all: [String] { own + builtIn + keywords }
    }

    func names(in text: String, beside word: Int) -> Names {
        let own = Set(session.interpreter.globals.map(\.name)).union(LocalNames.bound(in: text, except: word))
        return Names(
            own: own.sorted(), builtIn: session.configuration.registry.names.filter { !own.contains($0) }.sorted(),
            keywords: Keyword.allCases.map(\.rawValue).sorted())
    }

    /// What is called: one of the session's functions or a built-in.
    private func callee(of call: CallContext) -> Callee? {
        if let function = call.callee.value(in: session)?.function { return Callee(function) }
        guard let name = call.callee.name, session.interpreter[name] == nil else { return nil }
        return session.configuration.registry[name].map { Callee(Function($0)) }
    }

    /// What may stand at an argument: options that are not given yet, or the values an option takes.
    private func arguments(of callee: Callee, _ call: CallContext, word: String, names: Names) -> [String] {
        if let option = call.currentName {
            guard call.isAtValueStart, let type = callee.type(of: option) else { return [] }
            let fitting =
                type.choices.map { quoted($0) } + (type.takesFlag ? ["true", "false"] : []) + recipes(for: type)
            return fitting.filter { $0.hasPrefix(word) }
                + (word.isEmpty ? [] : names.all.filter { $0.hasPrefix(word) && !fitting.contains($0) })
        }
        guard call.isAtArgumentStart else { return [] }
        let options = callee.options.filter { !call.given.contains($0) && $0.hasPrefix(word) }.map { $0 + "=" }
        // What the function works on comes before its options; once that is given, nothing but options makes sense.
        let takesMore = call.given.isEmpty && call.positionals < callee.required
        if word.isEmpty { return takesMore && !callee.isRecipe ? options + names.own : options }
        let mayTakeMore = call.given.isEmpty && call.positionals < callee.positionals
        return options.isEmpty || takesMore || mayTakeMore ? options + names.all.filter { $0.hasPrefix(word) } : options
    }

    /// Built-in losses for a parameter that expects a loss, and so on.
    private func recipes(for type: ParameterType) -> [String] {
        guard let family = type.family else { return [] }
        return session.configuration.registry.builtins.filter { $0.family == family }.map(\.name).sorted()
    }

    // MARK: Strings

    private func string(from start: Int, _ context: LineContext, _ bytes: [UInt8], _ cursor: Int) -> Completion {
        let partial = String(decoding: bytes[start..<cursor], as: UTF8.self)
        let quote = String(context.quote)
        let before = String(decoding: bytes[..<(start - 1)], as: UTF8.self)
        func words(_ candidates: [String]) -> Completion {
            Completion(start: start, candidates: candidates.filter { $0.hasPrefix(partial) }, suffix: quote)
        }
        // A key: `weights["h.0`.
        if before.last == "[", case .record(let record)? = ValuePath(String(before.dropLast()))?.value(in: session) {
            return Completion(
                start: start, candidates: record.keys.filter { $0.hasPrefix(partial) }.map(Self.inString),
                suffix: quote + "]")
        }
        let textContext = LineContext(before)
        var known: [String] = []
        if let call = CallContext(before, textContext, wordStart: before.utf8.count), let callee = callee(of: call) {
            var type: ParameterType?
            if let option = call.currentName, call.isAtValueStart {
                type = callee.type(of: option)
            } else if call.isAtArgumentStart {
                type = callee.type(at: call.positionals)
            }
            let choices = type?.choices ?? []
            if !choices.isEmpty, type?.takesPath == false { return words(choices) }
            known = choices.filter { $0.hasPrefix(partial) }
        }
        var completion = PathCompletion.candidates(forLiteral: partial, quote: quote)
        completion.start += start
        completion.candidates = known + completion.candidates
        return completion
    }

    static func inString(_ text: String) -> String { String(quoted(text, doublesBraces: true).dropFirst().dropLast()) }

    // MARK: Words

    /// The candidates that begin with `word`; where none does, those that do but for case.
    static func found(_ candidates: [String], _ word: String, start: Int) -> Completion {
        var seen: Set<String> = []
        let exact = candidates.filter { $0.hasPrefix(word) && seen.insert($0).inserted }
        if !exact.isEmpty { return Completion(start: start, candidates: exact) }
        let lowered = word.lowercased()
        return Completion(
            start: start,
            candidates: candidates.filter { $0.lowercased().hasPrefix(lowered) && seen.insert($0).inserted })
    }

    static func isNameByte(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || byte >= 0x80
            || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
            || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
    }

    static func wordStart(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.lastIndex { !isNameByte($0) }.map { $0 + 1 } ?? bytes.startIndex
    }
}

extension Completion {
    fileprivate func moved(by offset: Int) -> Completion {
        var moved = self
        moved.start += offset
        return moved
    }
}
