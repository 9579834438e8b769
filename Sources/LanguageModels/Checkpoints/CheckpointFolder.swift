// A model in a folder as Hugging Face lays it out: configuration, tokenizer and weights.

import Tokenizers
import Files
import Autodiff
import Glibc
import Tensors

/// An opened checkpoint folder: the configuration and the tokenizer are read, the weights wait in their files.
public struct CheckpointFolder: Sendable {
    /// The path as the user gave it.
    public let path: String
    public let configuration: ArchitectureConfiguration
    /// What is worth saying of it, though it can be read.
    public let remarks: [String]
    /// Nil for a folder without `tokenizer.json`, whose model reads bare token ids.
    public let tokenizer: (any Tokenizer)?
    /// The special ids that `config.json` and `generation_config.json` name.
    public let marks: ModelMarks
    let tensors: CheckpointTensors

    /// Opens a folder and checks everything but the numbers.
    /// - Parameters:
    ///   - architectures: those that are known.
    ///   - tokenizerSteps: the steps of tokenizers that are known.
    public init(
        _ path: String, architectures: [any ModelConfiguration.Type] = ArchitectureList.all,
        tokenizerSteps: TokenizerSteps = TokenizerSteps()
    ) throws {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        guard FileBytes.isFolder(path) else {
            if FileBytes.exists(path) {
                throw FileError(
                    path: path,
                    message:
                        "this is a file, not a folder; give the folder that holds config.json and model.safetensors")
            }
            if FileBytes.brokenLink(path) != nil { throw FileError.system(path, ENOENT, trying: "reading") }
            throw FileError(path: path, message: "there is no such folder; check the path")
        }
        guard FileBytes.exists(path + "/config.json") else {
            try CheckpointFolder.explainMissingConfiguration(path)
            throw FileError(
                path: path,
                message: "there is no config.json in this folder; is it a checkpoint in Hugging Face layout?")
        }
        self.path = path
        let written = try ArchitectureConfiguration(file: path + "/config.json", among: architectures)
        tokenizer = try TokenizerFile.read(folder: path, among: tokenizerSteps)
        let generation = path + "/generation_config.json"
        marks = ModelMarks(
            configuration: written.special,
            generation: FileBytes.exists(generation) ? try SpecialIds(JSONNode(file: generation)) : nil)
        tensors = try CheckpointTensors(folder: path)
        (configuration, remarks) = try CheckpointFolder.withItsHead(written, tensors)
    }

    /// As in transformers, a head that is stored beside the embeddings and differs from them is not tied to them,
    /// whatever the configuration says.
    private static func withItsHead(
        _ written: ArchitectureConfiguration, _ tensors: CheckpointTensors
    ) throws -> (ArchitectureConfiguration, remarks: [String]) {
        let model = written.model, stored = CheckpointNames.unwrapped(tensors)
        func find(_ name: String) -> String? { model.storedNames(name).lazy.compactMap { stored[$0] }.first }
        guard let name = model.tiedEmbedding, let embedding = find(name), let head = find(CheckpointNames.head),
            let own = model.withOwnHead(), try !tensors.areEqual(embedding, head)
        else { return (written, []) }
        return (
            ArchitectureConfiguration(own),
            [
                """
                config.json ties the head to the token embeddings (tie_word_embeddings), but `\(head)` differs from \
                `\(embedding)`: the model keeps a head of its own
                """
            ]
        )
    }

    /// What a folder is that has no `config.json`, where that can be told.
    private static func explainMissingConfiguration(_ path: String) throws {
        if FileBytes.brokenLink(path + "/config.json") != nil {
            throw FileError.system(path + "/config.json", ENOENT, trying: "reading")
        }
        if FileBytes.exists(path + "/adapter_config.json") {
            let base = try? JSONNode(file: path + "/adapter_config.json")["base_model_name_or_path"].string()
            throw FileError(
                path: path,
                message: """
                    this folder holds an adapter\(base.map { " (peft) of \($0)" } ?? " (peft)"), not a whole model; \
                    give it its model: load("\(path)", base=load("…"))
                    """)
        }
        // What a download of a repository, a training or a cache of Hugging Face has one level down.
        let inside = (FolderSwap.entries(of: path) ?? []).sorted().filter {
            FileBytes.exists("\(path)/\($0)/config.json")
        }
        if let first = inside.first {
            throw FileError(
                path: path,
                message: """
                    there is no config.json in this folder, but one in \(path)/\(inside.last ?? first); give that folder
                    """
            )
        }
        if FileBytes.exists(path + "/snapshots") || FileBytes.exists(path + "/blobs") {
            throw FileError(
                path: path,
                message: "this is a folder of Hugging Face's cache; give one of the folders in \(path)/snapshots")
        }
        if let file = (FolderSwap.entries(of: path) ?? []).sorted().first(where: { $0.hasSuffix(".gguf") }) {
            throw FileError(
                path: path,
                message: "there is no config.json in this folder; load(\"\(path)/\(file)\") reads the GGUF file")
        }
        if FileBytes.exists(path + "/params.json") {
            throw FileError(
                path: path,
                message:
                    "this is a model in Meta's own layout (params.json); download it in Hugging Face layout instead")
        }
    }

    /// Reads all parameters as float32.
    /// - Parameters:
    ///   - shapes: the parameters an architecture of this configuration has, with `transformer.` or `model.` in front.
    ///   - target: memory for the parameter of that name; called once for each, in order.
    /// - Throws: `FileError` naming tensors that are missing, unexpected, of another shape, or hold NaN or infinities.
    public func read(
        _ shapes: [(name: String, shape: [Int])], into target: (String) -> UnsafeMutableBufferPointer<Float>
    ) throws {
        let sources = try check(shapes).sources
        for (name, _) in shapes {
            guard let source = sources[name], let file = tensors.file(of: source) else { continue }
            try file.read(source, into: target(name), finite: true)
        }
    }

    /// The checkpoint's names for the parameters; every tensor must have its place and its shape.
    @discardableResult
    func check(_ shapes: [(name: String, shape: [Int])]) throws -> CheckpointNames {
        try CheckpointNames(tensors, configuration.model, shapes, path: path)
    }

    /// The same, and what is left out of the folder.
    public func remarks(on architecture: any Architecture) throws -> [String] {
        remarks + (try check(architecture.parameterShapes).remarks)
    }
}

extension LanguageModel {
    /// The model in a checkpoint folder; weights in float16 or bfloat16 become float32.
    public static func load(_ path: String, on device: Device) throws -> LanguageModel {
        try load(CheckpointFolder(path), on: device)
    }

    /// - Parameter storage: how weights are held; in another type than float32 they are frozen.
    public static func load(
        _ folder: CheckpointFolder, as storage: StorageType = .float32, on device: Device
    ) throws -> LanguageModel {
        if let misfit = folder.tokenizer?.misfit(vocabulary: folder.configuration.vocabulary) {
            throw FileError(path: folder.path, message: misfit)
        }
        let architecture = try folder.configuration.architecture(on: device)
        if storage != .float32 { return try frozen(folder, architecture, as: storage, on: device) }
        let shapes = architecture.parameterShapes
        let layout = ParameterLayout(shapes)
        try folder.check(shapes)
        try ModelError.refusingTooLarge(architecture, as: .float32) {
            try device.require(bytes: layout.count * MemoryLayout<Float>.stride)
        }
        let weights = try Tensor(shape: [layout.count], on: device) { flat in
            try folder.read(shapes) { name in
                guard let entry = layout.entries[name] else { return UnsafeMutableBufferPointer(start: nil, count: 0) }
                return UnsafeMutableBufferPointer(rebasing: flat[entry.offset..<(entry.offset + entry.count)])
            }
        }
        var model = try LanguageModel(
            architecture, layout: layout, weights: Variable(weights), tokenizer: folder.tokenizer)
        (model.marks, model.source) = (folder.marks, folder.path)
        return model
    }

    /// Saves the model as a checkpoint folder that transformers reads; of a model with adapters these alone, as a folder
    /// that peft reads.
    /// - Throws: `FileError` where the folder cannot be written, holds something else, or a weight is not finite.
    public func save(to path: String, as type: ElementType = .float32) throws {
        if let adapted, !adapted.adapters.isEmpty { return try saveAdapters(adapted, to: path, as: type) }
        let end = tokenizer?.endOfText
        let configuration = try ArchitectureConfiguration(
            wholeArchitecture,
            special: marks.configuration ?? SpecialIds(beginning: end, ends: end.map { [$0] } ?? []))
        let weights = SavedWeights(of: self)
        let tensors = weights.layout.entries.map { name, entry in
            NamedTensor(name: configuration.model.storedNames(name).first ?? name, shape: entry.shape) { body in
                try weights.pieces(name, body)
            }
        }
        try CheckpointFolder.write(
            path, configuration, generation: marks.generation, tokenizer: tokenizer, tensors: tensors, as: type)
    }
}
