// Reading tokenizers.

import Files

/// Reads tokenizers from a `tokenizer.json`, or from a `vocab.json` with its `merges.txt`.
public enum TokenizerFile {
    /// The tokenizer in a model's folder; nil where there is none.
    /// - Throws: `JSONError` or `FileError` naming the file and what in it is not supported.
    public static func read(
        folder: String, among steps: TokenizerSteps = TokenizerSteps()
    ) throws -> (any Tokenizer)? {
        let path = folder + "/tokenizer.json"
        if FileBytes.exists(path) {
            let configuration = try TokenizerConfiguration(folder: folder)
            return try parse(try FileBytes.read(path), origin: path, configuration: configuration, among: steps)
        }
        guard FileBytes.exists(folder + "/vocab.json") else { return nil }
        guard FileBytes.exists(folder + "/merges.txt") else {
            throw FileError(
                path: folder,
                message: "there is a vocab.json but no merges.txt, which belongs to it; copy it into the folder, too")
        }
        return try VocabularyAndMerges.read(folder, among: steps)
    }

    /// Reads a `tokenizer.json`.
    /// - Parameters:
    ///   - endOfText: the token that ends a text, where another file names one.
    ///   - steps: the steps that are known.
    /// - Throws: `JSONError` or `FileError` naming the file and what in it is not supported.
    public static func read(
        _ path: String, endOfText: String? = nil, among steps: TokenizerSteps = TokenizerSteps()
    ) throws -> any Tokenizer {
        try parse(try FileBytes.read(path), origin: path, endOfText: endOfText, among: steps)
    }

    /// As `read`, from the file's contents and those of `tokenizer_config.json` beside it.
    public static func parse(
        _ bytes: [UInt8], origin: String, configuration: TokenizerConfiguration? = nil, endOfText: String? = nil,
        among steps: TokenizerSteps = TokenizerSteps()
    ) throws -> any Tokenizer {
        let root = JSONNode(try JSON(parsing: bytes, origin: origin), origin: origin)
        return try TokenizerPipeline(
            root, contents: bytes, configuration: configuration, endOfText: endOfText, among: steps)
    }
}

/// GPT-2's own two files: tokens with their ids, and merges line by line.
enum VocabularyAndMerges {
    /// Makes a `tokenizer.json` of them.
    static func read(_ folder: String, among steps: TokenizerSteps) throws -> any Tokenizer {
        let configuration = try TokenizerConfiguration(folder: folder)
        let vocabulary = try JSONNode(file: folder + "/vocab.json")
        let mergesPath = folder + "/merges.txt"
        guard let text = String(validating: try FileBytes.read(mergesPath), as: UTF8.self) else {
            throw FileError(path: mergesPath, message: "this is not UTF-8 text")
        }
        var merges: [JSON] = []
        // A line may hold a carriage return as a part of a token; only a newline ends it.
        for line in text.unicodeScalars.split(separator: "\n") {
            if merges.isEmpty, String(line).hasPrefix("#version") { continue }
            merges.append(.string(String(line.last == "\r" ? line.dropLast() : line)))
        }
        let end = "<|endoftext|>"
        let known = try TokenVocabulary(vocabulary)
        let added = known.id(end).map { [AddedToken(id: $0, content: end, special: true)] } ?? []
        let byteLevel: JSON = [
            "type": "ByteLevel", "add_prefix_space": .bool(try configuration?.addsPrefixSpace() ?? false),
            "trim_offsets": true, "use_regex": true,
        ]
        let model: JSON = [
            "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": nil,
            "end_of_word_suffix": nil, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
            "vocab": vocabulary.value, "merges": .array(merges),
        ]
        let json: JSON = [
            "version": "1.0", "truncation": nil, "padding": nil, "added_tokens": .array(added.map(\.json)),
            "normalizer": nil, "pre_tokenizer": byteLevel,
            "post_processor": ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false],
            "decoder": byteLevel, "model": model,
        ]
        let contents = Array(try json.text().utf8)
        return try TokenizerPipeline(
            JSONNode(json, origin: folder + "/vocab.json and merges.txt"), contents: contents,
            configuration: configuration, endOfText: nil, among: steps)
    }
}
