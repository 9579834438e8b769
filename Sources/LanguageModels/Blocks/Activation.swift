/// The nonlinearities of feed-forward layers, by the names that configurations give them.
import Autodiff
import Tensors

/// A function of each number.
public struct Activation: Equatable, Sendable {
    /// Its name in transformers.
    public let name: String

    private static let functions: [(names: [String], function: @Sendable (Variable) throws -> Variable)] = [
        // The approximation by tanh (Hendrycks & Gimpel, arXiv 1606.08415), however it is written.
        (
            ["gelu_new", "gelu_pytorch_tanh", "gelu_python_tanh", "gelu_fast", "gelu_accurate"],
            { try $0.apply(.gelu) }
        ),
        (["gelu", "gelu_python"], { try $0.apply(.geluExact) }),
        (["gelu_10"], { try $0.apply(.geluExact).clipped(-10, 10) }),
        (["quick_gelu"], { try 1 / 1.702 * (1.702 * $0).apply(.silu) }),
        (["relu"], { try $0.apply(.relu) }),
        (["silu", "swish"], { try $0.apply(.silu) }),
        (["tanh"], { try $0.apply(.tanh) }),
        (["sigmoid"], { try $0.apply(.sigmoid) }),
        (["relu2"], { try $0.apply(.relu).apply(.square) }),
        (["relu6"], { try $0.clipped(0, 6) }),
        (["leaky_relu"], { try 0.99 * $0.apply(.relu) + 0.01 * $0 }),
        (["hardswish"], { try 1 / 6 * ($0 * (3 + $0).clipped(0, 6)) }),
        (["mish"], { try $0 * $0.apply(.softplus).apply(.tanh) }),
        (["laplace"], { try 0.5 * (1 + (2.5066296 * (-0.707107 + $0)).apply(.erf)) }),
        (["sqrtsoftplus"], { try $0.apply(.softplus).apply(.sqrt) }),
        (["linear"], { $0 }),
    ]

    /// All names that are known.
    public static let names = functions.flatMap(\.names)

    /// `nil` for a name that is not known.
    public init?(_ name: String) {
        guard Self.names.contains(name) else { return nil }
        self.name = name
    }

    private init(known name: String) { self.name = name }
    public static let silu = Activation(known: "silu")
    public static let relu = Activation(known: "relu")
    public static let gelu = Activation(known: "gelu")
    /// The approximation of GELU that GPT-2 has.
    public static let geluNew = Activation(known: "gelu_new")
    public static let geluTanh = Activation(known: "gelu_pytorch_tanh")

    /// It as one of the functions of tensors, where it is one.
    private var unary: UnaryFunction? {
        switch name {
        case "silu", "swish": .silu
        case "gelu", "gelu_python": .geluExact
        case "gelu_new", "gelu_pytorch_tanh", "gelu_python_tanh", "gelu_fast", "gelu_accurate": .gelu
        case "relu": .relu
        default: nil
        }
    }

    /// f(gate) · x.
    func callAsFunction(gate: Variable, _ x: Variable) throws -> Variable {
        try unary.map { try gate.gating(x, by: $0) } ?? self(gate) * x
    }

    func callAsFunction(_ x: Variable) throws -> Variable {
        guard let entry = Self.functions.first(where: { $0.names.contains(name) }) else { return x }
        return try entry.function(x)
    }
}
