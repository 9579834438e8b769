/// λ of H + λI: a number, or found from the matrix.
import Settings
import Tensors

/// What is added to the diagonal of a curvature matrix before it is inverted.
public enum Damping: Equatable, Sendable, NumberOrWord {
    case value(Double)
    /// A tenth of the mean eigenvalue, as kronfluence takes it (Grosse et al., arXiv 2308.03296).
    case auto
    /// None where the matrix has an inverse without; else that of `auto`. Only who has the whole matrix can tell.
    case needed

    /// What every solver knows.
    public static var words: [String] { ["auto"] }

    public init?(_ value: SettingValue) {
        switch value {
        case .number(let number) where number >= 0 && number.isFinite: self = .value(number)
        case .choice("auto"): self = .auto
        case .choice("needed"): self = .needed
        default: return nil
        }
    }

    public var setting: SettingValue {
        switch self {
        case .value(let number): .number(number)
        case .auto: .choice("auto")
        case .needed: .choice("needed")
        }
    }

    /// The share of the mean eigenvalue that "auto" stands for.
    static let share = 0.1

    /// λ for a matrix with the mean eigenvalue that `mean` finds, which is asked for only by `auto`.
    /// - Throws: `SolverError` where no damping follows, or where the solver has no inverse without one.
    /// - Parameter mustBePositive: whether 0 is refused, for the reason `since`.
    func resolved(
        for solver: String, mustBePositive: Bool = false,
        since reason: String = "a Fisher of few examples has no inverse of its own", mean: () throws -> Double
    ) throws -> Double {
        let number: Double
        switch self {
        case .value(let value): number = value
        case .auto, .needed:
            let mean = try mean()
            guard mean > 0, mean.isFinite else {
                throw SolverError(
                    """
                    \(solver) finds no damping for this matrix: its mean eigenvalue is \(mean), of which "auto" takes \
                    a tenth; set damping to a number
                    """)
            }
            number = Damping.share * mean
        }
        guard number > 0 || !mustBePositive else {
            throw SolverError(
                "\(solver) needs a damping above 0, since \(reason)")
        }
        return number
    }
}

extension Damping: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    public init(floatLiteral value: Double) { self = .value(value) }
    public init(integerLiteral value: Int) { self = .value(Double(value)) }
}

extension CurvatureSource {
    /// The mean eigenvalue of H, trace / P, by eight products with random signs (Hutchinson).
    func meanEigenvalue(for name: String, counting counter: Counter) throws -> Double {
        // A stream beside those of the solvers themselves.
        var generator = generator.stream(0xDA)
        let product = try products(for: name, counting: counter)
        var sum = 0.0
        let probes = min(8, max(1, count))
        for _ in 0..<probes {
            try device.cancellation.check()
            let probe = try Tensor.probe(shape, .signs, from: &generator, on: device)
            sum += try probe.dot(product(probe))
        }
        return sum / Double(probes) / Double(max(1, count))
    }
}
