// `heatmap`: a matrix as a picture.
import Language
import Vocabulary

enum HeatMapFunction {
    static func builtin(isUnicode: @escaping () -> Bool) -> Builtin {
        Builtin(
            "heatmap", family: "plots",
            [
                .positional(
                    "matrix", .matrix,
                    "what is shown, its first row on top"),
                .option(
                    "scale", .interval, default: .nothing, shown: "all",
                    "what the lightest and the darkest shade stand for"),
                PictureOptions.title,
            ] + PictureOptions.axisLabels + [PictureOptions.save],
            summary: """
                A matrix as a picture, one shade a number: darker is more. Matrices larger than the picture are \
                averaged over blocks; NaN stays blank.
                """,
            examples: ["heatmap([[0, 1], [2, 3]], title=\"a matrix\").title\n#> \"a matrix\""],
            seeAlso: ["plot", "contour"]
        ) { call in
            let options = PictureOptions(call: call, isUnicode: isUnicode)
            let (rows, columns, values) = try matrix(call)
            guard values.contains(where: \.isFinite) else {
                throw LanguageError("`heatmap` has nothing to draw: there is no finite number", at: .argument("matrix"))
            }
            let map = try HeatMap(
                rows: rows, columns: columns, values: values, scale: options.range("scale"), poll: options.poll)
            return try options.picture([map], options.style())
        }
    }

    private static func matrix(_ call: Call) throws -> (rows: Int, columns: Int, values: [Double]) {
        let value = try call.value("matrix")
        let expected = "a tensor of two axes, or a list of rows of numbers"
        if case .foreign(let tensor as TensorValue) = value {
            guard tensor.shape.count == 2, tensor.shape[0] > 0, tensor.shape[1] > 0 else {
                throw call.wrong("matrix", value, mustBe: expected)
            }
            return (tensor.shape[0], tensor.shape[1], try tensor.numbers)
        }
        guard case .list(let list) = value, !list.isEmpty else { throw call.wrong("matrix", value, mustBe: expected) }
        var values: [Double] = [], columns = 0
        for (index, item) in try list.writable().enumerated() {
            guard let row = try PlotInput.numbers(item, call), !row.isEmpty else {
                throw LanguageError(
                    "`matrix` of `heatmap` must be \(expected); row \(index) is \(item.phrase)", at: .argument("matrix")
                )
            }
            if index == 0 { columns = row.count }
            guard row.count == columns else {
                throw LanguageError(
                    """
                    the rows of a matrix have the same length; row 0 has \(columns) numbers, row \(index) has \
                    \(row.count)
                    """,
                    at: .argument("matrix"))
            }
            values += row
        }
        return (list.count, columns, values)
    }
}
