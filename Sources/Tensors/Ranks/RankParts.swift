/// How a long vector is divided among ranks, each of which holds its part of what belongs to it.

/// Neighbouring parts of a vector, one a rank.
///
/// They begin where blocks of elementwise work do, so that a part by itself is computed as it is within the whole.
public struct RankParts: Equatable, Sendable {
    /// The elements of each rank; the last parts of a short vector are empty.
    public let ranges: [Range<Int>]
    /// Elements of the whole.
    public let total: Int
    /// This rank's number.
    public let number: Int
    /// Whether a rank is to hold but one summand of a sum at a time: then more is sent.
    public var holdsOneSummand = false

    public init(of total: Int, rank: Int, ranks: Int) {
        let blocks = (total + Device.block - 1) / Device.block
        func border(_ rank: Int) -> Int { min(total, rank * blocks / ranks * Device.block) }
        ranges = (0..<ranks).map { border($0)..<border($0 + 1) }
        (self.total, number) = (total, rank)
    }

    /// This rank's elements.
    public var own: Range<Int> { ranges[number] }
    /// Elements of the largest part.
    public var largest: Int { ranges.map(\.count).max() ?? 0 }

    /// This rank's part of a whole vector, in memory of its own.
    public func part(of whole: Tensor) throws -> Tensor { try view(of: whole).copied() }

    /// The same in the vector's memory.
    public func view(of whole: Tensor) -> Tensor { whole.segment(own.lowerBound, shape: [own.count]) }
}

extension Ranks {
    /// How a vector of `count` elements is divided here: nil for a rank without company, and inside of work that is one
    /// rank's alone. One that rehearses has its part, as one of those that are not there.
    public func parts(of count: Int) -> RankParts? {
        if hasCompany { return RankParts(of: count, rank: number, ranks: self.count) }
        guard isLogged, imagined > 1 else { return nil }
        return RankParts(of: count, rank: imagined == self.count ? number : 0, ranks: imagined)
    }

    /// Puts every rank's part of a vector together, on all ranks: in its memory where `part` lies in there, or nobody else
    /// sees it, else in new memory.
    /// - Parameter place: what this is, for the words of an error: all ranks must be at the same.
    public func complete(_ place: String, _ whole: inout Tensor, from part: Tensor, _ parts: RankParts) throws {
        try requireCompany(parts)
        if let log {
            return try written(place, .parts, to: log) { entry in
                try entry.piece({ try complete(place, &whole, from: part, parts) }) { $1.elements = [parts.total] }
            }
        }
        if !part.isSameMemory(as: parts.view(of: whole)) {
            if !whole.isUnique {
                // In a rehearsal the others' parts stay what they are.
                whole = hasCompany ? try Tensor(uninitialized: whole.shape, on: part.device) : try whole.copied()
            }
            parts.view(of: whole).copy(from: part)
        }
        guard hasCompany else { return }
        _ = try meet(place)
        try whole.withWritable { base in
            func buffer(_ rank: Int) -> UnsafeMutableRawBufferPointer {
                let range = parts.ranges[rank]
                return UnsafeMutableRawBufferPointer(start: base + range.lowerBound, count: 4 * range.count)
            }
            let others = (0..<count).filter { $0 != number }, own = UnsafeRawBufferPointer(buffer(number))
            try exchange(
                sending: own.isEmpty ? [] : others.map { RankMessage(rank: $0, bytes: own) },
                receiving: others.map { RankMessage(rank: $0, bytes: buffer($0)) }.filter { !$0.bytes.isEmpty })
        }
    }

    /// Numbers that every rank has of its part, one rank's after the other's.
    public func joined(_ place: String, _ own: [Double]) throws -> [Double] {
        if let log {
            return try written(place, .joined, to: log) { entry in
                try entry.piece({ try joined(place, own) }) { $1.elements = [imagined * own.count] }
            }
        }
        // In a rehearsal all are alike.
        guard hasCompany else { return (0..<imagined).flatMap { _ in own } }
        _ = try meet(place)
        return try gather(own.bytes).flatMap { [Double](bytes: $0) }
    }

    /// The length of a vector of which every rank has its part: the bits of `Tensor.norm`.
    public func norm(_ place: String, of part: Tensor, _ parts: RankParts) throws -> Double {
        try requireCompany(parts)
        return try joined(place, part.squaresOfBlocks()).reduce(0, +).squareRoot()
    }

    /// - Throws: where the other parts are out of reach.
    public func requireCompany(_ parts: RankParts) throws {
        guard parts.ranges.count == (hasCompany ? count : imagined), parts.ranges.count > 1 else {
            throw RankError(
                """
                what an optimizer remembers lies in parts on \(parts.ranges.count) ranks, and this is done by \
                \(hasCompany ? "\(count)" : "one") of them, as the runs of a study are, and a loss whose micro-batches \
                are shared out: begin the training inside of that function
                """)
        }
    }
}
