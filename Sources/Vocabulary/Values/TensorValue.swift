/// Tensors in the language: printing, indexing, arithmetic.
import Autodiff
import Language
import Tensors

public final class TensorValue: Foreign {
    public let variable: Variable

    public init(_ variable: Variable) {
        self.variable = variable
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
        shape.isEmpty ? formatNumber(asNumber ?? .nan, digits: 4) : "tensor \(shape)"
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
    public override var repr: String { TensorText(tensor).exact }

    public override func identify(in parts: inout IdentityParts) { parts.add(tensor) }

    public override var fieldNames: [String] { ["shape", "size", "T"] }
    public override func field(_ name: String) throws -> Value? {
        switch name {
        case "shape": .list(shape.map(Double.init))
        case "size": .number(variable.count)
        case "T": try worded { .of(try variable.transposed()) }
        default: nil
        }
    }

    // MARK: Items

    /// Each index as a range of its axis, and which axes disappear.
    private func ranges(
        _ indices: [Index]
    ) throws -> (ranges: [Range<Int>], dropped: Set<Int>, steps: [(axis: Int, indices: [Int])]) {
        guard indices.count <= shape.count else {
            throw LanguageError(
                """
                a tensor \(shape) has \(shape.count) \(shape.count == 1 ? "axis" : "axes"); it was given \
                \(indices.count) indices
                """,
                at: .index(shape.count))
        }
        var ranges = shape.map { 0..<$0 }, dropped: Set<Int> = [], steps: [(axis: Int, indices: [Int])] = []
        for (axis, index) in indices.enumerated() {
            let size = shape[axis]
            switch index {
            case .position(let value):
                guard let x = try value.asNumber, let whole = Int(exactly: x) else {
                    throw LanguageError(
                        "an index is a whole number or a slice; this is \(value.phrase)", at: .index(axis))
                }
                let position = whole < 0 ? whole + size : whole
                guard position >= 0, position < size else {
                    throw LanguageError(
                        "index \(whole) is outside of axis \(axis), which has \(size) \(size == 1 ? "item" : "items")",
                        at: .index(axis))
                }
                ranges[axis] = position..<(position + 1)
                dropped.insert(axis)
            case .slice(let slice):
                guard slice.step != 0 else { throw LanguageError("a slice's step must not be 0", at: .index(axis)) }
                let chosen = Array(slice.indices(count: size))
                if slice.step == 1 {
                    let first = chosen.first ?? 0
                    ranges[axis] = first..<(first + chosen.count)
                } else {
                    steps.append((axis, chosen))
                }
            }
        }
        return (ranges, dropped, steps)
    }

    public override func index(_ indices: [Index]) throws -> Value? {
        try worded {
            let (ranges, dropped, steps) = try ranges(indices)
            var result = try variable.sliced(ranges)
            for (axis, chosen) in steps { result = try result.chosen(chosen, axis: axis) }
            let shape = result.shape.enumerated().filter { !dropped.contains($0.offset) }.map(\.element)
            return .of(try result.reshaped(shape))
        }
    }

    public override func settingIndex(_ indices: [Index], to value: Value) throws -> Foreign? {
        try worded {
            let (ranges, dropped, steps) = try ranges(indices)
            guard steps.isEmpty else { throw LanguageError("only slices with step 1 can be assigned to") }
            let part = ranges.map(\.count)
            let new: Variable
            if let x = value.number {
                new = Variable(try Tensor(repeating: Float(rounding: x), shape: part, on: tensor.device))
            } else if let other = try self.tensor(value) {
                let open = part.enumerated().filter { !dropped.contains($0.offset) }.map(\.element)
                // One number fills whatever was chosen, however many axes it comes with.
                let one = other.count == 1 && open.reduce(1, *) == 1 ? try other.reshaped([]) : other
                new = try one.broadcast(to: open).reshaped(part)
            } else {
                return nil
            }
            return TensorValue(try variable.overwriting(ranges, with: new))
        }
    }

    // MARK: Operators

    public override func negated() throws -> Value? { try worded { .of(try -1 * variable) } }

    public override func binary(_ op: BinaryOperator, _ other: Value, isReversed: Bool) throws -> Value? {
        if let x = other.number, let result = try worded({ try scaled(op, x, isReversed) }) {
            return .of(result)
        }
        guard let right = try operand(other) else { return nil }
        let (a, b) = isReversed ? (right, variable) : (variable, right)
        if op == .matrixProduct { return try product(a, b) }
        guard let result = try worded({ try combined(op, a, b) }) else { return nil }
        // A comparison of single numbers is a truth value.
        if op.isComparison, result.count == 1 { return .bool(result.value.elements[0] != 0) }
        return .of(result)
    }

    private func operand(_ value: Value) throws -> Variable? {
        // Lists and numbers have their own arithmetic.
        if isNumber, case .list = value { throw LanguageError.lostDerivative(of: "a number that works on a list") }
        return try tensor(value)
    }

    /// A value as a tensor to work with; nil if it cannot be one.
    private func tensor(_ value: Value) throws -> Variable? {
        switch value {
        case .number(let x): Variable(try Tensor(scalar: Float(rounding: x), on: tensor.device))
        case .bool(let flag): Variable(try Tensor(scalar: flag ? 1 : 0, on: tensor.device))
        case .foreign(let foreign): (foreign as? TensorValue)?.variable
        case .list(let list): try self.list(list.writable())
        default: nil
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
        try worded { try ElementFunctions.apply(function, arguments) { try self.operand($0) }.map { .of($0) } }
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

extension Variable {
    /// Items of one axis by index.
    func chosen(_ indices: [Int], axis: Int) throws -> Variable {
        if axis == 0 { return try gather(indices.map(Int32.init)) }
        let outer = shape[..<axis].reduce(1, *), size = shape[axis]
        let rest = Array(shape[(axis + 1)...])
        let rows = (0..<outer).flatMap { row in indices.map { Int32(row * size + $0) } }
        return try reshaped([outer * size] + rest).gather(rows).reshaped(Array(shape[..<axis]) + [indices.count] + rest)
    }
}

extension IdentityParts {
    mutating func add(_ tensor: Tensor) {
        add(tensor.shape.count)
        for size in tensor.shape { add(size) }
        tensor.withElements { add(UnsafeRawBufferPointer($0)) }
    }
}
