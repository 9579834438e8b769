/// Some elements of a flat vector, such as the weights that a training moves.

/// Ranges of elements, or a mask. What is outside is written as 0, or taken from another vector, never multiplied: it may
/// be NaN.
public struct ElementSelection: Sendable {
    private enum Content: Sendable {
        /// Ascending, apart from each other, none empty.
        case ranges([Range<Int>])
        /// 1 where selected, else 0.
        case mask(Tensor)
    }
    private let content: Content
    /// Elements of the whole vector.
    public let total: Int
    /// Elements that are selected.
    public let count: Int

    /// - Parameter ranges: within `0..<total`, in any order; they may overlap.
    public init(_ ranges: [Range<Int>], of total: Int) {
        var merged: [Range<Int>] = []
        let sorted = ranges.map { $0.clamped(to: 0..<total) }.filter { !$0.isEmpty }
            .sorted { $0.lowerBound < $1.lowerBound }
        for range in sorted {
            if let last = merged.last, last.upperBound >= range.lowerBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        content = .ranges(merged)
        self.total = total
        count = merged.reduce(0) { $0 + $1.count }
    }

    /// - Parameter mask: [total]; what is not 0 is selected.
    public init(mask: Tensor) {
        content = .mask(mask)
        total = mask.count
        count = mask.withElements { x in x.reduce(0) { $0 + ($1 != 0 ? 1 : 0) } }
    }

    /// Whether nothing is left out.
    public var isWhole: Bool { count == total }
    /// The share of the whole that is selected.
    public var share: Double { total == 0 ? 1 : Double(count) / Double(total) }
    /// Whether it consists of whole ranges rather than of single elements.
    public var isMask: Bool { if case .mask = content { true } else { false } }

    /// The elements of both.
    public func intersection(_ other: [Range<Int>]) throws -> ElementSelection {
        switch content {
        case .ranges(let own):
            return ElementSelection(own.flatMap { range in other.map { range.clamped(to: $0) } }, of: total)
        case .mask(let mask):
            return ElementSelection(mask: try ElementSelection(other, of: total).projected(mask))
        }
    }

    /// The elements that are not selected, of ranges.
    public var complement: ElementSelection {
        get throws {
            switch content {
            case .ranges(let ranges):
                let starts = [0] + ranges.map(\.upperBound), ends = ranges.map(\.lowerBound) + [total]
                return ElementSelection(zip(starts, ends).map { $0..<max($0, $1) }, of: total)
            case .mask(let mask): return ElementSelection(mask: try mask.combined(.equal, scalar: 0))
            }
        }
    }

    /// Whether any element of `range` is selected.
    public func touches(_ range: Range<Int>) -> Bool {
        switch content {
        case .ranges(let ranges): return ranges.contains { $0.overlaps(range) }
        case .mask(let mask):
            return mask.withElements { mask in range.clamped(to: 0..<total).contains { mask[$0] != 0 } }
        }
    }

    /// The part of `range`, as a selection among its elements.
    public func part(_ range: Range<Int>) -> ElementSelection {
        switch content {
        case .ranges(let ranges):
            let own = ranges.map { $0.clamped(to: range) }.filter { !$0.isEmpty }
            return ElementSelection(
                own.map { $0.lowerBound - range.lowerBound..<$0.upperBound - range.lowerBound }, of: range.count)
        case .mask(let mask): return ElementSelection(mask: mask.segment(range.lowerBound, shape: [range.count]))
        }
    }

    /// Calls `body` with every stretch of elements that are selected or not within a block.
    private func runs(_ start: Int, _ count: Int, _ body: (Range<Int>, _ isSelected: Bool) -> Void) {
        let end = start + count
        switch content {
        case .ranges(let ranges):
            // The first range that ends behind the start.
            var low = 0, high = ranges.count
            while low < high {
                let middle = (low + high) / 2
                if ranges[middle].upperBound <= start { low = middle + 1 } else { high = middle }
            }
            var place = start
            while place < end {
                guard low < ranges.count, ranges[low].lowerBound < end else {
                    body(place..<end, false)
                    return
                }
                if ranges[low].lowerBound > place { body(place..<ranges[low].lowerBound, false) }
                let first = max(place, ranges[low].lowerBound)
                place = min(end, ranges[low].upperBound)
                body(first..<place, true)
                low += 1
            }
        case .mask(let mask):
            mask.withElements { mask in
                var place = start
                while place < end {
                    let isSelected = mask[place] != 0
                    var next = place + 1
                    while next < end, (mask[next] != 0) == isSelected { next += 1 }
                    body(place..<next, isSelected)
                    place = next
                }
            }
        }
    }

    /// The selected elements of `x` [total] in their places, 0 elsewhere.
    public func projected(_ x: Tensor) throws -> Tensor {
        let result = try Tensor(uninitialized: x.shape, on: x.device)
        lend(x, to: result) { source, target in
            x.device.forEachBlock(x.count) { start, count in
                runs(start, count) { range, isSelected in
                    let place = target + range.lowerBound
                    if isSelected {
                        place.update(from: source + range.lowerBound, count: range.count)
                    } else {
                        place.update(repeating: 0, count: range.count)
                    }
                }
            }
        }
        return result
    }

    /// Whether all elements of `x` that are not selected are 0.
    public func isZeroOutside(_ x: Tensor) -> Bool {
        if isWhole { return true }
        let parts = x.withReadable { source in
            x.device.partials(x.count) { start, count in
                var isZero = true
                runs(start, count) { range, isSelected in
                    guard isZero, !isSelected else { return }
                    isZero = range.allSatisfy { source[$0] == 0 }
                }
                return isZero
            }
        }
        return parts.allSatisfy(\.self)
    }

    /// The selected elements stay; the others become those of `other`, to the bit. In place where nobody else sees `x`.
    public func restore(_ x: inout Tensor, from other: Tensor) throws {
        if isWhole { return }
        if !x.isUnique { x = try x.copied() }
        let kept = x
        lend(other, to: kept) { source, target in
            kept.device.forEachBlock(kept.count) { start, count in
                runs(start, count) { range, isSelected in
                    if !isSelected {
                        (target + range.lowerBound).update(from: source + range.lowerBound, count: range.count)
                    }
                }
            }
        }
    }

    /// The selected elements of `x` one after the other [count].
    public func compacted(_ x: Tensor) throws -> Tensor {
        if isWhole { return x }
        let result = try Tensor(uninitialized: [count], on: x.device)
        lend(x, to: result) { source, target in
            var filled = 0
            runs(0, total) { range, isSelected in
                guard isSelected else { return }
                (target + filled).update(from: source + range.lowerBound, count: range.count)
                filled += range.count
            }
        }
        return result
    }

    /// The other way round: elements [count] in their places, 0 elsewhere [total].
    public func expanded(_ x: Tensor) throws -> Tensor {
        if isWhole { return x }
        let result = try Tensor(uninitialized: [total], on: x.device)
        lend(x, to: result) { source, target in
            var taken = 0
            runs(0, total) { range, isSelected in
                if isSelected {
                    (target + range.lowerBound).update(from: source + taken, count: range.count)
                    taken += range.count
                } else {
                    (target + range.lowerBound).update(repeating: 0, count: range.count)
                }
            }
        }
        return result
    }
}
