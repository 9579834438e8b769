// The lines that act on the session: `:who`, `:time …`, `?name`, `!ls`. What there is, and how a line finds its
// command.
import Foundation
import Language

/// One command: its name, the words it takes and what it does.
struct SessionCommandDescription: Sendable {
    let name: String
    let arguments: String
    let help: String
    /// It changes names, so a saved session needs it.
    var isRecorded = false
    let run: @Sendable (SessionCommands, _ rest: String, _ source: Source) throws -> Void
}

/// Runs the commands of one session.
public struct SessionCommands {
    let session: Session

    /// All of them, as `:help` lists them. A unique beginning of the name is enough.
    static let all: [SessionCommandDescription] = [
        .init(name: "help", arguments: "[name]", help: "what there is, or one thing explained; also ?name and name?") {
            commands, rest, _ in
            try commands.help(rest)
        },
        .init(name: "guide", arguments: "next | back | stop | n", help: "a tour of ten steps in which a model forgets")
        { try $0.guide($1, in: $2) },
        .init(name: "who", arguments: "", help: "your names, what they hold, their memory and cells") {
            commands, _, _ in commands.who()
        },
        .init(name: "type", arguments: "expression", help: "what an expression is, without printing it") {
            try $0.type($1, $2)
        },
        .init(name: "time", arguments: "expression", help: "run it and say how long it took", isRecorded: true) {
            try $0.time($1, $2)
        },
        .init(name: "bench", arguments: "expression", help: "run it many times: median and fastest") {
            try $0.bench($1, $2)
        },
        .init(name: "mem", arguments: "", help: "what the memory holds") { commands, _, _ in commands.memory() },
        .init(
            name: "history", arguments: "[n] [!n] [text…]",
            help: "the cells run so far, or the last n; earlier ones that hold a text; number n back to the prompt"
        ) { commands, rest, _ in
            try commands.history(rest)
        },
        .init(name: "step", arguments: "run [n]", help: "run = step(run, n), and show it", isRecorded: true) {
            try $0.advance("step", $1, $2)
        },
        .init(name: "back", arguments: "run [n]", help: "run = back(run, n), and show it", isRecorded: true) {
            try $0.advance("back", $1, $2)
        },
        .init(name: "undo", arguments: "[n]", help: "take back what the last n cells did") { commands, rest, _ in
            try commands.undo(rest)
        },
        .init(name: "stale", arguments: "", help: "cells whose names have got other values since") { commands, _, _ in
            commands.stale()
        },
        .init(name: "rerun", arguments: "n… | stale", help: "run cells again, or all that are stale") {
            commands, rest, _ in
            try commands.rerun(rest)
        },
        .init(name: "drop", arguments: "name…", help: "forget names", isRecorded: true) { commands, rest, _ in
            try commands.drop(rest)
        },
        .init(name: "reset", arguments: "", help: "forget all names and start the random numbers anew") {
            commands, _, _ in commands.reset()
        },
        .init(
            name: "set",
            arguments: """
                digits n | seed n | timer on | trace on | pager on | projector on | highlight off | suggest off | \
                pictures words
                """,
            help:
                """
                digits of results; the random seed; time every cell; all calls in errors; long help by pages; room \
                between cells; colours and earlier cells while typing; how pictures are shown
                """,
            isRecorded: true
        ) {
            try $0.set($1, $2)
        },
        .init(
            name: "save", arguments: "file [name…]",
            help: "this session as a script (f.lethe), or with all values (f.ws), or some of them"
        ) {
            commands, rest, _ in try commands.save(rest)
        },
        .init(
            name: "load", arguments: "file [name… | as name]",
            help: "run a script in this session, or go on with a saved one (f.ws), or take names from it"
        ) {
            commands, rest, _ in try commands.load(rest)
        },
        .init(
            name: "play", arguments: "file | next | back | show | stop",
            help: "a script as a lesson: cell by cell, with its prose and exercises"
        ) {
            commands, rest, _ in try commands.play(rest)
        },
        .init(name: "reload", arguments: "", help: "run again the loaded scripts that have changed") { commands, _, _ in
            try commands.reload()
        },
        .init(name: "check", arguments: "file", help: "whether a script prints what it says it prints") {
            commands, rest, _ in
            try commands.check(rest)
        },
        .init(
            name: "export", arguments: "file", help: "this session as a page, a text or a notebook (.html, .md, .ipynb)"
        ) { commands, rest, _ in
            try commands.export(rest)
        },
        .init(name: "clear", arguments: "", help: "take away what is shown: the screen, or a notebook cell's output") {
            commands, _, _ in commands.session.configuration.clear?()
        },
        .init(name: "quit", arguments: "", help: "leave (also Ctrl-D)") { commands, _, _ in
            commands.session.isQuitting = true
        },
    ]

    /// Runs a command line.
    func run(_ command: SessionCommand, in source: Source) throws {
        if session.isRepeating, !Self.isRepeated(command) { return }
        switch command.kind {
        case .help: try help(command.words)
        case .shell:
            guard let shell = session.configuration.shell else { throw LanguageError("there is no shell here") }
            shell(command.words)
        case .colon:
            let (word, rest) = Self.parts(of: command)
            let description = try Self.named(word)
            if description.arguments.isEmpty, !rest.isEmpty {
                // `:reset x` must not forget everything.
                let note: String? =
                    switch description.name {
                    case "reset": "to forget names write :drop \(rest)"
                    case "who": "to look at one name write ?\(rest)"
                    default: nil
                    }
                throw LanguageError("`:\(description.name)` takes nothing behind it", note: note)
            }
            try description.run(self, rest, source)
        }
    }

    /// The command's name, as it was written, and what follows.
    static func parts(of command: SessionCommand) -> (word: String, rest: String) {
        let parts = command.words.split(separator: " ", maxSplits: 1)
        let word = parts.first.map(String.init) ?? "", rest = parts.count > 1 ? String(parts[1]).trimmingSpaces : ""
        // An expression has its own comments, and may hold strings with a `#`.
        if let description = try? named(word), description.arguments == "expression" { return (word, rest) }
        return (word, withoutComment(rest))
    }

    /// A line without the comment at its end.
    private static func withoutComment(_ text: String) -> String {
        if text.hasPrefix("#") { return "" }
        return text.range(of: " #").map { String(text[..<$0.lowerBound]).trimmingSpaces } ?? text
    }

    static func named(_ word: String) throws -> SessionCommandDescription {
        if let exact = all.first(where: { $0.name == word }) { return exact }
        let beginning = word.isEmpty ? [] : all.filter { $0.name.hasPrefix(word) }
        if let only = beginning.first, beginning.count == 1 { return only }
        let names = all.map { ":\($0.name)" }
        if beginning.count > 1 {
            throw LanguageError(
                "`:\(word)` could be \(beginning.map { ":\($0.name)" }.sorted().joined(separator: ", "))",
                at: .word(":" + word))
        }
        throw LanguageError(
            word.isEmpty ? "a command's name is missing" : "there is no command `:\(word)`",
            note: suggestion(for: ":" + word, among: names).map { "did you mean `\($0)`?" },
            advice: ["commands: " + names.joined(separator: " ")],
            at: .word(":" + word))
    }

    /// Whether a line leaves names as they are, so that a saved session does without it.
    static func onlyLooks(_ command: SessionCommand) -> Bool {
        guard command.kind == .colon, let description = try? named(parts(of: command).word) else { return true }
        // Names that come out of a file are part of what a session did; a whole workspace brings its own cells.
        if description.name == "load", parts(of: command).rest.lowercased().contains(".ws") { return false }
        return !description.isRecorded
    }

    /// Whether a line writes files, or may: where several processes run a script, one of them does it. A workspace is
    /// another matter: what it is to hold may lie in parts on all of them, and it is written when it is together.
    static func writes(_ command: SessionCommand) -> Bool {
        if command.kind == .shell { return true }
        guard command.kind == .colon, let description = try? named(parts(of: command).word) else { return false }
        if description.name == "save" { return !isWorkspace(parts(of: command).rest) }
        return description.name == "export"
    }

    /// Whether bringing a session back needs a line: it changes names, or which cells there are.
    private static func isRepeated(_ command: SessionCommand) -> Bool {
        guard command.kind == .colon, let description = try? named(parts(of: command).word) else { return false }
        return description.isRecorded
            || ["undo", "rerun", "reset", "load", "reload", "play"].contains(description.name)
    }

    func say(_ text: String) { session.emit(.text(.results, text + "\n")) }
    func tell(_ text: String) { session.emit(.text(.messages, text + "\n")) }

    /// Says something long, through a pager where the user wants one.
    private func page(_ text: String) {
        if session.usesPager, session.configuration.pager?(visible(text)) == true { return }
        say(text)
    }

    private func help(_ name: String) throws {
        let line = name.trimmingCharacters(in: .whitespaces)
        let words = line.hasPrefix("\"") ? line : Self.withoutComment(line)
        let help = Help(session: session)
        if words.isEmpty { return page(help.overview()) }
        if words.hasPrefix("\"") {
            let sought = words.trimmingCharacters(in: CharacterSet(charactersIn: "\" "))
            guard !sought.isEmpty else {
                throw LanguageError("there is nothing to search for", note: "write ?\"gradient\"")
            }
            return page(help.search(sought))
        }
        if let text = help.text(for: words) { return page(text) }
        throw help.error(about: words)
    }
}
