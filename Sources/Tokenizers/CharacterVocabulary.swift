// One token a character: the simplest tokenizer, for lists of names and toy texts.

import Files

extension TokenizerPipeline {
    /// A tokenizer with one token for each character (Unicode scalar) of some texts, in the order of their code
    /// points, after the special tokens.
    ///
    /// Its `tokenizer.json` is a BPE model without merges, which splits text into characters, so that the Hugging Face
    /// libraries read it as it is.
    /// - Parameter special: marks that are not characters; the first ends a text.
    public convenience init(charactersOf texts: some Sequence<String>, special: [String] = ["<|endoftext|>"]) throws {
        guard Set(special.map(Spelling.init)).count == special.count,
            special.allSatisfy({ $0.unicodeScalars.count > 1 })
        else {
            throw TokenizerError("special tokens must be distinct and longer than one character")
        }
        let marks = AddedTokens(AddedToken.special(special))
        var seen = Set<Unicode.Scalar>()
        for text in texts {
            var text = text
            text.withUTF8 { bytes in
                marks.split(
                    bytes, text: { seen.formUnion(String(decoding: bytes[$0], as: UTF8.self).unicodeScalars) },
                    token: { _ in })
            }
        }
        guard !seen.isEmpty else { throw TokenizerError("there are no characters in the text; give at least one") }
        try self.init(
            vocabulary: special + seen.sorted().map { String(Character($0)) }, merges: [], special: special,
            preTokenizer: nil, decoder: ["type": .string(FuseDecoder.name)], endOfText: special.first)
    }
}
