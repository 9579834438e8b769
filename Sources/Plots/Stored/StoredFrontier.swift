// A frontier in workspaces.
import Evaluation
import Language
import StandardLibrary
import Vocabulary

extension FrontierValue: StorableValue {
    static var storedKind: String { "frontier" }

    var stored: Record {
        let curves = curves.map { curve -> Value in
            guard let curve else { return .nothing }
            return .list(
                curve.paths.map { path in
                    .record([
                        ("steps", .list(path.steps.map(Double.init))), ("x", .list(path.x)), ("y", .list(path.y)),
                        ("diverged", path.divergedAt.map { .number($0) } ?? .nothing),
                    ])
                })
        }
        return Record([
            ("names", .list(names.map { .string($0) })),
            ("measures", .list([.string(measures.x), .string(measures.y)])), ("curves", .list(curves)),
            ("points", .list(points.map { $0.map { .list([$0.x, $0.y]) } ?? .nothing })),
            ("title", .string(style.title)), ("labels", .list([.string(style.xLabel), .string(style.yLabel)])),
            ("log", .list([.bool(style.logX), .bool(style.logY)])),
            ("part", .list([StoredParts.value(style.x), StoredParts.value(style.y)])), ("path", .string(path)),
        ])
    }

    /// How one comes back from a workspace.
    static func storedKind(isUnicode: @escaping () -> Bool) -> StoredKind {
        StoredKind(storedKind) { record in
            let parts = StoredParts(record, of: storedKind)
            guard let value = try FrontierValue(stored: parts, isUnicode: isUnicode) else { throw parts.damage }
            return value
        }
    }
}

extension FrontierValue {
    /// - Returns: nil when nothing can be shown of it.
    fileprivate convenience init?(stored parts: StoredParts, isUnicode: @escaping () -> Bool) throws {
        let names = try parts.texts("names")
        let curves = try parts.list("curves").map { value -> FrontierCurve? in
            if value.isNothing { return nil }
            guard let paths = value.list else { throw parts.damage }
            return FrontierCurve(try paths.written().map { try FrontierTrace(stored: parts.parts($0)) })
        }
        let points = try parts.list("points").map { value -> Curve.Point? in
            if value.isNothing { return nil }
            let numbers = try parts.numbers(value)
            try parts.require(numbers.count == 2)
            return Curve.Point(x: numbers[0], y: numbers[1])
        }
        try parts.require(curves.count == names.count && points.count == names.count)
        let measures = try parts.pair("measures") { try parts.text($0) }
        let labels = try parts.pair("labels") { try parts.text($0) }
        let logs = try parts.pair("log") { try parts.flag($0) }
        var style = Plot.Style(
            title: try parts.text("title"), xLabel: labels.0, yLabel: labels.1, logX: logs.0, logY: logs.1)
        (style.x, style.y) = try parts.pair("part") { value in
            let part = try parts.range(value)
            try parts.require(part.map { $0.lowerBound < $0.upperBound } ?? true)
            return part
        }
        self.init(
            names: names, curves: curves, points: points, measures: measures, style: style, isUnicode: isUnicode)
        path = try parts.text("path")
    }
}

extension FrontierTrace {
    fileprivate init(stored parts: StoredParts) throws {
        let steps = 0...1_000_000_000
        guard
            let trace = FrontierTrace(
                steps: try parts.numbers("steps").map { try parts.whole($0, in: steps) }, x: try parts.numbers("x"),
                y: try parts.numbers("y"),
                divergedAt: try parts["diverged"]?.number.map { try parts.whole($0, in: steps) })
        else { throw parts.damage }
        self = trace
    }
}
