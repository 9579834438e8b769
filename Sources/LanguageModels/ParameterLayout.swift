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

    init(_ layout: ParameterLayout, _ flat: Variable) {
        self.layout = layout
        self.flat = flat
    }

    /// The same parameters of another vector.
    func of(_ flat: Variable) -> Weights { Weights(layout, flat) }

    /// The parameter of a checkpoint's name.
    /// - Throws: `ModelError` where the architecture has none of that name.
    public subscript(_ name: String) -> Variable {
        get throws {
            if let known = made[name] { return known }
            guard let entry = layout.entries[name] else { throw ModelError.noParameter(name) }
            let segment = try flat.segment(entry.offset, shape: entry.shape)
            made[name] = segment
            return segment
        }
    }
}
