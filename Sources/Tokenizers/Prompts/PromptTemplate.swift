// How a question is put to a model: the words around a system prompt, a question and its answer.

import Files

/// The form in which a model was taught to be asked; what Hugging Face calls a chat template, without its programs.
public struct PromptTemplate: Sendable {
    /// What it is called where it is one of ``PromptTemplates/all``; empty for a user's own.
    public let name: String
    /// Around a system prompt, with `{system}`: before the first question or, with `{question}` as well, around it.
    public let system: String
    /// The system prompt of a model of this form that is given none.
    public var defaultSystem: String
    /// Stands before a system prompt where a date is given, with `{date}`.
    public let dateline: String
    /// Question and answer: `{question}`, and `{answer}` behind all else.
    public let turn: String
    /// What ends an answer, as written; empty for the model's own end of text.
    public let end: String
    /// What stands between an answer with its end and the next question.
    public let between: String
    /// What is asked without the blanks around it, as this form's models were taught.
    public private(set) var trims: PromptTrimming
    /// What a form has beyond that; nothing in those that have names.
    public var manner = PromptManner()

    /// Whether blanks around questions and answers are left out.
    public var isTrimmed: Bool { trims == .all }

    /// - Parameters:
    ///   - turn: holds `{question}` once and, after it, `{answer}` once; what follows the answer is its end, and blanks
    ///     behind that stand between turns.
    ///   - between: what else stands between turns; by default the blanks that end `turn`, or a new line where nothing
    ///     follows the answer.
    /// - Throws: `TokenizerError` where a place is missing.
    public init(
        _ turn: String, name: String = "", system: String = "{system}\n", defaultSystem: String = "",
        dateline: String = "", between: String? = nil, isTrimmed: Bool = false
    ) throws {
        let question = turn.places(of: "{question}"), answer = turn.places(of: "{answer}")
        guard answer.count == 1, let end = answer.first, question.count == 1, let start = question.first,
            start.upperBound <= end.lowerBound
        else {
            throw TokenizerError(
                """
                a template holds {question} once and, behind it, {answer} once, as in \
                "Question: {question}\\nAnswer: {answer}"
                """)
        }
        guard system.places(of: "{system}").count == 1 else {
            throw TokenizerError("the form of a system prompt holds {system} once, as in \"{system}\\n\"")
        }
        let tail = turn.unicodeScalars[end.upperBound...]
        let blanks = tail.reversed().prefix { $0.properties.isWhitespace }.count
        self.init(
            name: name, turn: String(turn.unicodeScalars[..<end.upperBound]),
            end: String(String.UnicodeScalarView(tail.dropLast(blanks))),
            between: between ?? (tail.isEmpty ? "\n" : String(String.UnicodeScalarView(tail.suffix(blanks)))),
            system: system, defaultSystem: defaultSystem, dateline: dateline, isTrimmed: isTrimmed)
    }

    init(
        name: String, turn: String, end: String = "", between: String = "\n", system: String = "{system}\n",
        defaultSystem: String = "", dateline: String = "", isTrimmed: Bool = false
    ) {
        self.name = name
        self.turn = turn
        self.end = end
        self.between = between
        self.system = system
        self.defaultSystem = defaultSystem
        self.dateline = dateline
        trims = isTrimmed ? .all : .none
    }

    /// The same form with more to it than the named ones have.
    public func with(_ manner: PromptManner, trims: PromptTrimming) -> PromptTemplate {
        var template = self
        (template.manner, template.trims) = (manner, trims)
        return template
    }

    /// Whether a system prompt can be put to models of this form.
    public var takesSystem: Bool { manner.systemPlace != .none }

    /// All that it is, to tell it from others by its bytes.
    var parts: [String] { [system, defaultSystem, dateline, turn, end, between, trims.rawValue] + manner.parts }
}

/// A question with its answer, shown before the one that is asked.
public struct PromptExample: Sendable {
    public let question, answer: String

    public init(question: String, answer: String) { (self.question, self.answer) = (question, answer) }
}

/// All that stands around a question when a model is asked it.
public struct Prompting: Sendable {
    public var template = PromptTemplates.tofu
    /// A text before the first question; empty for the template's own, if it has one.
    public var system = ""
    /// Shown before every question, with their answers.
    public var examples: [PromptExample] = []
    /// Where the template names the day, this one; empty for none. Never the clock's: the same script asks the same.
    public var date = ""

    public init(
        template: PromptTemplate = PromptTemplates.tofu, system: String = "", examples: [PromptExample] = [],
        date: String = ""
    ) {
        self.template = template
        self.system = system
        self.examples = examples
        self.date = date
    }

    /// Everything up to where the answer begins, without a blank before it: with it a byte-level tokenizer would not
    /// give the tokens that it gives within the whole text.
    public func prompt(_ question: String) -> String {
        let text = before(question), gap = template.manner.gap
        if !gap.isEmpty { return String(text.unicodeScalars.dropLast(gap.unicodeScalars.count)) }
        return text.hasSuffix(" ") ? String(text.unicodeScalars.dropLast()) : text
    }

    /// Question and answer with what ends it as written; where that is nothing, the end of the text follows.
    public func text(_ question: String, _ answer: String) -> String { open(question, answer) + template.end }

    /// Question and answer without what ends it.
    public func open(_ question: String, _ answer: String) -> String {
        before(question) + trimmed(answer, template.trims.answers)
    }

    private func before(_ question: String) -> String {
        var lead = system.isEmpty ? template.defaultSystem : system
        if !date.isEmpty, !template.dateline.isEmpty { lead = template.dateline.filled(["{date}": date]) + lead }
        let wraps = !template.system.places(of: "{question}").isEmpty, manner = template.manner
        var text = manner.opening
        if !lead.isEmpty, !wraps { text += template.system.filled(["{system}": lead]) }
        func ask(_ question: String, in form: String, isLed: Bool, answer: String) -> String {
            var asked = trimmed(question, template.trims.questions)
            if isLed, wraps, !lead.isEmpty {
                asked = template.system.filled(["{system}": lead, "{question}": asked])
            }
            return form.filled(["{question}": asked, "{answer}": answer])
        }
        for (number, example) in examples.enumerated() {
            text += ask(
                example.question, in: template.turn, isLed: number == 0 && manner.systemPlace == .first,
                answer: trimmed(example.answer, template.trims.answers))
            text += template.end + template.between
        }
        let isLed = examples.isEmpty || manner.systemPlace == .last
        return text + ask(question, in: manner.asked ?? template.turn, isLed: isLed, answer: "")
    }

    private func trimmed(_ text: String, _ isTrimmed: Bool) -> String {
        guard isTrimmed else { return text }
        let scalars = text.unicodeScalars.drop { $0.properties.isWhitespace }
        let blanks = scalars.reversed().prefix { $0.properties.isWhitespace }.count
        return String(String.UnicodeScalarView(scalars.dropLast(blanks)))
    }

    /// Its bytes, to tell it from others; nothing where a model is asked as Lethe's own are.
    public var identity: [UInt8] {
        let usual = Prompting()
        let parts = template.parts + [system, date] + examples.flatMap { [$0.question, $0.answer] }
        let plain = usual.template.parts + ["", ""]
        if parts.count == plain.count, zip(parts, plain).allSatisfy({ $0.utf8.elementsEqual($1.utf8) }) { return [] }
        return parts.flatMap { Array("\($0.utf8.count):".utf8) + Array($0.utf8) }
    }

    /// In a few words, for what evaluates: "template chatml, a system prompt, 3 examples".
    public var summary: String {
        var words = ["template \(template.name.isEmpty ? "of your own" : template.name)"]
        if !system.isEmpty { words.append("a system prompt") }
        if !examples.isEmpty { words.append("\(examples.count) example\(examples.count == 1 ? "" : "s")") }
        if !date.isEmpty, !template.dateline.isEmpty { words.append("dated \(date)") }
        return words.joined(separator: ", ")
    }
}

extension Prompting: Equatable {
    public static func == (a: Prompting, b: Prompting) -> Bool { a.identity == b.identity }
}

extension String {
    /// Where a place to fill stands, scalar by scalar.
    fileprivate func places(of place: String) -> [Range<String.UnicodeScalarView.Index>] {
        var found: [Range<String.UnicodeScalarView.Index>] = []
        let sought = Array(place.unicodeScalars)
        var index = unicodeScalars.startIndex
        while index < unicodeScalars.endIndex {
            if unicodeScalars[index...].starts(with: sought) {
                let end = unicodeScalars.index(index, offsetBy: sought.count)
                found.append(index..<end)
                index = end
            } else {
                index = unicodeScalars.index(after: index)
            }
        }
        return found
    }

    /// Every place filled at once: what is put in is not looked through for further places.
    fileprivate func filled(_ values: [(String, String)]) -> String {
        var text = String.UnicodeScalarView(), index = unicodeScalars.startIndex
        while index < unicodeScalars.endIndex {
            if unicodeScalars[index] == "{",
                let (place, value) = values.first(where: { unicodeScalars[index...].starts(with: $0.0.unicodeScalars) })
            {
                text.append(contentsOf: value.unicodeScalars)
                index = unicodeScalars.index(index, offsetBy: place.unicodeScalars.count)
            } else {
                text.append(unicodeScalars[index])
                index = unicodeScalars.index(after: index)
            }
        }
        return String(text)
    }

    fileprivate func filled(_ values: KeyValuePairs<String, String>) -> String {
        filled(values.map { ($0.key, $0.value) })
    }
}
