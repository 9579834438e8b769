/// PDU (Entesari et al., arXiv 2506.05314): forgetting under a constraint on what is kept, by a multiplier.
import Autodiff
import LanguageModels
import Settings
import Tensors

public struct PrimalDualUnlearning: UnlearningLoss {
    public static let name = "pdu"
    public static let summary = """
        Primal-dual unlearning (Entesari et al. 2025): the mean over all positions, padding among them, of (largest \
        logit - mean logit)^2, which flattens the model's answers, while the retain term is to stay below epsilon. A \
        multiplier stands before the retain term, beside its weight, and after each step (or each pass over the \
        forget data, as published, by the mean of its steps) grows by rate · (retain term - epsilon), never below 0; \
        explain shows it.
        """
    public var epsilon = 0.0
    public var rate = 1.0
    public var multiplier = 1.0
    /// When the multiplier follows.
    public enum Update: String, CaseIterable, Sendable { case step, epoch }
    public var every = Update.step
    public static let settings: [Setting<Self>] = [
        .number(
            "epsilon", \.epsilon, "what the retain term may be, in its own unit (nats)", range: "a finite number",
            where: \.isFinite),
        .number("rate", \.rate, "step size of the multiplier; 0 keeps it as it is"),
        .number("multiplier", \.multiplier, "the multiplier before the first step"),
        .choice("every", \.every, "when the multiplier follows: after each step, or each pass over the forget data"),
    ]
    public init() {}

    private static let key = "multiplier"
    public var initialState: LossState { .numbers([NamedNumber(Self.key, multiplier)]) }

    public func termCount(_ examples: StepExamples) -> Int? { examples.forget.rows * examples.forget.time }

    public func forgetTerm(_ model: LanguageModel, _ inputs: LossInputs) throws -> ForgetTerm {
        let own = try model.predictions(inputs.forget, nil), share = Float(1 / Double(own.vocabulary))
        let rows = try own.eachPosition { logits, _ in
            let largest = try logits.picked(logits.value.largest()), count = logits.shape[0]
            let mean = try share * logits.summed(to: [count, 1]).reshaped([count])
            return try (largest - mean).apply(.square)
        }
        return ForgetTerm(try rows.mean())
    }

    public func retainFactor(_ state: LossState) -> Double { state[Self.key] ?? multiplier }

    /// What the retain terms of an unfinished pass add up to, and how many they are.
    private static let sum = "pass_sum", count = "pass_steps"

    public func state(after state: LossState, retain: Double?, at position: StepPosition) -> LossState {
        guard let retain else { return state }
        let now = retainFactor(state)
        func moved(by retain: Double) -> LossState {
            .numbers([NamedNumber(Self.key, max(0, now + rate * (retain - epsilon)))])
        }
        guard every == .epoch else { return moved(by: retain) }
        let sum = (state[Self.sum] ?? 0) + retain, count = (state[Self.count] ?? 0) + 1
        if (position.step + 1) % position.stepsPerEpoch == 0 { return moved(by: sum / count) }
        return .numbers([NamedNumber(Self.key, now), NamedNumber(Self.sum, sum), NamedNumber(Self.count, count)])
    }
}

extension Tensor {
    /// The first largest column of each row of a matrix, but never the column `without` names for it.
    func largest(without: [Int32]? = nil) throws -> [Int32] {
        let width = shape.last ?? 0
        return withElements { x in
            (0..<(shape.first ?? 0)).map { row in
                var best = -1
                for column in 0..<width where without.map({ Int($0[row]) != column }) ?? true {
                    if best < 0 || x[row * width + column] > x[row * width + best] { best = column }
                }
                return Int32(max(0, best))
            }
        }
    }
}

extension Variable {
    /// One element of each row of logits [rows, vocabulary], by its column: [rows].
    func picked(_ columns: [Int32]) throws -> Variable {
        try logSumExp().reshaped([columns.count]) - crossEntropy(columns)
    }
}
