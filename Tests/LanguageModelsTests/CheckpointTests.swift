// Checkpoint folders: round trips, both generations of configurations, shards, and everything that can be wrong.

import Tokenizers
import Files
import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

@Suite struct CheckpointTests {
    let device = Device(threads: 1)

    func gpt(_ tokenizer: (any Tokenizer)? = nil, vocabulary: Int = 300) throws -> LanguageModel {
        var generator = RandomGenerator(seed: 1)
        let architecture = try Transformer.gpt2(vocabulary: vocabulary, context: 16, width: 8, layers: 2, heads: 2)
        return try LanguageModel(initializing: architecture, tokenizer: tokenizer, from: &generator, on: device)
    }

    func llama(tied: Bool) throws -> LanguageModel {
        var generator = RandomGenerator(seed: 2)
        let architecture = try Transformer.llama(
            vocabulary: 50, context: 16, width: 8, layers: 2, heads: 4, groups: 2, headWidth: 4, inner: 12,
            epsilon: 1e-5,
            theta: 5000, tied: tied, attentionBias: true, feedForwardBias: true, on: device)
        return try LanguageModel(initializing: architecture, from: &generator, on: device)
    }

    @Test func savedAndLoadedModelsAreEqualToTheBit() throws {
        let folder = try TemporaryFolder()
        let tokenizer = try BytePairEncoding.trained(on: ["to be or not to be"], vocabularySize: 260)
        for (name, model) in [
            ("gpt", try gpt(tokenizer)), ("tied", try llama(tied: true)), ("untied", try llama(tied: false)),
        ] {
            let path = folder.path + "/" + name
            try model.save(to: path)
            let loaded = try LanguageModel.load(path, on: device)
            #expect(loaded.weights.value.elements == model.weights.value.elements)
            #expect(loaded.layout == model.layout)
            // The configuration says the same of both.
            #expect(try ArchitectureConfiguration(loaded.architecture) == ArchitectureConfiguration(model.architecture))
            #expect(try loaded.tokenizer?.encode("to be") == model.tokenizer?.encode("to be"))
            // Saving again gives the same bytes.
            let before = try FileBytes.read(path + "/model.safetensors"),
                config = try FileBytes.read(path + "/config.json")
            try loaded.save(to: path)
            #expect(try FileBytes.read(path + "/model.safetensors") == before)
            #expect(try FileBytes.read(path + "/config.json") == config)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["gpt", "tied", "untied"])
        #expect(try CheckpointFolder(folder.path + "/gpt").marks.ends == [0])
    }

    @Test func halfPrecisionRoundsEveryWeight() throws {
        let folder = try TemporaryFolder()
        let model = try gpt()
        try model.save(to: folder.path + "/half", as: .float16)
        let loaded = try LanguageModel.load(folder.path + "/half", on: device)
        #expect(loaded.weights.value.elements == model.weights.value.elements.map { Float(Float16($0)) })
        #expect(try JSONNode(file: folder.path + "/half/config.json")["dtype"].string() == "float16")
    }

    @Test func savingKeepsWhatIsNotACheckpoint() throws {
        let folder = try TemporaryFolder()
        let model = try gpt()
        try folder.file("notes.txt", [65])
        #expect(
            throws: FileError(
                path: folder.path,
                message: """
                    this folder holds files but no checkpoint; choose a new or empty folder, so that nothing is mixed up
                    """
            )
        ) {
            try model.save(to: folder.path)
        }
        #expect(
            throws: FileError(
                path: folder.path + "/notes.txt",
                message: "there is a file of this name; choose another name for the folder")
        ) {
            try model.save(to: folder.path + "/notes.txt")
        }
        #expect(
            throws: FileError(
                path: folder.path + "/a/b", message: "the folder it is to lie in does not exist; create that first")
        ) {
            try model.save(to: folder.path + "/a/b")
        }
        #expect(folder.names == ["notes.txt"])
        // A model without a tokenizer takes the place of one with it: no tokenizer may stay.
        let path = folder.path + "/m"
        try gpt(try BytePairEncoding.trained(on: ["a"], vocabularySize: 257)).save(to: path + "/")
        try model.save(to: path)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: path).sorted() == [
                "config.json", "generation_config.json", "model.safetensors",
            ])
    }

    @Test func modelsThatDivergedAreNotSaved() throws {
        let folder = try TemporaryFolder()
        let model = try gpt()
        var weights = model.weights.value.elements
        weights[300 * 8 + 3] = .nan
        let broken = try model.with(weights: .init(try Tensor(weights, shape: [weights.count], on: device)))
        #expect(
            throws: FileError(
                path: folder.path + "/m",
                message: """
                    the tensor `transformer.wpe.weight` holds nan at element 3, so the model is not saved; go back to \
                    a step before it diverged
                    """
            )
        ) {
            try broken.save(to: folder.path + "/m")
        }
        #expect(folder.names == [])
    }

    /// Changes one saved file by hand and loads the folder.
    func load(_ model: LanguageModel, changing change: (String) throws -> Void) throws -> LanguageModel {
        let folder = try TemporaryFolder()
        try model.save(to: folder.path + "/m")
        try change(folder.path + "/m")
        return try LanguageModel.load(folder.path + "/m", on: device)
    }

    func rewrite(_ path: String, _ change: (inout [(String, [Int], [Float])]) -> Void) throws {
        let file = try SafetensorsFile(path + "/model.safetensors")
        var tensors = try file.tensors.map { ($0.key, $0.value.shape, try file.floats($0.key)) }
        change(&tensors)
        try write(tensors, to: path + "/model.safetensors", as: .float32)
    }

    @Test func namesOfOlderCheckpointsAreUnderstood() throws {
        let model = try gpt()
        let loaded = try load(model) { path in
            try rewrite(path) { tensors in
                tensors = tensors.map { (String($0.0.dropFirst("transformer.".count)), $0.1, $0.2) }
                tensors.append(("h.0.attn.bias", [1, 1, 2, 2], [1, 0, 1, 1]))
                tensors.append(("h.1.attn.masked_bias", [], [-1e4]))
                // The tied head a second time.
                if let head = tensors.first(where: { $0.0 == "wte.weight" }) {
                    tensors.append(("lm_head.weight", head.1, head.2))
                }
            }
        }
        #expect(loaded.weights.value.elements == model.weights.value.elements)
    }

    @Test func wrongTensorsAreNamedTogether() throws {
        do {
            _ = try load(try gpt()) { path in
                try rewrite(path) { tensors in
                    tensors.removeAll { $0.0.hasSuffix("ln_f.bias") }
                    tensors.append(("extra", [1], [0]))
                    if let i = tensors.firstIndex(where: { $0.0.hasSuffix("ln_f.weight") }) { tensors[i].1 = [2, 4] }
                }
            }
            Issue.record("wrong tensors were loaded")
        } catch {
            #expect(
                "\(error)".hasSuffix(
                    """
                    /m: the tensors do not fit config.json (missing: `transformer.ln_f.bias`; without a place: \
                    `extra`; of another shape: `transformer.ln_f.weight` is [2, 4] instead of [8]); check that both \
                    come from the same model
                    """
                ), "\(error)")
        }
        do {
            _ = try load(try gpt()) { path in
                try rewrite(path) { tensors in
                    for i in tensors.indices where tensors[i].0.hasSuffix("wte.weight") { tensors[i].2[9] = .infinity }
                }
            }
            Issue.record("infinite weights were loaded")
        } catch {
            #expect("\(error)".contains("the tensor `transformer.wte.weight` holds inf at element 9"), "\(error)")
        }
    }

    @Test func shardsAreReadThroughTheirIndex() throws {
        let model = try gpt()
        var path = ""
        let shard: (String) throws -> Void = { folder in
            path = folder
            let file = try SafetensorsFile(folder + "/model.safetensors")
            let tensors = try file.tensors.map { ($0.key, $0.value.shape, try file.floats($0.key)) }
            let half = tensors.count / 2
            try write(Array(tensors[..<half]), to: folder + "/model-00001-of-00002.safetensors", as: .float32)
            try write(Array(tensors[half...]), to: folder + "/model-00002-of-00002.safetensors", as: .float32)
            var map: JSON = [:]
            for (i, tensor) in tensors.enumerated() {
                map[tensor.0] = .string("model-0000\(i < half ? 1 : 2)-of-00002.safetensors")
            }
            try FileBytes.write(try (["weight_map": map] as JSON).text(), to: folder + "/model.safetensors.index.json")
            try FileManager.default.removeItem(atPath: folder + "/model.safetensors")
        }
        #expect(try load(model, changing: shard).weights.value.elements == model.weights.value.elements)
        do {
            _ = try load(model) {
                try shard($0)
                try FileManager.default.removeItem(atPath: $0 + "/model-00002-of-00002.safetensors")
            }
            Issue.record("a missing shard went unnoticed")
        } catch {
            #expect(
                "\(error)"
                    == """
                    \(path)/model-00002-of-00002.safetensors: this part of the checkpoint is missing, though \
                    model.safetensors.index.json names it; download or copy it again
                    """
            )
        }
        #expect(throws: JSONError.self) {
            try load(model) {
                try shard($0)
                try FileBytes.write(
                    #"{"weight_map": {"a": "../x.safetensors"}}"#, to: $0 + "/model.safetensors.index.json")
            }
        }
    }

    @Test func missingPiecesAreNamed() throws {
        let folder = try TemporaryFolder()
        #expect(throws: FileError(path: "/no/where", message: "there is no such folder; check the path")) {
            try CheckpointFolder("/no/where")
        }
        #expect(
            throws: FileError(
                path: folder.path,
                message: "there is no config.json in this folder; is it a checkpoint in Hugging Face layout?")
        ) {
            try CheckpointFolder(folder.path)
        }
        try FileBytes.write(#"{"model_type": "gpt2"}"#, to: folder.path + "/config.json")
        #expect(
            throws: FileError(
                path: folder.path,
                message: """
                    there is no model.safetensors (or model.safetensors.index.json) in this folder; is it a checkpoint?
                    """
            )
        ) {
            try CheckpointFolder(folder.path)
        }
        try folder.file("pytorch_model.bin", [1])
        #expect(
            throws: FileError(
                path: folder.path,
                message: """
                    there is no model.safetensors in this folder, only pytorch_model.bin, which is not read here; \
                    convert it: load it in transformers and save it with save_pretrained
                    """
            )
        ) {
            try CheckpointFolder(folder.path)
        }
    }

    @Test func tokenizersMustFitTheirModel() throws {
        do {
            _ = try load(try gpt(vocabulary: 100)) { path in
                try FileBytes.write(
                    try BytePairEncoding.trained(on: ["a"], vocabularySize: 257).fileContents(),
                    to: path + "/tokenizer.json")
            }
            Issue.record("a tokenizer with 257 tokens was taken for a model of 100")
        } catch {
            #expect(
                "\(error)".contains("the tokenizer does not fit the model: its largest token id is 256"), "\(error)")
        }
    }

    @Test func absurdSizesAreRefused() throws {
        do {
            _ = try load(try gpt()) { path in
                var config = try JSONNode(file: path + "/config.json").value
                config["n_layer"] = 1000
                config["n_embd"] = 4_194_304
                try FileBytes.write(try config.text(), to: path + "/config.json")
            }
            Issue.record("an absurd model was loaded")
        } catch {
            #expect("\(error)".contains("the tensors do not fit config.json"), "\(error)")
        }
    }

    @Test func foldersThatCannotBeWrittenAreNamed() throws {
        // The superuser may write into a closed folder, but no one into this one.
        #expect(throws: FileError.self) { try gpt().save(to: "/proc/m") }
        guard getuid() != 0 else { return }
        let folder = try TemporaryFolder()
        try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder.path)
        #expect(throws: FileError.self) { try gpt().save(to: folder.path + "/m") }
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path)
    }
}

@Suite struct FolderSwapTests {
    let device = Device(threads: 1)

    func model(_ vocabulary: Int) throws -> LanguageModel {
        var generator = RandomGenerator(seed: 1)
        return try LanguageModel(
            initializing: Transformer.gpt2(vocabulary: vocabulary, context: 4, width: 8, layers: 1, heads: 2),
            from: &generator,
            on: device)
    }

    @Test func whatIsNotOfTheCheckpointStays() throws {
        let folder = try TemporaryFolder(), path = folder.path + "/m"
        try model(5).save(to: path)
        try folder.file("m/notes.txt", [65])
        try FileManager.default.setAttributes([.posixPermissions: 0o750], ofItemAtPath: path)
        try model(6).save(to: path)
        #expect(try LanguageModel.load(path, on: device).architecture.vocabulary == 6)
        #expect(try FileBytes.read(path + "/notes.txt") == [65])
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o750)
        #expect(folder.names == ["m"])
        // A folder within cannot have a second name: the files are replaced one by one instead.
        try FileManager.default.createDirectory(atPath: path + "/inner", withIntermediateDirectories: false)
        try folder.file("m/inner/x", [66])
        try model(7).save(to: path)
        #expect(try LanguageModel.load(path, on: device).architecture.vocabulary == 7)
        #expect(try FileBytes.read(path + "/inner/x") == [66])
        #expect(folder.names == ["m"])
        // Through a link the folder itself is replaced, and the link stays.
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/l", withDestinationPath: "m")
        try model(8).save(to: folder.path + "/l")
        #expect(try LanguageModel.load(path, on: device).architecture.vocabulary == 8)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path + "/l") == "m")
    }

    @Test func leftoversOfKilledProcessesGo() throws {
        let folder = try TemporaryFolder(), path = folder.path + "/m"
        // Process numbers end at 4194304.
        try FileManager.default.createDirectory(
            atPath: folder.path + "/.m.partial-99999999-3", withIntermediateDirectories: false)
        try folder.file(".m.partial-99999999-3/config.json", [65])
        // Whoever writes holds a lock, whatever number its process has here.
        let living = open(try folder.file(".m.partial-1-1", [65]), O_RDONLY)
        defer { close(living) }
        #expect(flock(living, LOCK_EX | LOCK_NB) == 0)
        try folder.file(".m.partial-\(getpid())-1", [65])  // of a process that had our number in another container
        try folder.file(".n.partial-99999999-3", [65])  // of another folder
        try model(5).save(to: path)
        #expect(folder.names == [".m.partial-1-1", ".n.partial-99999999-3", "m"])
        try folder.file("m/.config.json.partial-99999999-1", [65])
        try model(6).save(to: path)
        #expect(!FileBytes.exists(path + "/.config.json.partial-99999999-1"))
    }
}
