// The last step: tokens to text.

import Files

/// Makes text of tokens.
public protocol TokenDecoder: DescribedStep {
    /// How the tokens that it reads stand for text.
    static var spelling: PieceSpelling { get }

    /// The text of tokens as the vocabulary spells them; bytes that are not UTF-8 become U+FFFD.
    func text(of tokens: [String]) -> String
}

public enum TokenDecoders {
    public static let all: [any TokenDecoder.Type] = [ByteLevelDecoder.self, FuseDecoder.self]

    static func advice(_ spelling: PieceSpelling) -> String {
        switch spelling {
        case .bytes: "a byte-level tokenizer has a ByteLevel decoder"
        case .text: "a tokenizer of whole characters has a Fuse decoder"
        }
    }

    /// That of a tokenizer which names none.
    static func usual(_ spelling: PieceSpelling) -> any TokenDecoder {
        switch spelling {
        case .bytes: ByteLevelDecoder()
        case .text: FuseDecoder()
        }
    }
}
