// `plot`: draws numbers as lines or points, and pictures over one another.
import Language

enum PlotFunction {
    /// - Parameter isUnicode: whether the reader's terminal shows more than ASCII.
    static func builtin(isUnicode: @escaping () -> Bool) -> Builtin {
        Builtin(
            "plot", family: "plots",
            [
                .rest(
                    "series", .list(of: .number),
                    "what is drawn: numbers, [x, y] pairs, (x=…, y=…), tensors, a record of lists, or other plots"),
                .option("style", .choice(["lines", "points"]), default: "lines", "how numbers are drawn"),
                PictureOptions.title, PictureOptions.labels("line"),
            ] + PictureOptions.axisLabels + [PictureOptions.log] + PictureOptions.part + [PictureOptions.save],
            summary: """
                Draws numbers as lines or points. Without x the places are 0, 1, 2, …; NaN, nothing, and what a \
                logarithmic axis cannot show leave a gap. The picture prints itself and fits the window. Plots among \
                the arguments are drawn over one another: plot(band(curves), plot(truth, style="points")).
                """,
            examples: [
                "p = plot([1, 4, 9], title=\"squares\", xlabel=\"n\")\nprint(p.title, p.labels)\n#> squares [\"\"]",
                "a = [1, 10, 100]; b = [2, 2, 2]\nplot(a, b, log=\"y\").labels\n#> [\"a\", \"b\"]",
                """
                fit = [1, 2, 3]; seen = [1.1, 1.9, 3.2]
                plot(fit, plot(seen, style="points")).labels
                #> ["fit", "seen"]
                """,
            ], seeAlso: ["band", "histogram", "heatmap", "contour", "curves", "frontier"]
        ) { call in
            let options = PictureOptions(call: call, isUnicode: isUnicode)
            let given = try call.list("series")
            guard !given.isEmpty else {
                throw LanguageError("`plot` needs something to draw, as in plot(soul.log.forget)")
            }
            let inner = try given.compactMap { value -> Plot? in
                if case .foreign(let plot as PlotValue) = value { plot.plot } else { nil }
            }
            let style = try options.style(inner: inner)
            var marks = try PlotFunction.marks(given, style, options)
            try relabel(&marks, call)
            return try options.picture(marks, style)
        }
    }

    /// The marks that arguments stand for.
    private static func marks(_ given: List, _ style: Plot.Style, _ options: PictureOptions) throws -> [any Mark] {
        let call = options.call, arePoints = try call.choice("style") == "points"
        var marks: [any Mark] = [], paths: [(index: Int, path: String?)] = []
        for (position, value) in given.enumerated() {
            if case .foreign(let plot as PlotValue) = value {
                for var mark in plot.plot.marks {
                    mark = try mark.on(logX: style.logX, logY: style.logY)
                    // A picture without a label is called as it was written.
                    if mark.hasPen, mark.label.isEmpty, plot.plot.labels.count == 1 {
                        paths.append((marks.count, PlotInput.path(call.text(ofRest: position))))
                    }
                    marks.append(mark)
                }
                continue
            }
            for input in try PlotInput.read(value, at: position, text: call.text(ofRest: position), call) {
                paths.append((marks.count, input.label))
                marks.append(try mark(input, arePoints: arePoints, style, options))
            }
        }
        for ((index, _), label) in zip(paths, PlotInput.labels(paths.map(\.path))) { marks[index].label = label }
        return marks
    }

    private static func mark(
        _ input: PlotInput, arePoints: Bool, _ style: Plot.Style, _ options: PictureOptions
    ) throws -> any Mark {
        if arePoints {
            return try PointCloud(
                label: "", x: input.x, y: input.y, logX: style.logX, logY: style.logY, poll: options.poll)
        }
        do {
            return try Curve(label: "", x: input.x, y: input.y, logX: style.logX, logY: style.logY, poll: options.poll)
        } catch is Curve.Unsorted {
            throw LanguageError(
                "`plot` cannot draw a line through more than \(Curve.mostPoints) points that go back and forth",
                advice: ["draw them with style=\"points\", or sort them by x"])
        }
    }

    /// Gives marks the labels of the option `labels`.
    static func relabel(_ marks: inout [any Mark], _ call: Call) throws {
        guard let labels = try call.optional("labels", { try $0.strings("labels") }) else { return }
        let places = marks.indices.filter { marks[$0].hasPen }
        guard labels.count == places.count else {
            throw LanguageError(
                """
                `labels` of `\(call.builtin.name)` must be as many as there are lines, \(places.count); they are \
                \(labels.count)
                """,
                at: .argument("labels"))
        }
        for (place, label) in zip(places, labels) { marks[place].label = label }
    }
}
