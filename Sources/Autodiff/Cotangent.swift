/// Where contributions to cotangents gather during a reverse sweep.
import Tensors

/// The cotangent of one variable: its value, the tangent of that, and the Gauss-Newton cotangent below the network's
/// output.
final class Cotangent: CotangentSink {
    enum Slot: Int { case value, tangent, below }

    let wantsValue: Bool
    let wantsTangent: Bool
    private var slots: [Gathering?] = [nil, nil, nil]

    init(wantsValue: Bool, wantsTangent: Bool) {
        self.wantsValue = wantsValue
        self.wantsTangent = wantsTangent
    }

    /// A tensor being filled: whole, or segment by segment.
    private struct Gathering {
        var tensor: Tensor
        /// Ranges that hold something; `nil` if all of it does.
        var written: [Range<Int>]?
    }

    func add(_ tensor: Tensor, _ part: CotangentPart) throws {
        try add(tensor, slot: part == .value ? .value : .tangent)
    }

    func add(_ tensor: Tensor, slot: Slot) throws {
        if slots[slot.rawValue] == nil {
            slots[slot.rawValue] = Gathering(tensor: tensor, written: nil)
        } else {
            complete(slot)
            try slots[slot.rawValue]?.tensor.add(tensor)
        }
    }

    /// Only segments have a fixed place; elsewhere the first contribution becomes the cotangent.
    func place(_ part: CotangentPart, shape: [Int]) throws -> (Tensor, accumulates: Bool)? { nil }

    /// Memory for the segment `range` of the whole: fresh (to be overwritten) or to be accumulated into.
    func place(
        _ slot: Slot, _ range: Range<Int>, shape: [Int], whole: Tensor
    ) throws
        -> (tensor: Tensor, accumulates: Bool)
    {
        if slots[slot.rawValue] == nil {
            slots[slot.rawValue] = Gathering(
                tensor: try Tensor(uninitialized: whole.shape, on: whole.device), written: [])
        } else if slots[slot.rawValue]?.written == nil {
            try own(slot)
        }
        let gathering =
            try slots[slot.rawValue] ?? Gathering(tensor: Tensor(uninitialized: whole.shape, on: whole.device))
        let segment = gathering.tensor.segment(range.lowerBound, shape: shape)
        guard let written = gathering.written else { return (segment, true) }
        if written.contains(range) { return (segment, true) }
        if written.contains(where: { $0.overlaps(range) }) {
            complete(slot)
            return (segment, true)
        }
        slots[slot.rawValue]?.written?.append(range)
        return (segment, false)
    }

    /// Makes sure nobody else sees the memory about to be written.
    private func own(_ slot: Slot) throws {
        guard var tensor = slots[slot.rawValue]?.tensor else { return }
        slots[slot.rawValue] = nil
        if !tensor.isUnique { tensor = try tensor.copied() }
        slots[slot.rawValue] = Gathering(tensor: tensor, written: nil)
    }

    /// Writes zeros where nothing was contributed.
    private func complete(_ slot: Slot) {
        guard let gathering = slots[slot.rawValue], let written = gathering.written else { return }
        var end = 0
        for range in written.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > end {
                gathering.tensor.segment(end, shape: [range.lowerBound - end]).fill(with: 0)
            }
            end = max(end, range.upperBound)
        }
        if end < gathering.tensor.count {
            gathering.tensor.segment(end, shape: [gathering.tensor.count - end]).fill(with: 0)
        }
        slots[slot.rawValue]?.written = nil
    }

    /// What has gathered, given up by this sink.
    func take(_ slot: Slot, shape: [Int]) throws -> Tensor? {
        complete(slot)
        defer { slots[slot.rawValue] = nil }
        return try slots[slot.rawValue]?.tensor.reshaped(shape)
    }

    /// The result at a leaf: zeros if nothing arrived. A Gauss-Newton cotangent counts as tangent.
    func finished(_ slot: Slot, like: Tensor) throws -> Tensor {
        if slot == .tangent, let below = try take(.below, shape: like.shape) { try add(below, slot: .tangent) }
        return try take(slot, shape: like.shape) ?? Tensor(repeating: 0, shape: like.shape, on: like.device)
    }
}

/// The way down for Gauss-Newton cotangents.
final class BelowSink: CotangentSink {
    private let target: Cotangent
    init(_ target: Cotangent) { self.target = target }
    var wantsValue: Bool { true }
    var wantsTangent: Bool { false }
    func add(_ tensor: Tensor, _ part: CotangentPart) throws { try target.add(tensor, slot: .below) }
    func place(_ part: CotangentPart, shape: [Int]) throws -> (Tensor, accumulates: Bool)? { nil }
}

/// A segment's cotangent, written into its place in the cotangent of the whole.
final class SegmentSink: CotangentSink {
    private let target: Cotangent
    private let segment: SegmentOperation
    private let whole: Tensor
    private let below: Bool

    init(_ target: Cotangent, _ segment: SegmentOperation, whole: Tensor, below: Bool) {
        self.target = target
        self.segment = segment
        self.whole = whole
        self.below = below
    }

    var wantsValue: Bool { below || target.wantsValue }
    var wantsTangent: Bool { !below && target.wantsTangent }

    func add(_ tensor: Tensor, _ part: CotangentPart) throws {
        guard let (place, accumulates) = try place(part, shape: segment.shape) else { return }
        if accumulates { place.accumulate(tensor) } else { place.copy(from: tensor) }
    }

    func place(_ part: CotangentPart, shape: [Int]) throws -> (Tensor, accumulates: Bool)? {
        let slot: Cotangent.Slot = below ? .below : part == .value ? .value : .tangent
        return try target.place(slot, segment.range, shape: shape, whole: whole)
    }
}
