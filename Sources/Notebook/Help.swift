// Help, derived from what the built-ins declare about themselves and from the session's own names.
import Language

/// Help texts of one session.
struct Help {
    let session: Session

    private var registry: Registry { session.configuration.registry }

    /// Everything there is, family by family.
    func overview() -> String {
        let introduction = [
            "Type an expression to see its value; `name = …` keeps it; `#` begins a comment; `;` at the end silences.",
            "?name explains a function, ?\"words\" searches, TAB completes, Ctrl-C stops a computation and keeps what it has.",
        ]
        var lines = introduction.flatMap { Self.wrapped(Self.words($0), width: max(session.width, 40), indent: "") }
        lines += ["", "commands"]
        for command in SessionCommands.all {
            let usage = ":\(command.name) \(command.arguments)".padded(to: 26)
            lines.append("  \(usage)\(command.help)")
        }
        var families: [(name: String, members: [String])] = []
        for builtin in registry.builtins {
            if let index = families.firstIndex(where: { $0.name == builtin.family }) {
                families[index].members.append(builtin.name)
            } else {
                families.append((builtin.family, [builtin.name]))
            }
        }
        for family in families {
            lines += ["", family.name]
            lines += Self.wrapped(family.members.sorted(), width: max(session.width, 40), indent: "  ")
        }
        return lines.joined(separator: "\n")
    }

    /// Help for a built-in, a command, a constant or one of the user's names.
    func text(for name: String) -> String? {
        // A program may have put its own in a built-in's place.
        if let builtin = registry[name], session.interpreter[name] == nil { return text(for: builtin) }
        let commandName = name.hasPrefix(":") ? String(name.dropFirst()) : name
        if let value = session.interpreter[name] { return description(of: name, value) }
        if let constant = registry.constants.first(where: { $0.name == name }) { return "\(name) = \(constant.value.repr)" }
        if let command = SessionCommands.all.first(where: { $0.name == commandName }) {
            return ":\(command.name) \(command.arguments)\n  \(command.help)"
        }
        return nil
    }

    private func text(for builtin: Builtin) -> String {
        let room = max(40, min(session.width, 100))
        var lines = Self.wrapped(Self.words(builtin.signature), width: room, indent: "", hanging: "  ") + [""]
        lines += Self.wrapped(Self.words(builtin.summary), width: room, indent: "  ")
        if !builtin.parameters.isEmpty {
            lines.append("")
            let width = builtin.parameters.map { $0.name.count }.max() ?? 0
            for parameter in builtin.parameters {
                var text = parameter.expects
                if let value = parameter.defaultValue { text += " (default \(parameter.defaultText ?? value.display))" }
                if let unit = parameter.unit { text += " [\(unit)]" }
                if !parameter.help.isEmpty { text += ": " + parameter.help }
                let name = "  " + parameter.name.padded(to: width + 2)
                lines += Self.wrapped(Self.words(text), width: room, indent: name, hanging: String(repeating: " ", count: name.count))
            }
        }
        for example in builtin.examples {
            lines.append("")
            lines += example.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)" }
        }
        if !builtin.seeAlso.isEmpty { lines += ["", "  see also " + builtin.seeAlso.joined(separator: ", ")] }
        return lines.joined(separator: "\n")
    }

    private func description(of name: String, _ value: Value) -> String {
        var lines = ["\(name): \(value.phrase)"]
        if let place = session.interpreter.definition(of: name) {
            lines[0] += " (\(place.source.placeName(of: Int(place.span.start), seenFrom: nil)))"
        }
        if let function = value.function {
            if let text = function.sourceText { lines.append(text) }
            if let builtin = function.builtin { lines += ["", text(for: builtin)] }
        } else {
            lines.append(value.describe(width: session.width, digits: session.digits))
        }
        return lines.joined(separator: "\n")
    }

    /// Built-ins whose help mentions the words.
    func search(_ words: String) -> String {
        let wanted = words.lowercased()
        let hits = registry.builtins.filter { builtin in
            let everything = [builtin.name, builtin.summary, builtin.family] + builtin.parameters.flatMap { [$0.name, $0.help] }
            return everything.contains { $0.lowercased().contains(wanted) }
        }
        guard !hits.isEmpty else { return "no help text mentions \"\(words)\"" }
        let width = hits.map { $0.name.count }.max() ?? 0
        return hits.map { builtin in
            let sentence = builtin.summary.split(separator: ".", maxSplits: 1).first.map(String.init) ?? ""
            return clipped("  " + builtin.name.padded(to: width + 2) + sentence, to: max(session.width, 40))
        }.joined(separator: "\n")
    }

    private static func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }

    /// Words in lines of at most `width`; later lines begin with `hanging` instead of `indent`.
    private static func wrapped(_ words: [String], width: Int, indent: String, hanging: String? = nil) -> [String] {
        var lines: [String] = []
        var line = indent
        var isEmpty = true
        for word in words {
            if line.count + word.count + 1 > width, !isEmpty {
                lines.append(line)
                line = hanging ?? indent
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        return isEmpty ? lines : lines + [line]
    }
}

extension String {
    /// With blanks behind, up to a width; one blank at least.
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
