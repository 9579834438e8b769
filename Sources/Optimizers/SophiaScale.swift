/// A ρ for Sophia that leaves a wanted fraction of the parameters unclipped.
import Tensors

extension Sophia {
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
                    // An element that does not move is never clipped.
                    ratios.append(m[index] == 0 ? 0 : divisor > 0 ? Double(abs(m[index])) / divisor : .infinity)
                }
            }
        }
        guard !ratios.isEmpty else { return nil }
        ratios.sort()
        let rank = min(ratios.count - 1, Int((fraction * Double(ratios.count)).rounded(.down)))
        let rho = ratios[max(0, rank)]
        return rho.isFinite && rho > 0 ? rho : nil
    }
}
