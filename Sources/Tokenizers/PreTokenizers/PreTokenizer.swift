// The second step: text is cut into the pieces that the model encodes each by itself.

import Files

/// Cuts text into the pieces that a model encodes each by itself, such as words.
public protocol PreTokenizer: DescribedStep {
    /// How its pieces stand for the text. Behind one that spells bytes nothing can cut the text further.
    var spelling: PieceSpelling { get }

    /// Calls `emit` with each piece of a text, in order, all of them UTF-8; neither text nor pieces are ever empty.
    /// Pieces may have bytes that the text has not, such as a space before the first word.
    func cut(_ text: UnsafeBufferPointer<UInt8>, _ emit: (UnsafeBufferPointer<UInt8>) throws -> Void) throws
}

extension PreTokenizer {
    public var spelling: PieceSpelling { .text }
}

public enum PreTokenizers {
    public static let all: [any PreTokenizer.Type] = [
        ByteLevelPreTokenizer.self, DigitsPreTokenizer.self, SequencePreTokenizer.self,
    ]

    static let advice = """
        ByteLevel (GPT-2's word pattern) is, and Digits before it. Load a model with such a tokenizer, or give token \
        ids instead of text
        """
}
