// Losses against their formulas and limits. Values against PyTorch's are in the conformance scripts.
import Settings
import Autodiff
import LanguageModels
import Tensors
import Testing
import Unlearning

@Suite struct LossTests {
    let setting: Setting
    let forget, retain: TokenBatch

    init() throws {
        setting = try Setting()
        forget = try TokenBatch(setting.forget)
        retain = try TokenBatch(setting.retain)
    }

    func value(_ loss: WeightedLoss) throws -> Double {
        Double(try loss(setting.base, forget, retain).total.value.item())
    }

    func gradient(_ loss: WeightedLoss) throws -> Tensor {
        try Differentiator().gradient([setting.base.weights]) {
            try loss(setting.base.with(weights: $0[0]), forget, retain).total
        }[0].value
    }

    func preference(_ beta: Double) throws -> NegativePreferenceOptimization {
        var loss = NegativePreferenceOptimization()
        try loss.set("beta", to: .number(beta))
        return loss
    }

    func nll(_ batch: TokenBatch) throws -> Double { Double(try setting.base.nll(batch).value.item()) }

    /// Another model, for reference.
    func reference() throws -> LanguageModel {
        try setting.base.with(weights: Variable(setting.base.weights.value.combined(.multiply, scalar: 0.9)))
    }

    @Test func weightsMultiplyTheirTerms() throws {
        let f = try nll(forget), r = try nll(retain)
        #expect(abs(try value(WeightedLoss(GradientAscent())) + f) < 1e-5)
        #expect(abs(try value(WeightedLoss(GradientDifference())) - (r - f)) < 1e-5)
        #expect(
            abs(
                try value(WeightedLoss(GradientDifference(), forgetWeight: 0.5, retainWeight: 3))
                    - (3 * r - 0.5 * f)) < 1e-5)
        let parts = try WeightedLoss(GradientDifference(), retainWeight: 3)(setting.base, forget, retain)
        let terms = (try #require(parts.forget), try #require(parts.retain))
        #expect(abs(terms.0 - f) < 1e-5 && abs(terms.1 - r) < 1e-5)
    }

    @Test func preferencesFollowTheFormula() throws {
        let reference = try reference()
        for beta in [0.05, 0.1, 0.5] {
            let loss = WeightedLoss(
                try preference(beta), retainWeight: 0, reference: reference)
            let own = try setting.base.sequenceNLL(forget).value.elements,
                theirs = try reference.sequenceNLL(forget).value.elements
            let expected =
                zip(own, theirs).reduce(0.0) { sum, pair in
                    let z = beta * Double(pair.0 - pair.1)
                    return sum + 2 / beta * log1p(exp(-z))
                } / Double(own.count)
            #expect(abs(try value(loss) - expected) < 1e-4 * expected)
        }
    }

    @Test func towardsBetaZeroPreferencesAreAscent() throws {
        // d/dS of (2/beta) softplus(-beta (S - S_ref)) is -2 sigmoid(-beta (S - S_ref)), which goes to -1.
        let loss = WeightedLoss(
            try preference(1e-4), retainWeight: 0, reference: try reference())
        let summed = try Differentiator().gradient([setting.base.weights]) {
            try -1 * setting.base.with(weights: $0[0]).sequenceNLL(forget).mean()
        }[0].value
        let gradient = try gradient(loss)
        #expect(try (gradient - summed).norm() < 2e-3 * summed.norm())
    }

    @Test func theReferenceIsAConstant() throws {
        // With the model itself as reference the value is constant in the weights, but its gradient is not zero.
        let base = setting.base
        let loss = WeightedLoss(
            try preference(0.1), retainWeight: 0, reference: base)
        #expect(abs(try value(loss) - 20 * log(2)) < 1e-4)
        let inside = try Differentiator().gradient([base.weights]) { w in
            let model = try base.with(weights: w[0])
            return try WeightedLoss(
                try preference(0.1), retainWeight: 0, reference: model)(
                    model, forget, retain
                ).total
        }[0].value
        #expect(try gradient(loss).elements == inside.elements)
        #expect(inside.norm() > 0)
    }

    @Test func whatIsMissingIsNamed() throws {
        #expect(throws: UnlearningError.needsReference("npo")) {
            try WeightedLoss(NegativePreferenceOptimization())(setting.base, forget, retain)
        }
        #expect(throws: UnlearningError.needsRetain("graddiff")) {
            try WeightedLoss(GradientDifference())(setting.base, forget, nil)
        }
        #expect(try WeightedLoss(GradientAscent())(setting.base, forget, nil).retain == nil)
        #expect(Set(UnlearningLosses.all.map { $0.name }).count == UnlearningLosses.all.count)
    }
}

import Datasets
import Glibc
