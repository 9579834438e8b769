/// A language model as a point: an architecture, and all its weights in one flat vector.
import Tokenizers
import Autodiff
import Tensors

public struct LanguageModel {
    public let architecture: any Architecture
    public let layout: ParameterLayout
    /// All weights, in the layout's order; a leaf or an expression while a derivative is taken.
    public let weights: Variable
    /// Turns text into token ids; `nil` for models of bare token ids.
    public let tokenizer: (any Tokenizer)?
    /// What stands around every question the model is asked.
    public var prompting: Prompting
    /// The token ids that its configuration marks: what a folder said that it was loaded from.
    public var marks = ModelMarks()
    /// The folder it was loaded from, as adapters of it name it.
    public var source: String?
    /// Whether derivatives keep of each block only what goes into it, and compute the rest again: less memory for a third
    /// more time, and the same bits.
    public var recomputes = false

    /// - Throws: when the number of weights is not the architecture's, or the tokenizer knows more tokens than the
    ///   model.
    public init(
        _ architecture: any Architecture, layout: ParameterLayout? = nil, weights: Variable,
        tokenizer: (any Tokenizer)? = nil, prompting: Prompting = Prompting()
    ) throws {
        if let misfit = tokenizer?.misfit(vocabulary: architecture.vocabulary) {
            throw ModelError.invalidArchitecture(misfit)
        }
        self.architecture = architecture
        self.tokenizer = tokenizer
        self.prompting = prompting
        self.layout = layout ?? ParameterLayout(architecture.parameterShapes)
        guard weights.shape == [self.layout.count] else {
            throw ModelError.invalidArchitecture(
                "\(weights.value.count) weights do not fit an architecture with \(self.layout.count)")
        }
        self.weights = weights
    }

    /// A fresh model with random weights.
    public init(
        initializing architecture: any Architecture, tokenizer: (any Tokenizer)? = nil,
        from generator: inout RandomGenerator, on device: Device
    ) throws {
        let layout = ParameterLayout(architecture.parameterShapes)
        // Weights, gradient, and a state twice that size are the least a training needs.
        try ModelError.refusingTooLarge(architecture, as: .float32) {
            try device.require(bytes: layout.count * MemoryLayout<Float>.stride)
        }
        // A user who stops it leaves the generator where it was.
        var drawing = generator
        let flat = try Tensor(shape: [layout.count], on: device) { buffer in
            for (name, entry) in layout.entries {
                let part = UnsafeMutableBufferPointer(
                    rebasing: buffer[entry.offset..<(entry.offset + entry.count)])
                try architecture.initialization(name).fill(part, from: &drawing, on: device)
            }
        }
        generator = drawing
        try self.init(architecture, layout: layout, weights: Variable(flat), tokenizer: tokenizer)
    }

    public var device: Device { weights.device }

    /// The same model at another point.
    /// - Throws: `ModelError.frozen` where a derivative is to follow weights that are all frozen.
    public func with(weights: Variable) throws -> LanguageModel {
        if weights.isTracked { try checkMoves() }
        var model = try LanguageModel(
            architecture, layout: layout, weights: weights, tokenizer: tokenizer, prompting: prompting)
        (model.marks, model.source, model.recomputes) = (marks, source, recomputes)
        return model
    }

    /// Whether the same stands around both models' questions.
    public func isAsked(like other: LanguageModel) -> Bool { prompting == other.prompting }

    /// The same model, asked in another form.
    public func with(prompting: Prompting) -> LanguageModel {
        var model = self
        model.prompting = prompting
        return model
    }

    /// The same with plain weights, cut off from any derivative.
    public var detached: LanguageModel {
        (try? with(weights: weights.detached)) ?? self
    }

    /// Runs the batch: hidden states at `positions`, all if `nil`.
    private func hidden(
        _ batch: TokenBatch, positions: [Int32]?, apart: Bool
    ) throws -> (states: Variable, weights: Weights) {
        let shared = Weights(of: self, weights)
        let pass = try ForwardPass(
            shared, ids: batch.ids(below: architecture.vocabulary), rows: batch.rows, time: batch.time,
            architecture: architecture,
            lengths: batch.paddedLengths, apart: apart)
        pass.recomputes = recomputes
        let states = try architecture.hidden(pass)
        return (try positions.map { try states.gather($0) } ?? states, shared)
    }

    /// Runs the batch, and turns hidden states at `positions` (all if `nil`) into logits.
    private func run(_ batch: TokenBatch, positions: [Int32]?) throws -> Variable {
        let (states, shared) = try hidden(batch, positions: positions, apart: false)
        return try architecture.logits(states, shared).asNetworkOutput()
    }

    /// What the model says of the next token at chosen positions (row · time + t), all if `nil`: [positions,
    /// vocabulary], for losses that need a number of each.
    /// - Parameter apart: with no row shared among sequences, so that their gradients can be told apart.
    public func predictions(_ batch: TokenBatch, _ positions: [Int32]?, apart: Bool = false) throws -> Predictions {
        let (states, shared) = try hidden(batch, positions: positions, apart: apart)
        if let head = try architecture.headLogits(states, shared) { return Predictions(.head(head)) }
        return Predictions(.logits(try architecture.logits(states, shared).asNetworkOutput()))
    }

    /// Logits [rows, time, vocabulary].
    public func logits(_ batch: TokenBatch) throws -> Variable {
        try run(batch, positions: nil).reshaped([batch.rows, batch.time, architecture.vocabulary])
    }

    /// Negative log-likelihood of every labelled token [number of labels ≥ 0], row by row. Logits are computed for
    /// those positions only.
    public func tokenNLL(_ batch: TokenBatch) throws -> Variable {
        let (positions, targets) = batch.targets
        guard !targets.isEmpty else { throw ModelError.nothingToPredict }
        return try predictions(batch, positions).crossEntropy(targets)
    }

    /// Logits [positions, vocabulary] at chosen positions (row · time + t).
    public func targetLogits(_ batch: TokenBatch, _ positions: [Int32]) throws -> Variable {
        try run(batch, positions: positions)
    }

    /// Mean of `tokenNLL`: what Hugging Face calls the loss.
    public func nll(_ batch: TokenBatch) throws -> Variable { try tokenNLL(batch).mean() }

    /// Summed NLL of each sequence [rows].
    public func sequenceNLL(_ batch: TokenBatch) throws -> Variable {
        try tokenNLL(batch).summedBySequence(of: batch)
    }
}

extension Variable {
    /// What belongs to a batch's labelled tokens [targets], summed for each sequence [rows].
    public func summedBySequence(of batch: TokenBatch) throws -> Variable {
        let owners = batch.targetCounts.enumerated().flatMap { [Int32](repeating: Int32($0), count: $1) }
        return try scatteredSum(owners, count: batch.rows)
    }
}
