// GGUF files: models damaged byte by byte and by other numbers where lengths, kinds, sides and offsets stand.
import Foundation

struct GGUFKind: FuzzKind {
    static let name = "gguf", ending = "gguf"
    init(_ corpus: Corpus) {}

    /// The places of numbers in a file, and how many bytes each takes.
    private struct Builder {
        var bytes = Array("GGUF".utf8)
        var numbers: [(place: Int, size: Int)] = []

        mutating func number(_ value: UInt64, _ size: Int) {
            numbers.append((bytes.count, size))
            for byte in 0..<size { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))) }
        }
        mutating func text(_ text: String) {
            number(UInt64(text.utf8.count), 8)
            bytes += Array(text.utf8)
        }
        mutating func value(_ key: String, _ text: String) {
            self.text(key)
            number(8, 4)
            self.text(text)
        }
        mutating func value(_ key: String, _ kind: UInt64, _ size: Int, _ value: UInt64) {
            text(key)
            number(kind, 4)
            number(value, size)
        }
        mutating func list(_ key: String, _ kind: UInt64, _ count: Int) {
            text(key)
            number(9, 4)
            number(kind, 4)
            number(UInt64(count), 8)
        }
    }

    /// A GPT-2 of one layer, width 4, and a vocabulary of the 256 bytes and two tokens more.
    private static let model: Builder = {
        var file = Builder()
        var shapes: [(name: String, sides: [Int])] = [
            ("token_embd.weight", [4, 258]), ("position_embd.weight", [4, 3]),
        ]
        func add(_ name: String, _ sides: Int...) {
            shapes.append((name + ".weight", sides))
            shapes.append((name + ".bias", [sides[sides.count - 1]]))
        }
        for norm in ["blk.0.attn_norm", "blk.0.ffn_norm", "output_norm"] { add(norm, 4) }
        add("blk.0.attn_qkv", 4, 12)
        add("blk.0.attn_output", 4, 4)
        add("blk.0.ffn_up", 4, 8)
        add("blk.0.ffn_down", 8, 4)
        file.number(3, 4)
        file.number(UInt64(shapes.count), 8)
        file.number(14, 8)
        file.value("general.architecture", "gpt2")
        for (key, value) in [
            ("context_length", 3), ("embedding_length", 4), ("block_count", 1), ("attention.head_count", 2),
            ("feed_forward_length", 8),
        ] { file.value("gpt2.\(key)", 4, 4, UInt64(value)) }
        file.value("gpt2.attention.layer_norm_epsilon", 6, 4, UInt64(Float(1e-5).bitPattern))
        file.value("tokenizer.ggml.model", "gpt2")
        file.value("tokenizer.ggml.pre", "gpt-2")
        // GPT-2's letters for bytes: printable ones for themselves, the others from U+0100 on.
        func isPlain(_ byte: Int) -> Bool {
            (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE
        }
        var next: UInt32 = 0x100
        var letters: [String] = []
        for byte in 0..<256 {
            let scalar = isPlain(byte) ? UnicodeScalar(UInt32(byte)) : UnicodeScalar(next)
            if !isPlain(byte) { next += 1 }
            letters.append(scalar.map { String(Character($0)) } ?? "")
        }
        file.list("tokenizer.ggml.tokens", 8, 258)
        for token in letters + ["th", "<|endoftext|>"] { file.text(token) }
        file.list("tokenizer.ggml.token_type", 5, 258)
        for id in 0..<258 { file.number(id == 257 ? 3 : 1, 4) }
        file.list("tokenizer.ggml.merges", 8, 1)
        file.text("t h")
        file.value("tokenizer.ggml.eos_token_id", 4, 4, 257)
        file.value("tokenizer.ggml.add_bos_token", 7, 1, 0)
        var offset = 0
        for (name, sides) in shapes {
            file.text(name)
            file.number(UInt64(sides.count), 4)
            for side in sides { file.number(UInt64(side), 8) }
            file.number(0, 4)
            file.number(UInt64(offset), 8)
            offset += (sides.reduce(4, *) + 31) / 32 * 32
        }
        file.bytes += [UInt8](repeating: 0, count: (32 - file.bytes.count % 32) % 32)
        let start = file.bytes.count
        for index in 0..<(offset / 4) {
            withUnsafeBytes(of: Float(index % 17) / 16 - 0.5) { file.bytes += $0 }
        }
        assert(file.bytes.count == start + offset)
        return file
    }()

    private static let values: [UInt64] = [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 20, 30, 31, 32, 33, 255, 256, 257, 258, 1 << 20, 1 << 31, 1 << 32,
        1 << 40, 1 << 60, 1 << 63, .max, .max - 31, 0x7F80_0000, 0x7FC0_0000,
    ]

    func input(_ random: inout FuzzRandom) -> [UInt8] {
        var file = Self.model
        if random.oneIn(4) { return Mutation.bytes(file.bytes, Array(file.bytes.prefix(400)), &random) }
        for _ in 0..<1 + random.below(3) {
            let (place, size) = random.pick(file.numbers)
            let value = random.pick(Self.values)
            for byte in 0..<size { file.bytes[place + byte] = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte)) }
        }
        if random.oneIn(6) { file.bytes.removeLast(random.below(file.bytes.count)) }
        return file.bytes
    }

    func run(_ input: [UInt8], _ bench: Bench) throws {
        write(input, "in.gguf")
        try bench.run("read_metadata(\"in.gguf\")")
        try bench.run("t = read_tensors(\"in.gguf\")\nfor k in keys(t) { sum(t[k]) }")
        try bench.run("m = load(\"in.gguf\")")
        guard bench.failures.isEmpty, !bench.wasInterrupted else { return }
        let look = "print(encode(m, \"the thé\"), generate(m, [1, 2], most=1))"
        let before = try bench.run("m\n\(look)")
        try bench.run("save(m, \"out.gguf\")")
        guard bench.failures.isEmpty, !bench.wasInterrupted else { return }
        let after = try bench.run("m = load(\"out.gguf\")\nm\n\(look)")
        if bench.failures.isEmpty, !bench.wasInterrupted, before != after {
            throw Finding(message: "the model written is not that read")
        }
    }
}
