/// Examples in the language: questions with answers, texts, and lists of token ids are one kind of value. A data set, a
/// part of it, and the batch that a run hands to a loss index, iterate and count alike, and whatever takes one takes
/// the others.
import Datasets
import Files
import Language
import LanguageModels
import Tensors
import Tokenizers

public final class ExamplesValue: Foreign {
    enum Content {
        case questions(QuestionSet)
        case texts(TextSet)
        /// nil for none.
        case tokens(TokenBatch?)
    }
    let content: Content
    let encodings: ExampleEncodings
    /// The examples of a run's step: how the run's model reads them, side by side.
    let stepBatch: (reader: ExampleEncodings.Reader, tokens: TokenBatch)?
    /// The characters of the texts, found once.
    private var characters: TokenizerValue?

    init(
        _ content: Content, encodings: ExampleEncodings = ExampleEncodings(),
        stepBatch: (reader: ExampleEncodings.Reader, tokens: TokenBatch)? = nil
    ) {
        self.content = content
        self.encodings = encodings
        self.stepBatch = stepBatch
        super.init()
    }
    convenience init(_ questions: QuestionSet) { self.init(.questions(questions)) }
    convenience init(_ texts: TextSet) { self.init(.texts(texts)) }
    public convenience init(_ batch: TokenBatch?) { self.init(.tokens(batch)) }

    public override var kind: String { "examples" }
    public override var phrase: String { size == 1 ? "one example" : "\(size) examples" }

    /// What messages and tables call them.
    var name: String {
        switch content {
        case .questions(let set): set.name
        case .texts(let set): set.name
        case .tokens: "batch"
        }
    }
    var size: Int {
        switch content {
        case .questions(let set): set.count
        case .texts(let set): set.count
        case .tokens(let batch): batch?.rows ?? 0
        }
    }
    private var unit: String {
        let one =
            switch content {
            case .questions: "question"
            case .texts: "text"
            case .tokens: "sequence"
            }
        return size == 1 ? one : one + "s"
    }
    public override var summary: String {
        guard case .tokens(let batch) = content else { return "\(name): \(size) \(unit)" }
        guard let batch else { return "batch of no sequences" }
        return "batch of \(batch.rows) × \(batch.time) tokens, \(batch.targetCounts.reduce(0, +)) to predict"
    }
    public override var count: Int? { size }

    public override func describe(width: Int, digits: Int) -> String {
        if case .tokens = content { return clipped(summary, to: width) }
        let shown = (0..<min(3, size)).map { clipped("  " + line($0), to: width) }
        return ([clipped(summary, to: width)] + shown + (size > 3 ? ["  …"] : [])).joined(separator: "\n")
    }
    public override func describeAll(width: Int, digits: Int) -> String {
        ([summary] + (0..<size).map { "  " + line($0) }).joined(separator: "\n")
    }

    /// As much of a text as a line may show.
    private func beginning(_ text: String) -> String {
        text.utf8.count > 10_000 ? String(text.unicodeScalars.prefix(2500)) + "…" : text
    }

    /// An example on one line.
    private func line(_ position: Int) -> String {
        let text =
            switch content {
            case .questions(let set): "\(beginning(set[position].question)) — \(beginning(set[position].answer))"
            case .texts(let set): beginning(set[position])
            case .tokens(let batch): batch.map { "\($0.ids(ofRow: position))" } ?? ""
            }
        return text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    // MARK: Fields

    private static let tokenFields = ["ids", "labels", "mask", "lengths", "targets"]

    /// The token ids, where they are known without asking for a model.
    private var tokens: TokenBatch? {
        if case .tokens(let batch) = content { return batch }
        return stepBatch?.tokens
    }

    public override var fieldNames: [String] {
        let own =
            switch content {
            case .questions:
                [
                    "name", "question", "answer", "paraphrased_question", "paraphrased_answer", "false_answers",
                    "questions", "answers", "vocab",
                ]
            case .texts: ["name", "texts", "vocab"]
            case .tokens: Self.tokenFields
            }
        return own + (stepBatch == nil ? [] : Self.tokenFields)
    }

    public override func field(_ name: String) throws -> Value? {
        switch (name, content) {
        case ("name", .questions), ("name", .texts): return .string(self.name)
        case ("questions", .questions(let set)): return .list(set.map { .string($0.question) })
        case ("answers", .questions(let set)): return .list(set.map { .string($0.answer) })
        case ("texts", .texts(let set)): return .list(set.map { .string($0) })
        case ("vocab", .questions), ("vocab", .texts):
            if let characters { return .foreign(characters) }
            let value = try worded { TokenizerValue(try TokenizerPipeline(charactersOf: documents)) }
            characters = value
            return .foreign(value)
        case (_, .questions(let set)) where fieldNames.contains(name) && !Self.tokenFields.contains(name):
            return .list(set.map { ExamplesValue.record($0).record?[name] ?? .nothing })
        default: break
        }
        guard Self.tokenFields.contains(name), fieldNames.contains(name) else { return nil }
        guard let tokens else { return name == "targets" ? .number(0) : .list([Value]()) }
        func rows(_ row: (Int) -> [Int]) -> Value { .list((0..<tokens.rows).map { .list(row($0).map(Double.init)) }) }
        return switch name {
        case "ids": rows { tokens.written($0).ids }
        case "labels": rows { tokens.written($0).labels }
        case "mask": rows { tokens.written($0).mask }
        case "lengths": .list(tokens.lengths.map(Double.init))
        default: .number(tokens.targetCounts.reduce(0, +))
        }
    }

    /// Everything as plain text, for tokenizers; nil for token ids.
    var documents: [String] {
        switch content {
        case .questions(let set): set.map { Prompting().text($0.question, $0.answer) }
        case .texts(let set): set.documents
        case .tokens: []
        }
    }

    // MARK: Items

    public override func index(_ indices: [Index]) throws -> Value? {
        guard indices.count == 1 else { return nil }
        switch indices[0] {
        case .position(let value):
            if let selection = try Selection(value) {
                return .foreign(try chosen(selection.places(among: size, of: name, axis: 0)))
            }
            guard let x = try value.asNumber, let whole = Int(exactly: x) else { return nil }
            let i = whole < 0 ? whole + size : whole
            guard i >= 0, i < size else {
                throw LanguageError("\(name) has \(size) \(unit); there is no number \(whole)", at: .index(0))
            }
            switch content {
            case .questions(let set): return ExamplesValue.record(set[i])
            case .texts(let set): return .string(set[i])
            case .tokens(let batch): return batch.map { ExamplesValue.record($0, row: i) }
            }
        case .slice(let slice):
            guard slice.step != 0 else { throw LanguageError("a slice's step must not be 0") }
            return .foreign(try chosen(Array(slice.indices(count: size))))
        }
    }

    /// Some of the examples, in the order given.
    func chosen(_ indices: [Int]) throws -> ExamplesValue {
        ExamplesValue(try part(indices), encodings: encodings.chosen(indices))
    }

    /// Some of the examples as the batch of a run's step.
    func chosen(_ indices: [Int], as tokens: TokenBatch, for model: LanguageModel) throws -> ExamplesValue {
        // Token ids are what they are for any model.
        if case .tokens = content { return ExamplesValue(tokens) }
        let encodings = encodings.chosen(indices)
        return ExamplesValue(
            try part(indices), encodings: encodings, stepBatch: try encodings.reader(of: model).map { ($0, tokens) })
    }

    private func part(_ indices: [Int]) throws -> Content {
        switch content {
        case .questions(let set): .questions(QuestionSet(name: set.name, examples: indices.map { set[$0] }))
        case .texts(let set): .texts(TextSet(name: set.name, documents: indices.map { set[$0] }))
        case .tokens(let batch): .tokens(indices.isEmpty ? nil : try worded { try batch?.selecting(indices) })
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

    private static func record(_ batch: TokenBatch, row: Int) -> Value {
        func list(_ numbers: [Int]) -> Value { .list(numbers.map(Double.init)) }
        let row = batch.written(row)
        return .record([("ids", list(row.ids)), ("labels", list(row.labels)), ("mask", list(row.mask))])
    }

    public override func binary(_ op: BinaryOperator, _ other: Value, isReversed: Bool) throws -> Value? {
        guard op == .add, case .foreign(let right as ExamplesValue) = other else { return nil }
        let most = MemoryLayout<QuestionAnswer>.stride * (size + right.size)
        if size + right.size >= 1 << 16 { try worded { try SystemMemory.require(2 * most) } }
        switch (content, right.content) {
        case (.questions(let a), .questions(let b)): return .foreign(ExamplesValue(a.concatenated(with: b)))
        case (.texts(let a), .texts(let b)): return .foreign(ExamplesValue(a.concatenated(with: b)))
        case (.tokens(let a), .tokens(let b)):
            guard let a, let b else { return .foreign(a == nil ? right : self) }
            return .foreign(ExamplesValue(try worded { try a.followed(by: b) }))
        default:
            throw LanguageError(
                "\(unit) and \(right.unit) cannot be put together",
                note: "encode(model, examples) gives questions and texts as token ids")
        }
    }

    /// Equal examples, whatever the sets are called.
    public override func isEqual(to other: Foreign) -> Bool {
        guard let other = other as? ExamplesValue else { return false }
        return switch (content, other.content) {
        case (.questions(let a), .questions(let b)): a.examples == b.examples
        case (.texts(let a), .texts(let b)): a.documents == b.documents
        case (.tokens(let a), .tokens(let b)): a == b
        default: false
        }
    }

    public override func identify(in parts: inout IdentityParts) {
        switch content {
        case .questions(let set):
            parts.add("questions")
            parts.add(set.count)
            for example in set {
                parts.add(example.question)
                parts.add(example.answer)
                parts.add(example.paraphrasedQuestion)
                parts.add(example.paraphrasedAnswer)
                parts.add(example.falseAnswers.count)
                for answer in example.falseAnswers { parts.add(answer) }
            }
        case .texts(let set):
            parts.add("texts")
            parts.add(set.count)
            for document in set.documents { parts.add(document) }
        case .tokens(let batch):
            parts.add("tokens")
            guard let batch else { return }
            parts.add(batch)
        }
        if let stepBatch { parts.add(stepBatch.tokens) }
    }
}

extension IdentityParts {
    mutating func add(_ batch: TokenBatch) {
        add(batch.rows)
        add(batch.time)
        batch.ids.withUnsafeBytes { add($0) }
        batch.labels.withUnsafeBytes { add($0) }
        for length in batch.lengths { add(length) }
    }
}
