/// PDU (Entesari et al., arXiv 2506.05314): forgetting under a constraint on what is kept, by a multiplier.
import Autodiff
import LanguageModels
import Settings
import Tensors

public struct PrimalDualUnlearning: UnlearningLoss {
    public static let name = "pdu"
    public static let summary = """
        Primal-dual unlearning (Entesari et al. 2025): the mean over all positions of (largest logit - mean logit)^2, \
        which flattens the model's answers, while the retain term is to stay below epsilon. A multiplier stands before \
        the retain term, beside its weight, and after each step grows by rate · (retain term - epsilon), never below \
        0; explain shows it.
        """
    public var epsilon = 0.0
    public var rate = 1.0
    public var multiplier = 1.0
    public static let settings: [Setting<Self>] = [
        .number(
            "epsilon", \.epsilon, "what the retain term may be, in its own unit (nats)", range: "a finite number",
            where: \.isFinite),
        .number("rate", \.rate, "step size of the multiplier; 0 keeps it as it is"),
        .number("multiplier", \.multiplier, "the multiplier before the first step"),
    ]
    public init() {}

    private static let key = "multiplier"
    public var initialState: LossState { .numbers([NamedNumber(Self.key, multiplier)]) }

    public func termCount(_ examples: StepExamples) -> Int? { examples.forget.rows * examples.forget.time }

    public func forgetTerm(_ model: LanguageModel, _ inputs: LossInputs) throws -> ForgetTerm {
        let batch = inputs.forget, logits = try model.logits(batch), vocabulary = logits.shape[2]
        let rows = batch.rows * batch.time
        let flat = try logits.reshaped([rows, vocabulary])
        let largest = try flat.picked(flat.value.largest())
        let mean = try Float(1 / Double(vocabulary)) * flat.summed(to: [rows, 1]).reshaped([rows])
        return ForgetTerm(try (largest - mean).apply(.square).mean())
    }

    public func retainFactor(_ state: LossState) -> Double { state[Self.key] ?? multiplier }

    public func state(after state: LossState, retain: Double?) -> LossState {
        guard let retain else { return state }
        return .numbers([NamedNumber(Self.key, max(0, retainFactor(state) + rate * (retain - epsilon)))])
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
