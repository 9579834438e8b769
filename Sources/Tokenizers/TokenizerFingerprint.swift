// What identifies a tokenizer: its contents.

import Files

extension Tokenizer {
    /// The same for tokenizers that read every text alike; nil where a tokenizer cannot be written out.
    public var fingerprint: Fingerprint? {
        guard let contents = try? fileContents() else { return nil }
        // Of what stands beside the file, that which changes the ids or the text.
        let beside = "\(beginning) \(specialTokens.sorted()) \(vocabularySize)"
        return Fingerprint(of: contents + [0] + Array("\(endOfText ?? -1) \(beside)".utf8))
    }
}
