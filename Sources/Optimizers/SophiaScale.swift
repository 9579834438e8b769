/// A ρ for Sophia that leaves a wanted fraction of the parameters unclipped.
import Settings
import Tensors

/// ρ: a number, or found anew for every step.
public enum ClippingScale: Equatable, Sendable, NumberOrWord {
    case value(Double)
    /// So that a stated share of the elements is not clipped.
    case auto

    public static var words: [String] { ["auto"] }

    public init?(_ value: SettingValue) {
        switch value {
        case .number(let number) where number >= 0 && number.isFinite: self = .value(number)
        case .choice("auto"): self = .auto
        default: return nil
        }
    }

    public var setting: SettingValue {
        switch self {
        case .value(let number): .number(number)
        case .auto: .choice("auto")
        }
    }

    /// The number; 1 before one is found, which is as good as any while there is no curvature.
    var number: Double {
        if case .value(let number) = self { return number }
        return 1
    }
}

extension ClippingScale: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    public init(floatLiteral value: Double) { self = .value(value) }
    public init(integerLiteral value: Int) { self = .value(Double(value)) }
}

extension Sophia {
    public var autoUnclipped: Double? { rho == .auto ? unclipped : nil }

    /// With the ρ that "auto" stands for in the next step: the quantile of |m| / (bs·h) as that step will make them,
    /// over at most 65,536 of the elements that move, at equal distances.
    public func settled(
        for gradient: Tensor, curvature: Tensor?, state: OptimizerState, moving: ElementSelection?
    ) throws -> Sophia {
        guard rho == .auto, let momentum = try state["momentum"], let kept = try state["curvature"] else { return self }
        func part(_ tensor: Tensor) throws -> Tensor {
            try moving.map { try $0.compacted(tensor.reshaped([tensor.count])) } ?? tensor
        }
        let (m, h, g) = try (part(momentum), part(kept), part(gradient)), estimate = try curvature.map(part)
        let squares = squaresGradient(suppliedCurvature: curvature != nil, after: state.step)
        var ratios: [Double] = []
        m.withElements { m in
            h.withElements { h in
                g.withElements { g in
                    func add(_ estimate: UnsafeBufferPointer<Float>?) {
                        for i in Swift.stride(from: 0, to: m.count, by: max(1, m.count >> 16)) {
                            let own = Double(g[i]), length = abs(beta1 * Double(m[i]) + (1 - beta1) * own)
                            let fresh = squares ? own * own : estimate.map { Double($0[i]) }
                            let curved = fresh.map { beta2 * Double(h[i]) + (1 - beta2) * $0 } ?? Double(h[i])
                            let divisor = batchTokens * curved
                            // What does not move, as words that the data never use, says nothing of a scale.
                            if length > 0 { ratios.append(divisor > 0 ? length / divisor : .infinity) }
                        }
                    }
                    if let estimate { estimate.withElements { add($0) } } else { add(nil) }
                }
            }
        }
        var fixed = self
        fixed.rho = .value(Self.quantile(ratios, unclipped) ?? 1)
        return fixed
    }

    /// nil where it is 0 or infinite.
    private static func quantile(_ ratios: [Double], _ fraction: Double) -> Double? {
        guard !ratios.isEmpty else { return nil }
        let rank = min(ratios.count - 1, Int((fraction * Double(ratios.count)).rounded(.down)))
        let rho = ratios.sorted()[max(0, rank)]
        return rho.isFinite && rho > 0 ? rho : nil
    }

    /// The ρ for which `fraction` of the elements would move by less than the learning rate: the quantile of |m| /
    /// (bs·h) over the state. From at most a million elements at equal distances.
    /// - Returns: `nil` while the state has no positive curvature.
    public func rho(leavingUnclipped fraction: Double, in state: OptimizerState) throws -> Double? {
        guard let momentum = try state["momentum"], let curvature = try state["curvature"] else {
            throw OptimizerError.state("only a state of \(Self.name) tells which rho fits it")
        }
        try state.check(fits: stateNames, of: Self.name, for: momentum)
        let stride = max(1, momentum.count / (1 << 20))
        var ratios: [Double] = []
        momentum.withElements { m in
            curvature.withElements { h in
                for index in Swift.stride(from: 0, to: m.count, by: stride) {
                    let divisor = batchTokens * Double(h[index])
                    // An element that does not move is never clipped; "auto" counts those that do.
                    if m[index] == 0, rho == .auto { continue }
                    ratios.append(m[index] == 0 ? 0 : divisor > 0 ? Double(abs(m[index])) / divisor : .infinity)
                }
            }
        }
        return Self.quantile(ratios, fraction)
    }
}
