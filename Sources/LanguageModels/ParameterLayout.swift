/// Where each named parameter lies in a model's one flat vector of weights.
import Files
import Autodiff
import Tensors

/// Names, shapes and offsets, in the order of the checkpoint's own list.
public final class ParameterLayout: Sendable, Equatable {
    public struct Entry: Equatable, Sendable {
        public let shape: [Int]
        public let offset: Int
        public var count: Int { shape.reduce(1, *) }
    }
    public let entries: NamedValues<Entry>
    /// Number of weights in all.
    public let count: Int

    public init(_ shapes: [(name: String, shape: [Int])]) {
        var entries: NamedValues<Entry> = [:], offset = 0
        for (name, shape) in shapes where entries[name] == nil {
            entries[name] = Entry(shape: shape, offset: offset)
            offset += shape.reduce(1, *)
        }
        self.entries = entries
        count = offset
    }

    public static func == (a: ParameterLayout, b: ParameterLayout) -> Bool { a === b || a.entries == b.entries }

    /// The parameter `name` of a flat vector; shares its memory.
    public func tensor(_ name: String, of flat: Tensor) -> Tensor? {
        entries[name].map { flat.segment($0.offset, shape: $0.shape) }
    }

    /// The weights that decay: all but biases and norms (parameters of one axis), as ascending ranges.
    public var decaying: [Range<Int>] {
        var ranges: [Range<Int>] = []
        for entry in entries.values where entry.shape.count > 1 {
            let end = entry.offset + entry.count
            if let last = ranges.last, last.upperBound == entry.offset {
                ranges[ranges.count - 1] = last.lowerBound..<end
            } else {
                ranges.append(entry.offset..<end)
            }
        }
        return ranges
    }
}

/// The parameters of one model as variables, each made once, so that a tied weight is one variable.
public final class Weights {
    private let layout: ParameterLayout
    /// The vector that they lie in.
    let flat: Variable
    private var made: [String: Variable] = [:]
    /// Where the other parameters lie of a model that has frozen ones.
    private let adapted: Adapted?

    init(of model: LanguageModel, _ flat: Variable) {
        layout = model.layout
        adapted = model.adapted
        self.flat = flat
    }

    private init(_ other: Weights, _ flat: Variable) {
        (layout, adapted) = (other.layout, other.adapted)
        self.flat = flat
    }

    /// The same parameters of another vector.
    func of(_ flat: Variable) -> Weights { Weights(self, flat) }

    /// The parameter of a checkpoint's name.
    /// - Throws: `ModelError` where the architecture has none of that name.
    public subscript(_ name: String) -> Variable {
        get throws {
            if let known = made[name] { return known }
            guard let entry = layout.entries[name] else {
                guard let adapted else { throw ModelError.noParameter(name) }
                let constant = Variable(try adapted.frozen.tensor(name))
                made[name] = constant
                return constant
            }
            let segment = try flat.segment(entry.offset, shape: entry.shape)
            made[name] = segment
            return segment
        }
    }

    /// Rows of a table by index; `leading` is the result's shape before the rows' own axis.
    public func rows(of name: String, _ indices: [Int32], leading: [Int]? = nil) throws -> Variable {
        guard let matrix = adapted?.frozen.matrix(name) else { return try self[name].gather(indices, leading: leading) }
        return Variable(try matrix.gathered(indices, leading: leading ?? [indices.count]))
    }

    /// The matrix [vocabulary, width] that logits are formed with; nil where an adapter adds to it.
    func headMatrix(_ name: String) throws -> HeadLogits.Matrix? {
        guard adapted?.adapter(of: name) == nil else { return nil }
        if let matrix = adapted?.frozen.matrix(name) { return .stored(matrix) }
        return .variable(try self[name])
    }

    /// x W (+ b) for the weight of that name, with what an adapter beside it adds.
    /// - Parameters:
    ///   - bias: the name of b.
    ///   - transposed: whether the weight is stored [out, in].
    public func linear(_ x: Variable, _ name: String, bias: String? = nil, transposed: Bool) throws -> Variable {
        let y: Variable
        if let (matrix, isTurned) = adapted?.frozen.factor(name) {
            y = try x.linear(
                stored: matrix, bias: bias.map { try self[$0].value }, transposed: transposed != isTurned)
        } else {
            y = try x.linear(self[name], bias: bias.map { try self[$0] }, transposed: transposed)
        }
        guard let adapter = adapted?.adapter(of: name) else { return y }
        let low = try adapter.scale * x.linear(self[adapter.a], transposed: true)
        return try y + low.linear(self[adapter.b], transposed: true)
    }
}
