/// Functions and arithmetic on elements, with broadcasting.
import CKernels
import Tensors

/// y = f(x) for a function of one number.
struct UnaryOperation: Operation {
    let function: UnaryFunction
    var name: String { "\(function)" }

    func forward(_ x: [Tensor]) throws -> Tensor { try x[0].map(function) }
    func separatesExamples(_ x: [Tensor]) -> Bool { true }

    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        guard let tx = tx[0] else { return nil }
        return try derivative(x[0], times: tx)
    }

    func reverse(_ r: borrowing Reversal) throws {
        if r.wantsValue(0) { try r.contribute(0, derivative(r.x[0], times: r.dy)) }
        guard r.wantsTangent(0) else { return }
        if let tx = r.tx[0] {
            let result = try Tensor(uninitialized: r.x[0].shape, on: r.device)
            let device = r.device
            lend(r.x[0], tx, r.dy, to: result) { x, tx, dy, out in
                r.tdy.withReadable { tdy in
                    device.forEachBlock(result.count) { i, n in
                        lethe_unary_reverse_tangent(
                            function.rawValue, x + i, tx + i, dy + i, tdy.map { $0 + i }, out + i, n)
                    }
                }
            }
            try r.contribute(0, nil, result)
        } else if let tdy = r.tdy {
            try r.contribute(0, nil, derivative(r.x[0], times: tdy))
        }
    }

    /// f'(x) · u in one pass.
    private func derivative(_ x: Tensor, times u: Tensor) throws -> Tensor {
        let result = try Tensor(uninitialized: x.shape, on: x.device)
        lend(x, u, to: result) { x, u, out in
            result.device.forEachBlock(result.count) {
                lethe_unary_reverse(function.rawValue, x + $0, u + $0, out + $0, $1)
            }
        }
        return result
    }

    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        guard let partial = try partial(x[0], y) else { return [nil] }
        return [try dy * partial]
    }

    /// f'(x) in differentiable operations; `nil` where it is zero.
    private func partial(_ x: Variable, _ y: Variable) throws -> Variable? {
        switch function {
        case .exp: return y
        case .log: return try x.apply(.reciprocal)
        case .tanh: return try 1 - y * y
        case .sigmoid: return try y * (1 - y)
        case .softplus: return try x.apply(.sigmoid)
        case .gelu:
            // y = x s(u), s the logistic function, u = 2a(x + b x³)
            let a = Float(0.7978845608028654), b = Float(0.044715)
            let s = try (2 * a * (x + b * (x * x * x))).apply(.sigmoid)
            return try s + x * (s * (1 - s)) * (2 * a * (1 + 3 * b * (x * x)))
        case .geluExact:
            let density = try Float(0.3989422804014327) * (-0.5 * (x * x)).apply(.exp)
            return try 0.5 * (1 + (Float(0.5).squareRoot() * x).apply(.erf)) + x * density
        case .erf: return try Float(1.1283791670955126) * (-1 * (x * x)).apply(.exp)
        case .silu:
            let s = try x.apply(.sigmoid)
            return try s + x * (s * (1 - s))
        // NaN counts as positive, as it does forward.
        case .relu: return try 1 - x.combined(.lessOrEqual, Variable(Tensor.zeros([], on: x.device)))
        case .sqrt: return try 0.5 * y.apply(.reciprocal)
        case .abs: return try x.apply(.sign)
        case .negate: return try Variable(Tensor(repeating: -1, shape: x.shape, on: x.device))
        case .square: return try 2 * x
        case .reciprocal: return try -1 * (y * y)
        case .sin: return try x.apply(.cos)
        case .cos: return try -1 * x.apply(.sin)
        case .sign, .floor, .round: return nil
        }
    }
}

/// z = f(x, y) for the arithmetic functions; shapes broadcast.
struct BinaryOperation: PrimitiveOperation {
    let function: BinaryFunction
    var name: String { function.sign }

    func forward(_ x: [Tensor]) throws -> Tensor { try x[0].combined(function, x[1]) }
    /// What stretches is summed over on the way back.
    func separatesExamples(_ x: [Tensor]) -> Bool { x[0].shape == x[1].shape }

    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ z: Tensor) throws -> Tensor? {
        let inputs = x.map { Variable($0) }
        let partials = try partials(inputs, Variable(z), follows: tx.map { $0 != nil })
        var sum: Tensor?
        for i in 0..<2 {
            guard let t = tx[i] else { continue }
            let term: Tensor
            switch partials[i] {
            case .none: continue
            case .one: term = t
            case .minusOne: term = try -t
            case .factor(let partial): term = try partial.value * t
            case .divisor(let divisor): term = try t / divisor.value
            }
            let whole = try term.broadcast(to: z.shape)
            sum = try sum.map { try $0 + whole } ?? whole
        }
        return sum
    }

    func reverse(_ r: borrowing Reversal) throws {
        let inputs = r.x.indices.map { Variable(r.x[$0], tangent: r.tx[$0]) }
        let wanted = r.x.indices.map { r.wants($0) }
        let results = try reverse(inputs, Variable(r.y, tangent: r.ty), Variable(r.dy, tangent: r.tdy), wanted)
        for (i, result) in results.enumerated() {
            if let result, wanted[i] { try r.contribute(i, result.value, result.tangent) }
        }
    }

    func reverse(recorded x: [Variable], _ z: Variable, _ dz: Variable) throws -> [Variable?] {
        try reverse(x, z, dz, x.map(\.requiresGradient))
    }

    private func reverse(_ x: [Variable], _ z: Variable, _ dz: Variable, _ wanted: [Bool]) throws -> [Variable?] {
        try zip(x, partials(x, z, follows: wanted)).map { input, partial in
            switch partial {
            case .none: nil
            case .one: try dz.summed(to: input.shape)
            case .minusOne: try (-1 * dz).summed(to: input.shape)
            case .factor(let partial): try (dz * partial).summed(to: input.shape)
            case .divisor(let divisor): try (dz / divisor).summed(to: input.shape)
            }
        }
    }

    private enum PartialDerivative {
        case none, one, minusOne
        case factor(Variable)
        /// 1 / divisor.
        case divisor(Variable)
    }

    /// ∂z/∂x and ∂z/∂y; at special points what PyTorch takes.
    /// - Parameter follows: which inputs a derivative follows; the others' need not be computed.
    private func partials(_ x: [Variable], _ z: Variable, follows: [Bool]) throws -> [PartialDerivative] {
        let (a, b) = (x[0], x[1])
        switch function {
        case .add: return [.one, .one]
        case .subtract: return [.one, .minusOne]
        case .multiply: return [.factor(b), .factor(a)]
        case .divide: return [.divisor(b), follows[1] ? .factor(try -1 * (z / b)) : .none]
        case .power:
            return [follows[0] ? try partialOfBase(a, b) : .none, follows[1] ? try partialOfExponent(a, b, z) : .none]
        case .maximum, .minimum:
            // Equal arguments share the gradient; of NaN both have it.
            let half = try 0.5 * a.combined(.equal, b)
            let (second, first) =
                try function == .maximum ? (a.less(than: b), b.less(than: a)) : (b.less(than: a), a.less(than: b))
            return [.factor(try 1 - second - half), .factor(try 1 - first - half)]
        case .remainder: return [.one, follows[1] ? .factor(try -1 * (a / b).apply(.floor)) : .none]
        case .less, .lessOrEqual, .equal: return [.none, .none]
        }
    }

    /// b a^(b-1), and 0 where b is 0, whatever a is.
    private func partialOfBase(_ a: Variable, _ b: Variable) throws -> PartialDerivative {
        let zero = try b.value.combined(.equal, scalar: 0)
        guard zero.maximum() ?? 0 > 0 else { return .factor(try b * a.power(b - 1)) }
        if b.value.count == 1, b.value.rank <= a.value.rank { return .none }
        let shape = try Tensor.broadcastShape(a.shape, b.shape, operation: function.sign)
        let mask = try zero.broadcast(to: shape)
        return .factor(
            try (b * a.broadcast(to: shape).replaced(where: mask, by: 1).power(b - 1)).replaced(where: mask, by: 0))
    }

    /// a^b log a, and 0 where a is 0 and b is not negative.
    private func partialOfExponent(_ a: Variable, _ b: Variable, _ z: Variable) throws -> PartialDerivative {
        let zero = try a.value.combined(.equal, scalar: 0)
        guard zero.maximum() ?? 0 > 0 else { return .factor(try z * a.apply(.log)) }
        let mask = try (zero * b.value.combined(.lessOrEqual, scalar: 0, swapped: true)).broadcast(to: z.shape)
        return .factor(try z * a.broadcast(to: z.shape).replaced(where: mask, by: 1).apply(.log))
    }
}

/// y = a x, the number a being a constant: cheaper than a product of tensors.
struct ScaleOperation: PrimitiveOperation {
    let factor: Float
    var name: String { "*" }
    func forward(_ x: [Tensor]) throws -> Tensor { try factor * x[0] }
    func separatesExamples(_ x: [Tensor]) -> Bool { true }
    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? { try tx[0].map { try factor * $0 } }
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] { [try factor * dy] }
}

/// y = x + a for a constant number a.
struct ShiftOperation: PrimitiveOperation {
    let amount: Float
    var name: String { "+" }
    func forward(_ x: [Tensor]) throws -> Tensor { try x[0].combined(.add, scalar: amount) }
    func separatesExamples(_ x: [Tensor]) -> Bool { true }
    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? { tx[0] }
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] { [dy] }
}

/// y = min(max(x, low), high); the gradient passes where x is inside.
struct ClipOperation: PrimitiveOperation {
    let low, high: Float
    var name: String { "clip" }
    func forward(_ x: [Tensor]) throws -> Tensor { try x[0].clipped(low, high) }
    func separatesExamples(_ x: [Tensor]) -> Bool { true }
    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        try tx[0].map { try $0 * inside(x[0]) }
    }
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        [try dy * Variable(inside(x[0].value))]
    }
    private func inside(_ x: Tensor) throws -> Tensor {
        try x.combined(.lessOrEqual, scalar: low, swapped: true) * x.combined(.lessOrEqual, scalar: high)
    }
}

/// y = x where the mask is 0, elsewhere a constant, of which no gradient comes.
struct ReplaceOperation: PrimitiveOperation {
    /// 0 and 1, shaped like x.
    let mask: Tensor
    let constant: Float
    var name: String { "replace" }
    func forward(_ x: [Tensor]) throws -> Tensor { try filled(x[0], constant) }
    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? { try tx[0].map { try filled($0, 0) } }
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        [try dy.replaced(where: mask, by: 0)]
    }
    /// A choice, not a product: what is replaced may be NaN or infinite.
    private func filled(_ x: Tensor, _ constant: Float) throws -> Tensor {
        guard x.shape == mask.shape else {
            throw TensorError.shapesDoNotFit(operation: name, left: x.shape, right: mask.shape)
        }
        return try x.withElements { x in
            try mask.withElements { mask in
                try Tensor(shape: self.mask.shape, on: self.mask.device) { y in
                    for i in y.indices { y[i] = mask[i] == 0 ? x[i] : constant }
                }
            }
        }
    }
}

/// y = x: a new name for a variable at the border of a nested derivative.
struct IdentityOperation: PrimitiveOperation {
    var name: String { "identity" }
    func forward(_ x: [Tensor]) throws -> Tensor { x[0] }
    func separatesExamples(_ x: [Tensor]) -> Bool { true }
    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? { tx[0] }
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] { [dy] }
}

/// y = x, marking where a network ends and its loss begins: Gauss-Newton products keep the curvature above it only.
struct NetworkOutputOperation: PrimitiveOperation {
    var name: String { "network output" }
    func forward(_ x: [Tensor]) throws -> Tensor { x[0] }
    func separatesExamples(_ x: [Tensor]) -> Bool { true }
    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? { tx[0] }
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] { [dy] }
}

extension Variable {
    public func apply(_ function: UnaryFunction) throws -> Variable {
        try .waiting(.unary(function), [self]) ?? Variable(UnaryOperation(function: function), [self])
    }
    public func combined(_ function: BinaryFunction, _ other: Variable) throws -> Variable {
        try waiting(function, other) ?? Variable(BinaryOperation(function: function), [self, other])
    }
    /// The same as work that waits, by the rules of `Tensor.combined`.
    private func waiting(_ function: BinaryFunction, _ other: Variable) throws -> Variable? {
        if shape == other.shape { return try .waiting(.binary(function), [self, other]) }
        guard !requiresGradient, tangent == nil, !other.requiresGradient, other.tangent == nil else { return nil }
        if other.count == 1, other.shape.count <= shape.count {
            return try .waiting(.scalar(function, other.value.item(), swapped: false), [self])
        }
        if count == 1, shape.count <= other.shape.count {
            return try .waiting(.scalar(function, value.item(), swapped: true), [other])
        }
        return nil
    }
    public func clipped(_ low: Float, _ high: Float) throws -> Variable {
        try .waiting(.clip(low > high ? high : low, high), [self])
            ?? Variable(ClipOperation(low: low, high: high), [self])
    }
    public func power(_ exponent: Variable) throws -> Variable { try combined(.power, exponent) }
    /// A constant where the mask, of 0 and 1, is 1.
    public func replaced(where mask: Tensor, by constant: Float) throws -> Variable {
        try Variable(ReplaceOperation(mask: mask, constant: constant), [self])
    }
    /// min(max(self, low), high) with bounds that gradients follow: each element's gradient goes to what it is.
    public func clipped(_ low: Variable, _ high: Variable) throws -> Variable {
        let shape = try Tensor.broadcastShape(
            Tensor.broadcastShape(self.shape, low.shape, operation: "clip"), high.shape, operation: "clip")
        let (x, low, high) = try (broadcast(to: shape), low.broadcast(to: shape), high.broadcast(to: shape))
        func not(_ mask: Tensor) throws -> Tensor { try mask.combined(.equal, scalar: 0) }
        let isHigh = try not(x.value.combined(.lessOrEqual, high.value) * low.value.combined(.lessOrEqual, high.value))
        let isLow = try x.value.combined(.less, low.value) * not(isHigh)
        let own = try x.replaced(where: not(not(isLow + isHigh)), by: 0)
        return try own + low.replaced(where: not(isLow), by: 0) + high.replaced(where: not(isHigh), by: 0)
    }
    /// 1 where self < other, else 0.
    public func less(than other: Variable) throws -> Variable { try combined(.less, other) }
    /// Marks the network's output (see `NetworkOutputOperation`).
    public func asNetworkOutput() throws -> Variable { try Variable(NetworkOutputOperation(), [self]) }

    public static func + (a: Variable, b: Variable) throws -> Variable { try a.combined(.add, b) }
    public static func - (a: Variable, b: Variable) throws -> Variable { try a.combined(.subtract, b) }
    public static func * (a: Variable, b: Variable) throws -> Variable { try a.combined(.multiply, b) }
    public static func / (a: Variable, b: Variable) throws -> Variable { try a.combined(.divide, b) }
    public static func * (a: Float, b: Variable) throws -> Variable {
        try .waiting(.scalar(.multiply, a, swapped: false), [b]) ?? Variable(ScaleOperation(factor: a), [b])
    }
    public static func + (a: Float, b: Variable) throws -> Variable {
        try .waiting(.scalar(.add, a, swapped: false), [b]) ?? Variable(ShiftOperation(amount: a), [b])
    }
    public static func - (a: Variable, b: Float) throws -> Variable { try -b + a }
    public static func - (a: Float, b: Variable) throws -> Variable { try a + (-1 * b) }
}
