// The lines that act on the session: `:who`, `:time …`, `?name`, `!ls`.
import Foundation
import Language

/// One command: its name, the words it takes and what it does.
struct SessionCommandDescription: Sendable {
    let name: String
    let arguments: String
    let help: String
    let run: @Sendable (SessionCommands, _ rest: String, _ source: Source) throws -> Void
}

/// Runs the commands of one session.
public struct SessionCommands {
    let session: Session

    /// All of them, as `:help` lists them. A unique beginning of the name is enough.
    static let all: [SessionCommandDescription] = [
        .init(name: "help", arguments: "[name]", help: "what there is, or one thing explained; also ?name and name?") { commands, rest, _ in
            try commands.help(rest)
        },
        .init(name: "guide", arguments: "next | back | stop | n", help: "a tour of ten steps in which a model forgets") { try $0.guide($1, in: $2) },
        .init(name: "who", arguments: "", help: "your names and what they hold") { commands, _, _ in commands.who() },
        .init(name: "type", arguments: "expression", help: "what an expression is, without printing it") { try $0.type($1, $2) },
        .init(name: "time", arguments: "expression", help: "run it and say how long it took") { try $0.time($1, $2) },
        .init(name: "step", arguments: "run [n]", help: "run = step(run, n), and show it") { try $0.advance("step", $1, $2) },
        .init(name: "back", arguments: "run [n]", help: "run = back(run, n), and show it") { try $0.advance("back", $1, $2) },
        .init(name: "undo", arguments: "[n]", help: "take back what the last n cells did to names") { commands, rest, _ in
            try commands.undo(rest)
        },
        .init(name: "drop", arguments: "name…", help: "forget names") { commands, rest, _ in try commands.drop(rest) },
        .init(name: "set", arguments: "digits n | seed n", help: "digits of printed results; the random seed") { try $0.set($1, $2) },
        .init(name: "quit", arguments: "", help: "leave (also Ctrl-D)") { commands, _, _ in
            commands.session.isQuitting = true
        },
    ]

    /// Runs a command line.
    func run(_ command: SessionCommand, in source: Source) throws {
        switch command.kind {
        case .help: try help(command.words)
        case .shell:
            guard let shell = session.configuration.shell else { throw Complaint("there is no shell here") }
            shell(command.words)
        case .colon:
            let parts = command.words.split(separator: " ", maxSplits: 1)
            let word = parts.first.map(String.init) ?? ""
            let rest = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
            try Self.named(word).run(self, rest, source)
        }
    }

    private static func named(_ word: String) throws -> SessionCommandDescription {
        if let exact = all.first(where: { $0.name == word }) { return exact }
        let beginning = word.isEmpty ? [] : all.filter { $0.name.hasPrefix(word) }
        if let only = beginning.first, beginning.count == 1 { return only }
        let names = all.map { ":\($0.name)" }
        if beginning.count > 1 {
            throw Complaint("`:\(word)` could be \(beginning.map { ":\($0.name)" }.joined(separator: ", "))")
        }
        throw Complaint(
            word.isEmpty ? "a command's name is missing" : "there is no command `:\(word)`",
            note: suggestion(for: ":" + word, among: names).map { "did you mean `\($0)`?" }, advice: ["commands: " + names.joined(separator: " ")])
    }

    private func say(_ text: String) { session.emit(.text(.results, text + "\n")) }

    private func help(_ name: String) throws {
        let words = name.trimmingCharacters(in: .whitespaces)
        let help = Help(session: session)
        if words.isEmpty { return say(help.overview()) }
        if words.hasPrefix("\"") { return say(help.search(words.trimmingCharacters(in: CharacterSet(charactersIn: "\"")))) }
        if let text = help.text(for: words) { return say(text) }
        throw help.complaint(about: words)
    }

    private func who() {
        let names = session.interpreter.globals.filter { !Session.ownNames.contains($0.name) }
        if names.isEmpty { return session.emit(.text(.messages, "no names yet\n")) }
        let width = names.map { $0.name.count }.max() ?? 0
        for (name, value) in names {
            var line = name + String(repeating: " ", count: width - name.count + 2) + oneLineDescription(value)
            if let place = session.interpreter.definition(of: name) {
                line += "  (\(place.source.placeName(of: Int(place.span.start), seenFrom: nil)))"
            }
            say(line)
        }
    }

    private func oneLineDescription(_ value: Value) -> String {
        let limit = max(20, session.width - 24)
        switch value {
        case .foreign(let foreign): return foreign.summary
        case .function(let function): return function.builtin == nil ? "function" : clipped(value.display, to: limit)
        default: return clipped(value.display, to: limit)
        }
    }

    private func type(_ expression: String, _ source: Source) throws {
        guard !expression.isEmpty else { throw Complaint("`:type` needs an expression, as in `:type 1 + 1`") }
        guard let value = try session.evaluate(expression, in: source) else { return say("no value") }
        say(value.kind == "number" ? "a number" : value.phrase)
    }

    private func time(_ expression: String, _ source: Source) throws {
        guard !expression.isEmpty else { throw Complaint("`:time` needs something to run, as in `:time grad(f, m)`") }
        let start = DispatchTime.now().uptimeNanoseconds
        defer {
            let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
            session.emit(.text(.messages, Self.duration(seconds) + "\n"))
        }
        try session.runNested(expression, in: source)
    }

    /// A time as `:time` says it.
    public static func duration(_ seconds: Double) -> String {
        if seconds < 1e-3 { return "\(formatNumber(seconds * 1e6, digits: 3)) µs" }
        if seconds < 1 { return "\(formatNumber(seconds * 1e3, digits: 3)) ms" }
        return "\(formatNumber(seconds, digits: 3)) s"
    }

    /// `:step run 20` stands for `run = step(run, 20)`, and shows what the run has become.
    private func advance(_ verb: String, _ rest: String, _ source: Source) throws {
        let words = rest.split(separator: " ").map(String.init)
        guard let name = words.first, words.count <= 2, name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) else {
            throw Complaint("`:\(verb)` needs the name of a run and a number of steps, as in `:\(verb) run 20`")
        }
        try session.runNested("\(name) = \(verb)(\(name), \(words.count > 1 ? words[1] : "1"))\n\(name)", in: source)
    }

    private func undo(_ rest: String) throws {
        guard let count = rest.isEmpty ? 1 : Int(rest), count > 0 else { throw Complaint("`:undo` takes a number of cells, as in `:undo 2`") }
        let undone = session.undo(count)
        let cells = listed(undone.map { String($0) })
        let note = undone.isEmpty ? "nothing to undo" : "took back cell\(undone.count == 1 ? "" : "s") \(cells)"
        session.emit(.text(.messages, note + "\n"))
    }

    private func drop(_ rest: String) throws {
        let names = rest.split(separator: " ").map(String.init)
        guard !names.isEmpty else { throw Complaint("`:drop` needs a name, as in `:drop x`") }
        for name in names where session.interpreter[name] == nil {
            let known = session.interpreter.globals.map(\.name)
            throw Complaint("`\(name)` is not defined", note: suggestion(for: name, among: known).map { "did you mean `\($0)`?" })
        }
        session.willChange()
        for name in names { session.interpreter[name] = nil }
    }

    private func set(_ rest: String, _ source: Source) throws {
        let words = rest.split(separator: " ").map(String.init)
        switch words.first {
        case "digits":
            guard words.count == 2, let digits = Int(words[1]), (1...17).contains(digits) else {
                throw Complaint("`:set digits` needs a whole number from 1 to 17")
            }
            session.digits = digits
        case "seed":
            guard words.count == 2, UInt64(words[1]) != nil else { throw Complaint("`:set seed` needs a whole number, as in `:set seed 7`") }
            try session.runNested("seed(\(words[1]));", in: source)
        default: throw Complaint("`:set` knows `digits` and `seed`, as in `:set digits 6`")
        }
    }
}
