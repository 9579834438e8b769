/// Data sets in the language: questions with answers, and texts.
import Tokenizers
import Datasets
import Evaluation
import Language
import LanguageModels

public final class DataValue: Foreign {
    enum Content {
        case questions(QuestionSet)
        case texts(TextSet)
    }
    let content: Content
    /// Encodings made so far, by tokenizer and context: data are encoded once for each kind of model.
    private var encoded: [String: [TokenSequence]] = [:]
    /// The characters of the texts, found once.
    private var characters: TokenizerValue?

    init(_ content: Content) {
        self.content = content
        super.init()
    }
    convenience init(_ questions: QuestionSet) { self.init(.questions(questions)) }
    convenience init(_ texts: TextSet) { self.init(.texts(texts)) }

    public override var kind: String { "data set" }
    var name: String {
        switch content {
        case .questions(let set): set.name
        case .texts(let set): set.name
        }
    }
    var size: Int {
        switch content {
        case .questions(let set): set.count
        case .texts(let set): set.count
        }
    }
    private var unit: String {
        switch content {
        case .questions: size == 1 ? "question" : "questions"
        case .texts: size == 1 ? "text" : "texts"
        }
    }
    public override var summary: String { "\(name): \(size) \(unit)" }
    public override var count: Int? { size }

    public override func describe(width: Int, digits: Int) -> String {
        let shown = (0..<min(3, size)).map { clipped("  " + line($0), to: width) }
        return ([clipped(summary, to: width)] + shown + (size > 3 ? ["  …"] : [])).joined(separator: "\n")
    }
    public override func describeAll(width: Int, digits: Int) -> String {
        ([summary] + (0..<size).map { "  " + line($0) }).joined(separator: "\n")
    }

    /// An example on one line.
    private func line(_ position: Int) -> String {
        let text =
            switch content {
            case .questions(let set): "\(set[position].question) — \(set[position].answer)"
            case .texts(let set): set[position]
            }
        return text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    public override var fieldNames: [String] {
        switch content {
        case .questions: ["name", "questions", "answers", "vocab"]
        case .texts: ["name", "texts", "vocab"]
        }
    }
    public override func field(_ name: String) throws -> Value? {
        switch (name, content) {
        case ("name", _): return .string(self.name)
        case ("questions", .questions(let set)): return .list(set.map { .string($0.question) })
        case ("answers", .questions(let set)): return .list(set.map { .string($0.answer) })
        case ("texts", .texts(let set)): return .list(set.map { .string($0) })
        case ("vocab", _):
            if let characters { return .foreign(characters) }
            let value = try worded { TokenizerValue(try CharacterTokenizer(charactersOf: documents)) }
            characters = value
            return .foreign(value)
        default: return nil
        }
    }

    /// Everything as plain text, for tokenizers.
    var documents: [String] {
        switch content {
        case .questions(let set): set.map { PromptTemplate.text($0.question, $0.answer) }
        case .texts(let set): set.documents
        }
    }

    public override func index(_ indices: [Index]) throws -> Value? {
        guard indices.count == 1 else { return nil }
        switch indices[0] {
        case .position(let value):
            guard let x = try value.asNumber, let whole = Int(exactly: x) else { return nil }
            let i = whole < 0 ? whole + size : whole
            guard i >= 0, i < size else {
                throw LanguageError("\(name) has \(size) \(unit); there is no number \(whole)", at: .index(0))
            }
            switch content {
            case .questions(let set): return DataValue.record(set[i])
            case .texts(let set): return .string(set[i])
            }
        case .slice(let slice):
            guard slice.step != 0 else { throw LanguageError("a slice's step must not be 0") }
            return .foreign(chosen(Array(slice.indices(count: size))))
        }
    }

    /// Some of the examples, in the order given.
    func chosen(_ indices: [Int]) -> DataValue {
        switch content {
        case .questions(let set): DataValue(QuestionSet(name: set.name, examples: indices.map { set[$0] }))
        case .texts(let set): DataValue(TextSet(name: set.name, documents: indices.map { set[$0] }))
        }
    }

    static func record(_ example: QuestionAnswer) -> Value {
        .record([
            ("question", .string(example.question)), ("answer", .string(example.answer)),
            ("paraphrased_question", example.paraphrasedQuestion.map { .string($0) } ?? .nothing),
            ("paraphrased_answer", example.paraphrasedAnswer.map { .string($0) } ?? .nothing),
            ("false_answers", .list(example.falseAnswers.map { .string($0) })),
        ])
    }

    public override func binary(_ op: BinaryOperator, _ other: Value, isReversed: Bool) throws -> Value? {
        guard op == .add, case .foreign(let foreign) = other, let right = foreign as? DataValue else { return nil }
        switch (content, right.content) {
        case (.questions(let a), .questions(let b)): return .foreign(DataValue(a.concatenated(with: b)))
        case (.texts(let a), .texts(let b)): return .foreign(DataValue(a.concatenated(with: b)))
        default: throw LanguageError("questions and texts cannot be put together in one data set")
        }
    }

    /// Token ids and labels as `model` reads them.
    func sequences(for model: LanguageModel) throws -> [TokenSequence] {
        guard let tokenizer = model.tokenizer else { throw ModelError.noTokenizer }
        let key = "\(ObjectIdentifier(tokenizer as AnyObject)) \(model.architecture.context)"
        if let known = encoded[key] { return known }
        let encoder = try model.answerEncoder()
        let interruption = model.device.interruption
        let result =
            switch content {
            case .questions(let set):
                try set.map {
                    try interruption.check()
                    return try encoder.sequence(question: $0.question, answer: $0.answer)
                }
            case .texts(let set):
                try set.map {
                    try interruption.check()
                    return try encoder.sequence(document: $0)
                }
            }
        encoded[key] = result
        return result
    }
}

/// A tokenizer in the language: what `gpt(names.vocab)` is given.
public final class TokenizerValue: Foreign {
    let tokenizer: any Tokenizer

    init(_ tokenizer: any Tokenizer) {
        self.tokenizer = tokenizer
        super.init()
    }

    public override var kind: String { "tokenizer" }
    public override var summary: String { "tokenizer of \(tokenizer.vocabularySize) tokens" }
    public override var count: Int? { tokenizer.vocabularySize }
    public override var fieldNames: [String] { ["size", "end"] }
    public override func field(_ name: String) throws -> Value? {
        switch name {
        case "size": .number(tokenizer.vocabularySize)
        case "end": tokenizer.endOfText.map { .number($0) } ?? .nothing
        default: nil
        }
    }
}
