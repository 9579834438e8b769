// `plot`: draws numbers as lines.
import Language
import LanguageModels

enum PlotFunction {
    /// - Parameter isUnicode: whether the reader's terminal shows more than ASCII.
    static func builtin(isUnicode: @escaping () -> Bool) -> Builtin {
        Builtin(
            "plot", family: "plots",
            [
                .rest("series", "a list of numbers", "what is drawn: numbers, [x, y] pairs, (x=…, y=…), tensors, a record of lists"),
                .option("title", "a string", default: "", "stands beside or above the picture"),
                .option("labels", "a list of strings", default: .nothing, shown: "as written", "one a line; the legend"),
                .option("log", "\"x\", \"y\" or \"xy\"", default: "", "which axes are logarithmic"),
                .option("save", "a string", default: "", "an SVG file to write, too"),
            ],
            summary: """
                Draws numbers as lines. Without x the places are 0, 1, 2, …; NaN, nothing, and what a logarithmic axis cannot show \
                leave a gap. The picture prints itself and fits the window.
                """,
            examples: [
                "p = plot([1, 4, 9], title=\"squares\")\nprint(p.title, p.labels)\n#> squares [\"\"]",
                "a = [1, 10, 100]; b = [2, 2, 2]\nplot(a, b, log=\"y\").labels\n#> [\"a\", \"b\"]",
            ], seeAlso: ["train", "unlearn"]
        ) { call in
            let plot = try plot(call)
            let path = try call.string("save")
            if !path.isEmpty { try save(plot, path, call) }
            return .foreign(PlotValue(plot, savedAs: path, isUnicode: isUnicode))
        }
    }

    private static func plot(_ call: Call) throws -> Plot {
        let given = try call.list("series")
        guard !given.isEmpty else { throw Complaint("`plot` needs something to draw, as in plot(soul.log.forget)") }
        let log = try call.choice("log", ["", "x", "y", "xy"])
        let inputs = try given.enumerated().flatMap { index, value in
            try PlotInput.read(value, at: index, text: call.text(ofRest: index), call)
        }
        let labels = try call.optional("labels") { try $0.strings("labels") } ?? PlotInput.labels(inputs.map(\.label))
        guard labels.count == inputs.count else {
            throw Complaint("`labels` of `plot` must be as many as there are lines, \(inputs.count); they are \(labels.count)", at: .argument("labels"))
        }
        do {
            let curves = try zip(inputs, labels).map { input, label in
                try Curve(label: label, x: input.x, y: input.y, logX: log.contains("x"), logY: log.contains("y")) {
                    if call.isInterrupted { throw Interruption() }
                }
            }
            let plot = Plot(title: try call.string("title"), curves: curves, logX: log.contains("x"), logY: log.contains("y"))
            guard let plot else {
                throw Complaint(
                    "`plot` has nothing to draw: there is no finite number" + (log.isEmpty ? "" : " above 0, as a logarithmic axis needs"))
            }
            return plot
        } catch is Curve.Unsorted {
            throw Complaint(
                "`plot` cannot draw a line through more than \(Curve.mostPoints) points that go back and forth",
                advice: ["sort them by x, or draw a part of them"])
        }
    }

    private static func save(_ plot: Plot, _ path: String, _ call: Call) throws {
        guard path.lowercased().hasSuffix(".svg") else {
            throw Complaint("`save` of `plot` must be the name of an SVG file; it is \"\(path)\"", note: "write save=\"\(path).svg\"", at: .argument("save"))
        }
        do {
            try FileBytes.write(SVGPlot(plot: plot).text, to: path)
        } catch {
            throw Complaint("\(error)", at: .argument("save"))
        }
    }
}

/// A picture as a value: it prints itself.
final class PlotValue: Foreign {
    private let plot: Plot
    private let path: String
    private let isUnicode: () -> Bool

    init(_ plot: Plot, savedAs: String, isUnicode: @escaping () -> Bool) {
        self.plot = plot
        path = savedAs
        self.isUnicode = isUnicode
        super.init()
    }

    override var kind: String { "plot" }
    override var summary: String {
        let names = plot.curves.map(\.label).filter { !$0.isEmpty }
        return names.isEmpty ? "plot" : "plot of " + listed(names)
    }

    override func describe(width: Int, digits: Int) -> String {
        TerminalPlot(plot: plot, width: width, isUnicode: isUnicode(), footnote: path).text
    }

    override var svg: String? { SVGPlot(plot: plot).text }
    override var savedAs: String? { path }

    override var fieldNames: [String] { ["title", "labels"] }
    override func field(_ name: String) throws -> Value? {
        switch name {
        case "title": .string(plot.title)
        case "labels": .list(plot.curves.map { .string($0.label) })
        default: nil
        }
    }
}
