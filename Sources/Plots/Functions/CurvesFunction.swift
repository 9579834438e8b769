// `curves`: what happened in trainings and runs, quantity by quantity.
import Language
import Vocabulary

enum CurvesFunction {
    static func builtin(_ engine: EngineContext, isUnicode: @escaping () -> Bool) -> Builtin {
        .engine(
            "curves", family: "plots",
            [
                .rest(
                    "runs", .described("runs, trained models or logs"),
                    "what is looked at; several are drawn over one another"),
                .option(
                    "log", .list(of: .string), default: .list([]),
                    "quantities on a logarithmic axis, such as [\"gradient\"]"),
                .option("names", .list(of: .string), default: .nothing, shown: "as they are", "one a run; the legend"),
                PictureOptions.save,
            ],
            """
            The log of a training or a run as small plots, one a quantity: the loss, the NLL of each step's forget and \
            retain batch, the gradient's length, the fraction of weights whose update was clipped, and what watch saw. \
            Each is a field of the result, and a plot: curves(run).gradient.
            """,
            examples: [
                """
                b = batch([[1, 2, 3, 4]])
                t = train(gpt(5, layers=1, width=8, seed=1), b, steps=20, optimizer=adamw(lr=1e-2))
                c = curves(t)
                print(c.quantities, c.loss.title)
                #> ["loss", "gradient"] loss
                """
            ], seeAlso: ["train", "unlearn", "start", "plot", "layers", "frontier"]
        ) { call in
            let options = PictureOptions(call: call, isUnicode: isUnicode)
            let given = try call.list("runs")
            guard !given.isEmpty else {
                throw LanguageError("`curves` needs a run, a trained model or a log, as in curves(soul)")
            }
            let logs = try given.enumerated().map { try log($1, at: $0, call) }
            let names = try RunNames.names(
                given.enumerated().map { position, value in
                    var run: RunValue?
                    if case .foreign(let foreign) = value { run = foreign as? RunValue }
                    return RunNames.Subject(run: run?.run, text: call.text(ofRest: position))
                }, call)
            let logarithmic = Set(try call.strings("log"))
            var quantities: [String] = []
            for log in logs { quantities += log.map(\.name).filter { !quantities.contains($0) } }
            if let unknown = logarithmic.subtracting(quantities).sorted().first {
                throw LanguageError(
                    """
                    `log` of `curves` names "\(unknown)", which was not logged; there are \
                    \(listed(quantities.map { "\"\($0)\"" }))
                    """,
                    at: .argument("log"))
            }
            let plots = try quantities.compactMap { quantity -> Plot? in
                let isLogarithmic = logarithmic.contains(quantity)
                var marks: [any Mark] = []
                for (name, log) in zip(names, logs) {
                    let values = log.first { $0.name == quantity }?.values ?? []
                    // Steps count from 1.
                    marks.append(
                        try Curve(
                            label: names.count > 1 ? name : "", x: values.indices.map { Double($0 + 1) }, y: values,
                            isCounted: true, logX: false,
                            logY: isLogarithmic, poll: options.poll))
                }
                return Plot(marks, Plot.Style(title: quantity, logY: isLogarithmic))
            }
            guard !plots.isEmpty else { throw LanguageError("`curves` has nothing to draw: no step has been taken") }
            let panels = Panels(plots: plots)
            let path = try options.save(panels.svg)
            return .foreign(CurvesValue(panels, savedAs: path, isUnicode: isUnicode))
        }
    }

    private typealias Quantity = (name: String, values: [Double])

    /// The lists of numbers of a log; what was never known, or never happened, is left out.
    private static func log(_ value: Value, at position: Int, _ call: Call) throws -> [Quantity] {
        let record: Record
        switch value {
        case .foreign(let run as RunValue):
            guard run.run.step > 0 else {
                throw LanguageError(
                    "this run has taken no step yet", advice: ["take some: run = step(run, 20)"], at: .given(position))
            }
            record = RunLog.record(run.run)
        case .foreign(let model as ModelValue):
            guard let log = model.log else {
                throw LanguageError("this model has no log: it was not trained in this session", at: .given(position))
            }
            record = log
        case .record(let log): record = log
        default:
            throw LanguageError(
                "`curves` needs runs, trained models or logs; this is \(value.phrase)", at: .given(position))
        }
        let quantities = try record.fields.compactMap { name, value -> Quantity? in
            guard let numbers = try PlotInput.numbers(value, call), numbers.contains(where: \.isFinite) else {
                return nil
            }
            return name == "clipped" && numbers.allSatisfy { $0 == 0 } ? nil : (name, numbers)
        }
        guard !quantities.isEmpty else {
            throw LanguageError("this log holds no lists of numbers", at: .given(position))
        }
        return quantities
    }
}

/// What `curves` gives.
final class CurvesValue: Foreign {
    let panels: Panels
    let path: String
    private let isUnicode: () -> Bool

    init(_ panels: Panels, savedAs path: String, isUnicode: @escaping () -> Bool) {
        (self.panels, self.path, self.isUnicode) = (panels, path, isUnicode)
        super.init()
    }

    override var kind: String { "curves" }
    override var phrase: String { "curves" }
    private var titles: [String] { panels.plots.map(\.title) }
    override var summary: String { "curves of " + listed(titles) }

    override func describe(width: Int, digits: Int) -> String {
        panels.text(width: width, isUnicode: isUnicode(), footnote: path)
    }
    override var svg: String? { panels.svg }
    override var savedAs: String? { path.isEmpty ? nil : path }

    override var fieldNames: [String] { ["quantities"] + titles.filter(isName) }
    override func field(_ name: String) throws -> Value? {
        if name == "quantities" { return .list(titles.map { .string($0) }) }
        return panels.plots.first { $0.title == name }.map {
            .foreign(PlotValue($0, savedAs: "", isUnicode: isUnicode))
        }
    }
}
