// The third step: pieces to tokens.

import Files

/// Turns pieces of text into tokens of its vocabulary.
public protocol TokenModel: TokenizerStep {
    /// Reads the model.
    /// - Parameters:
    ///   - root: the whole file; the model's own object is `root["model"]`.
    ///   - pieces: how the pieces that it will be given stand for text; nil where nothing cuts the text.
    /// - Throws: `JSONError` naming what is not supported.
    init(_ root: JSONNode, pieces: PieceSpelling?) throws

    /// Its own tokens, without those that are found before the text is cut.
    var vocabulary: TokenVocabulary { get }

    /// The ids of a piece, the same whenever it is asked.
    /// - Throws: `TokenizerError` for what the vocabulary cannot express.
    func ids(of piece: UnsafeBufferPointer<UInt8>) throws -> [Int32]
}

public enum TokenModels {
    public static let all: [any TokenModel.Type] = [BytePairEncoding.self]

    static let advice = "only BPE tokenizers are read here (as of GPT-2, Llama, Qwen and Gemma)"
}
