/// Batches of token ids in the language.
import Language
import LanguageModels

public final class BatchValue: Foreign {
    public let batch: TokenBatch

    public init(_ batch: TokenBatch) {
        self.batch = batch
        super.init()
    }

    public override var kind: String { "batch" }
    public override var summary: String {
        let targets = batch.targetCounts.reduce(0, +)
        return "batch of \(batch.rows) × \(batch.time) tokens, \(targets) to predict"
    }
    public override var count: Int? { batch.rows }
    public override var fieldNames: [String] { ["ids", "labels", "lengths", "targets"] }
    public override func field(_ name: String) throws -> Value? {
        func rows(_ flat: [Int32]) -> Value {
            .list(
                (0..<batch.rows).map { row in
                    .list(flat[(row * batch.time)..<(row * batch.time + batch.lengths[row])].map { Double($0) })
                })
        }
        return switch name {
        case "ids": rows(batch.ids)
        case "labels": rows(batch.labels)
        case "lengths": .list(batch.lengths.map(Double.init))
        case "targets": .number(batch.targetCounts.reduce(0, +))
        default: nil
        }
    }
}
