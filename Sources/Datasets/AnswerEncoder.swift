// From questions and texts to token ids, with the loss on the answer only.

import Tokenizers

/// The template in which a model is asked.
public enum PromptTemplate {
    /// What comes before the answer. It ends without the space that begins the answer, so that a byte-level tokenizer
    /// gives the same tokens as within the whole text.
    public static func prompt(_ question: String) -> String {
        "Question: \(question)\nAnswer:"
    }

    /// Question and answer; an end token follows.
    public static func text(_ question: String, _ answer: String) -> String {
        "\(prompt(question)) \(answer)"
    }
}

/// Encodes questions with answers for a model, known here only by its tokenizer, end token and context.
public struct AnswerEncoder {
    private let encode: (String) throws -> [Int]
    private let endToken: Int
    private let context: Int
    /// Ids before every text, as the tokenizer's own template has them.
    private let beginning: [Int]
    /// Stands before each prompt.
    private let lead: String

    /// - Parameters:
    ///   - context: the longest sequence, end token included, that the model can read.
    ///   - endToken: the id that ends every answer.
    ///   - beginning: the ids that the tokenizer puts before every text; GPT-2's puts none.
    ///   - systemPrompt: a text before every question, on lines of its own; empty for none.
    ///   - encode: the tokenizer: text to ids, without special tokens.
    public init(
        context: Int, endToken: Int, beginning: [Int] = [], systemPrompt: String = "",
        encode: @escaping (String) throws -> [Int]
    ) {
        lead = systemPrompt.isEmpty ? "" : systemPrompt + "\n"
        self.context = context
        self.beginning = beginning
        self.endToken = endToken
        self.encode = encode
    }

    /// Prompt, answer and end token. Prompt and whole text are encoded separately and their common prefix bears no loss
    /// (the first token never does). Throws where the sequence is longer than the context.
    public func sequence(question: String, answer: String) throws -> TokenSequence {
        let prompt = try beginning + encode(lead + PromptTemplate.prompt(question))
        let ids = try beginning + encode(lead + PromptTemplate.text(question, answer)) + [endToken]
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
        let ids = try beginning + encode(lead + PromptTemplate.prompt(question))
        try check(ids.count + 1, "the question \"\(question)\" and a first word of an answer")
        return ids
    }

    /// What stands before a document: the tokenizer's beginning of text, or else an end token.
    public var documentStart: [Int] { beginning.isEmpty ? [endToken] : beginning }

    /// A document between its start and an end token, all of it to be predicted. Throws where it is longer than the
    /// context.
    public func sequence(document: String) throws -> TokenSequence {
        let start = documentStart
        let ids = try start + encode(document) + [endToken]
        try check(ids.count, "the document \"\(document.prefix(60))\(document.count > 60 ? "…" : "")\"")
        return TokenSequence(ids: ids, promptLength: start.count)
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
