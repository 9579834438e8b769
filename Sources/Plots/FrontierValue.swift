// What `frontier` gives: curves, drawn, and a table of where they end.
import StandardLibrary
import Evaluation
import Language
import Vocabulary

final class FrontierValue: Foreign {
    let names: [String]
    /// nil for a model.
    let curves: [FrontierCurve?]
    let measures: (x: String, y: String)
    let points: [Curve.Point?]
    let style: Plot.Style
    private let plot: Plot
    private let figures: TableValue
    private let isUnicode: () -> Bool
    /// The file it was written to.
    var path = ""

    /// - Returns: nil when nothing can be shown.
    init?(
        names: [String], curves: [FrontierCurve?], points: [Curve.Point?], measures: (x: String, y: String),
        style: Plot.Style, isUnicode: @escaping () -> Bool
    ) {
        (self.names, self.curves, self.measures, self.isUnicode) = (names, curves, measures, isUnicode)
        (self.points, self.style) = (points, style)
        var marks: [any Mark] = zip(names, curves).compactMap { name, curve in
            curve.map { curve in
                let seeds =
                    curve.paths.count > 1
                    ? curve.paths.flatMap { zip($0.x, $0.y).map { Curve.Point(x: $0, y: $1) } } : []
                return Trajectory(
                    label: name, points: zip(curve.x, curve.y).map { Curve.Point(x: $0, y: $1) }, around: seeds)
            }
        }
        let start = curves.lazy.compactMap { $0 }.first.flatMap { curve in
            curve.x.first.map { Curve.Point(x: $0, y: curve.y[0]) }
        }
        marks += zip(names, points).compactMap { name, point in point.map { Trajectory(label: name, points: [$0]) } }
        if let start { marks.append(Targets(label: "before", points: [start])) }
        guard let plot = Plot(marks, style) else { return nil }
        self.plot = plot
        figures = Self.table(names, curves, points, measures)
        super.init()
    }

    private static func table(
        _ names: [String], _ curves: [FrontierCurve?], _ points: [Curve.Point?], _ measures: (x: String, y: String)
    ) -> TableValue {
        let known = curves.compactMap { $0 }
        // What all have reached on their way: there they can be compared.
        let level = known.count > 1 ? known.compactMap { $0.x.max() }.min() : nil
        let hasLevel = level.map { level in known.contains { ($0.x.first ?? level) < level } } ?? false
        return TableValue(
            rows: names,
            columns: ["steps", measures.x, measures.y]
                + (hasLevel ? ["\(measures.y) at \(formatNumber(level ?? 0, digits: 3))"] : []),
            cells: names.indices.map { index in
                guard let curve = curves[index] else {
                    return [nil, points[index]?.x, points[index]?.y] + (hasLevel ? [nil] : [])
                }
                return [curve.steps.last.map(Double.init), curve.x.last, curve.y.last]
                    + (hasLevel ? [level.flatMap { curve.y(atFirst: $0) }] : [])
            },
            readsColumns: false,
            notes: zip(names, curves).flatMap { name, curve in
                (curve?.paths ?? []).compactMap(\.divergedAt).map { "\(name) diverged at step \($0)" }
            })
    }

    override var kind: String { "frontier" }
    override var summary: String { "frontier of " + listed(names) }

    override func describe(width: Int, digits: Int) -> String {
        TerminalPlot(plot: plot, width: width, isUnicode: isUnicode(), footnote: path, rows: 16).text + "\n"
            + figures.describe(width: width, digits: digits)
    }

    override var svg: String? { SVGPlot(plot: plot, drawing: 380).text }
    override var savedAs: String? { path.isEmpty ? nil : path }
    override func table(digits: Int) -> [[String]]? { figures.table(digits: digits) }

    override var fieldNames: [String] { ["names", "table"] + names.filter { isName($0) && record($0) != nil } }
    override func field(_ name: String) throws -> Value? {
        switch name {
        case "names": .list(names.map { .string($0) })
        case "table": .foreign(figures)
        default: record(name)
        }
    }

    override var count: Int? { names.count }
    override func index(_ indices: [Index]) throws -> Value? {
        guard indices.count == 1, case .position(.string(let name)) = indices[0] else { return nil }
        if let record = record(name.string) { return record }
        let known = names.filter { record($0) != nil }
        throw LanguageError("the frontier has no curve \"\(name.string)\"; it has \(known.joined(separator: ", "))")
    }

    /// A curve as lists; with several seeds those of each, too.
    private func record(_ name: String) -> Value? {
        guard let at = names.firstIndex(of: name), let curve = curves[at] else { return nil }
        func lists(_ steps: [Int], _ x: [Double], _ y: [Double]) -> [(String, Value)] {
            [("step", .list(steps.map(Double.init))), (measures.x, .list(x)), (measures.y, .list(y))]
        }
        let seeds = curve.paths.map { Value.record(lists($0.steps, $0.x, $0.y)) }
        return .record(lists(curve.steps, curve.x, curve.y) + (seeds.count > 1 ? [("seeds", .list(seeds))] : []))
    }
}
