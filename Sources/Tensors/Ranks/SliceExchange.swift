/// The middle of a shared sum: each rank gathers its slice of all summands, adds them in the tree's order, and gives the
/// sum of the slice to all, or keeps it.

struct SliceExchange {
    let ranks: Ranks
    /// All pieces: the root of the tree.
    let pieces: Range<Int>
    /// The nodes that each rank has added up, in their order.
    let roots: [[Range<Int>]]
    /// The memory of this rank's.
    let own: [UnsafeRawPointer]
    /// The elements that each rank completes.
    let slices: [Range<Int>]
    /// Bytes of an element.
    let stride: Int
    /// Adds so many elements of the second to the first.
    let add: (UnsafeMutableRawPointer, UnsafeRawPointer, Int) -> Void

    /// Bytes of a slice that are under way at a time: beside the summands a rank needs memory for so much of each.
    static let portion = 8 << 20

    /// The bytes of a portion of the slice that a rank completes.
    private func bytes(_ portion: Int, of rank: Int) -> Range<Int> {
        let slice = slices[rank], size = Self.portion / stride
        let first = min(slice.upperBound, slice.lowerBound + portion * size)
        return first * stride..<min(slice.upperBound, first + size) * stride
    }

    /// Writes the sum of all summands.
    func sum(into result: UnsafeMutableRawPointer) throws {
        let own = slices[ranks.number]
        try slice(into: result + own.lowerBound * stride)
        func buffer(_ rank: Int) -> UnsafeMutableRawBufferPointer {
            UnsafeMutableRawBufferPointer(
                start: result + slices[rank].lowerBound * stride, count: slices[rank].count * stride)
        }
        let others = (0..<ranks.count).filter { $0 != ranks.number }
        let finished = UnsafeRawBufferPointer(buffer(ranks.number))
        try ranks.exchange(
            sending: own.isEmpty ? [] : others.map { RankMessage(rank: $0, bytes: finished) },
            receiving: others.map { RankMessage(rank: $0, bytes: buffer($0)) }.filter { !$0.bytes.isEmpty })
    }

    /// Writes this rank's slice of the sum, from its first element on.
    func slice(into result: UnsafeMutableRawPointer) throws {
        let longest = slices.map(\.count).max() ?? 0, number = ranks.number
        // Every rank's part of a portion.
        var memory: [Range<Int>: UnsafeMutableRawPointer] = [:]
        defer { for pointer in memory.values { pointer.deallocate() } }
        for root in roots.joined() {
            memory[root] = .allocate(byteCount: min(Self.portion, max(1, longest * stride)), alignment: 64)
        }
        for portion in 0..<(longest * stride + Self.portion - 1) / Self.portion {
            let range = bytes(portion, of: number)
            var incoming: [RankMessage<UnsafeMutableRawBufferPointer>] = []
            for rank in 0..<ranks.count {
                for (index, root) in roots[rank].enumerated() {
                    guard let place = memory[root], !range.isEmpty else { continue }
                    if rank == number {
                        place.copyMemory(from: own[index] + range.lowerBound, byteCount: range.count)
                    } else {
                        incoming.append(RankMessage(rank: rank, bytes: .init(start: place, count: range.count)))
                    }
                }
            }
            try ranks.exchange(
                sending: (0..<ranks.count).filter { $0 != number }.flatMap { parts(portion, for: $0) },
                receiving: incoming)
            let total = try SumTree.sum(pieces, known: { memory[$0] }) { left, right in
                add(left, right, range.count / stride)
            }
            guard let total, !range.isEmpty else { continue }
            (result + range.lowerBound - slices[number].lowerBound * stride)
                .copyMemory(from: total, byteCount: range.count)
        }
    }

    /// This rank's summands, in a portion of another's slice.
    private func parts(_ portion: Int, for rank: Int) -> [RankMessage<UnsafeRawBufferPointer>] {
        let range = bytes(portion, of: rank)
        guard !range.isEmpty else { return [] }
        return own.map { RankMessage(rank: rank, bytes: .init(start: $0 + range.lowerBound, count: range.count)) }
    }
}

extension Ranks {
    /// The sum of what pieces of work give, in float64: as many numbers of each. The order is that of `sums`.
    public func sum(_ place: String, of count: Int, _ work: (Int) throws -> [Double]) throws -> [Double] {
        if let log {
            return try written(place, .doubles, to: log) { entry in
                try self.sum(place, of: count) { piece in
                    try entry.piece({ try work(piece) }) { $1.elements = [$0.count] }
                }
            }
        }
        func add(_ sum: inout [Double], _ other: [Double]) {
            for index in 0..<min(sum.count, other.count) { sum[index] += other[index] }
        }
        func node(_ node: Range<Int>, _ leaf: (Int) throws -> [Double]) throws -> [Double] {
            try SumTree.sum(node, known: { $0.count == 1 ? try leaf($0.lowerBound) : nil }, add: add) ?? []
        }
        guard count > 1, hasCompany else {
            return count == 0
                ? []
                : try alone(count) { try sharesWork ? apart { try node(0..<count, work) } : node(0..<count, work) }
        }
        let roots = (0..<self.count).map { SumTree.roots(within: share(of: $0, count), of: 0..<count) }
        let own = try attempt("\(place), \(count) pieces") { begins in
            try roots[number].map { root in
                try node(root) { piece in
                    begins(piece)
                    return try work(piece)
                }
            }
        } again: {
            _ = try work($0)
        }
        // A rank without a piece does not know how many numbers they are.
        let length = try gather([Double(own.first?.count ?? 0)].bytes).compactMap { [Double](bytes: $0).first }.max()
        let size = Int(length ?? 0)
        let places = own.map { numbers in
            let memory = UnsafeMutableBufferPointer<Double>.allocate(capacity: max(1, size))
            _ = memory.update(fromContentsOf: numbers)
            return memory
        }
        defer { for place in places { place.deallocate() } }
        var sum = [Double](repeating: 0, count: size)
        try sum.withUnsafeMutableBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            try SliceExchange(
                ranks: self, pieces: 0..<count, roots: roots,
                own: places.compactMap { UnsafeRawPointer($0.baseAddress) },
                slices: (0..<self.count).map { share(of: $0, size) }, stride: 8
            ) { target, source, count in
                let (x, y) = (source.assumingMemoryBound(to: Double.self), target.assumingMemoryBound(to: Double.self))
                for index in 0..<count { y[index] += x[index] }
            }.sum(into: base)
        }
        return sum
    }
}
