// The pre-tokenizers that GGUF files name, as `tokenizer.json` describes them.

import Files

/// How a byte-level tokenizer of a GGUF file cuts text; `tokenizer.ggml.pre` names it. A further one is an entry of
/// ``all``.
struct GGUFPreTokenizer: Sendable {
    /// The first is written.
    let names: [String]
    let steps: [JSON]
    /// Whether text is brought into Unicode's composed form before; llama.cpp leaves that out.
    var composes = false
    /// Whether a piece that is a token needs no merges.
    var ignoresMerges = false
    /// Whether texts begin with a mark where the file does not say.
    var begins = false

    private static let bytes: JSON = byteLevel(splits: false)
    private static let words: JSON = byteLevel(splits: true)

    private static func byteLevel(splits: Bool) -> JSON {
        ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": .bool(splits)]
    }

    private static func split(_ pattern: String) -> JSON {
        ["type": "Split", "pattern": ["Regex": .string(pattern)], "behavior": "Isolated", "invert": false]
    }

    private static func digits(individually: Bool) -> JSON {
        ["type": "Digits", "individual_digits": .bool(individually)]
    }

    private static let gpt2 = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)"#
    /// That of Llama 3 and others, with numbers of up to so many digits.
    private static func wide(_ numbers: String) -> String {
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}\#(numbers)| ?[^\s\p{L}\p{N}]+[\r\n]*"#
            + #"|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }

    /// Upper and lower case apart, as Mistral's and OpenAI's newer tokenizers have it.
    private static func cased(_ suffix: String, _ numbers: String) -> String {
        let upper = #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"#, lower = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"#
        return #"[^\r\n\p{L}\p{N}]?\#(upper)*\#(lower)+\#(suffix)|[^\r\n\p{L}\p{N}]?\#(upper)+\#(lower)*\#(suffix)"#
            + #"|\p{N}\#(numbers)| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    }

    /// What llama.cpp takes where a file names none.
    static let standard = "default"

    static let all: [GGUFPreTokenizer] = [
        GGUFPreTokenizer(
            names: [
                "gpt-2", "phi-2", "jina-es", "jina-de", "gigachat", "jina-v2-es", "jina-v2-de", "a.x-4.0", "mellum",
                "exaone4", "jais", "trillion", "granite-docling", "modern-bert",
            ], steps: [words]),
        GGUFPreTokenizer(names: ["olmo", "mpt"], steps: [words], composes: true),
        GGUFPreTokenizer(
            names: [
                "llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2",
                "jina-v5-nano",
            ], steps: [split(wide("{1,3}")), bytes], ignoresMerges: true, begins: true),
        GGUFPreTokenizer(
            names: ["dbrx", "smaug-bpe", "chatglm-bpe", "glm4"], steps: [split(wide("{1,3}")), bytes]),
        GGUFPreTokenizer(
            names: ["qwen2", "deepseek-r1-qwen", "stablelm2", "kormo", "f2llmv2", "megrez"],
            steps: [split(wide("")), bytes], composes: true),
        GGUFPreTokenizer(names: ["grok-2", "hunyuan"], steps: [split(wide("")), bytes]),
        GGUFPreTokenizer(
            names: [
                "smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b",
            ], steps: [digits(individually: true), words]),
        GGUFPreTokenizer(
            names: ["tekken"], steps: [split(cased("", "")), bytes], ignoresMerges: true, begins: true),
        GGUFPreTokenizer(
            names: ["gpt-4o", "llama4", "kanana2"],
            steps: [split(cased("(?i:'s|'t|'re|'ve|'m|'ll|'d)?", "{1,3}")), bytes]),
        GGUFPreTokenizer(
            names: ["falcon"],
            steps: [split(#"[\p{P}\$\+<=>\^~\|`]+"#), split(gpt2), split("[0-9][0-9][0-9]"), bytes]),
        GGUFPreTokenizer(
            names: ["poro-chat", "bloom", "gpt3-finnish"], steps: [split(#" ?[^(\s|.,!?…。，、।۔،)]+"#), bytes]),
        GGUFPreTokenizer(
            names: ["viking"], steps: [split(#" ?[^(\s|.,!?…。，、।۔،)]+"#), split(#"\p{N}"#), bytes]),
        GGUFPreTokenizer(
            names: [standard],
            steps: [
                split(#"[\p{P}\$\+<=>\^~\|]+"#), split(gpt2), split(#"\p{N}+"#), split("[0-9][0-9][0-9]"), bytes,
            ]),
    ]

    static func named(_ name: String) -> GGUFPreTokenizer? { all.first { $0.names.contains(name) } }

    /// The `pre_tokenizer` of a `tokenizer.json`.
    var json: JSON { steps.count == 1 ? steps[0] : ["type": "Sequence", "pretokenizers": .array(steps)] }

    /// The `normalizer`.
    var normalizer: JSON { composes ? ["type": "NFC"] : nil }
}
