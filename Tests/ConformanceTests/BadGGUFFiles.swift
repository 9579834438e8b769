// GGUF files that say what cannot be, and models that have no form in one.
import Foundation

private struct NotThere: Error { let text: String }

/// Writes over the first bytes `old` that stand behind a mark in a file.
private func overwrite(_ path: String, behind mark: String = "GGUF", _ old: [UInt8], with new: [UInt8]) throws {
    let url = URL(fileURLWithPath: path)
    var data = try Data(contentsOf: url)
    guard let start = data.range(of: Data(mark.utf8))?.upperBound,
        let place = data.range(of: Data(old), in: start..<data.endIndex)
    else { throw NotThere(text: mark) }
    data.replaceSubrange(place, with: new)
    try data.write(to: url)
}

private func overwrite(_ path: String, behind mark: String = "GGUF", _ old: String, with new: String) throws {
    try overwrite(path, behind: mark, Array(old.utf8), with: Array(new.utf8))
}

extension BadInput {
    /// A model's file, damaged.
    fileprivate static func gguf(
        _ name: String, _ says: String..., damage: @escaping @Sendable (String) throws -> Void
    ) -> BadInput {
        BadInput(BadInput("GGUF: \(name)", "load(\"{here}/m.gguf\")"), says: says) { folder in
            let bench = Bench()
            bench(
                """
                save(gpt(tokenizer(["to be or not to be"], size=262), layers=1, width=8, seed=1), "\(folder)/m.gguf")
                """)
            try damage(folder + "/m.gguf")
        }
    }
}

let badGGUFFiles: [BadInput] = [
    .gguf("no architecture", "m.gguf: this GGUF file holds no model: `general.architecture` is missing") {
        try overwrite($0, "general.architecture", with: "general.orchitecture")
    },
    .gguf("another architecture", "`general.architecture` is bert, an architecture that is not read from GGUF") {
        try overwrite($0, behind: "general.architecture", "gpt2", with: "bert")
    },
    .gguf("no number of blocks", "`gpt2.block_count` is missing") {
        try overwrite($0, "gpt2.block_count", with: "gpt2.black_count")
    },
    .gguf("a number of blocks that is a fraction", "`gpt2.block_count` must be a whole number from 1 to 1000") {
        try overwrite($0, behind: "gpt2.block_count", [4, 0, 0, 0], with: [6, 0, 0, 0])
    },
    .gguf("too many blocks", "`gpt2.block_count` must be a whole number from 1 to 1000, but is the number 65537") {
        try overwrite($0, behind: "gpt2.block_count", [4, 0, 0, 0, 1, 0, 0, 0], with: [4, 0, 0, 0, 1, 0, 1, 0])
    },
    .gguf("more blocks than there are", "the tensors do not fit", "missing: `blk.1.attn_norm.weight`") {
        try overwrite($0, behind: "gpt2.block_count", [4, 0, 0, 0, 1], with: [4, 0, 0, 0, 2])
    },
    .gguf(
        "a tensor of another name", "missing: `blk.0.ffn_up.weight`; without a place: `blk.0.ffn_uq.weight`"
    ) { try overwrite($0, "blk.0.ffn_up.weight", with: "blk.0.ffn_uq.weight") },
    .gguf(
        "another width", "the tensors do not fit",
        "of another shape: `token_embd.weight` is [260, 8] instead of [260, 16]"
    ) {
        try overwrite($0, behind: "gpt2.embedding_length", [4, 0, 0, 0, 8], with: [4, 0, 0, 0, 16])
    },
    .gguf("a format that is not read", "the tensor `token_embd.weight` is stored as IQ2_XXS, which is not read here") {
        // Behind the tensor's two sides.
        try overwrite(
            $0, behind: "token_embd.weight", [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            with: [1, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0])
    },
    .gguf("another kind of tokenizer", "`tokenizer.ggml.model` is bert, a kind of tokenizer", "gpt2", "llama") {
        try overwrite($0, behind: "tokenizer.ggml.model", "gpt2", with: "bert")
    },
    .gguf("an unknown pre-tokenizer", "`tokenizer.ggml.pre` is gpt-9, a pre-tokenizer that is not supported") {
        try overwrite($0, behind: "tokenizer.ggml.pre", "gpt-2", with: "gpt-9")
    },
    .gguf("no merges", "`tokenizer.ggml.merges` is missing") {
        try overwrite($0, "tokenizer.ggml.merges", with: "tokenizer.ggml.murges")
    },
    .gguf("an end that is no token", "`tokenizer.ggml.eos_token_id` must be the id of one of 260 tokens") {
        try overwrite($0, behind: "tokenizer.ggml.eos_token_id", [4, 0, 0, 0, 0, 0], with: [4, 0, 0, 0, 0, 9])
    },
    .gguf("weights that diverged", "holds nan at element", "download or convert it again") { path in
        var data = try Data(contentsOf: URL(fileURLWithPath: path))
        let numbers = [[UInt8]](repeating: [0, 0, 0xC0, 0x7F], count: 8).flatMap { $0 }
        data.replaceSubrange(data.endIndex - 32..<data.endIndex, with: numbers)
        try data.write(to: URL(fileURLWithPath: path))
    },
    .gguf("cut short", "truncated or damaged", "download or copy the file again") { path in
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        try data.dropLast(100).write(to: URL(fileURLWithPath: path))
    },

    // Models that are not to be written so.
    BadInput(
        "GGUF: 8 bits in a folder", "save(gpt(5, layers=1, width=8), \"{here}/m\", dtype=\"q8_0\")",
        "a Hugging Face folder holds no weights of 8 bits", ".gguf"),
    BadInput(
        "GGUF: characters for tokens",
        "save(gpt(load(\"{here}/names.txt\").vocab, layers=1, width=8), \"{here}/m.gguf\")",
        "this gpt2 model cannot be written as GGUF: its tokenizer is neither byte-level nor of SentencePiece's form",
        "save it as a folder"
    ) { try Data("ann\nbob\n".utf8).write(to: URL(fileURLWithPath: $0 + "/names.txt")) },
    BadInput(
        "GGUF: weights that diverged",
        "m = gpt(5, layers=1, width=8); save(m + inf * randn_like(m), \"{here}/m.gguf\")",
        "go back to a step before"),
    BadInput(
        "GGUF: beyond half precision",
        "m = gpt(5, layers=1, width=8); save(m + 1e6 * randn_like(m), \"{here}/m.gguf\", dtype=\"f16\")",
        "which is beyond the range of float16"),
]
