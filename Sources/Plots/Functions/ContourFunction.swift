// `contour`: a function of the plane as contour lines, with paths on it.
import Language
import Vocabulary

enum ContourFunction {
    static func builtin(_ engine: EngineContext, isUnicode: @escaping () -> Bool) -> Builtin {
        Builtin(
            "contour", family: "plots",
            [
                .positional("f", .function, "of a point [x, y], which it gets as a tensor, or of x and y"),
                .option(
                    "x", .interval, default: .nothing, shown: "by f or paths",
                    "the part of the plane, along"),
                .option("y", .interval, default: .nothing, shown: "by f or paths", "the same, upwards"),
                .option(
                    "levels", .either(.count, .list(of: .number)), default: 10,
                    "how many lines, at levels between which the picture has equal areas; or the levels"),
                .option(
                    "paths", .described("lists of [x, y]"), default: .nothing, shown: "none",
                    "drawn over the lines: one path, a list of paths, or a record of paths by name"),
                PictureOptions.title,
            ] + PictureOptions.axisLabels + [PictureOptions.save],
            summary: """
                Contour lines of a function of the plane. Test functions such as rosenbrock bring their own part of \
                the plane and their minima, drawn as crosses. Paths end with a mark; optimizers' own are drawn by race.
                """,
            examples: [
                "contour(himmelblau, title=\"four minima\").title\n#> \"four minima\"",
                """
                c = contour((x, y) -> x^2 + 4 * y^2, x=[-1, 1], y=[-1, 1], levels=[1, 2], paths=(down=[[1, 1], [0, 0]]))
                print(c.labels, c.levels)
                #> ["down"] [1, 2]
                """,
            ], seeAlso: ["race", "heatmap", "plot"]
        ) { call in
            let options = PictureOptions(call: call, isUnicode: isUnicode)
            let f = try PlaneFunction(call, "f", engine)
            let paths = try call.optional("paths") { try Self.paths($0.value("paths"), $0) } ?? []
            let view = try Self.view(options, f, paths)
            var style = Plot.Style(
                title: try call.string("title"), xLabel: try call.string("xlabel"), yLabel: try call.string("ylabel"))
            (style.x, style.y) = (view.x, view.y)
            let lines = try lines(of: f, over: view, options)
            guard lines.values.contains(where: \.isFinite) else {
                throw LanguageError(
                    "`contour` has nothing to draw: \(f.phrase) is finite nowhere on this part of the plane",
                    at: .argument("f"))
            }
            var marks: [any Mark] = [lines]
            marks += paths.map { Trajectory(label: $0.label, points: $0.points) }
            if let landscape = f.landscape { marks.append(minima(landscape.minima)) }
            return try options.picture(marks, style)
        }
    }

    typealias View = (x: ClosedRange<Double>, y: ClosedRange<Double>)

    static func minima(_ minima: [(x: Double, y: Double)]) -> Targets {
        Targets(label: minima.count == 1 ? "minimum" : "minima", points: minima.map { Curve.Point(x: $0.x, y: $0.y) })
    }

    /// Points of the grid along each axis; odd, so that the middle is one of them.
    private static let grid = 81

    /// The function's contour lines.
    static func lines(of f: PlaneFunction, over view: View, _ options: PictureOptions) throws -> Contours {
        let call = options.call
        var values: [Double] = []
        for row in 0..<grid {
            for column in 0..<grid {
                try options.poll()
                func at(_ range: ClosedRange<Double>, _ index: Int) -> Double {
                    range.lowerBound + (range.upperBound - range.lowerBound) * Double(index) / Double(grid - 1)
                }
                values.append(try f.value(x: at(view.x, column), y: at(view.y, row)))
            }
            call.host.progress(call.builtin.name, done: row + 1, total: grid, note: "")
        }
        var levels: [Double] = []
        if call.builtin.parameters.contains(where: { $0.name == "levels" }), case .list = try call.value("levels") {
            levels = try call.numbers("levels")
            guard !levels.isEmpty, levels.allSatisfy(\.isFinite) else {
                throw LanguageError("`levels` must be finite numbers, at least one", at: .argument("levels"))
            }
        } else {
            let count =
                call.builtin.parameters.contains { $0.name == "levels" }
                ? try call.integer("levels", min: 1, max: 100) : 10
            levels = Contours.levels(count, of: values)
        }
        return Contours(x: view.x, y: view.y, columns: grid, rows: grid, values: values, levels: levels)
    }

    /// The part of the plane that is drawn: as asked for, as the test function has it, or around paths and other
    /// points.
    static func view(
        _ options: PictureOptions, _ f: PlaneFunction, _ paths: [(label: String, points: [Curve.Point])]
    ) throws -> View {
        let (x, y) = (try options.range("x"), try options.range("y"))
        if let x, let y { return (x, y) }
        if f.rotation == nil, let own = f.landscape?.view { return (x ?? own.x, y ?? own.y) }
        let points = paths.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
        guard let around = around(points) else {
            throw LanguageError(
                "`\(options.call.builtin.name)` needs to know which part of the plane to draw",
                advice: ["write x=[-1, 1], y=[-1, 1]"])
        }
        return (x ?? around.x, y ?? around.y)
    }

    /// A part of the plane with points in it and some room around; nil without points.
    private static func around(_ points: [Curve.Point]) -> View? {
        func range(_ values: [Double]) -> (low: Double, high: Double)? {
            guard let low = values.min(), let high = values.max() else { return nil }
            return (low, high)
        }
        guard let x = range(points.map(\.x)), let y = range(points.map(\.y)) else { return nil }
        // Neither side is thin, else what lies beside the path is not seen.
        let least = 0.3 * max(x.high - x.low, y.high - y.low, 1e-3 * max(abs(x.high), abs(y.high), 1e-3))
        func widened(_ range: (low: Double, high: Double)) -> ClosedRange<Double> {
            let room = max(0.15 * (range.high - range.low), (least - (range.high - range.low)) / 2)
            return range.low - room...range.high + room
        }
        return (widened(x), widened(y))
    }

    /// One path, a list of paths, or a record of paths.
    private static func paths(_ value: Value, _ call: Call) throws -> [(label: String, points: [Curve.Point])] {
        func path(_ value: Value) throws -> [Curve.Point]? {
            guard let input = try PlotInput.points(value, call), let x = input.x else { return nil }
            return zip(x, input.y).map { Curve.Point(x: $0, y: $1) }
        }
        let wrong = LanguageError(
            "`paths` of `\(call.builtin.name)` must be lists of [x, y] pairs; this is \(value.phrase)",
            at: .argument("paths"))
        if case .record(let record) = value {
            return try record.fields.map { name, value in
                guard let points = try path(value) else { throw wrong }
                return (name, points)
            }
        }
        if let one = try path(value) { return one.isEmpty ? [] : [("path", one)] }
        guard case .list(let list) = value else { throw wrong }
        return try list.writable().enumerated().map { index, item in
            guard let points = try path(item) else { throw wrong }
            return ("path \(index + 1)", points)
        }
    }
}
