// `robustness`: attacks as curves, one a model.
import Evaluation
import Language
import Vocabulary

enum RobustnessFunction {
    static func builtin(_ engine: EngineContext, isUnicode: @escaping () -> Bool) -> Builtin {
        .engine(
            "robustness", family: "plots", AttackFunctions.parameters + [PictureOptions.save],
            """
            A picture of attacks on models: how the answers to forget come back with the steps of relearning, with \
            fewer and fewer bits a weight (from 8 to 3), and with the block before which the first model's hidden \
            states are patched in; below it the table of attack. Every attack that finds a curve has a small plot of \
            its own, as has one that is given with several values of one option; each is a field by its name: \
            robustness(…).relearned.
            """,
            examples: [
                """
                qa = authors()
                base, gone = load("authors"), load("authors-retain")
                p = robustness(base, gone, on=qa.forget[0:3], attacks=[quantized(bits=8), quantized(bits=3), \
                relearned(examples=1, steps=4)])
                p.plots
                #> ["quantized", "relearned"]
                p.table.gone.quantized_bits_8 < p.table.base.quantized_bits_8
                #> true
                """
            ], seeAlso: ["attack", "relearned", "quantized", "patched", "frontier"]
        ) { call in
            let options = PictureOptions(call: call, isUnicode: isUnicode)
            try options.checkSave()
            let found = try AttackFunctions.measured(call, engine, bits: [8, 6, 5, 4, 3])
            let plots = try plots(found, options)
            guard !plots.isEmpty else {
                throw LanguageError(
                    "`robustness` has nothing to draw: no attack among these has a curve",
                    advice: [
                        "give attacks=[relearned, patched, quantized(bits=8), quantized(bits=4)]; attack(…) makes a table"
                    ])
            }
            let value = PanelsValue(
                "robustness", plots, sharesLegend: true, table: found.table,
                more: [
                    ("plots", .list(plots.map { .string($0.title) })),
                    ("models", .list(found.names.map { .string($0) })),
                ], isUnicode: isUnicode)
            value.path = try options.save(value.svg ?? "")
            return .foreign(value)
        }
    }

    private struct Line {
        var x: [Double] = []
        var y: [Double] = []
    }

    /// A plot for each attack that found curves, and for each whose one option was given several values.
    private static func plots(_ found: AttackFunctions.Measured, _ options: PictureOptions) throws -> [Plot] {
        var plots: [Plot] = []
        func add(_ title: String, _ xLabel: String, _ lines: [Line]) throws {
            let marks = try zip(found.names, lines).map { name, line in
                try Curve(
                    label: found.names.count > 1 ? name : "", x: line.x, y: line.y, logX: false, logY: false,
                    poll: options.poll)
            }
            let title = plots.contains { $0.title == title } ? "\(title) (\(plots.count + 1))" : title
            guard let plot = Plot(marks, Plot.Style(title: title, xLabel: xLabel)) else { return }
            plots.append(plot)
        }
        var drawn: Set<Int> = []
        for row in found.attacks.indices where !drawn.contains(row) {
            let attack = found.attacks[row], alike = rows(like: row, found)
            if alike.count > 1, let option = varied(alike.map { found.attacks[$0] }) {
                drawn.formUnion(alike)
                let sorted = alike.map { (x: value(option, found.attacks[$0]), row: $0) }.sorted { $0.x < $1.x }
                try add(
                    attack.family, option,
                    found.names.indices.map { model in
                        Line(
                            x: sorted.map(\.x), y: sorted.map { found.results[$0.row][model]?.value ?? .nan })
                    })
            } else if let places = places(found.results[row]) {
                try add(
                    attack.family, places,
                    found.results[row].map { result in
                        Line(x: detail(places, result) ?? [], y: detail("curve", result) ?? [])
                    })
            }
        }
        return plots
    }

    private static func detail(_ name: String, _ result: MetricValue?) -> [Double]? {
        result?.details.first { $0.name == name }?.values
    }

    /// What the curve of an attack runs along: the detail that has as many numbers.
    private static func places(_ results: [MetricValue?]) -> String? {
        for result in results {
            guard let result, let curve = detail("curve", result) else { continue }
            return result.details.first { $0.name != "curve" && $0.values.count == curve.count }?.name
        }
        return nil
    }

    private static func rows(like row: Int, _ found: AttackFunctions.Measured) -> [Int] {
        let family = found.attacks[row].family
        return family.isEmpty ? [row] : found.attacks.indices.filter { found.attacks[$0].family == family }
    }

    /// The one option that attacks of a kind were given in different values.
    private static func varied(_ attacks: [MetricCall]) -> String? {
        guard let first = attacks.first?.numbers.map(\.name), attacks.allSatisfy({ $0.numbers.map(\.name) == first })
        else { return nil }
        let different = first.filter { name in Set(attacks.map { value(name, $0) }).count == attacks.count }
        return different.count == 1 ? different[0] : nil
    }

    private static func value(_ option: String, _ attack: MetricCall) -> Double {
        attack.numbers.first { $0.name == option }?.value ?? .nan
    }
}
