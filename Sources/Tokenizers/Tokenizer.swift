// What every tokenizer does: text to token ids and back.

import Files

/// Turns text into token ids and back. A reference: models, examples and workspaces tell tokenizers apart by it.
public protocol Tokenizer: AnyObject, Sendable {
    /// One more than the largest id.
    var vocabularySize: Int { get }
    /// One more than the largest id that text without added tokens may have.
    var textVocabularySize: Int { get }
    /// The id of the token that ends a text, if there is one.
    var endOfText: Int? { get }
    /// The ids of tokens that are marks rather than text, such as the end of a text.
    var specialTokens: Set<Int> { get }
    /// The ids that the tokenizer puts before every text, such as Llama's beginning of text.
    var beginning: [Int] { get }

    /// The ids of a text. Special tokens written out in the text become their ids.
    /// - Parameter addingSpecial: whether the marks are added that the tokenizer puts around every text (Llama's
    ///   beginning of text; GPT-2 has none).
    /// - Throws: `TokenizerError` for a character that the vocabulary cannot express.
    func encode(_ text: String, addingSpecial: Bool) throws -> [Int]

    /// The text of ids; bytes that are not UTF-8 become U+FFFD, ids without a token become nothing.
    func decode(_ ids: [Int], skippingSpecial: Bool) -> String

    /// The token of an id as the vocabulary spells it (byte-level tokenizers write a space as `Ġ`).
    func token(_ id: Int) -> String?

    /// The id of a token as the vocabulary spells it.
    func id(_ token: String) -> Int?

    /// The contents of a `tokenizer.json` that the Hugging Face libraries read as this tokenizer.
    func fileContents() throws -> [UInt8]

    /// What stood beside that file, if anything did.
    var configuration: TokenizerConfiguration? { get }
}

extension Tokenizer {
    public var textVocabularySize: Int { vocabularySize }
    public var beginning: [Int] { [] }
    public var configuration: TokenizerConfiguration? { nil }

    /// The ids of a text, with the marks that the tokenizer puts around every text.
    public func encode(_ text: String) throws -> [Int] { try encode(text, addingSpecial: true) }

    /// The text of ids, special tokens included.
    public func decode(_ ids: [Int]) -> String { decode(ids, skippingSpecial: false) }

    /// Why this tokenizer cannot feed a model with that many token embeddings, or nil if it can. A model may know
    /// more tokens than its tokenizer, since vocabularies are often padded. An added token beyond what the model knows,
    /// as a padding token often is, matters only to a text that has it.
    public func misfit(vocabulary: Int) -> String? {
        guard textVocabularySize > vocabulary else { return nil }
        let last = token(textVocabularySize - 1).map { " (`\($0)`)" } ?? ""
        return """
            the tokenizer does not fit the model: its largest token id is \(textVocabularySize - 1)\(last), but the \
            model knows only the ids below \(vocabulary); use the tokenizer.json the model was trained with
            """
    }
}

/// What a tokenizer cannot do, in a user's words.
public struct TokenizerError: Error, Sendable, Equatable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) {
        self.description = description
    }
}
