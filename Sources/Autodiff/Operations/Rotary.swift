/// Rotary position embedding (Su et al., arXiv 2104.09864), in the half-split layout of Llama checkpoints.
import CKernels
import Tensors

/// cos and sin of position · frequency, for some consecutive positions.
public struct RotaryTable: Sendable {
    public let cosine, sine: Tensor
    /// Width of a head.
    public let width: Int
    /// How many of a head's numbers, from its first on, are turned: pairs (j, j + half of these).
    public let rotated: Int
    /// The positions that are prepared.
    public let positions: Range<Int>

    /// The angles position · θ^(−2j/d) for j < d/2, of whole heads.
    /// - Parameters:
    ///   - positions: how many positions to prepare.
    ///   - width: width of a head, even.
    public init(positions: Int, width: Int, theta: Double, on device: Device) throws {
        guard width > 0, width % 2 == 0 else {
            throw TensorError.invalid("rotary embedding needs heads of even width; these have \(width)")
        }
        let frequencies = (0..<width / 2).map { Float(1 / Glibc.pow(theta, Double(2 * $0) / Double(width))) }
        try self.init(frequencies: frequencies, positions: 0..<positions, width: width, on: device)
    }

    /// - Parameters:
    ///   - frequencies: one for each pair, in radians a position; at most half the width of a head.
    ///   - scale: what cosines and sines are multiplied with.
    public init(
        frequencies: [Float], scale: Double = 1, positions: Range<Int>, width: Int, on device: Device
    ) throws {
        let half = frequencies.count
        guard half > 0, 2 * half <= width, !positions.isEmpty, positions.lowerBound >= 0 else {
            throw TensorError.invalid("\(half) rotary frequencies do not fit heads of width \(width)")
        }
        func table(_ f: (Double) -> Double) throws -> Tensor {
            try Tensor(shape: [positions.count, half], on: device) { buffer in
                for (row, position) in positions.enumerated() {
                    for j in 0..<half {
                        // Angles in float32, as the reference implementations compute them.
                        buffer[row * half + j] = Float(scale * f(Double(Float(position) * frequencies[j])))
                    }
                }
            }
        }
        cosine = try table(Glibc.cos)
        sine = try table(Glibc.sin)
        self.width = width
        self.positions = positions
        rotated = 2 * half
    }

    /// Turns heads of x [rows, heads · width], rows being `time` positions each, the first at `start`.
    public func rotated(
        _ x: Tensor, time: Int, start: Int = 0, heads: RotaryHeads = .all, backwards: Bool = false
    ) throws -> Tensor {
        let row = x.shape.last ?? 0
        guard row % width == 0, row > 0, start >= positions.lowerBound,
            start + min(time, x.count / row) <= positions.upperBound
        else {
            throw TensorError.invalid("rotary embedding for positions \(positions) does not fit shape \(x.shape)")
        }
        let y = try Tensor(uninitialized: x.shape, on: x.device)
        let sign: Float = backwards ? -1 : 1, first = start - positions.lowerBound
        lend(x, cosine, sine, to: y) { xp, c, s, yp in
            x.device.forEachBlock(x.count / row / time, size: 1) { sequence, _ in
                let offset = sequence * time * row
                if rotated == width, heads == .all {
                    lethe_rotary(
                        xp + offset, c, s, sign, yp + offset, time, time, first, row / width, width, row, row)
                } else {
                    lethe_rotary_part(
                        xp + offset, c, s, sign, yp + offset, time, first, row / width, heads.period, heads.turned,
                        width, rotated / 2)
                }
            }
        }
        return y
    }
}

/// Which heads of a row are turned: those whose number modulo `period` is below `turned`. Where queries, keys and
/// values lie in one row, the values stay as they are.
public struct RotaryHeads: Equatable, Sendable {
    public let period, turned: Int
    public init(period: Int, turned: Int) {
        self.period = max(1, period)
        self.turned = turned
    }
    public static let all = RotaryHeads(period: 1, turned: 1)
}

struct RotaryOperation: LinearOperation {
    let table: RotaryTable
    let time: Int
    let start: Int
    let heads: RotaryHeads
    var backwards = false
    var name: String { "rotary" }
    func forward(_ x: [Tensor]) throws -> Tensor {
        try table.rotated(x[0], time: time, start: start, heads: heads, backwards: backwards)
    }
    func separatesExamples(_ x: [Tensor]) -> Bool { true }
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        // A rotation's transpose turns back.
        [
            try Variable(
                RotaryOperation(table: table, time: time, start: start, heads: heads, backwards: !backwards), [dy])
        ]
    }
}

extension Variable {
    /// Rotary embedding of rows of heads, `time` rows a sequence, the first at position `start`.
    public func rotary(
        _ table: RotaryTable, time: Int, start: Int = 0, heads: RotaryHeads = .all
    ) throws -> Variable {
        try Variable(RotaryOperation(table: table, time: time, start: start, heads: heads), [self])
    }
}

import Glibc
