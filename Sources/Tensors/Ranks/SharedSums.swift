/// Sums over numbered pieces of work that ranks share out, to the same bits whatever their number.
///
/// The pieces are the leaves of a binary tree that depends on their number alone, and each node is the sum of its two
/// halves. A rank does neighbouring pieces and adds up the nodes that are wholly its own; then each rank completes the
/// tree for its slice of the numbers, from the other ranks' nodes, and gives the slice to all, or keeps it where every
/// rank goes on with its own part. So a rank holds a few summands at a time, and sends about two.

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
    /// - Parameters:
    ///   - place: what this is, for the words of an error: all ranks must be at the same.
    ///   - parts: which part of each sum, a vector, a rank is given, in memory of its own; nil for the whole.
    public func sums(
        _ place: String, of count: Int, on device: Device, parts: RankParts? = nil, _ work: (Int) throws -> Summand
    ) throws -> (tensors: [Tensor?], figures: [[Double]]) {
        if let log {
            return try written(place, .sums, to: log) { entry in
                entry.work.isDivided = parts != nil
                entry.work.holdsOneSummand = parts?.holdsOneSummand ?? false
                return try sums(place, of: count, on: device, parts: parts) { piece in
                    try entry.piece({ try work(piece) }) { $1.note($0) }
                }
            }
        }
        if let parts {
            try requireCompany(parts)
            if count > 1, hasCompany { return try shared(place, count, device, parts, work) }
            let (whole, figures) = try sums(place, of: count, on: device, work)
            return (try whole.map { try $0.map(parts.part) }, figures)
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
            let sum = try alone(count) {
                try apart {
                    try node(0..<count) {
                        let summand = try work($0)
                        figures.append(summand.figures)
                        return summand.tensors
                    }
                }
            }
            return (sum, figures)
        }
        return try shared(place, count, device, nil, work)
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
        _ place: String, _ count: Int, _ device: Device, _ parts: RankParts?, _ work: (Int) throws -> Summand
    ) throws -> (tensors: [Tensor?], figures: [[Double]]) {
        let all = 0..<count
        guard let parts, parts.holdsOneSummand else {
            let nodes = (0..<self.count).map { SumTree.roots(within: share(of: $0, count), of: all) }
            let (sums, figures) = try sums("\(place), \(count) pieces", nodes, [all], device, parts, work)
            return (sums[0], figures)
        }
        // A piece a rank at a time, and of what has been summed the largest nodes alone.
        var known: [Range<Int>: [Tensor?]] = [:], figures: [[Double]] = []
        for first in stride(from: 0, to: count, by: self.count) {
            let end = min(count, first + self.count), tops = SumTree.roots(within: first..<end, of: all)
            let nodes = (first..<first + self.count).map { $0 < end ? [$0..<$0 + 1] : [] }
            let (sums, found) = try sums("\(place), \(count) pieces from \(first)", nodes, tops, device, parts, work)
            figures += found
            for (top, sum) in zip(tops, sums) { known[top] = sum }
            for node in SumTree.roots(within: 0..<end, of: all) {
                known[node] = try SumTree.sum(node, known: { known.removeValue(forKey: $0) }, add: Ranks.add)
            }
        }
        return (known[all] ?? [], figures)
    }

    /// Sums of nodes of the tree.
    /// - Parameters:
    ///   - nodes: what each rank adds up by itself: neighbours, in their order.
    ///   - tops: what is to be known of them, each made of some.
    private func sums(
        _ place: String, _ nodes: [[Range<Int>]], _ tops: [Range<Int>], _ device: Device, _ parts: RankParts?,
        _ work: (Int) throws -> Summand
    ) throws -> (sums: [[Tensor?]], figures: [[Double]]) {
        var figures: [[Double]] = []
        let own = try attempt(place) { begins in
            try nodes[number].map { root in
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
        let counts = nodes.map { $0.reduce(0) { $0 + $1.count } }
        let allFigures = zip(notes, counts).flatMap { $0.prefix($1) }
        let forms = zip(notes, counts).map { $0.dropFirst($1).map(Ranks.shapes) }
        guard let slots = forms.lazy.flatMap({ $0 }).first?.count else { return (tops.map { _ in [] }, allFigures) }
        let sums = try tops.map { top in
            try (0..<slots).map { slot -> Tensor? in
                var present: Set<Range<Int>> = [], shape: [Int]?
                for rank in 0..<self.count {
                    for (index, root) in nodes[rank].enumerated() where top.contains(root.lowerBound) {
                        guard let form = forms[rank][index][slot] else { continue }
                        shape = form
                        present.insert(root)
                    }
                }
                guard let shape else { return nil }
                let summands = zip(nodes[number], own).compactMap { root, tensors in
                    present.contains(root) ? tensors[slot] : nil
                }
                return try sum(summands, nodes.map { $0.filter(present.contains) }, top, shape, device, parts)
            }
        }
        return (sums, allFigures)
    }

    /// The sum of one tensor of each node.
    private func sum(
        _ summands: [Tensor], _ nodes: [[Range<Int>]], _ top: Range<Int>, _ shape: [Int], _ device: Device,
        _ parts: RankParts?
    ) throws -> Tensor {
        let size = shape.reduce(1, *), slices = parts?.ranges ?? (0..<count).map { share(of: $0, size) }
        let sum = try Tensor(uninitialized: parts.map { [$0.own.count] } ?? shape, on: device)
        try summands.withPointers { pointers in
            try sum.withWritable { target in
                let exchange = SliceExchange(
                    ranks: self, pieces: top, roots: nodes, own: pointers.map { UnsafeRawPointer($0) }, slices: slices,
                    stride: 4
                ) { target, source, count in
                    let (x, y) = (
                        source.assumingMemoryBound(to: Float.self), target.assumingMemoryBound(to: Float.self)
                    )
                    device.forEachBlock(count) { lethe_axpy(1, x + $0, y + $0, $1) }
                }
                let place = UnsafeMutableRawPointer(target)
                if parts == nil { try exchange.sum(into: place) } else { try exchange.slice(into: place) }
            }
        }
        return sum
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
