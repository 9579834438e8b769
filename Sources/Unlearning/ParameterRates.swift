/// Parts of a model that learn faster or slower than the rest.
import Optimizers
import Tensors

/// Elements of the weights, and a number of theirs: what multiplies their update, or how they decay.
public struct ParameterRate: Equatable, Sendable {
    public let range: Range<Int>
    public let factor: Double

    public init(range: Range<Int>, factor: Double) {
        self.range = range
        self.factor = factor
    }
}

extension [ParameterRate] {
    /// w ← w − rate · factor · before for each part: decoupled decay (Loshchilov & Hutter, arXiv 1711.05101), in steps
    /// of the sizes `rates`.
    func shrink(_ weights: inout Tensor, from before: Tensor, rates: [Double]) throws {
        guard !isEmpty else { return }
        if !weights.isUnique { weights = try weights.copied() }
        let target = weights
        lend(before, to: target) { old, new in
            for part in self where part.factor != 0 {
                let (low, share) = (part.range.lowerBound, Float(rates.decayed(by: part.factor)))
                target.device.forEachBlock(part.range.count) { start, count in
                    for i in low + start..<low + start + count { new[i] -= share * old[i] }
                }
            }
        }
    }

    /// w ← before + factor (w − before) for each part: the step of a learning rate that many times as large, for rules
    /// whose step is proportional to it.
    func apply(to weights: inout Tensor, from before: Tensor) throws {
        if !weights.isUnique { weights = try weights.copied() }
        let target = weights
        lend(before, to: target) { old, new in
            for rate in self {
                let (low, factor) = (rate.range.lowerBound, Float(rate.factor))
                target.device.forEachBlock(rate.range.count) { start, count in
                    for i in low + start..<low + start + count { new[i] = old[i] + factor * (new[i] - old[i]) }
                }
            }
        }
    }
}
