// `histogram`: how values are distributed.
import Language
import LanguageModels
import Vocabulary

enum HistogramFunction {
    static func builtin(isUnicode: @escaping () -> Bool) -> Builtin {
        Builtin(
            "histogram", family: "plots",
            [
                .rest(
                    "values", .described("lists of numbers, tensors or directions"),
                    "what is counted; several are drawn over one another, in the same intervals"),
                .option(
                    "bins", .count, default: .nothing, shown: "by the data",
                    "intervals; by default as many as show the first sample best (Freedman and Diaconis 1981)"),
                .option(
                    "range", .interval, default: .nothing, shown: "all", "the values that are counted"),
                .option(
                    "log", .choice(["", "x"]), default: "",
                    "intervals of equal ratio on a logarithmic axis; values up to 0 do not count"),
                PictureOptions.title, PictureOptions.labels("sample"),
            ] + PictureOptions.axisLabels + [PictureOptions.save],
            summary: """
                How many values lie in each interval. Values that are not finite do not count. Tensors and directions \
                are taken with all their elements. The result has the fields edges and counts (of the first sample).
                """,
            examples: ["h = histogram([1, 2, 2, 3], bins=2)\nprint(h.edges, h.counts)\n#> [1, 2, 3] [1, 3]"],
            seeAlso: ["plot", "heatmap"]
        ) { call in
            let options = PictureOptions(call: call, isUnicode: isUnicode)
            let given = try call.list("values")
            guard !given.isEmpty else {
                throw LanguageError("`histogram` needs values to count, as in histogram([1, 2, 2, 3])")
            }
            var style = Plot.Style(
                title: try call.string("title"), xLabel: try call.string("xlabel"), yLabel: try call.string("ylabel"))
            style.logX = try call.choice("log") == "x"
            let samples = try given.enumerated().map { position, value in
                try sample(value, position, call).filter { $0.isFinite && (!style.logX || $0 > 0) }
            }
            guard let low = samples.compactMap({ $0.min() }).min(), let high = samples.compactMap({ $0.max() }).max()
            else {
                throw LanguageError(
                    "`histogram` has nothing to count: there is no finite number"
                        + (style.logX ? " above 0, as a logarithmic axis needs" : ""))
            }
            let range = try options.range("range", isLogarithmic: style.logX) ?? low...high
            let bins =
                try call.optional("bins") { try $0.integer("bins", min: 1, max: 10_000) }
                ?? Histogram.bins(for: samples[0])
            let labels = PlotInput.labels(given.indices.map { PlotInput.path(call.text(ofRest: $0)) })
            var marks: [any Mark] = try zip(samples, labels).map {
                try Histogram(
                    label: samples.count > 1 ? $1 : "", values: $0, range: range, bins: bins, logX: style.logX,
                    poll: options.poll)
            }
            if samples.count == 1, style.xLabel.isEmpty { style.xLabel = labels[0] }
            try PlotFunction.relabel(&marks, call)
            return try options.picture(marks, style)
        }
    }

    private static func sample(_ value: Value, _ position: Int, _ call: Call) throws -> [Double] {
        // Copies: all of them, those that count, and a sorted sample.
        let count = value.list?.count ?? value.foreign?.numberCount ?? 0
        if count >= 1 << 16 { try call.interpreter.requireMemory(40 * count) }
        switch value {
        case .foreign(let tensor as TensorValue): return try tensor.numbers
        case .foreign(let direction as DirectionValue):
            return try direction.direction.values.constant("this direction").elements.map(Double.init)
        default:
            guard let numbers = try PlotInput.numbers(value, call) else {
                throw LanguageError(
                    "`histogram` counts lists of numbers, tensors and directions; this is \(value.phrase)",
                    at: .given(position))
            }
            return numbers
        }
    }
}
