/// What a study found: for each variant the mean over seeds of every number, with its interval, and the runs themselves.
import Evaluation
import Files
import Language
import StandardLibrary

public final class StudyValue: Foreign {
    /// One run.
    struct Row {
        let variant: Int
        let seed: Int
        /// nil where it was not done yet.
        let result: StudyResult?
    }

    let variants: [StudyVariant]
    /// Names that are varied.
    package let names: [String]
    let seeds: [Int]
    let rows: [Row]
    /// The file it is kept in; empty for none.
    let path: String

    /// Names of the numbers that runs gave, in the order in which they first came.
    package let measures: [String]
    /// means[variant][measure]; nil where no run gave the number.
    package let means: [[MeanInterval?]]

    init(variants: [StudyVariant], names: [String], seeds: [Int], rows: [Row], path: String) {
        (self.variants, self.names, self.seeds, self.rows, self.path) = (variants, names, seeds, rows, path)
        let figures = rows.map { Self.numbers($0.result?.result ?? .null, "") }
        var measures: [String] = []
        for (name, _) in figures.joined() where !measures.contains(name) { measures.append(name) }
        self.measures = measures
        means = variants.indices.map { variant in
            measures.map { measure in
                let found = zip(rows, figures).filter { $0.0.variant == variant }.compactMap { row in
                    row.1.first { $0.name == measure }?.value
                }
                return found.isEmpty ? nil : MeanInterval(of: found)
            }
        }
        super.init()
    }

    /// The numbers of a result by their names; parts of records by `outer.inner`.
    private static func numbers(_ json: JSON, _ name: String) -> [(name: String, value: Double)] {
        switch json {
        case .integer, .number: json.number.map { [(name.isEmpty ? "value" : name, $0)] } ?? []
        case .bool(let flag): [(name.isEmpty ? "value" : name, flag ? 1 : 0)]
        case .object(let members):
            members.flatMap { numbers($0.value, name.isEmpty ? $0.key : "\(name).\($0.key)") }
        default: []
        }
    }

    // MARK: In words

    public override var kind: String { "study" }
    public override var summary: String {
        "study of \(variants.count) \(variants.count == 1 ? "variant" : "variants")"
            + (seeds.count > 1 ? " × \(seeds.count) seeds" : "")
    }

    private var notes: [String] {
        var notes: [String] = []
        if seeds.count > 1, !measures.isEmpty {
            let isWhole = means.allSatisfy { $0.allSatisfy { $0 == nil || $0?.count == seeds.count } }
            notes.append(
                "mean ± half of the 95 % interval of the mean over \(seeds.count) seeds (Student's t)"
                    + (isWhole ? "" : "; n counts the seeds that gave the number where they are fewer"))
        }
        let missing = rows.count { $0.result == nil }
        if missing > 0 {
            notes.append(
                "\(rows.count - missing) of \(rows.count) runs are done"
                    + (path.isEmpty ? "" : "; the same study again goes on with the others"))
        }
        let failed = rows.filter { $0.result?.error != nil }
        for row in failed.prefix(5) {
            let seed = seeds.count > 1 ? ", seed \(row.seed)" : ""
            notes.append("\(variants[row.variant].label)\(seed) failed: \(visibleLine(row.result?.error ?? ""))")
        }
        if failed.count > 5 { notes.append("and \(failed.count - 5) more failed: see .failed") }
        return notes
    }

    private func cells(digits: Int) -> [[String]] {
        variants.indices.map { variant in
            [visibleLine(variants[variant].label)]
                + means[variant].map { figure in
                    guard let figure else { return "–" }
                    let mean = formatNumber(figure.mean, digits: digits)
                    let fewer = figure.count == seeds.count ? "" : " (n=\(figure.count))"
                    guard figure.count > 1 else { return mean + fewer }
                    return mean + " ± " + formatNumber(figure.half, digits: 2) + fewer
                }
        }
    }

    public override func table(digits: Int) -> [[String]]? {
        [[""] + measures.map(visibleLine)] + cells(digits: digits) + notes.map { [$0] }
    }

    public override func describe(width: Int, digits: Int) -> String {
        let all = (measures.isEmpty ? [] : [[""] + measures.map(visibleLine)]) + cells(digits: digits)
        let widths = (0...measures.count).map { column in all.map { displayWidth($0[column]) }.max() ?? 0 }
        func padding(_ text: String, _ column: Int) -> String {
            String(repeating: " ", count: widths[column] - displayWidth(text))
        }
        // Columns that find no room stand below, with the variants once more.
        var lines: [String] = [], column = 1
        repeat {
            var end = column, used = widths[0]
            while end <= measures.count, end == column || used + 2 + widths[end] <= width {
                used += 2 + widths[end]
                end += 1
            }
            if !lines.isEmpty { lines.append("") }
            for row in all {
                var line = row[0] + padding(row[0], 0)
                for index in column..<max(column, end) { line += "  " + padding(row[index], index) + row[index] }
                while line.last == " " { line.removeLast() }
                lines.append(clipped(line, to: width))
            }
            column = end
        } while column <= measures.count
        return (lines + notes.flatMap { wrapped($0, to: width) }).joined(separator: "\n")
    }

    // MARK: In the language

    public override var fieldNames: [String] {
        ["means", "rows", "failed", "variants", "seeds", "measures", "table", "path"]
    }

    public override func field(_ name: String) throws -> Value? {
        switch name {
        case "means": .list(variants.indices.map(meansRecord))
        case "rows": .list(rows.compactMap(record))
        case "failed": .list(rows.filter { $0.result?.error != nil }.compactMap(record))
        case "variants": .list(variants.map { .string($0.label) })
        case "seeds": .list(seeds.map { .number($0) })
        case "measures": .list(measures.map { .string($0) })
        case "table": .foreign(figures)
        case "path": path.isEmpty ? .nothing : .string(path)
        default: nil
        }
    }

    public override var count: Int? { variants.count }
    public override func index(_ indices: [Index]) throws -> Value? {
        guard indices.count == 1, case .position(let position) = indices[0] else { return nil }
        switch position {
        case .string(let label):
            if let variant = variants.firstIndex(where: { $0.label.hasSameScalars(as: label.string) }) {
                return meansRecord(variant)
            }
            throw LanguageError("the study has no variant \"\(label.string)\"", advice: [".variants lists them"])
        case .number(let x):
            guard let whole = Int(exactly: x), (-variants.count..<variants.count).contains(whole) else {
                throw LanguageError(
                    "the study has \(variants.count) variants, and none at \(formatNumber(x, digits: 6))")
            }
            return meansRecord(whole < 0 ? whole + variants.count : whole)
        default: return nil
        }
    }

    public override var plain: Value? { .list(variants.indices.map(meansRecord)) }

    /// A variant as a record: what was varied, how many seeds counted, and each mean with the ends of its interval.
    private func meansRecord(_ variant: Int) -> Value {
        var fields: [(String, Value)] = variants[variant].values.map { ($0.name, $0.value) }
        let done = rows.count { $0.variant == variant && $0.result?.result != nil }
        fields += [("variant", .string(variants[variant].label)), ("count", .number(done))]
        for (measure, figure) in zip(measures, means[variant]) {
            fields.append((measure, figure.map { .number($0.mean) } ?? .nothing))
            guard seeds.count > 1 else { continue }
            fields.append(("\(measure)_low", figure.map { .number($0.mean - $0.half) } ?? .nothing))
            fields.append(("\(measure)_high", figure.map { .number($0.mean + $0.half) } ?? .nothing))
        }
        return .record(fields)
    }

    /// A run as a record; nil for one that was not done yet.
    private func record(_ row: Row) -> Value? {
        guard let result = row.result else { return nil }
        var fields: [(String, Value)] = variants[row.variant].values.map { ($0.name, $0.value) }
        fields += [("variant", .string(variants[row.variant].label)), ("seed", .number(row.seed))]
        switch result.result {
        case .object(let members)?:
            for (name, value) in members where !fields.contains(where: { $0.0 == name }) {
                fields.append((name, Value(value)))
            }
        case let value?: fields.append(("value", Value(value)))
        case nil: break
        }
        fields.append(("error", result.error.map { .string($0) } ?? .nothing))
        fields.append(("seconds", .number(result.seconds)))
        return .record(fields)
    }

    /// The means as a table of numbers.
    private var figures: TableValue {
        let hasIntervals = seeds.count > 1
        return TableValue(
            rows: variants.map(\.label),
            columns: measures.flatMap { hasIntervals ? [$0, "\($0)_low", "\($0)_high"] : [$0] },
            cells: means.map { row in
                row.flatMap { figure -> [Double?] in
                    guard let figure else { return hasIntervals ? [nil, nil, nil] : [nil] }
                    return hasIntervals
                        ? [figure.mean, figure.mean - figure.half, figure.mean + figure.half] : [figure.mean]
                }
            }, readsColumns: true, notes: notes)
    }

    public override var innerValues: [Value] { variants.flatMap { $0.values.map(\.value) } }

    public override func identify(in parts: inout IdentityParts) throws {
        for variant in variants.indices { try parts.add(meansRecord(variant)) }
        for row in rows {
            parts.add(row.result?.error)
            parts.add(row.result?.result.flatMap { try? $0.text(nonFinite: .python) })
        }
    }

    /// Whether the same runs came to the same; how long they took does not count.
    public override func isEqual(to other: Foreign) -> Bool {
        guard let other = other as? StudyValue, other.seeds == seeds,
            other.variants.map(\.label) == variants.map(\.label), other.rows.count == rows.count
        else { return false }
        func text(_ row: Row) -> String? {
            row.result.map { $0.error ?? (try? $0.result?.text(nonFinite: .python)) ?? "" }
        }
        return zip(rows, other.rows).allSatisfy { text($0) == text($1) }
    }
}
