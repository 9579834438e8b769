/// Muon: steps of matrices whose singular values are all near 1.
import Glibc
import Settings
import Tensors

public struct Muon: OptimizerWrapper {
    /// How the learning rate follows a matrix's shape [rows, columns].
    public enum Scale: String, CaseIterable, Sendable {
        /// √max(1, rows / columns).
        case original
        /// 0.2 √max(rows, columns), so that AdamW's rates fit.
        case match_rms_adamw
    }

    public static let name = "muon"
    public static let summary = """
        For matrices: momentum m = mu m + (1 - mu) g, made nearly orthogonal by five steps of Newton and Schulz, X = \
        a X + (b A + c A^2) X with A = X X^T, after decoupled decay (Jordan et al. 2024; the conventions of PyTorch's \
        Muon). Everything else, and matrices whose names fit skip, is moved by rest.
        """
    public static let slots = [
        OptimizerSlot("rest", standard: "adamw", "moves all that is no matrix, and what skip names")
    ]
    public static let example: String? = """
        w = tensor([[1, 0], [0, 1]])
        p, s = muon(lr=0.1, weight_decay=0)(w, w, none)
        p[0, 0] < 1 and p[0, 1] == 0
        #> true
        """

    public var rules: [any StepRule] = [AdamW()]
    public var learningRate = 1e-3
    public var momentum = 0.95
    public var nesterov = true
    public var iterations = 5
    public var weightDecay = 0.1
    public var scale = Scale.original
    public var skip = "*wte*, *wpe*, *embed*, *lm_head*"

    public static var settings: [Setting<Self>] {
        [
            .number("lr", \.learningRate, "learning rate of the matrices"),
            .average("momentum", \.momentum, "share of the past in the average gradient"),
            .flag("nesterov", \.nesterov, "whether to look ahead along the average"),
            .count("iterations", \.iterations, "steps of Newton and Schulz"),
            .choice("scale", \.scale, "how lr follows a matrix's shape: by its longer side, or so as to fit adamw's"),
            .number("weight_decay", \.weightDecay, "pull of the matrices towards 0, times lr"),
            .text("skip", \.skip, "pattern of the names of matrices that rest moves"),
        ]
    }

    public init() {}

    /// The coefficients of Jordan et al.
    private static let (a, b, c) = (3.4445, -4.7750, 2.0315)

    public static var changesGradient: Bool { true }
    public var rate: Double? { learningRate }
    public func stepRates(in state: OptimizerState, with supply: StepSupply) -> [Double] { [supply.rate(learningRate)] }
    /// What is no matrix has a rate of its own.
    public var scalesWithRate: Bool { false }

    public func initialState(for parameters: Tensor, _ list: ParameterList) throws -> OptimizerState {
        try OptimizerState(
            tensors: [.init(name: "momentum", tensor: try .zeros(parameters.shape, on: parameters.device))],
            parts: [.init(name: "rest", state: try rules[0].initialState(for: parameters, list))])
    }

    public func advance(
        _ parameters: inout Tensor, gradient: Tensor, state: inout OptimizerState, with supply: StepSupply
    ) throws -> StepFigures {
        try checkParts(state, tensors: ["momentum"])
        try gradient.check("gradient", like: parameters)
        let list = supply.parameters, skipped = Set(list.matching(skip).map(\.offset))
        let average = try state.tensors[0].tensor.averaged(with: gradient, past: momentum)
        let step = nesterov ? try gradient.combined(Float(1 - momentum), average, Float(momentum)) : average
        let rate = supply.rate(learningRate), decaying = list.decaying
        var moved = parameters
        let figures = try rules[0].advance(
            &moved, gradient: gradient, state: &state.parts[0].state, with: supply)
        let result = try moved.copied()
        for entry in list.entries where entry.isMatrix && !skipped.contains(entry.offset) {
            try parameters.device.cancellation.check()
            let decays = decaying?.contains { $0.contains(entry.offset) } ?? true
            let matrix = try entry.tensor(of: parameters).shrunk(by: decays ? rate * weightDecay : 0, in: nil)
            let direction = try orthogonalized(entry.tensor(of: step))
            result.write(
                try matrix.moved(along: direction, by: -rate * factor(entry.shape[0], entry.shape[1])),
                at: entry.offset)
        }
        try state.tensors[0].set(average)
        parameters = result
        state.step += 1
        return StepFigures(clipped: figures.clipped)
    }

    private func factor(_ rows: Int, _ columns: Int) -> Double {
        switch scale {
        case .original: max(1, Double(rows) / Double(columns)).squareRoot()
        case .match_rms_adamw: 0.2 * Double(max(rows, columns)).squareRoot()
        }
    }

    /// Newton and Schulz's iteration on G / ‖G‖, along the shorter side.
    private func orthogonalized(_ matrix: Tensor) throws -> Tensor {
        let isTall = matrix.shape[0] > matrix.shape[1]
        var x = try Float(1 / max(matrix.norm(), 1e-7)) * matrix
        for _ in 0..<iterations {
            try matrix.device.cancellation.check()
            let gram =
                isTall
                ? try x.matrixProduct(x, transposed: true) : try x.matrixProduct(x, otherTransposed: true)
            let polynomial = try gram.combined(Float(Self.b), gram.matrixProduct(gram), Float(Self.c))
            let product = isTall ? try x.matrixProduct(polynomial) : try polynomial.matrixProduct(x)
            x = try x.combined(Float(Self.a), product, 1)
        }
        return x
    }
}
