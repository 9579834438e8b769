/// Gradients of single examples out of one pass over all of them: the sweep goes back through the whole batch, and only
/// where a parameter's gradient would sum over rows does each example sum its own, into a row of its own.
import Tensors

/// Which rows of a batch belong to which example.
public struct ExampleRows {
    /// Positions a sequence, padding included: rows of every activation.
    let time: Int
    /// Real positions of each sequence.
    let lengths: [Int]
    /// Rows of each example where only predicting positions are left.
    let targets: [Int]

    public init(time: Int, lengths: [Int], targets: [Int]) {
        self.time = time
        self.lengths = lengths
        self.targets = targets
    }

    var count: Int { lengths.count }

    /// The rows of each example among `rows`; `nil` if these are not the batch's rows.
    func ranges(of rows: Int) -> [Range<Int>]? {
        // Padding has no cotangent, and is left out.
        if rows == count * time { return lengths.enumerated().map { $0 * time..<($0 * time + $1) } }
        guard rows == targets.reduce(0, +) else { return nil }
        var start = 0
        return targets.map { count in
            defer { start += count }
            return start..<(start + count)
        }
    }
}

/// Gradients cannot be kept apart here; the way that is left is one example after the other.
public struct InseparableExamples: Error {}

/// Where the gradients of single examples go: one tensor an example, all shaped like the flat parameters.
final class ExamplePlaces {
    let rows: ExampleRows
    private let gradients: [Tensor]
    /// Parameters that hold something in every row.
    private var written: Set<Range<Int>> = []

    init(_ rows: ExampleRows, _ gradients: [Tensor]) {
        self.rows = rows
        self.gradients = gradients
    }

    /// Calls `body(place, accumulates, rows)` once an example, on all threads.
    func write(_ segment: SegmentOperation, rows count: Int, _ body: (Tensor, Bool, Range<Int>) -> Void) throws {
        guard let ranges = rows.ranges(of: count), let device = gradients.first?.device else {
            throw InseparableExamples()
        }
        let range = segment.range
        let accumulates = written.contains(range)
        if !accumulates, written.contains(where: { $0.overlaps(range) }) { throw InseparableExamples() }
        written.insert(range)
        device.workers.run(ranges.count) { example in
            body(gradients[example].segment(range.lowerBound, shape: segment.shape), accumulates, ranges[example])
        }
    }

    /// Writes zeros where the loss did not reach.
    func complete() {
        var end = 0
        func fill(to start: Int) {
            guard start > end else { return }
            for gradient in gradients { gradient.segment(end, shape: [start - end]).fill(with: 0) }
        }
        for range in written.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            fill(to: range.lowerBound)
            end = range.upperBound
        }
        if let count = gradients.first?.count { fill(to: count) }
    }
}

/// A parameter's cotangent, kept apart by example. Whoever would add a sum over examples is refused.
final class ExampleSink: CotangentSink {
    private let places: ExamplePlaces
    private let segment: SegmentOperation

    init(_ places: ExamplePlaces, _ segment: SegmentOperation) {
        self.places = places
        self.segment = segment
    }

    var wantsValue: Bool { true }
    var wantsTangent: Bool { false }
    func add(_ tensor: Tensor, _ part: CotangentPart) throws { throw InseparableExamples() }
    func place(_ part: CotangentPart, shape: [Int]) throws -> (Tensor, accumulates: Bool)? {
        throw InseparableExamples()
    }
    func write(rows: Int, _ body: (Tensor, Bool, Range<Int>) -> Void) throws {
        try places.write(segment, rows: rows, body)
    }
}

extension Variable {
    /// Sweeps back from this variable, with `seed` as its cotangent, to the flat parameters `leaf`, and writes each
    /// example's share of the gradient into its own of `gradients`. Every operation on the way must treat each
    /// example's rows alone.
    /// - Throws: `InseparableExamples` where one does not; `gradients` then hold nothing of use.
    public func sweepExamples(_ rows: ExampleRows, seed: Tensor, to leaf: Variable, into gradients: [Tensor]) throws {
        guard gradients.count == rows.count, gradients.allSatisfy({ $0.count == leaf.value.count }) else {
            throw TensorError.invalid("\(gradients.count) rows do not hold the gradients of \(rows.count) examples")
        }
        let places = ExamplePlaces(rows, gradients)
        _ = try sweep(.gradient, to: [leaf], seed: seed, apart: places)
        places.complete()
    }
}
