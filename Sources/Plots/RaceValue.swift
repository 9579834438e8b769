// What `race` gives: the paths over contour lines, and a table.
import StandardLibrary
import Evaluation
import Language
import Vocabulary

final class RaceValue: Foreign {
    let plot: Plot
    let names: [String]
    /// Where each has been, and the function's values there.
    let paths: [[Curve.Point]]
    let values: [[Double]]
    let figures: TableValue
    let path: String
    private let isUnicode: () -> Bool

    init(
        _ plot: Plot, names: [String], paths: [[Curve.Point]], values: [[Double]], table: TableValue,
        savedAs path: String, isUnicode: @escaping () -> Bool
    ) {
        self.plot = plot
        (self.names, self.paths, self.values, figures) = (names, paths, values, table)
        (self.path, self.isUnicode) = (path, isUnicode)
        super.init()
    }

    convenience init(
        _ plot: Plot, names: [String], lanes: [RaceLane], minima: [PlanePoint], savedAs path: String,
        isUnicode: @escaping () -> Bool
    ) {
        self.init(
            plot, names: names, paths: lanes.map { $0.path.map { Curve.Point(x: $0.x, y: $0.y) } },
            values: lanes.map(\.values), table: Self.table(names, lanes, minima), savedAs: path, isUnicode: isUnicode)
    }

    private static func table(_ names: [String], _ lanes: [RaceLane], _ minima: [PlanePoint]) -> TableValue {
        func distance(_ lane: RaceLane) -> Double? {
            guard let end = lane.path.last, lane.isRunning else { return nil }
            return minima.map { (($0.x - end.x) * ($0.x - end.x) + ($0.y - end.y) * ($0.y - end.y)).squareRoot() }.min()
        }
        // What none of them asked for has no column.
        var columns: [(name: String, cells: [Double?])] = [
            ("steps", lanes.map { Double($0.steps) }), ("gradients", lanes.map { Double($0.gradients) }),
        ]
        func add(_ name: String, _ count: (RaceLane) -> Int) {
            if lanes.contains(where: { count($0) > 0 }) { columns.append((name, lanes.map { Double(count($0)) })) }
        }
        add("products", \.products)
        add("evaluations", \.evaluations)
        if !minima.isEmpty { columns.append(("distance", lanes.map(distance))) }
        columns.append(("value", lanes.map { $0.isRunning ? $0.values.last : nil }))
        return TableValue(
            rows: names, columns: columns.map(\.name),
            cells: lanes.indices.map { row in columns.map { $0.cells[row] } },
            formats: names.map { _ in .significant(3) }, readsColumns: false,
            notes: zip(names, lanes).compactMap { name, lane in lane.divergedAt.map { "\(name) diverged at step \($0)" }
            })
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
        case "paths": .record(zip(names, paths).map { ($0, .list($1.map { .list([$0.x, $0.y]) })) })
        case "values": .record(zip(names, values).map { ($0, .list($1)) })
        default: nil
        }
    }
}
