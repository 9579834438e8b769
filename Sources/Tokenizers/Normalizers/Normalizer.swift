// The first step: text before it is cut.

import Files

/// Changes text before it is cut into pieces: to composed characters, to lower case. The text of added tokens is found
/// before, and is not changed.
public protocol Normalizer: DescribedStep {
    func normalized(_ text: String) -> String

    /// Whether what begins the text still does, or what replaced it; asked where a pre-tokenizer treats the beginning
    /// in its own way.
    func keepsBeginning(of text: String) -> Bool
}

extension Normalizer {
    public func keepsBeginning(of text: String) -> Bool { true }
}

public enum Normalizers {
    public static let all: [any Normalizer.Type] = [
        NFCNormalizer.self, NFDNormalizer.self, NFKCNormalizer.self, NFKDNormalizer.self, LowercaseNormalizer.self,
        StripAccentsNormalizer.self, ReplaceNormalizer.self, PrependNormalizer.self, StripNormalizer.self,
        NmtNormalizer.self, BertNormalizer.self, ByteLevelNormalizer.self, SequenceNormalizer.self,
    ]

    static let advice = """
        \(all.map { $0.name }.joined(separator: ", ")) are. Load a model with such a tokenizer, or give token ids \
        instead of text
        """
}
