// A frontier in workspaces.
import Evaluation
import Language
import StandardLibrary
import Vocabulary

extension FrontierValue: StorableValue {
    static var storedKind: String { "frontier" }

    var stored: Record {
        func optional(_ range: ClosedRange<Double>?) -> Value {
            range.map { .list([$0.lowerBound, $0.upperBound]) } ?? .nothing
        }
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
            ("part", .list([optional(style.x), optional(style.y)])), ("path", .string(path)),
        ])
    }

    /// How one comes back from a workspace.
    static func storedKind(isUnicode: @escaping () -> Bool) -> StoredKind {
        StoredKind(storedKind) { record in
            let reading = StoredFrontier(record)
            guard let value = try reading.value(isUnicode: isUnicode) else { throw reading.damage }
            return value
        }
    }
}

/// Reads what was stored of a frontier, of which nothing is believed.
private struct StoredFrontier {
    private let record: Record
    let damage = LanguageError("the frontier in the workspace is damaged: its parts do not fit each other")

    init(_ record: Record) { self.record = record }

    private func list(_ name: String) throws -> [Value] {
        guard let list = record[name]?.list else { throw damage }
        return try list.written()
    }

    private func numbers(_ value: Value?) throws -> [Double] {
        guard let list = value?.list else { throw damage }
        return try list.written().map { value in
            guard let number = value.number else { throw damage }
            return number
        }
    }

    private func text(_ value: Value?) throws -> String {
        guard case .string(let text)? = value else { throw damage }
        return text.string
    }

    private func pair<T>(_ name: String, _ read: (Value) throws -> T) throws -> (T, T) {
        let items = try list(name)
        guard items.count == 2 else { throw damage }
        return (try read(items[0]), try read(items[1]))
    }

    private func step(_ number: Double) throws -> Int {
        guard let step = Int(exactly: number), (0...1_000_000_000).contains(step) else { throw damage }
        return step
    }

    private func trace(_ value: Value) throws -> FrontierTrace {
        guard case .record(let path) = value else { throw damage }
        let diverged = try path["diverged"]?.number.map(step)
        guard
            let trace = FrontierTrace(
                steps: try numbers(path["steps"]).map(step), x: try numbers(path["x"]), y: try numbers(path["y"]),
                divergedAt: diverged)
        else { throw damage }
        return trace
    }

    func value(isUnicode: @escaping () -> Bool) throws -> FrontierValue? {
        let names = try list("names").map { try text($0) }
        let curves = try list("curves").map { value -> FrontierCurve? in
            if value.isNothing { return nil }
            guard let paths = value.list else { throw damage }
            return FrontierCurve(try paths.written().map(trace))
        }
        let points = try list("points").map { value -> Curve.Point? in
            if value.isNothing { return nil }
            let numbers = try numbers(value)
            guard numbers.count == 2 else { throw damage }
            return Curve.Point(x: numbers[0], y: numbers[1])
        }
        guard curves.count == names.count, points.count == names.count else { throw damage }
        let measures = try pair("measures") { try text($0) }, labels = try pair("labels") { try text($0) }
        let logs = try pair("log") { value -> Bool in
            guard case .bool(let flag) = value else { throw damage }
            return flag
        }
        let parts = try pair("part") { value -> ClosedRange<Double>? in
            if value.isNothing { return nil }
            let ends = try numbers(value)
            guard ends.count == 2, ends[0] < ends[1], ends.allSatisfy(\.isFinite) else { throw damage }
            return ends[0]...ends[1]
        }
        var style = Plot.Style(
            title: try text(record["title"]), xLabel: labels.0, yLabel: labels.1, logX: logs.0, logY: logs.1)
        (style.x, style.y) = parts
        let value = FrontierValue(
            names: names, curves: curves, points: points, measures: measures, style: style, isUnicode: isUnicode)
        value?.path = try text(record["path"])
        return value
    }
}
