/// How far the predictions of two models are from each other.
import Autodiff
import Datasets
import Glibc
import LanguageModels
import Tensors

public enum PredictionDivergence {
    /// The mean over tokens to predict of KL(other ‖ model), in nats: of shape [], and what derivatives with respect to
    /// either model follow, where there are any.
    /// - Throws: `MetricError` where the models do not predict the same things, or there is nothing to predict.
    public static func of(
        _ model: LanguageModel, from other: LanguageModel, on batches: [TokenBatch]
    ) throws -> Variable {
        let isFollowed = model.weights.isTracked || other.weights.isTracked
        var sum = 0.0, followed: Variable?, count = 0
        try eachPrediction(model, other, batches) { own, target in
            count += own.shape[0]
            if isFollowed {
                let part = try (target.apply(.exp) * (target - own)).sum()
                followed = try followed.map { try $0 + part } ?? part
            } else {
                sum += divergence(target.value, own.value)
            }
        }
        if let followed { return try Float(1 / Double(count)) * followed }
        return Variable(try Tensor(scalar: Float(sum / Double(count)), on: model.device))
    }

    /// The mean over answer tokens of KL(other ‖ model), in nats, without derivatives. Zero only for models that
    /// predict the same.
    /// - Throws: as above, and for models that a derivative follows.
    public static func of(_ model: LanguageModel, from other: LanguageModel, on set: QuestionSet) throws -> Double {
        _ = try model.weights.constant("a model that is compared")
        _ = try other.weights.constant("a model that is compared")
        let sequences = try model.answerEncoder().sequences(set)
        guard !sequences.isEmpty else {
            throw MetricError("the set \"\(set.name)\" has no questions to compare two models on")
        }
        let batches = try BatchPlan(grouping: sequences.map(\.ids.count)).batches.map {
            try TokenBatch($0.map { sequences[$0] })
        }
        var sum = 0.0, count = 0
        try eachPrediction(model, other, batches) { own, target in
            sum += divergence(target.value, own.value)
            count += own.shape[0]
        }
        return sum / Double(count)
    }

    /// Σ over rows of KL(p ‖ q) of two tensors of log-probabilities; summed in float64.
    private static func divergence(_ p: Tensor, _ q: Tensor) -> Double {
        p.withElements { p in
            q.withElements { q in
                var sum = 0.0
                for i in p.indices where p[i] > -80 { sum += exp(Double(p[i])) * (Double(p[i]) - Double(q[i])) }
                return sum
            }
        }
    }

    /// Both models' log-probabilities [positions, vocabulary] of the tokens to predict, batch by batch.
    static func eachPrediction(
        _ model: LanguageModel, _ other: LanguageModel, _ batches: [TokenBatch],
        _ body: (_ own: Variable, _ target: Variable) throws -> Void
    ) throws {
        try checkReadAlike(model, other)
        var isEmpty = true
        for batch in batches {
            let positions = batch.targets.positions
            if positions.isEmpty { continue }
            isEmpty = false
            try body(
                model.targetLogits(batch, positions).logSoftmax(), other.targetLogits(batch, positions).logSoftmax())
        }
        if isEmpty { throw MetricError("there is no token to predict that two models could be compared on") }
    }

    /// - Throws: `MetricError` where one token id means different things to two models.
    static func checkReadAlike(_ model: LanguageModel, _ other: LanguageModel) throws {
        guard other.architecture.vocabulary == model.architecture.vocabulary else {
            throw MetricError(
                """
                two models with \(model.architecture.vocabulary) and \(other.architecture.vocabulary) tokens have no \
                distance: they do not predict the same things
                """
            )
        }
        guard let tokenizer = model.tokenizer, let second = other.tokenizer,
            tokenizer as AnyObject !== second as AnyObject, let a = tokenizer.fingerprint, let b = second.fingerprint,
            a != b
        else { return }
        throw MetricError(
            "two models with different tokenizers have no distance: the same token ids are other texts to them")
    }
}
