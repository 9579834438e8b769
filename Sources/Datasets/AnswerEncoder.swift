// From questions and texts to token ids, with the loss on the answer only.

import Tokenizers

/// Encodes questions with answers for a model, known here only by its tokenizer, end token and context.
public struct AnswerEncoder {
    private let encode: (String) throws -> [Int]
    private let endToken: Int
    private let context: Int
    private let prompting: Prompting

    /// - Parameters:
    ///   - context: the longest sequence, end token included, that the model can read.
    ///   - endToken: the id that ends every text, and answers unless the template ends them.
    ///   - prompting: what stands around a question.
    ///   - encode: the tokenizer: text to ids, without special tokens.
    public init(
        context: Int, endToken: Int, prompting: Prompting = Prompting(), encode: @escaping (String) throws -> [Int]
    ) {
        self.context = context
        self.endToken = endToken
        self.prompting = prompting
        self.encode = encode
    }

    /// Prompt, answer and end token. Prompt and whole text are encoded separately and their common prefix bears no loss
    /// (the first token never does). Throws where the sequence is longer than the context.
    public func sequence(question: String, answer: String) throws -> TokenSequence {
        let prompt = try encode(prompting.prompt(question))
        let ids = try encode(prompting.text(question, answer)) + (prompting.template.end.isEmpty ? [endToken] : [])
        try check(ids.count, "the question \"\(question)\" with its answer")
        let common = zip(prompt, ids).prefix { $0 == $1 }.count
        return TokenSequence(ids: ids, promptLength: max(1, common))
    }

    /// Question and answer of every example.
    public func sequences(_ set: QuestionSet) throws -> [TokenSequence] {
        try set.map { try sequence(question: $0.question, answer: $0.answer) }
    }

    /// The prompt alone, for generation. Throws where it leaves no room for an answer.
    public func prompt(_ question: String) throws -> [Int] {
        let ids = try encode(prompting.prompt(question))
        try check(ids.count + 1, "the question \"\(question)\" and a first word of an answer")
        return ids
    }

    /// A document between two end tokens, all of it to be predicted. Throws where it is longer than the context.
    public func sequence(document: String) throws -> TokenSequence {
        let ids = try [endToken] + encode(document) + [endToken]
        try check(ids.count, "the document \"\(document.prefix(60))\(document.count > 60 ? "…" : "")\"")
        return TokenSequence(ids: ids, promptLength: 1)
    }

    private func check(_ length: Int, _ what: String) throws {
        guard length <= context else {
            throw DatasetError(
                """
                \(what) takes \(length) tokens, and the model's context is \(context): leave it out, shorten it, or \
                use a model with a longer context
                """
            )
        }
    }
}
