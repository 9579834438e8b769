/// Examples as models read them: encoded once for each kind of model, put side by side in batches.
import Datasets
import Evaluation
import Files
import Language
import LanguageModels
import Tensors
import Tokenizers

/// Encodings of some examples by what makes them: a tokenizer's contents and the longest sequence.
final class ExampleEncodings {
    /// What a model's reading depends on.
    struct Reader: Hashable {
        let tokenizer: Fingerprint
        let context: Int
        /// What stands around questions, see `Prompting.identity`.
        var prompting: [UInt8] = []
    }

    private var known: [Reader: [TokenSequence]] = [:]
    /// The tokenizer asked for last, held, with its fingerprint.
    private var latest: (tokenizer: any Tokenizer, fingerprint: Fingerprint)?

    /// What makes a model's encoding; nil where its tokenizer cannot be told from others.
    func reader(of model: LanguageModel) throws -> Reader? {
        guard let tokenizer = model.tokenizer else { throw ModelError.noTokenizer }
        let context = model.architecture.context, prompting = model.prompting.identity
        func reader(_ fingerprint: Fingerprint) -> Reader {
            Reader(tokenizer: fingerprint, context: context, prompting: prompting)
        }
        if let latest, latest.tokenizer === tokenizer { return reader(latest.fingerprint) }
        guard let fingerprint = tokenizer.fingerprint else { return nil }
        latest = (tokenizer, fingerprint)
        return reader(fingerprint)
    }

    func sequences(for model: LanguageModel, _ make: () throws -> [TokenSequence]) throws -> [TokenSequence] {
        guard let reader = try reader(of: model) else { return try make() }
        if let sequences = known[reader] { return sequences }
        let sequences = try make()
        known[reader] = sequences
        return sequences
    }

    /// The encodings of some of the examples.
    func chosen(_ indices: [Int]) -> ExampleEncodings {
        let part = ExampleEncodings()
        part.latest = latest
        part.known = known.mapValues { sequences in indices.map { sequences[$0] } }
        return part
    }
}

extension ExamplesValue {
    /// Token ids and labels as `model` reads them, of questions or texts.
    func sequences(for model: LanguageModel) throws -> [TokenSequence] {
        try encodings.sequences(for: model) {
            let encoder = try model.answerEncoder()
            let cancellation = model.device.cancellation
            switch content {
            case .questions(let set):
                return try set.map {
                    try cancellation.check()
                    return try encoder.sequence(question: $0.question, answer: $0.answer)
                }
            case .texts(let set):
                return try set.map {
                    try cancellation.check()
                    return try encoder.sequence(document: $0)
                }
            case .tokens: return []
            }
        }
    }

    /// The batch they already are for a model: token ids, or those of a run's step.
    func givenBatch(for model: LanguageModel) throws -> TokenBatch? {
        if case .tokens(let batch) = content { return batch }
        guard let stepBatch, try encodings.reader(of: model) == stepBatch.reader else { return nil }
        return stepBatch.tokens
    }

    /// All of them side by side, in their order.
    func wholeBatch(for model: LanguageModel) throws -> TokenBatch {
        if let batch = try givenBatch(for: model) { return batch }
        try requireSome()
        return try TokenBatch(sequences(for: model))
    }

    /// Cut into batches of like length, in an order that suits the model.
    func batches(for model: LanguageModel, poll: () throws -> Void) throws -> [TokenBatch] {
        if let batch = try givenBatch(for: model) { return [batch] }
        try requireSome()
        let sequences = try sequences(for: model)
        return try BatchPlan(grouping: sequences.map(\.ids.count)).batches.map {
            try poll()
            return try TokenBatch($0.map { sequences[$0] })
        }
    }

    /// Cut into batches in their own order.
    func batchesInOrder(for model: LanguageModel) throws -> [TokenBatch] {
        if let batch = try givenBatch(for: model) { return [batch] }
        try requireSome()
        let sequences = try sequences(for: model)
        return try stride(from: 0, to: sequences.count, by: 32).map {
            try TokenBatch(Array(sequences[$0..<min($0 + 32, sequences.count)]))
        }
    }

    private func requireSome() throws {
        if size == 0 { throw LanguageError(name == "batch" ? "there are no examples" : "\(name) is empty") }
    }
}

// MARK: Reading arguments

extension ExamplesValue {
    /// Examples as a value: a set, or a record or list of records as its items are; nil for anything else.
    static func reading(_ value: Value) throws -> ExamplesValue? {
        switch value {
        case .foreign(let examples as ExamplesValue): return examples
        case .record(let record): return try reading(records: [record])
        case .list(let list):
            guard let first = list.first, case .record = first else { return nil }
            var records: [Record] = []
            for item in try list.writable() {
                guard case .record(let record) = item else { return nil }
                records.append(record)
            }
            return try reading(records: records)
        default: return nil
        }
    }

    private static func reading(records: [Record]) throws -> ExamplesValue? {
        guard let first = records.first else { return nil }
        if first["question"] != nil, first["answer"] != nil {
            var examples: [QuestionAnswer] = []
            for record in records {
                guard let example = QuestionAnswer(record) else { return nil }
                examples.append(example)
            }
            return ExamplesValue(QuestionSet(name: "questions", examples: examples))
        }
        guard first["ids"] != nil else { return nil }
        var ids: [[Int]] = [], labels: [[Int]] = [], mask: [[Int]] = []
        for record in records {
            func numbers(_ name: String) throws -> [Int]? {
                guard case .list(let list)? = record[name], let numbers = try list.numbers else { return nil }
                let whole = numbers.compactMap { Int(exactly: $0) }.filter { abs($0) < 1_000_000_000 }
                return whole.count == numbers.count ? whole : nil
            }
            guard let row = try numbers("ids") else { return nil }
            ids.append(row)
            guard let given = try record["labels"] == nil ? row : numbers("labels") else { return nil }
            labels.append(given)
            guard let ones = try record["mask"] == nil ? row.map({ _ in 1 }) : numbers("mask") else { return nil }
            mask.append(ones)
        }
        return ExamplesValue(try TokenBatch(ids, labels: labels, mask: mask))
    }
}

extension QuestionAnswer {
    /// An example as its record; nil where a field holds something else than it must.
    fileprivate init?(_ record: Record) {
        func text(_ name: String) -> String?? {
            switch record[name] {
            case .string(let text)?: .some(text.string)
            case nil, .nothing?: .some(nil)
            default: nil
            }
        }
        guard case .string(let question)? = record["question"], case .string(let answer)? = record["answer"],
            let paraphrasedQuestion = text("paraphrased_question"), let paraphrasedAnswer = text("paraphrased_answer")
        else { return nil }
        var wrong: [String] = []
        if let given = record["false_answers"], !given.isNothing {
            guard case .list(let list) = given, let strings = list.strings else { return nil }
            wrong = strings
        }
        self.init(
            question: question.string, answer: answer.string, paraphrasedQuestion: paraphrasedQuestion,
            paraphrasedAnswer: paraphrasedAnswer,
            falseAnswers: wrong)
    }
}

extension Call {
    /// Examples: a set, a part of one, single ones, or token ids.
    package func examples(_ name: String) throws -> ExamplesValue {
        let value = try value(name)
        if let examples = try examples(in: value, name) { return examples }
        throw wrong(name, value, mustBe: "examples")
    }

    /// A value as examples, token ids among them: one sequence, or a list of sequences; nil for anything else.
    /// - Parameter name: the argument that errors are about.
    package func examples(in value: Value, _ name: String) throws -> ExamplesValue? {
        if let examples = try ExamplesValue.reading(value) { return examples }
        guard case .list(let list) = value, let first = list.first else { return nil }
        switch first {
        case .list, .number: return ExamplesValue(try TokenBatch(DataFunctions.tokens(list, name, self)))
        default: return nil
        }
    }
}
