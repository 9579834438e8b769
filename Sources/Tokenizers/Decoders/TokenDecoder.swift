// The last step: tokens to text.

import Files

/// Makes text of tokens.
public protocol TokenDecoder: DescribedStep {
    /// The texts that tokens, as the vocabulary spells them, stand for; put together they are the text. A decoder may be
    /// given what another one made of tokens.
    func decoded(_ tokens: [String]) -> [String]
}

public enum TokenDecoders {
    public static let all: [any TokenDecoder.Type] = [
        ByteLevelDecoder.self, FuseDecoder.self, ByteFallbackDecoder.self, ReplaceDecoder.self, StripDecoder.self,
        MetaspaceDecoder.self, BPEDecoder.self, SequenceDecoder.self,
    ]

    static let advice = "\(all.map { $0.name }.joined(separator: ", ")) are"
}
