// `band`: several curves as their mean and their spread.
import Language
import Vocabulary

enum BandFunction {
    static func builtin(isUnicode: @escaping () -> Bool) -> Builtin {
        Builtin(
            "band", family: "plots",
            [
                .positional(
                    "curves", .described("a list of curves"),
                    "one list of numbers a seed, or a tensor [seeds, places]; or a record of those, a band each"),
                .option(
                    "spread", .choice(["range", "std"]), default: "range",
                    "the band: from the lowest to the highest, or a standard deviation (n - 1) to both sides"),
                .option(
                    "places", .list(of: .number), default: .nothing, shown: "0, 1, 2, …",
                    "where the curves have their values, such as steps"),
                PictureOptions.title, PictureOptions.labels("band"),
            ] + PictureOptions.axisLabels + [PictureOptions.log] + PictureOptions.part + [PictureOptions.save],
            summary: """
                Several curves of the same thing, such as a loss over seeds, as one: a line through their mean and a \
                band of their spread. Curves of different lengths are shown as far as the shortest; what is not finite \
                does not count. The result has the fields mean, low and high, and is drawn with others by \
                plot(band(a), band(b)).
                """,
            examples: [
                """
                seeds = [[3, 2, 1], [5, 2, 3]]
                b = band(seeds, title="two seeds")
                print(b.mean, b.low, b.high)
                #> [4, 2, 2] [3, 2, 1] [5, 2, 3]
                """,
                "plot(band((adamw=[[3, 1], [3, 2]], sophia=[[3, 2], [3, 2]]))).labels\n#> [\"adamw\", \"sophia\"]",
            ], seeAlso: ["plot", "frontier"]
        ) { call in
            let options = PictureOptions(call: call, isUnicode: isUnicode)
            let style = try options.style()
            let spread: Band.Spread = try call.choice("spread") == "std" ? .std : .range
            let places = try call.optional("places") { try $0.numbers("places") }
            let value = try call.value("curves")
            var groups: [(label: String, value: Value)] = [
                (PlotInput.labels([PlotInput.path(call.text(of: "curves"))])[0], value)
            ]
            if case .record(let record) = value { groups = record.fields.map { ($0.name, $0.value) } }
            var marks: [any Mark] = try groups.map { group in
                let curves = try curves(group.value, group.label, call)
                let count = curves.map(\.count).min() ?? 0
                if let places, places.count < count {
                    throw LanguageError(
                        "`places` of `band` has \(places.count) numbers for curves of \(count)", at: .argument("places")
                    )
                }
                return Band(label: group.label, x: places, curves: curves, spread: spread).on(
                    logX: style.logX, logY: style.logY)
            }
            try PlotFunction.relabel(&marks, call)
            return try options.picture(marks, style)
        }
    }

    /// One list of numbers a curve.
    private static func curves(_ value: Value, _ label: String, _ call: Call) throws -> [[Double]] {
        func error(_ message: String) -> LanguageError { LanguageError("`band` " + message, at: .argument("curves")) }
        if case .foreign(let tensor as TensorValue) = value, tensor.shape.count == 2, tensor.shape[1] > 0 {
            let numbers = try tensor.numbers
            return stride(from: 0, to: numbers.count, by: tensor.shape[1]).map {
                Array(numbers[$0..<($0 + tensor.shape[1])])
            }
        }
        guard case .list(let list) = value else {
            throw error("needs a list of curves, each a list of numbers; this is \(value.phrase)")
        }
        let curves = try list.writable().enumerated().map { index, item -> [Double] in
            guard let numbers = try PlotInput.numbers(item, call) else {
                let isOneCurve = (try? list[0].asNumber) ?? nil != nil
                throw error(
                    """
                    needs a list of curves, each a list of numbers; \
                    \(isOneCurve ? "this is one curve" : "number \(index + 1) is \(item.phrase)")
                    """
                )
            }
            return numbers
        }
        guard !curves.isEmpty, curves.allSatisfy({ !$0.isEmpty }) else {
            throw error("has nothing to draw: \(curves.isEmpty ? "there is no curve" : "a curve is empty")")
        }
        return curves
    }
}
