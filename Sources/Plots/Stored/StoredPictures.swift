// Values that draw themselves in workspaces.
import Language
import StandardLibrary
import Unlearning
import Vocabulary

extension PlotValue: StorableValue {
    static var storedKind: String { "plot" }
    var stored: Record { Record([("plot", plot.stored), ("path", .string(path))]) }

    static func storedKind(isUnicode: @escaping () -> Bool) -> StoredKind {
        StoredKind(storedKind) { record in
            let parts = StoredParts(record, of: storedKind)
            return PlotValue(
                try Plot(stored: parts.parts(parts["plot"])), savedAs: try parts.text("path"), isUnicode: isUnicode)
        }
    }
}

extension CurvesValue: StorableValue {
    static var storedKind: String { "curves" }
    var stored: Record { Record([("plots", .list(panels.plots.map(\.stored))), ("path", .string(path))]) }

    static func storedKind(isUnicode: @escaping () -> Bool) -> StoredKind {
        StoredKind(storedKind) { record in
            let parts = StoredParts(record, of: storedKind)
            return CurvesValue(
                Panels(plots: try parts.list("plots").map { try Plot(stored: parts.parts($0)) }),
                savedAs: try parts.text("path"), isUnicode: isUnicode)
        }
    }
}

extension PanelsValue: StorableValue {
    static var storedKind: String { "panels" }
    var stored: Record {
        Record([
            ("name", .string(kind)), ("plots", .list(panels.plots.map(\.stored))), ("shares", .bool(sharesLegend)),
            ("table", figures.map { .foreign($0) } ?? .nothing), ("more", .record(more.map { ($0.name, $0.value) })),
            ("path", .string(path)),
        ])
    }

    static func storedKind(isUnicode: @escaping () -> Bool) -> StoredKind {
        StoredKind(storedKind) { record in
            let parts = StoredParts(record, of: "picture")
            guard let more = parts["more"]?.record else { throw parts.damage }
            let value = PanelsValue(
                try parts.text("name"), try parts.list("plots").map { try Plot(stored: parts.parts($0)) },
                sharesLegend: try parts.flag("shares"), table: try parts.table("table"),
                more: more.fields.map { ($0.name, $0.value) }, isUnicode: isUnicode)
            value.path = try parts.text("path")
            return value
        }
    }
}

extension RaceValue: StorableValue {
    static var storedKind: String { "race" }
    var stored: Record {
        Record([
            ("plot", plot.stored), ("names", .list(names.map { .string($0) })),
            ("paths", .list(paths.map(StoredParts.value))), ("values", .list(values.map { .list($0) })),
            ("table", .foreign(figures)), ("path", .string(path)),
        ])
    }

    static func storedKind(isUnicode: @escaping () -> Bool) -> StoredKind {
        StoredKind(storedKind) { record in
            let parts = StoredParts(record, of: storedKind)
            let names = try parts.texts("names"), table = try parts.table("table")
            let paths = try parts.list("paths").map { try parts.points($0) }
            let values = try parts.list("values").map { try parts.numbers($0) }
            guard let table, paths.count == names.count, values.count == names.count else { throw parts.damage }
            return RaceValue(
                try Plot(stored: parts.parts(parts["plot"])), names: names, paths: paths, values: values,
                table: table, savedAs: try parts.text("path"), isUnicode: isUnicode)
        }
    }
}

extension LayersValue: StorableValue {
    static var storedKind: String { "layers" }
    var stored: Record {
        Record([
            ("heading", .string(heading)), ("names", .list(layers.map { .string($0.name) })),
            ("counts", .list(layers.map { Double($0.count) })), ("updates", .list(layers.map(\.update))),
            ("weights", .list(layers.map(\.weights))),
            ("clipped", .list(layers.map { $0.clipped.map { .number($0) } ?? .nothing })), ("path", .string(path)),
        ])
    }

    static func storedKind(isUnicode: @escaping () -> Bool) -> StoredKind {
        StoredKind(storedKind) { record in
            let parts = StoredParts(record, of: "table of layers")
            let names = try parts.texts("names"), clipped = try parts.list("clipped").map(\.number)
            let counts = try parts.numbers("counts").map { try parts.whole($0, in: 0...Int.max) }
            let updates = try parts.numbers("updates"), weights = try parts.numbers("weights")
            try parts.require(
                [clipped.count, counts.count, updates.count, weights.count].allSatisfy { $0 == names.count })
            let layers = names.indices.map {
                LayerUpdate(
                    name: names[$0], count: counts[$0], update: updates[$0], weights: weights[$0], clipped: clipped[$0])
            }
            let value = LayersValue(layers, heading: try parts.text("heading"), isUnicode: isUnicode)
            value.path = try parts.text("path")
            return value
        }
    }
}

extension StoredParts {
    /// The table that stands below a picture; nil for none.
    fileprivate func table(_ name: String) throws -> TableValue? {
        guard let value = self[name] else { throw damage }
        if value.isNothing { return nil }
        guard case .foreign(let table as TableValue) = value else { throw damage }
        return table
    }
}
