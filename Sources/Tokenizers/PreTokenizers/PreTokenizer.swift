// The second step: text is cut into the pieces that the model encodes each by itself.

import Files

/// Cuts text into the pieces that a model encodes each by itself, such as words.
public protocol PreTokenizer: DescribedStep {
    /// How its pieces stand for the text where it is the last that cuts.
    var spelling: PieceSpelling { get }

    /// Calls `emit` with each piece of a text, in order, all of them UTF-8. Neither text nor pieces that count are ever
    /// empty; an empty piece is left out. Pieces may have bytes that the text has not, such as a space before the first
    /// word.
    func cut(_ text: TextPiece, _ emit: (TextPiece) throws -> Void) throws

    /// The same step where others cut its pieces further; nil where its pieces are text already.
    var spellingBytes: (any PreTokenizer)? { get }
}

extension PreTokenizer {
    public var spelling: PieceSpelling { .text }
    public var spellingBytes: (any PreTokenizer)? { nil }
}

/// A piece of text while it is cut, valid as long as it is.
public struct TextPiece {
    public let bytes: UnsafeBufferPointer<UInt8>
    /// Whether it begins where the whole text does, that with added tokens in it.
    public let beginsText: Bool

    public init(_ bytes: UnsafeBufferPointer<UInt8>, beginsText: Bool) {
        self.bytes = bytes
        self.beginsText = beginsText
    }

    /// A part of it.
    public subscript(range: Range<Int>) -> TextPiece {
        TextPiece(UnsafeBufferPointer(rebasing: bytes[range]), beginsText: beginsText && range.lowerBound == 0)
    }
}

public enum PreTokenizers {
    public static let all: [any PreTokenizer.Type] = [
        ByteLevelPreTokenizer.self, SplitPreTokenizer.self, DigitsPreTokenizer.self, PunctuationPreTokenizer.self,
        MetaspacePreTokenizer.self, WhitespacePreTokenizer.self, WhitespaceSplitPreTokenizer.self,
        BertPreTokenizer.self, CharDelimiterSplitPreTokenizer.self, SequencePreTokenizer.self,
    ]

    static let advice = """
        \(all.map { $0.name }.joined(separator: ", ")) are. Load a model with such a tokenizer, or give token ids \
        instead of text
        """
}
