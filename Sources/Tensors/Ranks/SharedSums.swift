/// Sums over numbered pieces of work that ranks share out, to the same bits whatever their number.
///
/// The pieces are the leaves of a binary tree that depends on their number alone, and each node is the sum of its two
/// halves. A rank does neighbouring pieces and adds up the nodes that are wholly its own; then each rank completes the
/// tree for its slice of the numbers, from the other ranks' nodes, and gives the slice to all. So a rank holds a few
/// summands at a time, and sends about two.

/// What one piece adds.
public struct Summand {
    /// Added element by element; nil where the piece has nothing to add.
    public var tensors: [Tensor?]
    /// Numbers of the piece that every rank gets as they are.
    public var figures: [Double]

    public init(tensors: [Tensor?] = [], figures: [Double] = []) {
        self.tensors = tensors
        self.figures = figures
    }
}

/// The order in which pieces are added.
enum SumTree {
    /// Where the right half of a node begins: the left one has a power of two of the pieces.
    static func middle(of node: Range<Int>) -> Int {
        var left = 1
        while 2 * left < node.count { left *= 2 }
        return node.lowerBound + left
    }

    /// The largest nodes that lie within some neighbouring pieces, in their order.
    static func roots(within pieces: Range<Int>, of node: Range<Int>) -> [Range<Int>] {
        guard node.overlaps(pieces) else { return [] }
        if pieces.lowerBound <= node.lowerBound, node.upperBound <= pieces.upperBound { return [node] }
        let middle = middle(of: node)
        return roots(within: pieces, of: node.lowerBound..<middle) + roots(within: pieces, of: middle..<node.upperBound)
    }

    /// The sum of a node from what its leaves are, or nodes that are known.
    static func sum<S>(
        _ node: Range<Int>, known: (Range<Int>) throws -> S?, add: (inout S, S) throws -> Void
    ) throws -> S? {
        if let sum = try known(node) { return sum }
        guard node.count > 1 else { return nil }
        let middle = middle(of: node)
        var left = try sum(node.lowerBound..<middle, known: known, add: add)
        guard let right = try sum(middle..<node.upperBound, known: known, add: add) else { return left }
        if left == nil { left = right } else { try left.mutate { try add(&$0, right) } }
        return left
    }
}

extension Optional {
    /// Changes what there is in place.
    fileprivate mutating func mutate(_ change: (inout Wrapped) throws -> Void) rethrows {
        guard var value = self else { return }
        self = nil
        defer { self = value }
        try change(&value)
    }
}

extension Ranks {
    /// The sums of the pieces' tensors, and each piece's figures. Without company of other processes the pieces are
    /// added one after the other.
    /// - Parameter place: what this is, for the words of an error: all ranks must be at the same.
    public func sums(
        _ place: String, of count: Int, on device: Device, _ work: (Int) throws -> Summand
    ) throws -> (tensors: [Tensor?], figures: [[Double]]) {
        if let log {
            return try written(place, .sums, to: log) { entry in
                try sums(place, of: count, on: device) { piece in try entry.piece({ try work(piece) }) { $1.note($0) } }
            }
        }
        guard sharesWork, count > 1 else {
            var sum: [Tensor?]?, figures: [[Double]] = []
            for piece in 0..<count {
                let summand = try work(piece)
                figures.append(summand.figures)
                if sum == nil { sum = summand.tensors } else { try sum.mutate { try Ranks.add(&$0, summand.tensors) } }
            }
            return (sum ?? [], figures)
        }
        guard hasCompany else {
            var figures: [[Double]] = []
            let sum = try apart {
                try node(0..<count) {
                    let summand = try work($0)
                    figures.append(summand.figures)
                    return summand.tensors
                }
            }
            return (sum, figures)
        }
        return try shared(place, count, device, work)
    }

    private static func add(_ sum: inout [Tensor?], _ other: [Tensor?]) throws {
        for (index, tensor) in other.enumerated() where index < sum.count {
            guard let tensor else { continue }
            if sum[index] == nil { sum[index] = tensor } else { try sum[index].mutate { try $0.add(tensor) } }
        }
    }

    private func node(_ node: Range<Int>, _ leaf: (Int) throws -> [Tensor?]) throws -> [Tensor?] {
        try SumTree.sum(node, known: { $0.count == 1 ? try leaf($0.lowerBound) : nil }, add: Ranks.add) ?? []
    }

    private func shared(
        _ place: String, _ count: Int, _ device: Device, _ work: (Int) throws -> Summand
    ) throws -> (tensors: [Tensor?], figures: [[Double]]) {
        let all = 0..<count
        let rootsOf = (0..<self.count).map { SumTree.roots(within: share(of: $0, count), of: all) }
        var figures: [[Double]] = []
        let own = try attempt("\(place), \(count) pieces") { begins in
            try rootsOf[number].map { root in
                try node(root) { piece in
                    begins(piece)
                    let summand = try work(piece)
                    figures.append(summand.figures)
                    return summand.tensors
                }
            }
        } again: {
            _ = try work($0)
        }
        // What the others cannot know: figures, and the forms of tensors.
        let notes = try gather((figures + own.map(Ranks.forms)).flatMap { [Double($0.count)] + $0 }.bytes)
            .map { Ranks.lists([Double](bytes: $0)) }
        let allFigures = notes.enumerated().flatMap { rank, lists in lists.prefix(share(of: rank, count).count) }
        let forms = notes.enumerated().map { rank, lists in
            lists.dropFirst(share(of: rank, count).count).map(Ranks.shapes)
        }
        guard let slots = forms.lazy.flatMap({ $0 }).first?.count else { return ([], allFigures) }
        let sums = try (0..<slots).map { slot -> Tensor? in
            var present: Set<Range<Int>> = [], shape: [Int]?
            for rank in 0..<self.count {
                for (index, root) in rootsOf[rank].enumerated() {
                    guard let form = forms[rank][index][slot] else { continue }
                    shape = form
                    present.insert(root)
                }
            }
            guard let shape else { return nil }
            let summands = zip(rootsOf[number], own).compactMap { root, tensors in tensors[slot].map { (root, $0) } }
            let sum = try Tensor(uninitialized: shape, on: device)
            try summands.map(\.1).withPointers { pointers in
                try sum.withWritable { target in
                    try SliceExchange(
                        ranks: self, pieces: all, roots: rootsOf.map { $0.filter(present.contains) },
                        own: pointers.map { UnsafeRawPointer($0) }, count: sum.count, stride: 4
                    ) { target, source, count in
                        let (x, y) = (
                            source.assumingMemoryBound(to: Float.self), target.assumingMemoryBound(to: Float.self)
                        )
                        device.forEachBlock(count) { lethe_axpy(1, x + $0, y + $0, $1) }
                    }.sum(into: UnsafeMutableRawPointer(target))
                }
            }
            return sum
        }
        return (sums, allFigures)
    }

    /// Shapes as numbers: for each tensor how many sides it has, and those; -1 for none.
    private static func forms(_ tensors: [Tensor?]) -> [Double] {
        tensors.flatMap { tensor -> [Double] in
            guard let tensor else { return [-1] }
            return [Double(tensor.shape.count)] + tensor.shape.map(Double.init)
        }
    }

    private static func shapes(_ numbers: [Double]) -> [[Int]?] {
        var result: [[Int]?] = [], rest = numbers[...]
        while let first = rest.popFirst() {
            guard first >= 0 else {
                result.append(nil)
                continue
            }
            result.append(rest.prefix(Int(first)).map { Int($0) })
            rest = rest.dropFirst(Int(first))
        }
        return result
    }

    /// Lists that stand one after the other, each behind its length.
    private static func lists(_ numbers: [Double]) -> [[Double]] {
        var result: [[Double]] = [], rest = numbers[...]
        while let length = rest.popFirst() {
            result.append(Array(rest.prefix(Int(length))))
            rest = rest.dropFirst(Int(length))
        }
        return result
    }
}

import CKernels
