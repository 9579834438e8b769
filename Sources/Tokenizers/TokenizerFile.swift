// Reading tokenizers.

import Files

/// Reads tokenizers from a `tokenizer.json`.
public enum TokenizerFile {
    /// Reads a `tokenizer.json`.
    /// - Parameters:
    ///   - endOfText: the token that ends a text, where a `tokenizer_config.json` names one.
    ///   - steps: the steps that are known.
    /// - Throws: `JSONError` or `FileError` naming the file and what in it is not supported.
    public static func read(
        _ path: String, endOfText: String? = nil, among steps: TokenizerSteps = TokenizerSteps()
    ) throws -> any Tokenizer {
        try parse(try FileBytes.read(path), origin: path, endOfText: endOfText, among: steps)
    }

    /// As `read`, from the file's contents.
    public static func parse(
        _ bytes: [UInt8], origin: String, endOfText: String? = nil, among steps: TokenizerSteps = TokenizerSteps()
    ) throws -> any Tokenizer {
        let root = JSONNode(try JSON(parsing: bytes, origin: origin), origin: origin)
        return try TokenizerPipeline(root, contents: bytes, endOfText: endOfText, among: steps)
    }
}
