/// Elementwise functions and arithmetic with NumPy's broadcasting.
import CKernels

/// A function of one number, applied to every element.
public enum UnaryFunction: Int32, CaseIterable, Sendable {
    case exp, log, tanh, sigmoid, softplus, gelu, silu, relu, sqrt, abs, sign, negate, square, reciprocal, sin, cos,
        floor, round, geluExact, erf
}

/// A function of two numbers, applied pairwise.
public enum BinaryFunction: Int32, CaseIterable, Sendable {
    case add, subtract, multiply, divide, power, maximum, minimum, less, lessOrEqual, equal, remainder

    /// The sign a user writes.
    public var sign: String {
        switch self {
        case .add: "+"
        case .subtract: "-"
        case .multiply: "*"
        case .divide: "/"
        case .power: "^"
        case .maximum: "max"
        case .minimum: "min"
        case .less: "<"
        case .lessOrEqual: "<="
        case .equal: "=="
        case .remainder: "%"
        }
    }
}

extension Tensor {
    /// f applied to every element.
    public func map(_ function: UnaryFunction) throws -> Tensor {
        let result = try Tensor(uninitialized: shape, on: device)
        lend(self, to: result) { x, y in
            device.forEachBlock(count) { lethe_unary(function.rawValue, x + $0, y + $0, $1) }
        }
        return result
    }

    /// Every element becomes its square times `factor`, where it is if nobody else sees this tensor's memory.
    package mutating func square(times factor: Float) throws {
        let target = isUnique ? self : try Tensor(uninitialized: shape, on: device)
        lend(self, to: target) { x, y in
            device.forEachBlock(count) {
                lethe_unary(UnaryFunction.square.rawValue, x + $0, y + $0, $1)
                if factor != 1 {
                    lethe_binary_scalar(BinaryFunction.multiply.rawValue, y + $0, factor, 0, y + $0, $1)
                }
            }
        }
        self = target
    }

    /// Every element becomes its multiple, where it is if nobody else sees this tensor's memory.
    package mutating func multiply(by factor: Float) throws {
        let target = isUnique ? self : try Tensor(uninitialized: shape, on: device)
        lend(self, to: target) { x, y in
            device.forEachBlock(count) {
                lethe_binary_scalar(BinaryFunction.multiply.rawValue, x + $0, factor, 0, y + $0, $1)
            }
        }
        self = target
    }

    /// Elementwise f(self, other) after broadcasting both to a common shape (axes align at the end; sides of 1
    /// stretch).
    public func combined(_ function: BinaryFunction, _ other: Tensor) throws -> Tensor {
        if shape == other.shape {
            let result = try Tensor(uninitialized: shape, on: device)
            lend(self, other, to: result) { x, y, z in
                device.forEachBlock(count) { lethe_binary(function.rawValue, x + $0, y + $0, z + $0, $1) }
            }
            return result
        }
        if other.count == 1, other.rank <= rank {
            return try combined(function, scalar: other.item(), swapped: false)
        }
        if count == 1, rank <= other.rank {
            return try other.combined(function, scalar: item(), swapped: true)
        }
        let common = try Tensor.broadcastShape(shape, other.shape, operation: function.sign)
        return try broadcast(to: common).combined(function, other.broadcast(to: common))
    }

    /// f(self, number), or f(number, self) if `swapped`.
    public func combined(_ function: BinaryFunction, scalar: Float, swapped: Bool = false) throws -> Tensor {
        let result = try Tensor(uninitialized: shape, on: device)
        lend(self, to: result) { x, z in
            device.forEachBlock(count) {
                lethe_binary_scalar(function.rawValue, x + $0, scalar, swapped ? 1 : 0, z + $0, $1)
            }
        }
        return result
    }

    /// Elements limited to `low` ... `high`, min(max(x, low), high): where `low` is above `high`, all become `high`.
    /// NaN stays.
    public func clipped(_ low: Float, _ high: Float) throws -> Tensor {
        let low = low > high ? high : low
        let result = try Tensor(uninitialized: shape, on: device)
        lend(self, to: result) { x, y in
            device.forEachBlock(count) { lethe_clip(x + $0, low, high, y + $0, $1) }
        }
        return result
    }

    /// a · self + b · other, in one pass; shapes must be equal.
    public func combined(_ a: Float, _ other: Tensor, _ b: Float) throws -> Tensor {
        guard shape == other.shape else {
            throw TensorError.shapesDoNotFit(operation: "+", left: shape, right: other.shape)
        }
        let result = try Tensor(uninitialized: shape, on: device)
        lend(self, other, to: result) { x, y, z in
            device.forEachBlock(count) { lethe_axpby(a, x + $0, b, y + $0, z + $0, $1) }
        }
        return result
    }

    /// Adds a · other to this tensor in place; only for tensors nobody else sees.
    package func accumulate(_ other: Tensor, times a: Float = 1) {
        precondition(count == other.count, "accumulation of different sizes")
        lend(other, to: self) { x, y in device.forEachBlock(count) { lethe_axpy(a, x + $0, y + $0, $1) } }
    }

    public static func + (a: Tensor, b: Tensor) throws -> Tensor { try a.combined(.add, b) }
    public static func - (a: Tensor, b: Tensor) throws -> Tensor { try a.combined(.subtract, b) }
    public static func * (a: Tensor, b: Tensor) throws -> Tensor { try a.combined(.multiply, b) }
    public static func / (a: Tensor, b: Tensor) throws -> Tensor { try a.combined(.divide, b) }
    public static func * (a: Float, b: Tensor) throws -> Tensor { try b.combined(.multiply, scalar: a) }
    public static prefix func - (a: Tensor) throws -> Tensor { try a.map(.negate) }
}
