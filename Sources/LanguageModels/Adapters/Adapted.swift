/// A transformer whose own weights are frozen; its adapters are what moves.
import Autodiff
import Tensors

/// An architecture whose parameters are the adapters' alone; without any, a model that only reads and writes.
public struct Adapted: Architecture {
    public let base: Transformer
    public let frozen: FrozenWeights
    public let adapters: [Adapter]
    /// How the adapters were made; `nil` where there are none.
    public let configuration: LoRAConfiguration?
    private let byWeight: [String: Adapter]

    /// - Throws: `AdapterError` where the configuration does not fit.
    public init(_ base: Transformer, _ frozen: FrozenWeights, _ configuration: LoRAConfiguration? = nil) throws {
        self.base = base
        self.frozen = frozen
        self.configuration = configuration
        adapters = try configuration?.adapters(of: base) ?? []
        byWeight = Dictionary(adapters.map { ($0.weight, $0) }) { first, _ in first }
    }

    /// What is added to the linear layer with that weight.
    func adapter(of weight: String) -> Adapter? { byWeight[weight] }

    public var kind: String { base.kind }
    public var vocabulary: Int { base.vocabulary }
    public var context: Int { base.context }
    public var layers: Int { base.layers }
    public var width: Int { base.width }
    public var heads: Int { base.heads }
    public var groups: Int { base.groups }
    public var headWidth: Int { base.headWidth }
    public var headName: String { base.headName }
    public var fixedPositions: Int? { base.fixedPositions }
    public var cachedPositions: Int? { base.cachedPositions }
    public var parameterShapes: [(name: String, shape: [Int])] { adapters.flatMap(\.shapes) }

    /// As in peft: A as PyTorch's `Linear` begins (Kaiming, uniform in ±1/√in), B zero.
    public func initialization(_ name: String) -> ParameterInitialization {
        guard let adapter = adapters.first(where: { $0.a == name }) else { return .constant(0) }
        return .uniform(1 / Float(adapter.inputs).squareRoot())
    }

    public func hidden(_ pass: ForwardPass) throws -> Variable { try base.hidden(pass) }
    public func logits(_ hidden: Variable, _ weights: Weights) throws -> Variable {
        try base.logits(hidden, weights)
    }
    public func headLogits(_ hidden: Variable, _ weights: Weights) throws -> HeadLogits? {
        try base.headLogits(hidden, weights)
    }

    public func configuration(special: SpecialIds) throws -> any ModelConfiguration {
        throw ModelError.invalidArchitecture(
            "a model whose weights are frozen is no checkpoint of its own; write merge(m) for a plain model")
    }
}

extension LanguageModel {
    /// Its architecture where its own weights are frozen; `nil` for a model all of whose weights may move.
    public var adapted: Adapted? { architecture as? Adapted }

    /// The transformer that it is or that its adapters are added to; `nil` for other architectures.
    public var transformer: Transformer? { architecture as? Transformer ?? adapted?.base }

    /// Its architecture as a checkpoint of the whole model has it: without adapters.
    public var wholeArchitecture: any Architecture { adapted?.base ?? architecture }

    /// - Throws: `ModelError.frozen` where there is nothing that could move.
    public func checkMoves() throws {
        if let adapted, adapted.adapters.isEmpty { throw ModelError.frozen }
    }

    /// Refuses a job that moves all of its weights and does not fit into memory, and says what would.
    public func requireRoom(bytes: Int) throws {
        do {
            try device.require(bytes: bytes)
        } catch TensorError.outOfMemory(let needed, let available) {
            guard adapted == nil, let transformer, let adapters = bytesOfDefaultAdapters else {
                throw TensorError.outOfMemory(needed: needed, available: available)
            }
            let shrunk = FrozenWeights.bytes(of: transformer, as: .bfloat16)
            throw ModelError.tooLargeToMove(
                weights: layout.count, needed: needed, available: available,
                adapters: adapters, frozen: shrunk)
        }
    }

    /// Bytes that a run of adapters of rank 8 beside queries and values takes for what moves.
    public var bytesOfDefaultAdapters: Int? {
        guard let transformer else { return nil }
        let configuration = LoRAConfiguration(targets: .names(transformer.queriesAndValues))
        let adapters = try? configuration.adapters(of: transformer)
        return adapters.map { 16 * $0.reduce(0) { $0 + $1.rank * ($1.inputs + $1.outputs) } }
    }

    /// About how many bytes a gradient keeps of each token on its way: what goes into and comes out of the layers of
    /// each block, and the logits with their gradient.
    public var bytesPerToken: Int {
        let inner = transformer?.blocks.first.map { $0.feedForward.projections.output.inputs } ?? 4 * architecture.width
        let heads = (architecture.heads + 2 * architecture.groups) * architecture.headWidth
        return 4
            * (architecture.layers * (8 * architecture.width + 2 * heads + 4 * inner) + 2 * architecture.vocabulary)
    }

    /// The same model with its weights frozen and fresh adapters beside them, which change nothing yet.
    /// - Throws: `AdapterError` where it has adapters already, is no transformer of blocks, or where the configuration
    ///   does not fit it.
    public func adapted(
        _ configuration: LoRAConfiguration, from generator: inout RandomGenerator
    ) throws -> LanguageModel {
        let (base, frozen) = try frozenBase()
        var model = try LanguageModel(
            initializing: Adapted(base, frozen, configuration), tokenizer: tokenizer, from: &generator, on: device)
        (model.prompting, model.marks, model.source) = (prompting, marks, source)
        model.recomputes = recomputes
        return model
    }

    /// What adapters are added to.
    func frozenBase() throws -> (Transformer, FrozenWeights) {
        if let adapted {
            guard adapted.adapters.isEmpty else { throw AdapterError.alreadyAdapted }
            return (adapted.base, adapted.frozen)
        }
        guard let base = architecture as? Transformer else { throw AdapterError.noTransformer(architecture.kind) }
        return (base, try FrozenWeights(layout, try weights.constant("the weights that adapters are added to")))
    }

    /// A plain model that computes the same: W + s B A in the place of each adapted weight, all in float32. A model
    /// without frozen weights is returned as it is.
    public func merged() throws -> LanguageModel {
        guard let adapted else { return self }
        let layout = adapted.frozen.layout, values = try weights.constant("the adapters that are merged")
        try device.require(bytes: layout.count * MemoryLayout<Float>.stride)
        let merged = try adapted.frozen.widened()
        for adapter in adapted.adapters {
            guard let a = self.layout.tensor(adapter.a, of: values), let b = self.layout.tensor(adapter.b, of: values),
                let entry = layout.entries[adapter.weight]
            else { throw ModelError.noParameter(adapter.weight) }
            // [out, in], or its transpose.
            let change =
                adapter.isTransposed
                ? try b.matrixProduct(a) : try a.matrixProduct(b, transposed: true, otherTransposed: true)
            merged.accumulate(change, times: adapter.scale, at: entry.offset)
        }
        var model = try LanguageModel(
            adapted.base, layout: layout, weights: Variable(merged), tokenizer: tokenizer, prompting: prompting)
        (model.marks, model.recomputes) = (marks, recomputes)
        return model
    }
}

extension Tensor {
    /// Adds a multiple of another one to the elements from `start` on; only for tensors nobody else sees.
    fileprivate func accumulate(_ other: Tensor, times factor: Float, at start: Int) {
        other.withElements { source in
            withWritable { target in
                for i in source.indices { target[start + i] += factor * source[i] }
            }
        }
    }
}
