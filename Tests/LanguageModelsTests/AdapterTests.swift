// Adapters and storage types below the language: what is refused, what is kept to the bit, and what does not depend on
// threads.

import Autodiff
import Files
import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

@Suite struct AdapterTests {
    let device = Device(threads: 1)

    private func base(_ storage: StorageType = .float32) throws -> LanguageModel {
        try LanguageModel.load(CheckpointFolder(GoldenData.path("hf2/llama2")), as: storage, on: device)
    }

    /// peft's own adapter of that model, with a changed configuration and changed tensors.
    private func adapter(
        _ change: (inout [String: Any]) -> Void = { _ in },
        tensors changeTensors: (inout [(name: String, shape: [Int], values: [Float])]) -> Void = { _ in }
    ) throws -> TemporaryFolder {
        let folder = try TemporaryFolder(), source = GoldenData.path("lora/llama2")
        let data = try Data(contentsOf: URL(fileURLWithPath: source + "/adapter_config.json"))
        var configuration = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
        change(&configuration)
        try JSONSerialization.data(withJSONObject: configuration)
            .write(to: URL(fileURLWithPath: folder.path + "/adapter_config.json"))
        let file = try SafetensorsFile(source + "/adapter_model.safetensors")
        var tensors = try file.tensors.map { (name: $0.key, shape: $0.value.shape, values: try file.floats($0.key)) }
        changeTensors(&tensors)
        let named = tensors.map { tensor in
            NamedTensor(name: tensor.name, shape: tensor.shape) { body in
                try tensor.values.withUnsafeBufferPointer(body)
            }
        }
        try SafetensorsFile.write(named, to: folder.path + "/adapter_model.safetensors")
        return folder
    }

    /// What is said of a folder.
    private func message(_ folder: TemporaryFolder, on model: LanguageModel? = nil) -> String {
        do {
            _ = try AdapterFolder(folder.path).model(on: model ?? base())
            return "nothing"
        } catch { return "\(error)" }
    }

    @Test func whatIsNotSupportedIsRefusedWithItsName() throws {
        let changes: [(String, Any, String)] = [
            ("use_dora", true, "use_dora"), ("bias", "all", "bias"),
            ("modules_to_save", ["lm_head"], "modules_to_save"),
            ("peft_type", "IA3", "IA3"), ("task_type", "SEQ_CLS", "SEQ_CLS"), ("lora_bias", true, "lora_bias"),
            ("layer_replication", [[0, 1]], "layer_replication"), ("init_lora_weights", "pissa", "pissa"),
            ("r", 0, "r"), ("r", -3, "r"), ("target_modules", ["embed_tokens"], "embeddings"),
            ("target_modules", ["query_key_value"], "`q_proj`, `k_proj`"), ("layers_to_transform", [7], "layer 7"),
            ("rank_pattern", ["q_proj": 0], "rank_pattern"), ("target_modules", "(", "regular expression"),
            ("trainable_token_indices", [1], "trainable_token_indices"),
        ]
        for (key, value, expected) in changes {
            let found = try message(adapter { $0[key] = value })
            #expect(found.contains(expected), "\(key): \(found)")
        }
    }

    @Test func tensorsThatDoNotFitAreRefused() throws {
        let name = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"
        #expect(try message(adapter { $0["r"] = 8 }).contains("[4, 32] instead of [8, 32]"))
        #expect(try message(adapter(tensors: { $0.removeAll { $0.name == name } })).contains("no tensor `\(name)`"))
        #expect(
            try message(adapter(tensors: { $0.append((name: "extra", shape: [1], values: [0])) })).contains("`extra`"))
        #expect(try message(adapter(tensors: { $0[0].values[3] = .nan })).contains("nan"))
        let other = try LanguageModel.load(GoldenData.path("hf2/qwen2"), on: device)
        #expect(try message(adapter(), on: other) != "nothing")
        let gpt = try LanguageModel.load(GoldenData.path("checkpoints/gpt2"), on: device)
        #expect(try message(adapter(), on: gpt).contains("does not fit the model"))
        #expect(try message(adapter()) == "nothing")
    }

    @Test func ranksAlphasAndNamesArePeftsOwn() throws {
        let folder = try adapter {
            $0["target_modules"] = "all-linear"
            $0["rank_pattern"] = ["layers.0.*q_proj": 2, "^model.layers.1.*down": 3]
            $0["alpha_pattern"] = ["v_proj": 40]
            $0["exclude_modules"] = ["o_proj"]
        }
        let configuration = try AdapterFolder(folder.path).configuration
        let transformer = try #require(base().transformer)
        let frozen = try FrozenWeights(ParameterLayout(transformer.parameterShapes), base().weights.value)
        let adapters = try Adapted(transformer, frozen, configuration).adapters
        #expect(adapters.count == 12)
        #expect(!adapters.contains { $0.module.hasSuffix("o_proj") || $0.module == "lm_head" })
        func named(_ name: String) -> Adapter? { adapters.first { $0.module == "model.layers." + name } }
        #expect(named("0.self_attn.q_proj")?.rank == 2 && named("1.self_attn.q_proj")?.rank == 4)
        #expect(named("1.mlp.down_proj")?.rank == 3 && named("0.mlp.down_proj")?.rank == 4)
        #expect(named("1.self_attn.v_proj")?.scale == 10 && named("1.self_attn.k_proj")?.scale == 4)
    }

    @Test func bytesOfTheTypeAreKept() throws {
        let folder = try TemporaryFolder()
        for (type, storage) in [(ElementType.bfloat16, StorageType.bfloat16), (.float16, .float16)] {
            let path = folder.path + "/\(type)"
            try base().save(to: path, as: type)
            let wide = try LanguageModel.load(path, on: device)
            let held = try LanguageModel.load(CheckpointFolder(path), as: storage, on: device)
            #expect(try held.merged().weights.value.elements == wide.weights.value.elements)
            #expect(held.layout.count == 0)
            // Rounded on the way in, they are the same.
            let rounded = try base(storage).adapted?.frozen.matrixBits, kept = held.adapted?.frozen.matrixBits
            let isSame = rounded == kept
            #expect(isSame && rounded?.isEmpty == false)
        }
    }

    @Test(
        arguments: [
            "hf2/llama2", "checkpoints/gpt2", "hf2/gpt_neox", "hf2/opt", "hf2/phi3", "hf2/gemma2", "hf2/qwen3",
        ], StorageType.allCases)
    func filesAreThoseOfTheWidenedModel(_ name: String, storage: StorageType) throws {
        guard storage != .float32 else { return }
        let folder = try TemporaryFolder()
        let held = try LanguageModel.load(
            CheckpointFolder(GoldenData.path(name)), as: storage, on: device)
        let wide = try held.merged()
        func files(_ path: String) throws -> [String: Data] {
            let names = try FileManager.default.contentsOfDirectory(atPath: path)
            return try Dictionary(
                uniqueKeysWithValues: names.map {
                    ($0, try Data(contentsOf: URL(fileURLWithPath: path + "/" + $0)))
                })
        }
        for type in [ElementType.float32, .bfloat16, .float16] {
            try held.save(to: folder.path + "/held-\(type)", as: type)
            try wide.save(to: folder.path + "/wide-\(type)", as: type)
            let (a, b) = (try files(folder.path + "/held-\(type)"), try files(folder.path + "/wide-\(type)"))
            #expect(a == b && a.count > 2)
        }
        for type in GGUFStorage.allCases {
            let paths = ["held", "wide"].map { folder.path + "/\($0)/model.gguf" }
            for path in paths {
                try FileManager.default.createDirectory(
                    atPath: String(path.dropLast("/model.gguf".count)), withIntermediateDirectories: true)
            }
            do {
                try wide.save(gguf: paths[1], as: type)
            } catch {
                // A family that llama.cpp does not have is refused alike.
                #expect(throws: FileError.self) { try held.save(gguf: paths[0], as: type) }
                continue
            }
            try held.save(gguf: paths[0], as: type)
            let (a, b) = try (
                Data(contentsOf: URL(fileURLWithPath: paths[0])), Data(contentsOf: URL(fileURLWithPath: paths[1]))
            )
            #expect(a == b && a.count > 1000)
        }
    }

    @Test func savingNeedsNoSecondCopy() throws {
        let small = Device(threads: 1, memoryLimit: 150_000), folder = try TemporaryFolder()
        let model = try LanguageModel.load(
            CheckpointFolder(GoldenData.path("hf2/llama2")), as: .eightBit, on: small)
        #expect(throws: (any Error).self) { try model.merged() }
        try model.save(to: folder.path + "/model", as: .bfloat16)
        try model.save(gguf: folder.path + "/model.gguf", as: .float16)
        #expect(try LanguageModel.load(folder.path + "/model", on: device).layout.count > 0)
    }

    @Test func aTiedHeadTakesNoAdapterOfItsOwn() throws {
        let tied = try LanguageModel.load(GoldenData.path("hf2/gemma2"), on: device)
        var generator = RandomGenerator(seed: 1)
        for targets in [["lm_head"], ["lm_head", "q_proj"]] {
            #expect(throws: AdapterError.tiedHead) {
                try tied.adapted(LoRAConfiguration(targets: .names(targets)), from: &generator)
            }
        }
    }

    @Test func gradientsHaveTheSameBitsForAnyNumberOfThreads() throws {
        var results: [[Float]] = []
        for threads in 1...3 {
            let device = Device(threads: threads)
            var generator = RandomGenerator(seed: 3)
            let transformer = try Transformer.llama(
                vocabulary: 300, context: 64, width: 96, layers: 2, heads: 4, on: device)
            let held = try LanguageModel(initializing: transformer, as: .eightBit, from: &generator, on: device)
            let model = try held.adapted(LoRAConfiguration(targets: .allLinear), from: &generator)
            let batch = try TokenBatch([Array(0..<40), Array(20..<47)])
            let gradient = try Differentiator().gradient([model.weights]) { try model.with(weights: $0[0]).nll(batch) }
            results.append(gradient[0].value.elements)
        }
        #expect(results[0] == results[1] && results[0] == results[2])
    }

    @Test func randomWeightsAreThoseInFloat32Rounded() throws {
        let transformer = try Transformer.llama(vocabulary: 30, context: 8, width: 16, layers: 1, heads: 2, on: device)
        var first = RandomGenerator(seed: 9), second = first
        let wide = try LanguageModel(initializing: transformer, from: &first, on: device)
        let held = try LanguageModel(initializing: transformer, as: .bfloat16, from: &second, on: device)
        let differences = zip(wide.weights.value.elements, try held.merged().weights.value.elements).map {
            abs($0 - $1)
        }
        #expect((differences.max() ?? 1) < 1e-3 && differences.contains { $0 > 0 })
        #expect(first.uniform() == second.uniform())
    }

    @Test func whatDoesNotFitIsRefusedWithWhatWould() throws {
        let small = Device(threads: 1, memoryLimit: 150_000)
        do {
            _ = try LanguageModel.load(GoldenData.path("hf2/llama2"), on: small)
            Issue.record("190 kB fit into 150 kB")
        } catch { #expect("\(error)".contains("storage=\"q8\" takes")) }
        let middling = Device(threads: 1, memoryLimit: 400_000)
        let model = try LanguageModel.load(GoldenData.path("hf2/llama2"), on: middling)
        do {
            try model.requireRoom(bytes: 16 * model.layout.count)
            Issue.record("760 kB fit into 400 kB")
        } catch { #expect("\(error)".contains("lora(m) moves adapters alone")) }
    }
}

extension FrozenWeights {
    /// The bits of the matrices; norms and biases, which stay in float32, aside.
    fileprivate var matrixBits: [[UInt32]] { parts.dropFirst().map { $0.memory.elements.map(\.bitPattern) } }
}
