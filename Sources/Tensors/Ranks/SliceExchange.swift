/// The middle of a shared sum: each rank gathers its slice of all summands, adds them in the tree's order, and gives the
/// sum of the slice to all.

struct SliceExchange {
    let ranks: Ranks
    /// All pieces: the root of the tree.
    let pieces: Range<Int>
    /// The nodes that each rank has added up, in their order.
    let roots: [[Range<Int>]]
    /// The memory of this rank's.
    let own: [UnsafeRawPointer]
    /// Elements of a summand, and bytes of an element.
    let count, stride: Int
    /// Adds so many elements of the second to the first.
    let add: (UnsafeMutableRawPointer, UnsafeRawPointer, Int) -> Void

    /// The bytes of the slice that a rank completes.
    private func slice(of rank: Int) -> Range<Int> {
        let elements = ranks.share(of: rank, count)
        return elements.lowerBound * stride..<elements.upperBound * stride
    }

    /// Writes the sum of all summands.
    func sum(into result: UnsafeMutableRawPointer) throws {
        let slice = slice(of: ranks.number), others = (0..<ranks.count).filter { $0 != ranks.number }
        // Every rank's part of this slice.
        var memory: [Range<Int>: UnsafeMutableRawPointer] = [:]
        defer { for pointer in memory.values { pointer.deallocate() } }
        var incoming: [RankMessage<UnsafeMutableRawBufferPointer>] = []
        for rank in 0..<ranks.count {
            for (index, root) in roots[rank].enumerated() {
                let place = UnsafeMutableRawPointer.allocate(byteCount: max(1, slice.count), alignment: 64)
                memory[root] = place
                if rank == ranks.number {
                    place.copyMemory(from: own[index] + slice.lowerBound, byteCount: slice.count)
                } else if !slice.isEmpty {
                    incoming.append(RankMessage(rank: rank, bytes: .init(start: place, count: slice.count)))
                }
            }
        }
        try ranks.exchange(sending: others.flatMap { parts(for: $0) }, receiving: incoming)
        let total = try SumTree.sum(pieces, known: { memory[$0] }) { left, right in
            add(left, right, slice.count / stride)
        }
        guard let total else { return }
        (result + slice.lowerBound).copyMemory(from: total, byteCount: slice.count)
        let finished = UnsafeRawBufferPointer(start: result + slice.lowerBound, count: slice.count)
        try ranks.exchange(
            sending: slice.isEmpty ? [] : others.map { RankMessage(rank: $0, bytes: finished) },
            receiving: others.compactMap { other in
                let theirs = self.slice(of: other)
                guard !theirs.isEmpty else { return nil }
                return RankMessage(rank: other, bytes: .init(start: result + theirs.lowerBound, count: theirs.count))
            })
    }

    /// This rank's summands, in another's slice.
    private func parts(for rank: Int) -> [RankMessage<UnsafeRawBufferPointer>] {
        let slice = slice(of: rank)
        guard !slice.isEmpty else { return [] }
        return own.map { RankMessage(rank: rank, bytes: .init(start: $0 + slice.lowerBound, count: slice.count)) }
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
            return count == 0 ? [] : try sharesWork ? apart { try node(0..<count, work) } : node(0..<count, work)
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
                count: size, stride: 8
            ) { target, source, count in
                let (x, y) = (source.assumingMemoryBound(to: Double.self), target.assumingMemoryBound(to: Double.self))
                for index in 0..<count { y[index] += x[index] }
            }.sum(into: base)
        }
        return sum
    }
}
