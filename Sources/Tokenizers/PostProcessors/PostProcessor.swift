// The fourth step: marks around the ids of a text.

import Files

/// Puts marks around the ids of a text, such as Llama's beginning of text.
public protocol PostProcessor: DescribedStep {
    func process(_ ids: inout [Int])
}

public enum PostProcessors {
    public static let all: [any PostProcessor.Type] = [
        ByteLevelPostProcessor.self, TemplatePostProcessor.self, RobertaPostProcessor.self, BertPostProcessor.self,
        SequencePostProcessor.self,
    ]

    static let advice = "\(all.map { $0.name }.joined(separator: ", ")) are"
}
