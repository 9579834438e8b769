/// `lds`: influence scores before the judge, retraining.
import Evaluation
import Language
import Tensors

enum DatamodelingFunction {
    static func builtin(_ engine: EngineContext) -> Builtin {
        .engine(
            "lds", family: "influence",
            [
                .positional(
                    "scores", .matrix, "by query and training example, as influence_scores(…).scores has them"),
                .positional(
                    "sets", .list(of: .list(of: .count)), "which examples were left out of each retraining"),
                .positional(
                    "losses", .matrix, "of each query (a row) under each retrained model (a column)"),
                .option(
                    "correlation", .choice(DatamodelingScore.Correlation.allCases.map(\.rawValue)),
                    default: "spearman", "of ranks, as published, or of the figures themselves"),
                .option(
                    "resamples", .count(min: 1, max: 1_000_000), default: 1000,
                    "draws of the sets with replacement, for the interval"),
                seedOption,
            ],
            """
            The linear datamodeling score (Park et al., arXiv 2303.14186): for each query Spearman's rank correlation \
            between the sum of the left-out examples' scores and its loss after retraining without them (or Pearson's \
            correlation); the mean over queries. 1: the scores rank retrainings perfectly; 0: they say nothing. Scores \
            whose positive sign means that training on an example lowers the query's loss, as all of influence_scores' \
            do, should give a positive figure. A record: value; interval, that holds 95 % of the means when the sets \
            are drawn again; by_query.
            """,
            examples: [
                """
                told = [[1, 2, 3, 4]]
                sets = [[0], [1], [2], [0, 3]]
                lds(told, sets, [[0.1, 0.2, 0.3, 0.5]]).value
                #> 1
                lds(told, sets, [[0.4, 0.3, 0.2, 0.1]]).value
                #> -1
                """
            ], seeAlso: ["influence_scores", "leave_out", "trajectory_influence", "tracin"]
        ) { call in
            let scores = try matrix("scores", call), losses = try matrix("losses", call)
            let examples = scores.first?.count ?? 0
            let sets = try call.list("sets").map { value -> [Int] in
                guard case .list(let list) = value else {
                    throw call.wrong("sets", value, mustBe: "lists of indices of examples")
                }
                return try TensorFunctions.integers(list, "sets", call)
            }
            if let stray = sets.joined().first(where: { $0 < 0 || $0 >= examples }) {
                throw LanguageError(
                    "`sets` holds \(stray), but the scores are those of examples 0 to \(examples - 1)",
                    at: .argument("sets"))
            }
            guard losses.count == scores.count else {
                throw LanguageError(
                    "`losses` has \(losses.count) rows, and the scores are those of \(scores.count) queries",
                    at: .argument("losses"))
            }
            if let row = losses.first(where: { $0.count != sets.count }) {
                throw LanguageError(
                    "`losses` has \(row.count) numbers in a row, and there are \(sets.count) sets",
                    at: .argument("losses"))
            }
            let predicted = scores.map { row in sets.map { $0.reduce(0) { $0 + row[$1] } } }
            let resamples = try call.integer("resamples")
            let correlation = try DatamodelingScore.Correlation(rawValue: call.choice("correlation")) ?? .spearman
            let result = try engine.drawing(call) {
                try DatamodelingScore(
                    predicted: predicted, actual: losses, by: correlation, resamples: resamples, from: &$0,
                    poll: call.interpreter.pollNow)
            }
            return .record([
                ("value", .number(result.value)),
                ("interval", .list([result.interval.lowerBound, result.interval.upperBound])),
                ("by_query", .list(result.byQuery)),
            ])
        }
    }

    /// Rows of numbers, of one length.
    private static func matrix(_ name: String, _ call: Call) throws -> [[Double]] {
        let value = try call.value(name)
        var rows: [[Double]] = []
        switch value {
        case .foreign(let tensor as TensorValue) where tensor.shape.count == 2:
            let numbers = try tensor.numbers, width = tensor.shape[1]
            rows = (0..<tensor.shape[0]).map { Array(numbers[($0 * width)..<(($0 + 1) * width)]) }
        case .list(let list):
            rows = try list.map { row in
                switch row {
                case .foreign(let tensor as TensorValue) where tensor.shape.count == 1: return try tensor.numbers
                case .list(let list):
                    return try list.map { item in
                        guard let number = try item.asNumber else {
                            throw call.wrong(name, value, mustBe: "rows of numbers")
                        }
                        return number
                    }
                default: throw call.wrong(name, value, mustBe: "rows of numbers")
                }
            }
        default: throw call.wrong(name, value, mustBe: "a tensor of two axes, or a list of rows")
        }
        guard let first = rows.first, rows.allSatisfy({ $0.count == first.count }) else {
            throw call.wrong(name, value, mustBe: "rows of the same length, at least one")
        }
        return rows
    }
}
