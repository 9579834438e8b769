/// Which examples each step sees: a function of seed and step alone, so that any step can be computed again.
import Tokenizers
import Datasets
import LanguageModels
import Tensors

public struct BatchSchedule: Sendable {
    private enum Content: Sendable {
        case sequences([TokenSequence], rows: Int)
        case fixed(TokenBatch)
    }
    private let content: Content
    private let seed: UInt64
    /// Whether a batch is the beginning of one that was given.
    private var isPart = false

    /// Random batches of `rows` sequences; an epoch sees each once.
    /// - Throws: when there are no sequences.
    public init(_ sequences: [TokenSequence], rows: Int, seed: UInt64) throws {
        guard !sequences.isEmpty else { throw UnlearningError.emptyData }
        content = .sequences(sequences, rows: max(1, min(rows, sequences.count)))
        self.seed = seed
    }

    /// The same batch at every step.
    public init(_ batch: TokenBatch) {
        content = .fixed(batch)
        seed = 0
    }

    private init(content: Content, seed: UInt64) {
        self.content = content
        self.seed = seed
    }

    /// The same examples in another order. Forget and retain data have even and odd seeds, and keep them.
    func reseeded(by offset: UInt64) -> BatchSchedule { BatchSchedule(content: content, seed: seed &+ 2 &* offset) }

    /// The same with a share of the rows in each batch, at least one.
    func batched(_ share: Double) -> BatchSchedule {
        func part(_ rows: Int) -> Int { max(1, min(rows, Int((share * Double(rows)).rounded()))) }
        switch content {
        case .sequences(let sequences, let rows):
            return BatchSchedule(content: .sequences(sequences, rows: part(rows)), seed: seed)
        case .fixed(let batch):
            guard part(batch.rows) < batch.rows else { return self }
            var schedule = BatchSchedule(content: .fixed(batch.slice(0..<part(batch.rows))), seed: seed)
            schedule.isPart = true
            return schedule
        }
    }

    /// Rows of a step.
    var rows: Int {
        switch content {
        case .sequences(_, let rows): rows
        case .fixed(let batch): batch.rows
        }
    }

    /// Examples to measure by: at most so many, evenly spaced, in batches of like length.
    public func sample(most: Int) throws -> [TokenBatch] {
        switch content {
        case .fixed(let batch): return [batch]
        case .sequences(let sequences, _):
            let count = min(max(1, most), sequences.count)
            let chosen = (0..<count).map { sequences[$0 * sequences.count / count] }
            return try BatchPlan(grouping: chosen.map(\.ids.count)).batches.map {
                try TokenBatch($0.map { chosen[$0] })
            }
        }
    }

    /// Examples in all.
    public var count: Int {
        switch content {
        case .sequences(let sequences, _): sequences.count
        case .fixed(let batch): batch.rows
        }
    }

    /// Steps an epoch takes.
    public var batchesPerEpoch: Int {
        switch content {
        case .sequences(let sequences, let rows): (sequences.count + rows - 1) / rows
        case .fixed: 1
        }
    }

    public func batch(at step: Int) throws -> TokenBatch { try scheduled(at: step).tokens }

    /// The examples of a step.
    public func scheduled(at step: Int) throws -> ScheduledBatch {
        switch content {
        case .fixed(let batch):
            return ScheduledBatch(tokens: batch, indices: isPart ? Array(0..<batch.rows) : nil)
        case .sequences(let sequences, let rows):
            let epoch = step / batchesPerEpoch
            var generator = RandomGenerator(seed: seed).stream(UInt64(epoch))
            let plan = BatchPlan(epochOf: sequences.count, rows: rows, using: &generator)
            let indices = plan.batches[step % plan.batches.count]
            return ScheduledBatch(tokens: try TokenBatch(indices.map { sequences[$0] }), indices: indices)
        }
    }
}
