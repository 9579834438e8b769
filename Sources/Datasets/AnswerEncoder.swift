// From questions and texts to token ids, with the loss on the answer only.

import Tokenizers

/// Encodes questions with answers for a model, known here only by its tokenizer, end token and context.
public struct AnswerEncoder {
    private let encode: (String) throws -> [Int]
    private let endToken: Int
    private let context: Int
    private let prompting: Prompting
    /// Ids before every text, as the tokenizer's own template has them.
    private let beginning: [Int]

    /// - Parameters:
    ///   - context: the longest sequence, end token included, that the model can read.
    ///   - endToken: the id that ends every text, and answers unless the template ends them.
    ///   - beginning: the ids that the tokenizer puts before every text; GPT-2's puts none.
    ///   - prompting: what stands around a question.
    ///   - encode: the tokenizer: text to ids, without special tokens.
    public init(
        context: Int, endToken: Int, beginning: [Int] = [], prompting: Prompting = Prompting(),
        encode: @escaping (String) throws -> [Int]
    ) {
        self.context = context
        self.beginning = beginning
        self.endToken = endToken
        self.prompting = prompting
        self.encode = encode
    }

    /// Prompt, answer and end token. Prompt and whole text are encoded separately and their common prefix bears no loss
    /// (the first token never does). Throws where the sequence is longer than the context.
    public func sequence(question: String, answer: String) throws -> TokenSequence {
        let prompt = try beginning + encode(prompting.prompt(question))
        let end = prompting.template.end.isEmpty ? [endToken] : []
        let ids = try beginning + encode(prompting.text(question, answer)) + end
        try check(ids.count, "the question \"\(question)\" with its answer")
        let common = max(1, zip(prompt, ids).prefix { $0 == $1 }.count)
        var endLength = end.count
        // A mark that the tokenizer knows is one token; one that it does not is as many as it has pieces, of which the
        // first may hold the answer's last sign as well.
        if end.isEmpty {
            let open = try beginning + encode(prompting.open(question, answer))
            endLength = ids.count - max(common, zip(open, ids).prefix { $0 == $1 }.count)
        }
        return TokenSequence(ids: ids, promptLength: common, endLength: endLength)
    }

    /// Question and answer of every example.
    public func sequences(_ set: QuestionSet) throws -> [TokenSequence] {
        try set.map { try sequence(question: $0.question, answer: $0.answer) }
    }

    /// The prompt alone, for generation. Throws where it leaves no room for an answer.
    public func prompt(_ question: String) throws -> [Int] {
        let ids = try beginning + encode(prompting.prompt(question))
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
        return TokenSequence(ids: ids, promptLength: start.count, endLength: 1)
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
