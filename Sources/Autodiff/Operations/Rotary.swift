/// Rotary position embedding (Su et al., arXiv 2104.09864), in the half-split layout of Llama checkpoints.
import CKernels
import Tensors

/// cos and sin of position · θ^(−2j/d) for j < d/2.
public struct RotaryTable: Sendable {
    public let cosine, sine: Tensor
    /// Width of a head.
    public let width: Int

    /// - Parameters:
    ///   - positions: how many positions to prepare.
    ///   - width: width of a head, even.
    public init(positions: Int, width: Int, theta: Double, on device: Device) throws {
        guard width > 0, width % 2 == 0 else {
            throw TensorError.invalid("rotary embedding needs heads of even width; these have \(width)")
        }
        let half = width / 2
        let frequencies = (0..<half).map { Float(1 / Glibc.pow(theta, Double(2 * $0) / Double(width))) }
        func table(_ f: (Double) -> Double) throws -> Tensor {
            try Tensor(shape: [positions, half], on: device) { buffer in
                for p in 0..<positions {
                    for j in 0..<half {
                        // Angles in float32, as the reference implementations compute them.
                        buffer[p * half + j] = Float(f(Double(Float(p) * frequencies[j])))
                    }
                }
            }
        }
        cosine = try table(Glibc.cos)
        sine = try table(Glibc.sin)
        self.width = width
    }

    /// Turns every head of x [rows, heads · width], rows being `time` positions each, the first at `start`.
    public func rotated(_ x: Tensor, time: Int, start: Int = 0, backwards: Bool = false) throws -> Tensor {
        let row = x.shape.last ?? 0
        guard row % width == 0, row > 0, start >= 0, start + min(time, x.count / row) <= cosine.shape[0] else {
            throw TensorError.invalid("rotary embedding for \(cosine.shape[0]) positions does not fit shape \(x.shape)")
        }
        let y = try Tensor(uninitialized: x.shape, on: x.device)
        lend(x, cosine, sine, to: y) { xp, c, s, yp in
            x.device.forEachBlock(x.count / row / time, size: 1) { sequence, _ in
                let offset = sequence * time * row
                lethe_rotary(
                    xp + offset, c, s, backwards ? -1 : 1, yp + offset, time, time, start, row / width, width, row, row)
            }
        }
        return y
    }
}

struct RotaryOperation: LinearOperation {
    let table: RotaryTable
    let time: Int
    let start: Int
    var backwards = false
    var name: String { "rotary" }
    func forward(_ x: [Tensor]) throws -> Tensor {
        try table.rotated(x[0], time: time, start: start, backwards: backwards)
    }
    func separatesExamples(_ x: [Tensor]) -> Bool { true }
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        // A rotation's transpose turns back.
        [try Variable(RotaryOperation(table: table, time: time, start: start, backwards: !backwards), [dy])]
    }
}

extension Variable {
    /// Rotary embedding of rows of heads, `time` rows a sequence, the first at position `start`.
    public func rotary(_ table: RotaryTable, time: Int, start: Int = 0) throws -> Variable {
        try Variable(RotaryOperation(table: table, time: time, start: start), [self])
    }
}

import Glibc
