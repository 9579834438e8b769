/// Rotary positions (Su et al., arXiv 2104.09864) and how their frequencies are changed for longer texts.
import Autodiff
import Glibc
import Synchronization
import Tensors

/// Base, share of a head, and scaling of rotary frequencies.
public struct RotaryParameters: Equatable, Sendable {
    public enum Scaling: Equatable, Sendable {
        case none
        /// All frequencies divided by a factor (Chen et al., arXiv 2306.15595).
        case linear(factor: Double)
        /// A base that grows with texts beyond the model's context (NTK-aware scaling).
        case dynamic(factor: Double)
        /// High frequencies kept, low ones divided, others between (Peng et al., arXiv 2309.00071).
        case yarn(Yarn)
        /// The same by wave lengths (Llama 3.1).
        case llama3(factor: Double, low: Double, high: Double, original: Int)
        /// A factor for each frequency, others for texts beyond the original context (Ding et al., arXiv 2402.13753).
        case longrope(LongRope)
    }
    public struct Yarn: Equatable, Sendable {
        public var factor: Double
        public var original: Int
        public var attentionFactor: Double?
        public var betaFast, betaSlow, scale, scaleOfAll: Double?
        public var truncates = true
    }
    public struct LongRope: Equatable, Sendable {
        public var short, long: [Double]
        public var original: Int
        public var factor, attentionFactor: Double?
    }

    /// θ, the base of the frequencies.
    public var theta: Double
    /// The share of each head that is turned.
    public var fraction: Double
    public var scaling: Scaling

    public init(theta: Double = 10000, fraction: Double = 1, scaling: Scaling = .none) {
        self.theta = theta
        self.fraction = fraction
        self.scaling = scaling
    }

    /// How many of a head's numbers count for the exponents; an odd number is rounded up to what is turned.
    func dimensions(width: Int) -> Int { Int(Double(width) * fraction) }

    /// The longest text for which positions are meant, of a model trained on `context`.
    func reach(_ context: Int) -> Int {
        func times(_ factor: Double, _ length: Int) -> Int { Int(min(Double(length) * max(1, factor), 1e9)) }
        return switch scaling {
        case .linear(let factor), .dynamic(let factor): times(factor, context)
        case .yarn(let yarn): max(context, times(yarn.factor, yarn.original))
        default: context
        }
    }

    /// Up to which length a text's positions do not depend on it; `nil` for all.
    func fixed(_ context: Int) -> Int? {
        switch scaling {
        case .dynamic: context
        case .longrope(let rope): rope.original
        default: nil
        }
    }

    /// Frequencies in radians a position, one for each pair, and what cosines and sines are multiplied with.
    /// - Parameters:
    ///   - width: of a head.
    ///   - length: of the text.
    ///   - context: the longest text of the training.
    func frequencies(width: Int, length: Int, context: Int) -> (values: [Float], scale: Double) {
        let d = dimensions(width: width), pairs = (d + 1) / 2
        func plain(_ theta: Double) -> [Double] { (0..<pairs).map { 1 / pow(theta, Double(2 * $0) / Double(d)) } }
        switch scaling {
        case .none: return (plain(theta).map { Float($0) }, 1)
        case .linear(let factor): return (plain(theta).map { Float($0 / factor) }, 1)
        case .dynamic(let factor):
            let stretch = factor * Double(max(length, context)) / Double(context) - (factor - 1)
            return (plain(theta * pow(stretch, Double(d) / Double(d - 2))).map { Float($0) }, 1)
        case .llama3(let factor, let low, let high, let original):
            return (
                plain(theta).map { frequency in
                    let turns = Double(original) * frequency / (2 * Double.pi)
                    if turns > high { return Float(frequency) }
                    if turns < low { return Float(frequency / factor) }
                    let smooth = (turns - low) / (high - low)
                    return Float((1 - smooth) * frequency / factor + smooth * frequency)
                }, 1
            )
        case .yarn(let yarn): return yarn.frequencies(plain(theta), dimensions: d, theta: theta)
        case .longrope(let rope):
            let factors = length > rope.original ? rope.long : rope.short
            return (
                zip(plain(theta), factors).map { Float($0 / $1) }, rope.scale(context)
            )
        }
    }
}

extension RotaryParameters.Yarn {
    fileprivate func frequencies(
        _ plain: [Double], dimensions d: Int, theta: Double
    ) -> (values: [Float], scale: Double) {
        func place(_ rotations: Double) -> Double {
            Double(d) * log(Double(original) / (rotations * 2 * Double.pi)) / (2 * log(theta))
        }
        var low = place(betaFast ?? 32), high = place(betaSlow ?? 1)
        if truncates { (low, high) = (floor(low), ceil(high)) }
        (low, high) = (max(low, 0), min(high, Double(d - 1)))
        if low == high { high += 0.001 }
        let values = plain.enumerated().map { index, frequency in
            let ramp = min(max((Double(index) - low) / (high - low), 0), 1)
            return Float(frequency / factor * ramp + frequency * (1 - ramp))
        }
        func magnitude(_ scale: Double) -> Double { factor <= 1 ? 1 : 0.1 * scale * log(factor) + 1 }
        if let attentionFactor { return (values, attentionFactor) }
        if let scale, let scaleOfAll, scale != 0, scaleOfAll != 0 {
            return (values, magnitude(scale) / magnitude(scaleOfAll))
        }
        return (values, magnitude(1))
    }
}

extension RotaryParameters.LongRope {
    fileprivate func scale(_ context: Int) -> Double {
        if let attentionFactor { return attentionFactor }
        let ratio = factor ?? Double(context) / Double(original)
        return ratio <= 1 ? 1 : (1 + log(ratio) / log(Double(original))).squareRoot()
    }
}

/// Cosines and sines of a model's positions, computed when they are first needed.
public final class RotaryPositions: Sendable {
    public let parameters: RotaryParameters
    private let width, context: Int
    private let device: Device
    /// The table of lengths that positions do not depend on, and the last of those on which they do.
    private let known = Mutex(Known())

    private struct Known: Sendable {
        var fixed: RotaryTable?
        var stretched: RotaryTable?
        /// The text's length that `stretched` is for.
        var length = 0
    }

    /// - Parameters:
    ///   - width: of a head.
    ///   - context: the longest text of the training.
    public init(_ parameters: RotaryParameters, width: Int, context: Int, on device: Device) {
        self.parameters = parameters
        self.width = width
        self.context = context
        self.device = device
    }

    /// The positions from `start` on, of a text that ends `time` later.
    func table(start: Int, time: Int) throws -> RotaryTable {
        let end = start + time
        let last = known.withLock { $0 }
        if let fixed = parameters.fixed(context), end > fixed {
            if let table = last.stretched, last.length == end, table.positions.lowerBound <= start { return table }
            let table = try made(start..<end, length: end)
            known.withLock {
                $0.stretched = table
                $0.length = end
            }
            return table
        }
        if let table = last.fixed, table.positions.upperBound >= end { return table }
        // Twice as many each time, so that generation does not make them again at every token.
        let most = parameters.fixed(context) ?? parameters.reach(context)
        let doubled = max(256, 2 * (last.fixed?.positions.count ?? 0))
        let table = try made(0..<max(end, min(most, doubled)), length: end)
        known.withLock { $0.fixed = table }
        return table
    }

    private func made(_ positions: Range<Int>, length: Int) throws -> RotaryTable {
        let (frequencies, scale) = parameters.frequencies(width: width, length: length, context: context)
        return try RotaryTable(
            frequencies: frequencies, scale: scale, positions: positions, width: width, on: device)
    }
}
