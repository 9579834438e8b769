/// The named parameters that an optimizer moves, in one flat vector.
import Tensors

/// One parameter tensor: what it is called, its shape, and where it lies in the flat vector of all.
public struct NamedParameter: Equatable, Sendable {
    /// As the checkpoint calls it; empty for a tensor without a name.
    public let name: String
    public let shape: [Int]
    public let offset: Int

    public init(name: String, shape: [Int], offset: Int) {
        self.name = name
        self.shape = shape
        self.offset = offset
    }

    public var count: Int { shape.reduce(1, *) }
    public var range: Range<Int> { offset..<(offset + count) }
    /// Whether it has two axes, and more than one row and column.
    public var isMatrix: Bool { shape.count == 2 && shape[0] > 1 && shape[1] > 1 }

    /// This parameter of a flat vector [P], in its shape; shares memory.
    func tensor(of flat: Tensor) -> Tensor { flat.segment(offset, shape: shape) }
}

public struct ParameterList: Equatable, Sendable {
    /// In the order of the flat vector, without gaps.
    public let entries: [NamedParameter]
    /// The elements that weight decay applies to, ascending; nil for all.
    public let decaying: [Range<Int>]?

    public init(_ entries: [NamedParameter], decaying: [Range<Int>]? = nil) {
        self.entries = entries
        self.decaying = decaying
    }

    /// Tensors of these shapes, one after the other.
    public init(shapes: [(name: String, shape: [Int])], decaying: [Range<Int>]? = nil) {
        var offset = 0
        let entries = shapes.map { name, shape in
            defer { offset += shape.reduce(1, *) }
            return NamedParameter(name: name, shape: shape, offset: offset)
        }
        self.init(entries, decaying: decaying)
    }

    /// One tensor without a name.
    public static func single(_ shape: [Int], decaying: [Range<Int>]? = nil) -> ParameterList {
        ParameterList(shapes: [("", shape)], decaying: decaying)
    }

    /// P.
    public var count: Int { entries.last.map { $0.offset + $0.count } ?? 0 }

    /// What of the parameters lies in `range`, which becomes a vector of its own; of a parameter that lies there in part
    /// its elements, in no shape.
    public func part(_ range: Range<Int>) -> ParameterList {
        func common(_ other: Range<Int>) -> Range<Int>? {
            let common = other.clamped(to: range)
            return common.isEmpty ? nil : common.lowerBound - range.lowerBound..<common.upperBound - range.lowerBound
        }
        return ParameterList(
            entries.compactMap { entry in
                common(entry.range).map { own in
                    NamedParameter(
                        name: entry.name, shape: own.count == entry.count ? entry.shape : [own.count],
                        offset: own.lowerBound)
                }
            }, decaying: decaying?.compactMap(common))
    }

    /// The parameters whose name fits one of several patterns, divided by commas; `*` stands for any letters.
    public func matching(_ patterns: String) -> [NamedParameter] {
        let patterns = patterns.split(separator: ",").map { Array($0.utf8).filter { $0 != UInt8(ascii: " ") } }
        return entries.filter { entry in patterns.contains { fits(Array(entry.name.utf8)[...], $0[...]) } }
    }

    /// Whether a name fits a pattern, in time of the product of their lengths.
    private func fits(_ name: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        var name = name, pattern = pattern
        // Where the last star was, and how much of the name it took.
        var star: (pattern: ArraySlice<UInt8>, name: ArraySlice<UInt8>)?
        while let letter = name.first {
            if pattern.first == UInt8(ascii: "*") {
                pattern = pattern.dropFirst()
                star = (pattern, name)
            } else if pattern.first == letter {
                (name, pattern) = (name.dropFirst(), pattern.dropFirst())
            } else if let last = star {
                star = (last.pattern, last.name.dropFirst())
                (pattern, name) = (last.pattern, last.name.dropFirst())
            } else {
                return false
            }
        }
        return pattern.allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
