// Reads a template off what a model's own program writes.

/// The form of a program that writes conversations turn by turn: where marks stand that were put to it.
///
/// What is read off is taken only where it writes the same as the program, to the letter, for real questions, answers
/// and system prompts, over several turns.
struct TemplateDerivation {
    private let writer: ChatWriter

    // Of no language and no program.
    private static let question = "\u{E001}", answer = "\u{E002}", again = "\u{E003}", system = "\u{E004}"
    /// Variables by which published programs leave out what is thought before an answer.
    private static let switches = [nil, "enable_thinking", "thinking"]

    /// - Throws: `ChatProgramError` with the reason why none is read off.
    static func template(_ writer: ChatWriter) throws -> PromptTemplate {
        var first: (any Error)?
        for name in switches {
            var writer = writer
            writer.switchedOff = name
            do {
                return try TemplateDerivation(writer: writer).checked()
            } catch {
                first = first ?? error
            }
        }
        throw first ?? ChatProgramError("")
    }

    private init(writer: ChatWriter) { self.writer = writer }

    // MARK: What the program writes around marks

    private func written(_ turns: [ChatTurn], asksNext: Bool = true) throws -> ChatText {
        let text = try writer.text(turns, asksNext: asksNext)
        guard !text.contains(ChatWriter.clock) else {
            throw ChatProgramError("it writes the day, and takes it from the clock")
        }
        return ChatText(text)
    }

    private func derived() throws -> PromptTemplate {
        let user: ChatTurn = ("user", Self.question), assistant: ChatTurn = ("assistant", Self.answer)
        let asked = try written([user]).cut(at: [Self.question], "a question")
        let answered = try written([user, assistant], asksNext: false)
            .cut(at: [Self.question, Self.answer], "a question and its answer")
        let chat = try written([user, assistant, ("user", Self.again)])
            .cut(at: [Self.question, Self.answer, Self.again], "a conversation")
        let lead = asked[0], ask = asked[1], tail = answered[2], link = chat[2]
        guard answered[0] == lead, chat[0] == lead, chat[3] == ask, answered[1].starts(with: ask) else {
            throw ChatProgramError("it asks for an answer otherwise than it writes one")
        }
        let gap = answered[1].rest(after: ask)
        guard gap.isBlank else {
            throw ChatProgramError("the model itself writes \(gap.shown) before its answer, such as what it thinks")
        }
        let end = try Self.end(tail, link: link, ofText: ChatText(writer.end))
        let next = link.rest(after: end)
        let start = next.ends(with: lead) ? lead : lead.sharedEnd(with: next).withoutBlanksBefore
        let opening = lead.dropped(last: start.count)
        let asks = start.text + "{question}"
        let turn = asks + chat[1].text + "{answer}", last = asks + answered[1].text + "{answer}"
        var manner = PromptManner(asked: last == turn ? nil : last, gap: gap.text == " " ? "" : gap.text)
        let form = try systemForm(opening, start, ask, &manner)
        return PromptTemplate(
            name: "own", turn: turn, end: end.text, between: next.dropped(last: start.count).text, system: form.system,
            defaultSystem: form.usual
        ).with(manner, trims: .none)
    }

    /// What ends an answer, in the middle of a conversation as at its end, where the program may end the text as well.
    private static func end(_ tail: ChatText, link: ChatText, ofText end: ChatText) throws -> ChatText {
        let mark = tail.withoutBlanks
        if !mark.isEmpty, link.starts(with: mark) { return mark }
        let open = mark.ends(with: end) ? mark.dropped(last: end.count).withoutBlanks : mark
        guard !open.isEmpty else { throw ChatProgramError("no mark ends an answer in it") }
        guard link.starts(with: open) else { throw ChatProgramError("it ends the last answer otherwise than others") }
        return open
    }

    /// Where a system prompt stands, and what does where none is given.
    private func systemForm(
        _ opening: ChatText, _ start: ChatText, _ ask: ChatText, _ manner: inout PromptManner
    ) throws -> (system: String, usual: String) {
        let told: [ChatTurn] = [("system", Self.system), ("user", Self.question)]
        // A program may refuse system prompts, or leave them out.
        guard let text = try? written(told), text.scalars.contains(ChatText(Self.system).scalars[0]) else {
            (manner.systemPlace, manner.opening) = (.none, opening.text)
            return ("{system}", "")
        }
        let parts = try text.cut(at: [Self.system, Self.question], "a system prompt and a question")
        guard parts[2].ends(with: ask) else { throw ChatProgramError("with a system prompt it asks otherwise") }
        let behind = parts[2].dropped(last: ask.count)
        if parts[1].ends(with: start), behind.isEmpty {
            let after = parts[1].dropped(last: start.count)
            if let usual = opening.within(parts[0], after) {
                return (parts[0].text + "{system}" + after.text, usual.text)
            }
            guard parts[0].starts(with: opening) else {
                throw ChatProgramError("without a system prompt it writes the words around one, and none")
            }
            manner.opening = opening.text
            return (parts[0].rest(after: opening).text + "{system}" + after.text, "")
        }
        let before = ChatText(opening.text + start.text)
        guard parts[0].starts(with: before) else {
            throw ChatProgramError("where it puts a system prompt is neither before nor in a question")
        }
        let twice = try written(told + [("assistant", Self.answer), ("user", Self.again)])
            .scalars.map { String($0) }
        let places = [Self.system, Self.answer].map { twice.firstIndex(of: $0) ?? 0 }
        manner.systemPlace = places[0] < places[1] ? .first : .last
        manner.opening = opening.text
        return (
            parts[0].rest(after: before).text + "{system}" + parts[1].text + "{question}" + behind.text, ""
        )
    }

    // MARK: Whether it writes the same

    private func checked() throws -> PromptTemplate {
        let template = try derived()
        for trims in PromptTrimming.allCases {
            let own = template.with(template.manner, trims: trims)
            if agrees(own) { return own }
        }
        throw ChatProgramError("it writes some questions, answers or system prompts otherwise than it does others")
    }

    private func agrees(_ template: PromptTemplate) -> Bool {
        let asked: ChatTurn = ("user", ChatWriter.question), answered: ChatTurn = ("assistant", ChatWriter.answer)
        let again: ChatTurn = ("user", ChatWriter.again), other: ChatTurn = ("assistant", "So\nbe it")
        let shown = PromptExample(question: asked.content, answer: answered.content)
        let after = PromptExample(question: again.content, answer: other.content)
        for system in template.takesSystem ? ["", ChatWriter.system] : [""] {
            let lead: [ChatTurn] = system.isEmpty ? [] : [("system", system)]
            func prompting(_ examples: [PromptExample]) -> Prompting {
                Prompting(template: template, system: system, examples: examples)
            }
            let one = prompting([]), two = prompting([shown]), three = prompting([shown, after])
            guard (try? writer.text(lead + [asked])) == one.prompt(asked.content),
                (try? writer.text(lead + [asked, answered, again])) == two.prompt(again.content),
                (try? writer.text(lead + [asked, answered, again, other, asked])) == three.prompt(asked.content),
                isWritten(one.text(asked.content, answered.content), [asked, answered], lead),
                isWritten(two.text(again.content, other.content), [asked, answered, again, other], lead)
            else { return false }
        }
        return true
    }

    /// Whether the program writes the turns so; behind the last answer it may end the text, or the line.
    private func isWritten(
        _ text: String, _ turns: [ChatTurn], _ lead: [ChatTurn]
    ) -> Bool {
        func writes(_ text: String, _ turns: [ChatTurn]) -> Bool {
            guard let written = try? writer.text(turns, asksNext: false), written.hasPrefix(text) else { return false }
            let rest = written.dropFirst(text.count).filter { !$0.isWhitespace }
            return rest.isEmpty || rest == writer.end
        }
        if writes(text, lead + turns) { return true }
        // Mistral's have a system prompt in the last question, and only while it waits for its answer.
        guard let system = lead.first?.content, let written = try? writer.text(lead + turns, asksNext: false),
            !written.contains(system)
        else { return false }
        return (try? writer.text(turns, asksNext: false)) == written
    }
}

/// A text as scalars: marks and blanks are told apart within what a letter joins.
private struct ChatText: Equatable {
    let scalars: [Unicode.Scalar]

    init(_ text: String) { scalars = Array(text.unicodeScalars) }
    private init(_ scalars: some Sequence<Unicode.Scalar>) { self.scalars = Array(scalars) }

    var text: String { String(String.UnicodeScalarView(scalars)) }
    var count: Int { scalars.count }
    var isEmpty: Bool { scalars.isEmpty }
    var isBlank: Bool { scalars.allSatisfy(\.properties.isWhitespace) }
    var withoutBlanks: ChatText {
        ChatText(scalars.dropLast(scalars.reversed().prefix { $0.properties.isWhitespace }.count))
    }
    var withoutBlanksBefore: ChatText { ChatText(scalars.drop { $0.properties.isWhitespace }) }
    /// For a message.
    var shown: String { "`" + text.replacing("\n", with: "\\n") + "`" }

    func starts(with other: ChatText) -> Bool { scalars.starts(with: other.scalars) }
    func ends(with other: ChatText) -> Bool {
        count >= other.count && scalars.suffix(other.count).elementsEqual(other.scalars)
    }
    func rest(after start: ChatText) -> ChatText { ChatText(scalars.dropFirst(start.count)) }
    func dropped(last count: Int) -> ChatText { ChatText(scalars.dropLast(count)) }

    /// What stands between two others, if anything does.
    func within(_ before: ChatText, _ after: ChatText) -> ChatText? {
        guard starts(with: before), ends(with: after), count > before.count + after.count else { return nil }
        return rest(after: before).dropped(last: after.count)
    }

    func sharedEnd(with other: ChatText) -> ChatText {
        ChatText(scalars.suffix(zip(scalars.reversed(), other.scalars.reversed()).prefix { $0 == $1 }.count))
    }

    /// What stands before, between and behind marks of one scalar, each of which is there once, in this order.
    func cut(at marks: [String], _ what: String) throws -> [ChatText] {
        var parts: [ChatText] = [], rest = scalars[...]
        for mark in marks.flatMap(\.unicodeScalars) {
            guard scalars.filter({ $0 == mark }).count == 1, let place = rest.firstIndex(of: mark) else {
                throw ChatProgramError("it does not write \(what) once and in its order")
            }
            parts.append(ChatText(rest[..<place]))
            rest = rest[(place + 1)...]
        }
        return parts + [ChatText(rest)]
    }
}
