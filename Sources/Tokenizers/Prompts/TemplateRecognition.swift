// Which of the named templates a model's own program writes.

/// The template that a model's folder names.
public enum OwnTemplate: Sendable {
    /// The folder has no `chat_template`.
    case missing
    /// It has one that cannot be told to write conversations in any form known here.
    case unknown(because: String)
    /// - Parameter date: the day that it writes where it is given none: "" for a template that names none, and `nil` for
    ///   the clock's, which no script may depend on.
    case known(PromptTemplate, date: String?)

    /// Reads a `chat_template`, a program of Jinja's, by running it: a named template is the model's own where both
    /// write the same conversations, to the letter; where none is, one that is read off what the program writes, if it
    /// writes the same. All else is unknown, since a model that is asked in a form near its own answers worse, and
    /// nothing tells.
    /// - Parameters:
    ///   - beginning: the token that begins texts, where there is one.
    ///   - end: the token that ends them.
    public init(program: String, beginning: String?, end: String?) {
        do {
            let writer = ChatWriter(program: try ChatProgram(program), beginning: beginning ?? "", end: end ?? "")
            for template in PromptTemplates.all {
                var own = template
                if PromptTemplates.endOfText[template.name] != nil {
                    guard let end else { continue }
                    own = template.ended(by: end, begun: beginning ?? "")
                }
                if let (own, date) = TemplateProbe(writer: writer).matched(own) {
                    self = .known(own, date: date)
                    return
                }
            }
            self = .known(try TemplateDerivation.template(writer), date: "")
        } catch {
            self = .unknown(because: (error as? ChatProgramError)?.message ?? "it cannot be read")
        }
    }
}

/// Conversations that are put to a program and to a template.
private struct TemplateProbe {
    let writer: ChatWriter
    private var end: String { writer.end }

    private static let question = ChatWriter.question, again = ChatWriter.again, answer = ChatWriter.answer
    private static let system = ChatWriter.system
    /// What stands for the clock, and for a system prompt that is to be found.
    private static let clock = ChatWriter.clock, lead = "\u{2}"

    /// The template with the system prompt and the date that the program writes unasked, where all else agrees.
    func matched(_ template: PromptTemplate) -> (PromptTemplate, date: String?)? {
        guard let asked = written([("user", Self.question)]) else { return nil }
        var own = template, date = ""
        own.defaultSystem = ""
        if Prompting(template: own).prompt(Self.question) != asked {
            guard let lead = lead(of: asked, own) else { return nil }
            (date, own.defaultSystem) = own.dated(lead)
        }
        func prompting(_ system: String = "", _ examples: [PromptExample] = []) -> Prompting {
            Prompting(template: own, system: system, examples: examples, date: date)
        }
        guard prompting().prompt(Self.question) == asked,
            let answered = written([("user", Self.question), ("assistant", Self.answer)], asksNext: false),
            case let text = prompting().text(Self.question, Self.answer), answered.hasPrefix(text)
        else { return nil }
        // Behind the last answer a program may end the text, or the line.
        let rest = answered.dropFirst(text.count).filter { !$0.isWhitespace }
        guard rest.isEmpty || rest == end else { return nil }
        let example = PromptExample(question: Self.question, answer: Self.answer)
        guard
            written([("user", Self.question), ("assistant", Self.answer), ("user", Self.again)])
                == prompting("", [example]).prompt(Self.again)
        else { return nil }
        // A program may refuse system prompts; one that it takes stands where the template has it. Llama 2's own program
        // trims the two together, so that a blank between them is no difference.
        if let told = written([("system", Self.system), ("user", Self.again)]),
            told != prompting(Self.system).prompt(Self.again)
        {
            return nil
        }
        return (own, date.contains(Self.clock) ? nil : date)
    }

    /// What the program writes; nil where it refuses.
    private func written(_ turns: [ChatTurn], asksNext: Bool = true) -> String? {
        try? writer.text(turns, asksNext: asksNext)
    }

    /// What stands where the template has a system prompt.
    private func lead(of asked: String, _ template: PromptTemplate) -> String? {
        let form = Prompting(template: template, system: Self.lead).prompt(Self.question)
        let sides = form.split(separator: Self.lead, maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2, asked.hasPrefix(sides[0]), asked.hasSuffix(sides[1]),
            asked.count > sides[0].count + sides[1].count
        else { return nil }
        return String(asked.dropFirst(sides[0].count).dropLast(sides[1].count))
    }
}

extension PromptTemplate {
    /// A date, where the text names it as this template does, and what follows it; else the text.
    fileprivate func dated(_ text: String) -> (date: String, rest: String) {
        let sides = dateline.split(separator: "{date}", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2, text.hasPrefix(sides[0]),
            let after = text.dropFirst(sides[0].count).firstRange(of: sides[1])
        else { return ("", text) }
        return (String(text.dropFirst(sides[0].count)[..<after.lowerBound]), String(text[after.upperBound...]))
    }

    /// The same form where turns end with a text's end, which is another token in other models.
    fileprivate func ended(by own: String, begun beginning: String) -> PromptTemplate {
        let usual = PromptTemplates.endOfText[name] ?? ""
        func replaced(_ text: String) -> String { usual.isEmpty ? text : text.replacing(usual, with: own) }
        return PromptTemplate(
            name: name, turn: replaced(turn), end: replaced(end),
            between: name == "llama2" && !beginning.isEmpty ? beginning : between, system: replaced(system),
            defaultSystem: defaultSystem, dateline: dateline, isTrimmed: isTrimmed)
    }
}
