/// A tokenizer in the language: what `gpt(names.vocab)` is given.
import Files
import Language
import LanguageModels
import Tokenizers

public final class TokenizerValue: Foreign {
    let tokenizer: any Tokenizer

    init(_ tokenizer: any Tokenizer) {
        self.tokenizer = tokenizer
        super.init()
    }

    public override var kind: String { "tokenizer" }
    public override var summary: String { "tokenizer of \(tokenizer.vocabularySize) tokens" }
    public override var count: Int? { tokenizer.vocabularySize }
    public override var fieldNames: [String] { ["size", "end"] }
    public override func field(_ name: String) throws -> Value? {
        switch name {
        case "size": .number(tokenizer.vocabularySize)
        case "end": tokenizer.endOfText.map { .number($0) } ?? .nothing
        default: nil
        }
    }

    public override func isEqual(to other: Foreign) -> Bool {
        guard let other = other as? TokenizerValue else { return false }
        guard other.tokenizer !== tokenizer else { return true }
        return tokenizer.fingerprint.map { $0 == other.tokenizer.fingerprint } ?? false
    }

    public override func identify(in parts: inout IdentityParts) throws { try parts.add(tokenizer) }
}

extension IdentityParts {
    mutating func add(_ tokenizer: any Tokenizer) throws {
        try add(object: tokenizer) { parts in
            guard let fingerprint = tokenizer.fingerprint else { return parts.addNothingElseIsEqual() }
            parts.add("\(fingerprint)")
        }
    }
}
