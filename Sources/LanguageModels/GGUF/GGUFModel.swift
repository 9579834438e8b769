/// A whole model in a GGUF file: its configuration, its tokenizer and its weights.
import Autodiff
import Files
import Tensors
import Tokenizers

/// An opened GGUF file with a model: configuration and tokenizer are read, the weights wait in the file.
public struct GGUFModel {
    /// The path as the user gave it.
    public let path: String
    /// As the Hugging Face folder of the model would have it.
    public let configuration: ArchitectureConfiguration
    /// Nil for a file without one, whose model reads bare token ids.
    public let tokenizer: (any Tokenizer)?
    public let marks: ModelMarks
    /// What is worth saying, though the model can be read.
    public let remarks: [String]
    private let file: GGUFFile
    private let form: GGUFForm

    /// The key under which Lethe keeps special ids that GGUF has no place for.
    static let marksKey = "lethe.special_ids"

    /// Opens a file and checks everything but the numbers.
    /// - Parameters:
    ///   - architectures: those that are known.
    ///   - tokenizerSteps: the steps of tokenizers that are known.
    public init(
        _ path: String, architectures: [any ModelConfiguration.Type] = ArchitectureList.all,
        tokenizerSteps: TokenizerSteps = TokenizerSteps()
    ) throws {
        self.path = path
        file = try GGUFFile(path)
        form = try GGUFForm.of(file)
        let described = try GGUFTokenizer(file.metadata, origin: path, among: tokenizerSteps)
        tokenizer = described.tokenizer
        remarks = described.remarks

        var members: NamedValues<JSON> = ["model_type": .string(form.modelType)]
        guard let embedding = file.tensors[GGUFNames.embedding], embedding.shape.count == 2 else {
            throw FileError(
                path: path,
                message: """
                    the tensor `\(GGUFNames.embedding)`, the token embeddings, is missing or no matrix; download or \
                    convert the file again
                    """)
        }
        members["vocab_size"] = .integer(embedding.shape[0])
        let hasHead = file.tensors[GGUFNames.head] != nil
        members["tie_word_embeddings"] = .bool(
            try !hasHead || file.areSame(GGUFNames.head, GGUFNames.embedding))
        let settings = GGUFSettings(file, form)
        for key in form.keys { try key.read(settings, &members) }
        var marks = ModelMarks(described: described)
        for (key, value) in marks.configuration?.json ?? [] { members.updateValue(value, forKey: key) }
        configuration = try ArchitectureConfiguration(
            JSONNode(.object(members), origin: path), among: architectures)
        if let kept = file.metadata[Self.marksKey]?.string {
            marks = try ModelMarks(JSONNode(JSON(parsing: Array(kept.utf8), origin: path), origin: path))
        }
        self.marks = marks
    }

    /// The tensors for an architecture of this configuration; every tensor must have its place and its shape.
    fileprivate func tensors(of architecture: any Architecture) throws -> GGUFTensors {
        try GGUFTensors(file, form, architecture, isTied: configuration.model.tiedEmbedding != nil)
    }
}

/// The tensors of a file one at a time, so that no more than one is there in float32.
private struct GGUFSource: WeightSource {
    let tensors: GGUFTensors
    let device: Device

    func read(_ name: String, into target: UnsafeMutableBufferPointer<Float>) throws {
        try tensors.read(on: device) { $0 == name ? target : UnsafeMutableBufferPointer(start: nil, count: 0) }
    }
    func read(_ name: String, as type: StorageType, into target: UnsafeMutableRawBufferPointer) throws -> Bool { false }
    func isTurned(_ name: String) -> Bool { tensors.isTurned(name) }
    func readTurned(_ name: String, into target: UnsafeMutableBufferPointer<Float>) throws {
        try tensors.readTurned(name, into: target)
    }
}

extension LanguageModel {
    /// The model in a GGUF file; weights of all formats become float32, or are frozen and held in fewer bits.
    public static func load(
        _ source: GGUFModel, as storage: StorageType = .float32, on device: Device
    ) throws -> LanguageModel {
        if let misfit = source.tokenizer?.misfit(vocabulary: source.configuration.vocabulary) {
            throw FileError(path: source.path, message: misfit)
        }
        let architecture = try source.configuration.architecture(on: device)
        let tensors = try source.tensors(of: architecture)
        if storage != .float32 {
            var model = try frozen(
                architecture, as: storage, from: GGUFSource(tensors: tensors, device: device),
                tokenizer: source.tokenizer, on: device)
            model.marks = source.marks
            return model
        }
        let layout = ParameterLayout(architecture.parameterShapes)
        try device.require(bytes: layout.count * MemoryLayout<Float>.stride)
        let weights = try Tensor(shape: [layout.count], on: device) { flat in
            try tensors.read(on: device) { name in
                guard let entry = layout.entries[name] else { return UnsafeMutableBufferPointer(start: nil, count: 0) }
                return UnsafeMutableBufferPointer(rebasing: flat[entry.offset..<(entry.offset + entry.count)])
            }
        }
        var model = try LanguageModel(
            architecture, layout: layout, weights: Variable(weights), tokenizer: source.tokenizer)
        model.marks = source.marks
        return model
    }
}
