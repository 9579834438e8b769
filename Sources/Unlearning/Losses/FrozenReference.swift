/// A frozen model that losses compare with, and what it says of batches: computed once, however often a step asks.
import Autodiff
import LanguageModels
import Tensors

public final class FrozenReference {
    public let model: LanguageModel
    /// What can be asked of it.
    private enum Output: Hashable {
        case tokenNLL
        case hidden(layer: Int)
    }
    /// The latest answers, newest last. A step asks of its forget and its retain batch, or of two versions of the
    /// former; the next step, of the same ones where the data are a single batch.
    private var known: [Output: [(batch: TokenBatch, answer: Tensor)]] = [:]
    private var predicted: [(batch: TokenBatch, positions: [Int32]?, answer: Predictions)] = []
    private static let most = 2

    /// The model as it is, cut off from any derivative.
    public init(_ model: LanguageModel) { self.model = model.detached }

    private func answer(_ output: Output, _ batch: TokenBatch, _ compute: () throws -> Tensor) throws -> Variable {
        if let answer = known[output]?.first(where: { $0.batch == batch })?.answer { return Variable(answer) }
        // Room first: what is dropped may be large.
        if let kept = known[output], kept.count >= Self.most { known[output]?.removeFirst() }
        let answer = try compute()
        known[output, default: []].append((batch, answer))
        return Variable(answer)
    }

    /// NLL of every labelled token [targets], row by row.
    public func tokenNLL(_ batch: TokenBatch) throws -> Variable {
        try answer(.tokenNLL, batch) { try model.tokenNLL(batch).value }
    }

    /// Summed NLL of each sequence [rows].
    public func sequenceNLL(_ batch: TokenBatch) throws -> Variable { try tokenNLL(batch).summedBySequence(of: batch) }

    /// What it says of the next token at some positions (row · time + t), at every one if `nil`: constants. Kept are the
    /// last hidden states, not the logits.
    public func predictions(_ batch: TokenBatch, _ positions: [Int32]?) throws -> Predictions {
        if let known = predicted.first(where: { $0.batch == batch && $0.positions == positions }) {
            return known.answer.unformed
        }
        if predicted.count >= Self.most { predicted.removeFirst() }
        let answer = try model.predictions(batch, positions)
        predicted.append((batch, positions, answer.unformed))
        return answer
    }

    /// Hidden states of a layer [rows, time, width]; see `LanguageModel.hiddenStates`.
    public func hiddenStates(_ batch: TokenBatch, layer: Int) throws -> Variable {
        try answer(.hidden(layer: layer), batch) { try model.hiddenStates(batch, layer: layer).value }
    }
}

extension LanguageModel {
    /// Complains where this model, the reference of a loss, reads token ids otherwise than the model that is compared
    /// with it.
    /// - Throws: `UnlearningError.strangeReference`.
    public func checkReadsAlike(_ model: LanguageModel, in loss: String) throws {
        switch model.readingDifference(from: self) {
        case nil: return
        case .vocabulary(let own, let other):
            throw UnlearningError.strangeReference(
                loss, "it knows \(other) tokens, and the model that it is compared with \(own)")
        case .tokenizer:
            throw UnlearningError.strangeReference(
                loss, "it has another tokenizer than the model, so that the same token ids are other texts to it")
        }
    }
}
