// Bad input: each is answered by one paragraph that names the thing and the way out, a script ends with 1, a session
// goes on, and nothing is left half-written.
import Files
import Foundation
import Language
import LanguageModels
import Notebook
import Tensors
import TestSupport
import Testing

/// A program that must fail, and what its message must say.
struct BadInput: Sendable, CustomTestStringConvertible {
    let name: String
    let program: String
    let says: [String]
    /// Puts files into the folder, which programs know as `here`.
    var prepare: @Sendable (String) throws -> Void = { _ in }
    var testDescription: String { name }

    init(
        _ name: String, _ program: String, _ says: String...,
        prepare: @escaping @Sendable (String) throws -> Void = { _ in }
    ) {
        self.name = name
        self.program = program
        self.says = says
        self.prepare = prepare
    }

    /// A checkpoint with one of its files damaged.
    static func checkpoint(
        _ name: String, _ says: String..., damage: @escaping @Sendable (String) throws -> Void
    ) -> BadInput {
        var result = BadInput("checkpoint: \(name)", "load(\"{here}/m\")")
        result = BadInput(result, says: says) { folder in
            let bench = Bench()
            bench(
                "save(gpt(tokenizer([\"to be or not to be\"], size=262), layers=1, width=8, seed=1), \"\(folder)/m\")")
            try damage(folder + "/m")
        }
        return result
    }

    init(_ other: BadInput, says: [String], prepare: @escaping @Sendable (String) throws -> Void) {
        name = other.name
        program = other.program
        self.says = says
        self.prepare = prepare
    }
}

// MARK: Damage

private func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }
private func put(_ bytes: [UInt8], _ path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
private func put(_ text: String, _ path: String) throws { try put(Array(text.utf8), path) }
private func replace(_ old: String, _ new: String, in path: String) throws {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    precondition(text.contains(old), "\(path) has no \(old)")
    try put(text.replacingOccurrences(of: old, with: new), path)
}
/// Changes the header of a safetensors file as text; its length stays right.
private func header(_ path: String, _ change: (String) -> String) throws {
    let all = try bytes(path)
    let size = all[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    let text = change(String(decoding: all[8..<(8 + size)], as: UTF8.self))
    try put(
        (0..<8).map { UInt8(truncatingIfNeeded: text.utf8.count >> (8 * $0)) } + Array(text.utf8) + all[(8 + size)...],
        path)
}

private let model =
    "m = gpt(7, layers=1, width=8, heads=2, context=8, seed=3); f = batch([[1, 2, 3]]); r = batch([[3, 2, 1]])\n"
private let weights = "/model.safetensors"

let badInputs: [BadInput] = [
    // Checkpoints.
    BadInput("checkpoint: missing", "load(\"{here}/nowhere\")", "there is no file or folder `{here}/nowhere`"),
    .checkpoint("no configuration", "{here}/m: there is no config.json", "Hugging Face layout") {
        try FileManager.default.removeItem(atPath: $0 + "/config.json")
    },
    .checkpoint("whole numbers for weights", "of another type", "is I32 instead of F32") {
        try header($0 + weights) { text in
            guard let at = text.range(of: "\"F32\"") else { return text }
            return text.replacingCharacters(in: at, with: "\"I32\"")
        }
    },
    .checkpoint("no weights", "there is no model.safetensors") {
        try FileManager.default.removeItem(atPath: $0 + weights)
    },
    .checkpoint("truncated", "{here}/m/model.safetensors", "the file is truncated", "download or copy it again") {
        let all = try bytes($0 + weights)
        try put(Array(all[..<(all.count * 2 / 3)]), $0 + weights)
    },
    .checkpoint("of a few bytes", "it has only 5 bytes", "download or copy it again") {
        try put([1, 2, 3, 4, 5], $0 + weights)
    },
    .checkpoint("oversized header", "claims a header of 1152921504606846976 bytes") {
        try put([0, 0, 0, 0, 0, 0, 0, 16] + bytes($0 + weights).dropFirst(8), $0 + weights)
    },
    .checkpoint("header beyond the file", "the file is truncated: its header needs 83886080 bytes") {
        try put([0, 0, 0, 5, 0, 0, 0, 0] + bytes($0 + weights).dropFirst(8), $0 + weights)
    },
    .checkpoint("header that is no JSON", "in its header", "download or copy it again") {
        try header($0 + weights) { "?" + $0.dropFirst() }
    },
    .checkpoint(
        "type that is not read", "`transformer.h.0.attn.c_attn.bias` is stored as F8_E4M3", "convert it to float32"
    ) {
        try header($0 + weights) { $0.replacing("\"F32\"", with: "\"F8_E4M3\"", maxReplacements: 1) }
    },
    .checkpoint("type of another size", "takes", "data_offsets") {
        try header($0 + weights) { $0.replacing("\"F32\"", with: "\"F16\"", maxReplacements: 1) }
    },
    .checkpoint(
        "wrong shape", "`transformer.wpe.weight` is [8, 128] instead of [128, 8]", "both come from the same model"
    ) {
        try header($0 + weights) { $0.replacingOccurrences(of: "[128,8]", with: "[8,128]") }
    },
    .checkpoint("wrong name", "missing: `transformer.wte.weight`", "without a place: `transformer.xyz.weight`") {
        try header($0 + weights) {
            $0.replacingOccurrences(of: "transformer.wte.weight", with: "transformer.xyz.weight")
        }
    },
    .checkpoint("not finite", "holds nan at element", "did not diverge") {
        var all = try bytes($0 + weights)
        all.replaceSubrange((all.count - 4)..., with: [0, 0, 192, 127])
        try put(all, $0 + weights)
    },
    .checkpoint("unknown architecture", "\"model_type\" is mamba", "gpt2, llama, gpt_neox") {
        try replace("\"gpt2\"", "\"mamba\"", in: $0 + "/config.json")
    },
    .checkpoint("configuration that is no JSON", "config.json:1:2") { try put("{,}", $0 + "/config.json") },
    .checkpoint("absurd configuration", "\"n_layer\" must be a whole number from 1 to 1000") {
        try replace("\"n_layer\": 1", "\"n_layer\": 1000000000000", in: $0 + "/config.json")
    },
    .checkpoint(
        "tokenizer of another model", "the tokenizer does not fit the model",
        "use the tokenizer.json the model was trained with"
    ) {
        let bench = Bench()
        bench(
            "save(gpt(tokenizer([\"to be or not to be, to be or not\"], size=270), layers=1, width=8), \"\($0)-other\")"
        )
        try put(bytes($0 + "-other/tokenizer.json"), $0 + "/tokenizer.json")
    },
    .checkpoint("tokenizer of another kind", "\"model.type\" is WordPiece") {
        try put(#"{"model": {"type": "WordPiece"}}"#, $0 + "/tokenizer.json")
    },

    // Files.
    BadInput("JSON lines", "tofu(\"{here}\", forget=\"forget01\")", "full.json:2:", "expected") {
        try put("{\"question\": \"a\", \"answer\": \"b\"}\n{\"question\": \"c\" \"answer\": 1}\n", $0 + "/full.json")
        try put("{\"question\": \"a\", \"answer\": \"b\"}\n", $0 + "/forget01.json")
    },
    BadInput("JSON lines without an answer", "tofu(\"{here}\", forget=\"forget01\")", "full.json:2", "answer") {
        try put("{\"question\": \"a\", \"answer\": \"b\"}\n{\"question\": \"c\"}\n", $0 + "/full.json")
        try put("{\"question\": \"a\", \"answer\": \"b\"}\n", $0 + "/forget01.json")
    },
    BadInput("an empty data file", "tofu(\"{here}\", forget=\"forget01\")", "full.json is empty") {
        try put("", $0 + "/full.json")
        try put("{\"question\": \"a\", \"answer\": \"b\"}\n", $0 + "/forget01.json")
    },
    BadInput(
        "a forget set from elsewhere", "tofu(\"{here}\", forget=\"forget01\")",
        "forget01.json is not part of full.json", "\"z\""
    ) {
        try put("{\"question\": \"a\", \"answer\": \"b\"}\n", $0 + "/full.json")
        try put("{\"question\": \"z\", \"answer\": \"b\"}\n", $0 + "/forget01.json")
    },
    BadInput("a data folder that is none", "tofu(\"{here}/nowhere\")", "there is no folder {here}/nowhere"),
    BadInput("a JSON file", "read_json(\"{here}/x.json\")", "x.json:2:1: expected") {
        try put("{\"a\":\n}", $0 + "/x.json")
    },
    BadInput("a text that is none", "read_text(\"{here}/x\")", "is not UTF-8 text") {
        try put([0xC0, 200], $0 + "/x")
    },
    BadInput("a CSV file", "read_csv(\"{here}/x.csv\")", "x.csv") { try put("a,b\n1\n", $0 + "/x.csv") },
    BadInput("a tensor file", "read_tensors(\"{here}/x\")", "not a safetensors file") {
        try put("hello, I am text", $0 + "/x")
    },
    BadInput("numbers JSON does not know", "write_json(nan, \"{here}/x.json\")", "JSON knows no nan"),

    // Data that fit nothing.
    BadInput("an empty batch", "batch([])", "the batch is empty", "at least one sequence"),
    BadInput("empty sequences", "batch([[]])", "the batch is empty"),
    BadInput("ids that are none", "batch([[1.5]])", "whole numbers"),
    BadInput("labels of another length", "batch([[1, 2]], labels=[[1]])", "row 0 has 2 tokens but 1 labels", "-100"),
    BadInput(
        "a batch longer than the context", model + "nll(m, batch([range(9)]))", "9 tokens", "context of 8", "shorten it"
    ),
    BadInput("a prompt longer than the context", model + "generate(m, [1, 2, 3, 4, 5, 6, 1, 2, 3])", "context of 8"),
    BadInput("an empty prompt", model + "generate(m, [[]])", "a prompt is empty"),
    BadInput("tokens the model has not", model + "nll(m, batch([[1, 9]]))", "token 9", "vocabulary of 7"),
    BadInput("labels the model has not", model + "nll(m, batch([[1, 2]], labels=[[-100, 9]]))", "label 9", "-100"),
    BadInput("nothing to predict", model + "nll(m, batch([[1]]))", "nothing to predict"),
    BadInput("words for a model of ids", model + "generate(m, \"hello\")", "no tokenizer", "token ids"),
    BadInput("an empty data set", "nll(load(\"{here}/m\"), where(authors().forget, x -> false))", "is empty") {
        Bench()("save(gpt(tokenizer([\"to be\"], size=262), layers=1, width=8), \"\($0)/m\")")
    },
    BadInput("training on nothing", "train(load(\"{here}/m\"), where(authors().forget, x -> false))", "is empty") {
        Bench()("save(gpt(tokenizer([\"to be\"], size=262), layers=1, width=8), \"\($0)/m\")")
    },
    BadInput(
        "unlearning without what to retain", model + "unlearn(m, f)", "graddiff needs retain data", "retain_weight=0"),
    BadInput("a loss without its reference", model + "npo(m, f, r)", "npo needs reference="),

    // Shapes.
    BadInput("a product", "ones(2, 3) @ ones(2, 3)", "[2, 3] @ [2, 3]", "3 columns"),
    BadInput("a sum", "ones(2, 3) + ones(4)", "shapes do not fit: [2, 3] + [4]"),
    BadInput("rows", "tensor([[1, 2], [3]])", "different shapes: [2] and [1]"),
    BadInput("another model's direction", model + "m + randn_like(gpt(5))", "different models", "own architecture"),
    BadInput("a direction's build", model + "hvp(m -> nll(m, f), m, tensor([1]))", "have different shapes"),
    BadInput(
        "a parameter's shape", model + "direction(m, to_record([\"transformer.wpe.weight\"], [ones(3)]))",
        "`transformer.wpe.weight` must be a tensor [8, 8]"),
    BadInput("an unknown parameter", model + "direction(m, (wpe=ones(3)))", "no parameter `wpe`"),
    BadInput(
        "an optimizer's gradient", "adamw(tensor([1, 2]), tensor([1]), none)", "the gradient has shape [1]", "[2]"),
    BadInput(
        "another optimizer's state", "p, s = adamw(tensor([1]), tensor([1])); sgd(momentum=0.9)(p, p, s)",
        "sgd remembers momentum", "none to start anew"),
    BadInput("a reshape", "reshape(ones(4), 4611686018427387904, 4)", "cannot be reshaped"),
    BadInput("an open reshape", "reshape(ones(4), 4611686018427387904, 4, -1)", "cannot be reshaped"),
    BadInput("a function of many numbers", model + "grad(m -> token_nll(m, f), m)", "must return one number", "mean(…)")
        .anyOf("returns one number"),

    // Numbers that are none.
    BadInput(
        "a loss of NaN",
        model + "run = step(start(m, f, r, loss=(m, f, r) -> nll(m, r) * nan, optimizer=sgd(lr=1)), 3)",
        "the loss became NaN at step 1 of 3", "`ans` holds the weights after step 0"),
    BadInput(
        "a diverging run", model + "u = unlearn(m, f, r, loss=ga, optimizer=sgd(lr=3), steps=500)",
        "became NaN at step|became infinite at step", "of 500", "u was not assigned", "clip_norm=1"),
    BadInput(
        "a model that diverged", model + "save(m + nan * randn_like(m), \"{here}/m\")", "holds nan at element 0",
        "not saved"),
    BadInput(
        "a limit that nothing heeds", model + "unlearn(m, f, r, optimizer=lbfgs, clip_norm=1, steps=2)",
        "and `lbfgs` asks for more than that", "leave out clip_norm="),
    BadInput(
        "a limit that half is heeded",
        model + "unlearn(m, f, r, optimizer=(m, g, s=none, loss=none) -> [m, s], clip_norm=1)",
        "asks for more than that", "leave out clip_norm="),
    BadInput("a negative token", "batch([[1, -1]])", "count from 0", "labels="),
    BadInput("a large token", "batch([[4294967296, 1]])", "whole numbers up to 2147483647"),
    BadInput("a range that repeats numbers", "range(9007199254740990, 9007199254740996)", "beyond 9007199254740992"),
    BadInput("more places than there are", "\"{1:.20000f}\"", "up to 10000"),
    BadInput("a reserved name", "write_tensors((__metadata__=tensor([1])), \"{here}/x.safetensors\")", "__metadata__"),
    BadInput(
        "layers that hold still", model + "influence(m, f, r, inverse=ekfac, trainable=\"*ln*\")", "none of them moves"),
    BadInput(
        "decay without a learning rate",
        model + "unlearn(m, f, r, optimizer=(m, g, s) -> [m - 0.1 * g, s], decay=[[0, 0.1]], steps=2)",
        "`decay` is times the learning rate", "give it an option lr"),
    BadInput("decay of nothing", model + "start(m, f, r, decay=[[\"*.mpl.*\", 1]])", "did you mean `*.mlp.*`?"),
    BadInput("a word that another solver knows", "cg(v -> v, tensor([1, 2]), damping=\"needed\")", "\"auto\""),
    BadInput("a solver's right-hand side", "cg(v -> v, tensor([nan, 1]))", "not finite"),
    BadInput("a singular matrix", "exact(v -> 0 * v, tensor([1, 2]))", "singular", "would cure it"),

    // More than there is.
    BadInput("a huge tensor", "zeros([100000, 100000])", "this needs 37 GiB", "free").anyOf("this needs 40 GiB"),
    BadInput("an impossible tensor", "zeros(10^9, 10^9, 10^9)", "larger than any memory"),
    BadInput("a tensor of more than there are integers", "zeros(10^12, 10^12)", "larger than any memory"),
    BadInput("a huge product", "ones(10^5, 1) @ ones(1, 10^6)", "more memory", "use a smaller model"),
    BadInput("a huge sum", "ones(10^6, 1) + ones(10^6)", "more memory"),
    BadInput("a wide model", "gpt(10, width=2000000)", "`width` of `gpt` must be at most 1048576"),
    BadInput("a huge model", "gpt(50257, layers=1000, width=65536)", "are free", "use a smaller model"),
    BadInput("a deep model", "gpt(5, layers=1000000)", "`layers` of `gpt` must be at most 1000"),
    BadInput(
        "a large training", "train(gpt(50257, layers=2, width=256, context=16), batch([[1, 2, 3]]), steps=1)",
        "more memory"),
    BadInput("a large exact inverse", "exact(v -> v, ones(10000))", "at most 4096 parameters", "cg or woodfisher"),
    BadInput(
        "many single gradients",
        "per_example(gpt(5, layers=1, width=256), batch(map(i -> [1, 2], range(300))), most=300)", "more memory"),
    BadInput(
        "a huge batch", "nll(gpt(20000, layers=1, width=64, context=256), batch(map(i -> range(256), range(20000))))",
        "more memory"),
    BadInput("a huge list", "map(x -> x, range(10^11))", "is too long to hold", "only gone through"),
    BadInput("a tensor of a huge range", "tensor(range(10^11))", "more memory"),
    BadInput("a repeated list", "[1] * 10^12", "too long to hold"),
    BadInput("a longer range", "range(10^11) + [1]", "too long to hold"),
    BadInput("a changed range", "x = range(10^11); x[0] = 1", "too long to hold"),
    BadInput("a taken-apart range", "a, b = range(10^11)", "values for 2 names"),

    // Places that cannot be written.
    BadInput(
        "a folder that is not there", model + "save(m, \"{here}/a/b\")",
        "{here}/a/b: the folder it is to lie in does not exist"),
    BadInput("a file's place", model + "save(m, \"{here}/x\")", "there is a file of this name") {
        try put("x", $0 + "/x")
    },
    BadInput("a folder of other things", model + "save(m, \"{here}\")", "holds files but no checkpoint") {
        try put("x", $0 + "/x")
    },
    BadInput("no name", model + "save(m, \"\")", "is an empty path"),
    BadInput("no name for JSON", "write_json(1, \"\")", "is an empty path"),
    BadInput("a system's folder", model + "save(m, \"/proc/m\")", "/proc/m"),
    BadInput("a folder in place of a file", "write_json(1, \"{here}\")", "this is a folder"),
    BadInput("a full disk", "write_json(range(100000), \"/dev/full\")", "/dev/full: the disk is full"),
    BadInput("a device", "write_tensors((a=ones(10)), \"/dev/null\")", "/dev/null: this is a device"),
    BadInput("a device for a model", model + "save(m, \"/dev/null\")", "/dev/null: there is a file of this name"),
]

extension BadInput {
    /// One other wording in place of the first.
    fileprivate func anyOf(_ other: String) -> BadInput {
        BadInput(self, says: [says[0] + "|" + other] + says.dropFirst(), prepare: prepare)
    }
}

@Suite struct BadInputTests {
    /// Small, so that what is too large for it is still small for the machine.
    static let memoryLimit = 200 << 20

    @Test(arguments: badInputs + badPictures + strangeFiles + badGGUFFiles)
    func isAnsweredInOneParagraph(_ bad: BadInput) throws {
        let folder = try TemporaryFolder(), bench = Bench(memoryLimit: Self.memoryLimit)
        try bad.prepare(folder.path)
        let before = folder.names
        let program = bad.program.replacingOccurrences(of: "{here}", with: folder.path)
        bench("good = 41")
        #expect(computingTime { bench(program) } < 60, "it took too long to refuse")
        let failure = try #require(bench.failures.first, "nothing failed; printed: \(bench.results)")
        #expect(bench.failures.count == 1)
        let text = bench.messages
        for wanted in bad.says {
            let choices = wanted.split(separator: "|").map { $0.replacingOccurrences(of: "{here}", with: folder.path) }
            #expect(choices.contains { text.contains($0) }, "\"\(wanted)\" is not said: \(text)")
        }
        // One paragraph, no name of the implementation's.
        #expect(!failure.message.contains("\n") && failure.message.count < 600, "\(failure.message)")
        for name in ["Optional(", "Swift", "TensorError", "ModelError", "FileError", "Error("] {
            #expect(!text.contains(name), "\(text)")
        }
        // Nothing half-written, names keep their values, and the session goes on.
        #expect(folder.names == before)
        #expect(bench("good + 1") == "42\n")
        // In a script it is the end, with status 1.
        let script = folder.path + "/script.lethe"
        try program.write(toFile: script, atomically: true, encoding: .utf8)
        let other = Bench(memoryLimit: Self.memoryLimit)
        #expect(try other.script(script, arguments: []) == .failure)
        #expect(other.messages.hasPrefix("script.lethe:"), "\(other.messages)")
    }

    @Test func whatFailedToSaveLeavesTheOldCheckpoint() throws {
        let folder = try TemporaryFolder(), bench = Bench()
        bench("m = gpt(7, layers=1, width=8, heads=2, seed=1); save(m, \"\(folder.path)/m\")")
        let before = try bytes(folder.path + "/m/model.safetensors")
        bench("save(m + inf * randn_like(m), \"\(folder.path)/m\")")
        #expect(bench.failures.count == 1)
        // Beyond the range of half precision: found only while writing.
        bench("save(m + 1e6 * randn_like(m), \"\(folder.path)/m\", dtype=\"float16\")")
        #expect(
            bench.failures.count == 1 && bench.messages.contains("beyond the range of float16"), "\(bench.messages)")
        #expect(try bytes(folder.path + "/m/model.safetensors") == before)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path + "/m").sorted() == [
                "config.json", "generation_config.json", "model.safetensors",
            ])
        #expect(bench("load(\"\(folder.path)/m\") == m") == "true\n")
    }

    @Test func theLastGoodWeightsOfADivergedRunAreKept() throws {
        let bench = Bench()
        bench(model)
        bench("u = unlearn(m, f, r, loss=ga, optimizer=sgd(lr=3), steps=500)")
        #expect(bench.failures.count == 1)
        bench("steps = ans.log.steps; kept = ans; kept == unlearn(m, f, r, loss=ga, optimizer=sgd(lr=3), steps=steps)")
        #expect(bench.results == "true\n", "\(bench.messages)")
        // The same for a run taken step by step, which stays as it was.
        bench("run = start(m, f, r, loss=ga, optimizer=sgd(lr=3)); run = step(run, 2)")
        bench("run = step(run, 500)")
        #expect(bench.failures.count == 1)
        #expect(bench("run.step") == "2\n")
        #expect(bench("back(run, 2).model == m") == "true\n")
    }
}
