// Help at the prompt: pages laid out for the window, the session's own names among them.
import Language
import Vocabulary

/// Help texts of one session.
struct Help {
    let session: Session

    private var book: HelpBook { HelpBook(session.configuration.registry) }
    private var room: Int { max(40, min(session.width, 100)) }

    /// Everything that has a page, the session's own names first.
    var names: [String] {
        let own = session.interpreter.globals.map(\.name).sorted(), pages = book.names.sorted()
        let known = Set(own + pages)
        return own + pages + book.families.map(\.name).filter { !known.contains($0) && isName($0) }
    }

    /// Everything there is, family by family.
    func overview() -> String {
        let introduction = [
            "Type an expression to see its value; `name = …` keeps it; `#` begins a comment; `;` at the end silences.",
            """
            ?name explains a function, ?"words" searches, TAB completes, Ctrl-C stops a computation and keeps what it \
            has.
            """,
            ":guide is a tour of five minutes.",
        ]
        let book = self.book, width = max(session.width, 40)
        var lines = introduction.flatMap { TextLayout.wrapped($0, width: width, indent: "") }
        lines += ["", "commands"]
        let commands = book.pages.filter { $0.kind == .command }
        // In a narrow window few of them leave room for the words.
        let column = min(width < 72 ? 14 : 30, (commands.map { $0.signature.count }.max() ?? 0) + 2)
        for command in SessionCommands.all {
            let usage = command.arguments.isEmpty ? ":\(command.name)" : ":\(command.name) \(command.arguments)"
            let hanging = String(repeating: " ", count: column + 2)
            // A long one has a line of its own.
            if usage.count + 2 > column {
                lines += TextLayout.wrapped(usage, width: width, indent: "  ", hanging: "      ")
            }
            let indent = usage.count + 2 > column ? hanging : "  " + usage.padded(to: column)
            lines += TextLayout.wrapped(command.help, width: width, indent: indent, hanging: hanging)
        }
        for family in book.families {
            lines +=
                ["", family.name] + TextLayout.wrapped(family.pages.map(\.name).sorted(), width: width, indent: "  ")
        }
        let topics = book.pages.filter { $0.kind == .topic }
        for (title, family) in [
            ("the language, as in ?for or ?slices", HelpPage.language),
            ("how to …, as in ?freezing or ?\"save a figure\"", HelpPage.howTo),
        ] {
            let names = topics.filter { $0.family == family }.map(\.name)
            lines += ["", title] + TextLayout.wrapped(names, width: width, indent: "  ")
        }
        return lines.joined(separator: "\n")
    }

    /// Help for a built-in, a command, a constant, a topic, or one of the user's names with its fields.
    func text(for name: String) -> String? {
        // A program may have put its own in a built-in's place.
        if let value = session.interpreter[name] { return description(of: name, value) }
        let pages = book.pages(for: name)
        if let page = pages.first {
            let others = pages.dropFirst().map(\.name).filter { $0 != name }
            let text = TextLayout.text(page, width: room, also: others)
            return page.kind == .topic ? [text, family(name)].compactMap(\.self).joined(separator: "\n\n") : text
        }
        if let family = family(name) { return family }
        guard name.contains("."), let value = ValuePath(name)?.value(in: session) else { return nil }
        return description(of: name, value)
    }

    private func description(of name: String, _ value: Value) -> String {
        var lines = ["\(name): \(value.phrase)"]
        if let place = session.interpreter.definition(of: name) {
            lines[0] += " (\(place.source.placeName(of: Int(place.span.start), seenFrom: nil)))"
        }
        if let function = value.function {
            if let text = function.sourceText { lines.append(text) }
            if let builtin = function.builtin { lines += ["", TextLayout.text(HelpPage(builtin), width: room)] }
        } else {
            lines.append(session.layout.forWindow { value.describe(width: $0, digits: session.digits) })
            let fields = value.fieldNames
            if case .foreign = value, !fields.isEmpty {
                lines += TextLayout.wrapped(fields, width: room, indent: "fields: ", hanging: "  ")
            }
        }
        return lines.joined(separator: "\n")
    }

    /// The built-ins of a family, such as solvers, with the first sentence of each; nil where there is no such family.
    private func family(_ name: String) -> String? {
        guard let family = book.families.first(where: { $0.name == name }) else { return nil }
        let own = RecipeFamily(rawValue: name) == nil ? name : "the \(name) there are; your own go wherever these go"
        return ([own] + sentences(family.pages.sorted { $0.name < $1.name })).joined(separator: "\n")
    }

    /// A line for each page: its name and its first sentence.
    private func sentences(_ pages: some Collection<HelpPage>) -> [String] {
        let width = pages.map { $0.name.count }.max() ?? 0
        return pages.map {
            clipped(
                "  " + $0.name.padded(to: width + 2) + ($0.family == HelpPage.howTo ? $0.signature : $0.sentence),
                to: max(session.width, 40))
        }
    }

    /// Pages that mention the words, best hits first.
    func search(_ words: String) -> String {
        let hits = book.search(words)
        guard !hits.isEmpty else { return "no help text mentions \"\(words)\"" }
        let shown = hits.prefix(30)
        var lines = sentences(shown)
        if hits.count > shown.count {
            lines.append("  … and \(hits.count - shown.count) more; another word narrows it down")
        }
        return lines.joined(separator: "\n")
    }

    /// What to say of a name that has no page.
    func error(about name: String) -> LanguageError {
        let near = book.near(name, own: session.interpreter.globals.map(\.name))
        let others = near.count > 1 ? ["near names: " + near.joined(separator: ", ")] : []
        return LanguageError(
            "there is no help for `\(name)`", note: near.first.map { "did you mean `\($0)`?" },
            advice: others + ["?\"\(name)\" searches all help texts"])
    }
}

extension Session {
    /// All pages of help of what this session knows.
    public var helpBook: HelpBook { HelpBook(configuration.registry) }
}
