// What `race` gives: the paths over contour lines, and a table.
import StandardLibrary
import Evaluation
import Language
import Vocabulary

final class RaceValue: Foreign {
    private let plot: Plot
    private let names: [String]
    private let lanes: [RaceLane]
    private let figures: TableValue
    private let path: String
    private let isUnicode: () -> Bool

    init(
        _ plot: Plot, names: [String], lanes: [RaceLane], minima: [PlanePoint], savedAs path: String,
        isUnicode: @escaping () -> Bool
    ) {
        self.plot = plot
        (self.names, self.lanes) = (names, lanes)
        (self.path, self.isUnicode) = (path, isUnicode)
        func distance(_ lane: RaceLane) -> Double? {
            guard let end = lane.path.last, lane.isRunning else { return nil }
            return minima.map { (($0.x - end.x) * ($0.x - end.x) + ($0.y - end.y) * ($0.y - end.y)).squareRoot() }.min()
        }
        let hasProducts = lanes.contains { $0.products > 0 }, hasEvaluations = lanes.contains { $0.evaluations > 0 }
        figures = TableValue(
            rows: names,
            columns: ["steps", "gradients"] + (hasProducts ? ["products"] : [])
                + (hasEvaluations ? ["evaluations"] : []) + (minima.isEmpty ? [] : ["distance"])
                + ["value"],
            cells: lanes.map { lane in
                [Double(lane.steps), Double(lane.gradients)] + (hasProducts ? [Double(lane.products)] : [])
                    + (hasEvaluations ? [Double(lane.evaluations)] : [])
                    + (minima.isEmpty ? [] : [distance(lane)]) + [lane.isRunning ? lane.values.last : nil]
            },
            formats: names.map { _ in .significant(3) }, readsColumns: false,
            notes: zip(names, lanes).compactMap { name, lane in lane.divergedAt.map { "\(name) diverged at step \($0)" }
            })
        super.init()
    }

    override var kind: String { "race" }
    override var summary: String { "race of " + listed(names) }

    override func describe(width: Int, digits: Int) -> String {
        TerminalPlot(plot: plot, width: width, isUnicode: isUnicode(), footnote: path).text + "\n"
            + figures.describe(width: width, digits: digits)
    }

    override var svg: String? { SVGPlot(plot: plot).text }
    override var savedAs: String? { path.isEmpty ? nil : path }
    override func table(digits: Int) -> [[String]]? { figures.table(digits: digits) }

    override var fieldNames: [String] { ["names", "table", "paths", "values"] }
    override func field(_ name: String) throws -> Value? {
        switch name {
        case "names": .list(names.map { .string($0) })
        case "table": .foreign(figures)
        case "paths": .record(zip(names, lanes).map { ($0, .list($1.path.map { .list([$0.x, $0.y]) })) })
        case "values": .record(zip(names, lanes).map { ($0, .list($1.values)) })
        default: nil
        }
    }
}
