/// Tensors in the language: printing, indexing, arithmetic.
import Autodiff
import Language
import Tensors

public final class TensorValue: Foreign {
    public let variable: Variable
    /// What its numbers stand for where they choose items: `x[t]`.
    public let meaning: Meaning

    public enum Meaning: String, Sendable {
        case numbers
        /// 1 for true and 0 for false, as comparisons give them.
        case mask
        /// Positions of items, as `argmax` and `topk` give them.
        case places
    }

    public init(_ variable: Variable, meaning: Meaning = .numbers) {
        self.variable = variable
        self.meaning = meaning
        super.init()
    }

    public convenience init(_ tensor: Tensor) { self.init(Variable(tensor)) }

    var tensor: Tensor { variable.value }
    public var shape: [Int] { variable.shape }
    /// All elements, row after row.
    /// - Throws: where a derivative follows them.
    public var numbers: [Double] {
        get throws { try worded { try variable.constant("this tensor").elements.map(Double.init) } }
    }
    public override var isTracked: Bool { variable.isTracked }

    /// Whether it is a number that a derivative follows, and nothing else to whoever wrote it.
    private var isNumber: Bool { shape.isEmpty && variable.isTracked }
    public override var kind: String { isNumber ? "number" : "tensor" }
    public override var phrase: String {
        isNumber ? summary : shape.isEmpty ? "a tensor of one number" : "a tensor \(shape)"
    }
    public override var summary: String {
        // Not as a row of numbers is shown, which two sides could be.
        shape.isEmpty
            ? formatNumber(asNumber ?? .nan, digits: 4)
            : "tensor of \(shape.map(String.init).joined(separator: "×"))"
    }
    public override var asNumber: Double? { variable.count == 1 ? (try? tensor.item()).map(Double.init) : nil }
    public override var numberCount: Int? { variable.count }
    public override func number(at position: Int) -> Double { tensor.number(at: position) }
    public override func firstNaN(orInfinite: Bool) -> Int? { tensor.firstNaN(orInfinite: orInfinite) }
    public override var byteCount: Int? { 4 * variable.count }
    public override var count: Int? { shape.first }
    public override func truth() throws -> Bool? { variable.count == 1 ? tensor.elements[0] != 0 : nil }

    public override func describe(width: Int, digits: Int) -> String {
        TensorText(tensor).described(width: width, digits: digits)
    }
    public override func describeAll(width: Int, digits: Int) -> String { TensorText(tensor).whole(digits: digits) }
    public override var repr: String {
        let text = TensorText(tensor).exact
        // Read back, it is to choose the same items.
        let isMask = meaning == .mask && !shape.isEmpty && tensor.elements.allSatisfy { $0 == 0 || $0 == 1 }
        return isMask ? text + " != 0" : text
    }

    public override func identify(in parts: inout IdentityParts) { parts.add(tensor) }

    public override var fieldNames: [String] { ["shape", "size", "T"] }
    public override func field(_ name: String) throws -> Value? {
        switch name {
        case "shape": .list(shape.map(Double.init))
        case "size": .number(variable.count)
        case "T": try worded { .foreign(TensorValue(try variable.transposed(), meaning: meaning)) }
        default: nil
        }
    }

    public override func index(_ indices: [Index]) throws -> Value? { try items(indices) }
    public override func settingIndex(_ indices: [Index], to value: Value) throws -> Foreign? {
        try settingItems(indices, to: value)
    }
    public override var selection: Selection? { get throws { try asSelection() } }

    // MARK: Operators

    public override func negated() throws -> Value? { try worded { .of(try -1 * variable) } }

    public override func binary(_ op: BinaryOperator, _ other: Value, isReversed: Bool) throws -> Value? {
        if let x = other.number, let result = try worded({ try scaled(op, x, isReversed) }) {
            // `1 - mask` is the other mask.
            let isMask = meaning == .mask && op == .subtract && isReversed && x == 1
            return isMask ? .foreign(TensorValue(result, meaning: .mask)) : .of(result)
        }
        guard let right = try operand(other) else { return nil }
        let (a, b) = isReversed ? (right, variable) : (variable, right)
        if op == .matrixProduct { return try product(a, b) }
        guard let result = try worded({ try combined(op, a, b) }) else { return nil }
        // A comparison of single numbers is a truth value.
        if op.isComparison, result.shape.isEmpty { return .bool(result.value.elements[0] != 0) }
        let isMask = op.isComparison || op == .multiply && areMasks([.foreign(self), other])
        return isMask ? .foreign(TensorValue(result, meaning: .mask)) : .of(result)
    }

    private func operand(_ value: Value) throws -> Variable? {
        // Lists and numbers have their own arithmetic.
        if isNumber, case .list = value { throw LanguageError.lostDerivative(of: "a number that works on a list") }
        return try tensor(value)
    }

    /// A value as a tensor to work with; nil if it cannot be one.
    func tensor(_ value: Value) throws -> Variable? {
        switch value {
        case .number(let x): return Variable(try Tensor(scalar: Float(rounding: x), on: tensor.device))
        case .bool(let flag): return Variable(try Tensor(scalar: flag ? 1 : 0, on: tensor.device))
        case .foreign(let foreign): return (foreign as? TensorValue)?.variable
        case .list(let list):
            try value.requireEnd("its tensor")
            return try self.list(list.writable())
        default: return nil
        }
    }

    /// A list of numbers, some of which may be tensors of one number.
    private func list(_ list: List) throws -> Variable? {
        if let numbers = try list.numbers {
            let elements = try numbers.enumerated().map { try Float(rounding: $1, place: "element [\($0)]") }
            return (try? Tensor(elements, shape: [numbers.count], on: tensor.device)).map { Variable($0) }
        }
        let parts = try list.map { try tensor($0) }
        guard !parts.isEmpty, parts.allSatisfy({ $0?.value.count == 1 }) else { return nil }
        return try Variable.concatenated(parts.compactMap { try $0?.reshaped([1]) })
    }

    /// Arithmetic with a plain number, without making a tensor of it.
    private func scaled(_ op: BinaryOperator, _ x: Double, _ isReversed: Bool) throws -> Variable? {
        switch (op, isReversed) {
        case (.multiply, _): try Float(rounding: x) * variable
        case (.add, _): try Float(rounding: x) + variable
        case (.subtract, false): try Float(rounding: -x) + variable
        case (.subtract, true): try Float(rounding: x) + -1 * variable
        case (.divide, false): try variable / Variable(Tensor(scalar: Float(rounding: x), on: tensor.device))
        case (.power, false) where x == 2: try variable.apply(.square)
        default: nil
        }
    }

    private func combined(_ op: BinaryOperator, _ a: Variable, _ b: Variable) throws -> Variable? {
        switch op {
        case .add: try a + b
        case .subtract: try a - b
        case .multiply: try a * b
        case .divide: try a / b
        case .remainder: try a.combined(.remainder, b)
        case .power: try a.power(b)
        case .equal: try a.combined(.equal, b)
        case .notEqual: try 1 - a.combined(.equal, b)
        case .less: try a.combined(.less, b)
        case .lessOrEqual: try a.combined(.lessOrEqual, b)
        case .greater: try b.combined(.less, a)
        case .greaterOrEqual: try b.combined(.lessOrEqual, a)
        case .matrixProduct: nil
        }
    }

    private func product(_ a: Variable, _ b: Variable) throws -> Value {
        let (left, right) = (a.shape, b.shape)
        guard let columns = left.last, let rows = right.first, right.count <= 2 else {
            throw LanguageError("shapes do not fit: \(left) @ \(right)", at: .left)
        }
        guard columns == rows else {
            throw LanguageError(
                "shapes do not fit: \(left) @ \(right)",
                advice: [
                    """
                    {left} has \(columns) column\(columns == 1 ? "" : "s"), {right} has \(rows) \
                    row\(rows == 1 ? "" : "s"); they must agree
                    """
                ], tellsOrigins: true)
        }
        return try worded { .of(try a.matrixProduct(b)) }
    }

    public override func isEqual(to other: Foreign) -> Bool {
        guard let other = other as? TensorValue else { return false }
        return shape == other.shape && tensor.hasSameElements(as: other.tensor)
    }

    public override func apply(_ function: String, _ arguments: [Value]) throws -> Value? {
        try worded {
            if let fact = try AxisReductions.fact(function, arguments) { return fact }
            guard let result = try ElementFunctions.apply(function, arguments, operand: { try self.operand($0) }) else {
                return nil
            }
            let isMask = function == "isnan" || ["max", "min"].contains(function) && areMasks(arguments)
            return isMask && !result.shape.isEmpty ? .foreign(TensorValue(result, meaning: .mask)) : .of(result)
        }
    }

    private func areMasks(_ values: [Value]) -> Bool {
        values.allSatisfy { ($0.foreign as? TensorValue)?.meaning == .mask }
    }
}

extension Tensor {
    /// One element, by its position in memory.
    func number(at position: Int) -> Double {
        withElements { $0.indices.contains(position) ? Double($0[position]) : .nan }
    }

    /// Where the first NaN stands, or with `orInfinite` the first number that is not finite.
    func firstNaN(orInfinite: Bool) -> Int? {
        if orInfinite, isFinite { return nil }
        return withElements { $0.firstIndex { $0.isNaN || orInfinite && $0.isInfinite } }
    }
}

extension Value {
    /// A tensor's value: a plain number where it is one and no derivative follows it.
    static func of(_ variable: Variable) -> Value {
        if variable.shape.isEmpty, !variable.isTracked {
            return .number(Double(variable.value.elements[0]))
        }
        return .foreign(TensorValue(variable))
    }
}

extension IdentityParts {
    mutating func add(_ tensor: Tensor) {
        add(tensor.shape.count)
        for size in tensor.shape { add(size) }
        tensor.withElements { add(UnsafeRawBufferPointer($0)) }
    }
}
