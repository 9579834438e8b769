// Checkpoints whose weights are read without becoming float32.

import Autodiff
import Files
import Tensors
import Tokenizers

/// The tensors of a folder by an architecture's names.
private struct CheckpointSource: WeightSource {
    let tensors: CheckpointTensors
    let names: CheckpointNames

    private func located(_ name: String) throws -> (file: SafetensorsFile, name: String) {
        guard let source = names.sources[name], let file = tensors.file(of: source) else {
            throw ModelError.noParameter(name)
        }
        return (file, source)
    }

    func read(_ name: String, into target: UnsafeMutableBufferPointer<Float>) throws {
        let (file, source) = try located(name)
        try file.read(source, into: target, finite: true)
    }

    func read(_ name: String, as type: StorageType, into target: UnsafeMutableRawBufferPointer) throws -> Bool {
        let (file, source) = try located(name)
        switch type {
        case .bfloat16: return try file.readBytes(source, of: .bfloat16, into: target)
        case .float16: return try file.readBytes(source, of: .float16, into: target)
        default: return false
        }
    }
}

extension LanguageModel {
    /// The model in a folder with its weights frozen, held in a storage type.
    static func frozen(
        _ folder: CheckpointFolder, _ architecture: any Architecture, as storage: StorageType, on device: Device
    ) throws -> LanguageModel {
        let source = CheckpointSource(tensors: folder.tensors, names: try folder.check(architecture.parameterShapes))
        var model = try frozen(architecture, as: storage, from: source, tokenizer: folder.tokenizer, on: device)
        (model.marks, model.source) = (folder.marks, folder.path)
        return model
    }

    /// A model of an architecture with its weights frozen, read one parameter at a time and held in a storage type.
    /// - Throws: `ModelError` for an architecture that is not made of blocks, and where memory does not do.
    static func frozen(
        _ architecture: any Architecture, as storage: StorageType, from source: some WeightSource,
        tokenizer: (any Tokenizer)?, on device: Device
    ) throws -> LanguageModel {
        guard let base = architecture as? Transformer else {
            throw ModelError.invalidArchitecture(
                "models of the architecture \(architecture.kind) are held as f32 only: they are not made of blocks")
        }
        return try ModelError.refusingTooLarge(base, as: storage) {
            try LanguageModel(
                frozen: FrozenWeights(of: base, as: storage, from: source, on: device), of: base, tokenizer: tokenizer)
        }
    }

    /// A model whose weights are all frozen.
    public init(frozen: FrozenWeights, of base: Transformer, tokenizer: (any Tokenizer)? = nil) throws {
        try self.init(
            Adapted(base, frozen), weights: Variable(Tensor.zeros([0], on: frozen.device)), tokenizer: tokenizer)
    }

    /// A fresh model with random weights, frozen in a storage type: those of the model in float32 that is made of the
    /// same generator, rounded.
    public init(
        initializing base: Transformer, as storage: StorageType, tokenizer: (any Tokenizer)? = nil,
        from generator: inout RandomGenerator, on device: Device
    ) throws {
        let source = RandomSource(base, generator, device)
        let frozen = try ModelError.refusingTooLarge(base, as: storage) {
            try FrozenWeights(of: base, as: storage, from: source, on: device)
        }
        generator = source.generator
        try self.init(frozen: frozen, of: base, tokenizer: tokenizer)
    }
}

/// Numbers as an architecture's parameters begin.
private final class RandomSource: WeightSource {
    private let base: Transformer
    private let device: Device
    private(set) var generator: RandomGenerator

    init(_ base: Transformer, _ generator: RandomGenerator, _ device: Device) {
        self.base = base
        self.generator = generator
        self.device = device
    }

    func read(_ name: String, into target: UnsafeMutableBufferPointer<Float>) throws {
        try base.initialization(name).fill(target, from: &generator, on: device)
    }

    func read(_: String, as _: StorageType, into _: UnsafeMutableRawBufferPointer) -> Bool { false }
}

extension ParameterInitialization {
    /// Draws a parameter's numbers: those that the generator gives one after the other, on all threads.
    func fill(
        _ target: UnsafeMutableBufferPointer<Float>, from generator: inout RandomGenerator, on device: Device
    ) throws {
        guard let base = target.baseAddress else { return }
        let numbers = Part(base: base), seed = generator.seed, start = generator.position
        /// The numbers of a part, of which each takes so many words of the generator.
        func draw(_ words: Int, _ next: (inout RandomGenerator) -> Float) throws {
            // In pieces, between which the user may stop it.
            let piece = 1 << 24
            for first in stride(from: 0, to: target.count, by: piece) {
                try device.cancellation.check()
                device.forEachBlock(min(piece, target.count - first)) { offset, count in
                    let place = first + offset
                    var own = RandomGenerator(seed: seed, position: start &+ UInt64(words * place))
                    for i in place..<(place + count) { numbers.base[i] = next(&own) }
                }
            }
            generator = RandomGenerator(seed: seed, position: start &+ UInt64(words * target.count))
        }
        switch self {
        case .constant(let value): for i in target.indices { target[i] = value }
        case .normal(let deviation): try draw(2) { Float($0.normal()) * deviation }
        case .uniform(let bound): try draw(1) { Float(2 * $0.uniform() - 1) * bound }
        }
    }

    /// Memory of which each block is written by one thread.
    private struct Part: @unchecked Sendable {
        let base: UnsafeMutablePointer<Float>
    }
}
