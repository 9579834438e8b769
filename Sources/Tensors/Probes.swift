/// Random vectors for stochastic estimates of diagonals and traces.

/// Distributions with mean 0 and variance 1.
public enum ProbeDistribution: String, CaseIterable, Sendable {
    /// N(0, 1).
    case normal
    /// ±1 with equal chance (Rademacher).
    case signs
}

extension Tensor {
    public static func probe(
        _ shape: [Int], _ distribution: ProbeDistribution, from generator: inout RandomGenerator, on device: Device
    ) throws -> Tensor {
        switch distribution {
        case .normal: return try .normal(shape, from: &generator, on: device)
        case .signs:
            return try Tensor(shape: shape, on: device) { buffer in
                var bits: UInt64 = 0
                for index in buffer.indices {
                    if index % 64 == 0 { bits = generator.next() }
                    buffer[index] = bits & 1 == 1 ? 1 : -1
                    bits >>= 1
                }
            }
        }
    }
}
