/// Other answers to the forget prompts: from refusals, strings, aligned examples, or the retain data.
import Datasets
import Evaluation
import Language
import LanguageModels
import Tokenizers
import Unlearning

struct AnswerReading {
    let model: LanguageModel
    let forget: ExamplesValue

    /// What the option `alternatives` stands for: a list of strings, of which each example gets one drawn with the
    /// run's seed; or examples, one for each of the forget data.
    func alternatives(_ value: Value, for loss: String) throws -> AnswerSource {
        if case .list(let list) = value, let strings = try list.writable().strings, !strings.isEmpty {
            return try drawn(from: strings)
        }
        func wrong(_ what: String, _ advice: String) -> LanguageError {
            LanguageError(
                "`alternatives` of `\(loss)` \(what)", advice: [advice], at: .argument("alternatives"))
        }
        guard let examples = try ExamplesValue.reading(value) else {
            throw wrong(
                "must be other answers to the forget prompts; it is \(value.phrase)",
                "give refusals(), a list of strings, or examples aligned with what is to be forgotten")
        }
        guard examples.size == forget.size else {
            throw wrong(
                """
                must be aligned with the forget data: it has \(examples.size) examples, and there \
                \(forget.size == 1 ? "is 1" : "are \(forget.size)") to forget
                """,
                "give one for each, in the same order; or a list of strings to draw from")
        }
        if case (.questions(let own), .questions(let others)) = (forget.content, examples.content),
            let stray = own.indices.first(where: { own[$0].question != others[$0].question })
        {
            throw wrong(
                "asks another question at position \(stray) than the forget data",
                "give the same questions in the same order")
        }
        if let batch = try examples.givenBatch(for: model) { return AnswerSource(batch) }
        let sequences = try examples.sequences(for: model)
        return AnswerSource(count: sequences.count) { example, _ in sequences[example] }
    }

    private func drawn(from answers: [String]) throws -> AnswerSource {
        let encode = try encoder()
        return AnswerSource(count: forget.size) { example, draws in
            var generator = draws.generator(ofRun: .alternative, item: example)
            return try encode(example, answers[generator.below(answers.count)])
        }
    }

    /// Prompt of a forget example with another answer, as the model reads them.
    private func encoder() throws -> (_ example: Int, _ answer: String) throws -> TokenSequence {
        let encoder = try model.answerEncoder()
        switch forget.content {
        case .questions(let set):
            return { try encoder.sequence(question: set[$0].question, answer: $1) }
        case .texts:
            throw LanguageError(
                "other answers need prompts, and \(forget.name) are texts",
                advice: ["make questions of them: question_set(…)"], at: .argument("alternatives"))
        case .tokens(let batch):
            guard let batch, let tokenizer = model.tokenizer, let end = tokenizer.endOfText else {
                throw ModelError.noTokenizer
            }
            let context = model.architecture.context
            return { example, answer in
                let prompt = batch.promptAndAnswer(ofRow: example).prompt
                let ids = try prompt + tokenizer.encode(" " + answer, addingSpecial: false) + [end]
                guard ids.count <= context else { throw ModelError.tooLong(length: ids.count, context: context) }
                return TokenSequence(ids: ids, promptLength: max(1, prompt.count))
            }
        }
    }

    /// Answers of other examples after the forget prompts: drawn with the run's seed, or in order.
    func answers(of others: ExamplesValue, drawn: Bool) throws -> AnswerSource {
        let model = model, context = model.architecture.context, count = others.size
        guard count > 0 else { throw LanguageError("\(others.name) is empty") }
        func choice(_ example: Int, _ draws: StepDraws) -> Int {
            guard drawn else { return example % count }
            var generator = draws.generator(ofRun: .alternative, item: example)
            return generator.below(count)
        }
        if case (.questions(let own), .questions(let theirs)) = (forget.content, others.content),
            try forget.givenBatch(for: model) == nil
        {
            let encoder = try model.answerEncoder()
            return AnswerSource(count: own.count) { example, draws in
                try encoder.sequence(question: own[example].question, answer: theirs[choice(example, draws)].answer)
            }
        }
        let prompts = try forget.wholeBatch(for: model), answers = try others.wholeBatch(for: model)
        return AnswerSource(count: prompts.rows) { example, draws in
            let prompt = prompts.promptAndAnswer(ofRow: example).prompt
            let ids = prompt + answers.promptAndAnswer(ofRow: choice(example, draws)).answer
            guard ids.count <= context else { throw ModelError.tooLong(length: ids.count, context: context) }
            return TokenSequence(ids: ids, promptLength: max(1, prompt.count))
        }
    }
}
