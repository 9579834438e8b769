// The first step: text before it is cut.

import Files

/// Changes text before it is cut into pieces: to composed characters, to lower case. The text of added tokens is found
/// before, and is not changed.
public protocol Normalizer: DescribedStep {
    func normalized(_ text: String) -> String
}

public enum Normalizers {
    public static let all: [any Normalizer.Type] = [SequenceNormalizer.self]

    static let advice = "byte-level tokenizers such as GPT-2's need none"
}
