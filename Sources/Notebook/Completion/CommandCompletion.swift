// Completion in lines that act on the session: `:` commands with their arguments, `?name`, `!ls path`.
import Language

/// Completes one such line; what a command takes is read from its usage, `:step run [n]`.
struct CommandCompletion {
    let completer: Completer

    private var session: Session { completer.session }

    /// - Parameter line: the whole line; the cursor is at `cursor` (UTF-8).
    func complete(_ line: String, at cursor: Int) -> Completion {
        let before = String(decoding: line.utf8.prefix(cursor), as: UTF8.self)
        switch before.first {
        case "?":
            let start = before.utf8.prefix { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: " ") }.count
            return helpNames(String(decoding: before.utf8.dropFirst(start), as: UTF8.self), start: start)
        case "!": return paths(lastWord(of: before))
        default: break
        }
        guard let space = before.firstIndex(of: " ") else {
            return Completer.found(SessionCommands.all.map { ":\($0.name)" }, before, start: 0)
        }
        let word = before[before.index(after: before.startIndex)..<space]
        let fitting = SessionCommands.all.filter { $0.name == word }
        let command = fitting.first ?? SessionCommands.all.first { $0.name.hasPrefix(word) }
        guard let command, !word.isEmpty else { return Completion(start: cursor, candidates: []) }
        return argument(of: command, before, line)
    }

    private func argument(of command: SessionCommandDescription, _ before: String, _ line: String) -> Completion {
        let last = lastWord(of: before)
        let place = before.split(separator: " ", omittingEmptySubsequences: true).count - (last.word.isEmpty ? 0 : 1)
        if last.word.hasPrefix("-") { return Completer.found(flags(of: command), last.word, start: last.start) }
        if command.name == "help" { return helpNames(last.word, start: last.start) }
        let usage = command.arguments
        if usage.contains("expression") {
            let first = (before.firstIndex(of: " ").map { before[...$0].utf8.count } ?? 0)
            var inner = completer.complete(
                String(decoding: line.utf8.dropFirst(first), as: UTF8.self), at: before.utf8.count - first)
            inner.start += first
            return inner
        }
        if usage.contains("file") || usage.contains("path") || usage.contains("folder") { return paths(last) }
        if usage.contains("|") {
            // `digits n | seed n`: the first word decides.
            let choices = usage.split(separator: "|").compactMap { $0.split(separator: " ").first.map(String.init) }
                .filter { $0.count > 1 && !$0.hasSuffix("…") }
            return place == 1
                ? Completer.found(choices, last.word, start: last.start) : Completion(start: last.start, candidates: [])
        }
        let isName = usage.hasPrefix("name") || usage.hasPrefix("[name") || usage.hasPrefix("run")
        guard isName, place == 1 || usage.contains("…") else { return Completion(start: last.start, candidates: []) }
        let names = session.interpreter.globals.filter { name, value in
            !Session.ownNames.contains(name) && (!usage.hasPrefix("run") || value.kind == "run")
        }
        return Completer.found(names.map(\.name).sorted(), last.word, start: last.start)
    }

    private func flags(of command: SessionCommandDescription) -> [String] {
        command.arguments.split(whereSeparator: { " |[]".contains($0) }).filter { $0.hasPrefix("-") }.map(String.init)
    }

    private func lastWord(of text: String) -> (word: String, start: Int) {
        let start = text.lastIndex(of: " ").map { text.index(after: $0) } ?? text.index(text.startIndex, offsetBy: 1)
        return (String(text[start...]), text[..<start].utf8.count)
    }

    private func paths(_ last: (word: String, start: Int)) -> Completion {
        Completion(
            kind: .paths, start: last.start, candidates: PathCompletion.candidates(for: last.word, expandsHome: true))
    }

    /// Everything that has a help page.
    private func helpNames(_ word: String, start: Int) -> Completion {
        Completer.found(Help(session: session).names, word, start: start)
    }
}
