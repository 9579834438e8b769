// `race`: optimizers against one another on a function of the plane.
import Evaluation
import Language
import Tensors
import Vocabulary

enum RaceFunction {
    static func builtin(_ engine: EngineContext, isUnicode: @escaping () -> Bool) -> Builtin {
        .engine(
            "race", family: "plots",
            [
                .rest(
                    "optimizers", .optimizer,
                    """
                    built-in ones with their options set, or functions (point, gradient, state) -> point, state; one \
                    by one or in a list
                    """
                ),
                .option(
                    "on", .function(of: "a point [x, y]"), default: .nothing, shown: "rosenbrock",
                    "rosenbrock, beale, himmelblau, quadratic(cond=100), or your own"),
                .option(
                    "start", .point, default: .nothing, shown: "by the function",
                    "where all start; your own function needs it"),
                .option("steps", .count(min: 1, max: 1_000_000), default: 100, unit: "steps", "each takes so many"),
                .option(
                    "rotation", .number, default: 0, unit: "degrees",
                    """
                    turns the function, and the start that goes with it, around its minimum: what works coordinate by \
                    coordinate loses the axes it leans on
                    """),
                .option(
                    "noise", .number(in: 0...1e6), default: 0,
                    """
                    standard deviation of what is added to each number of a step's gradient, as a batch of examples \
                    would; the same for all
                    """),
                .option(
                    "minimum", .described("a point, or a list of points"), default: .nothing, shown: "as known",
                    "of your own function: the distance is told from the nearest"),
                .option(
                    "x", .interval, default: .nothing, shown: "by the function",
                    "the part of the plane that is drawn, along"),
                .option(
                    "y", .interval, default: .nothing, shown: "by the function", "the same, upwards"),
                .option("names", .list(of: .string), default: .nothing, shown: "as they are", "one an optimizer"),
                PictureOptions.title, seedOption, PictureOptions.save,
            ],
            """
            Optimizers on a function of two numbers: their paths over its contour lines, and a table of what each took \
            — steps, gradients, exact Hessian-vector products, and evaluations of the function beside them, as a line \
            search makes — and where it ended. Optimizers that use curvature get \
            it from exact products; where sophia would sample labels from a model, a bare function gives the Hessian's \
            diagonal itself. One that diverges is shown as far as it came. The result has the fields paths, values \
            (the function along each path) and table.
            """,
            examples: [
                """
                r = race([sgd(lr=0.1), adam(lr=0.1)], on=quadratic(cond=5), steps=50)
                r.table.sgd.gradients
                #> 50
                r.values.adam[50] < r.values.adam[0]
                #> true
                """,
                """
                def leap(p, g, s=none) = p - tensor([g[0] / 1, g[1] / 9]), s
                race(leap, on=quadratic(cond=9), steps=1).table.leap.distance
                #> 0
                """,
            ], seeAlso: ["contour", "frontier", "plot"]
        ) { call in
            let options = PictureOptions(call: call, isUnicode: isUnicode)
            try options.checkSave()
            let racers = try racers(call, engine)
            let names = RunNames.unique(try call.optional("names") { try $0.strings("names") } ?? Racer.names(racers))
            guard names.count == racers.count else {
                throw LanguageError(
                    "`names` of `race` has \(names.count) names for \(racers.count) optimizers", at: .argument("names"))
            }
            let course = try Course(call, engine)
            var lanes = try racers.map { racer in
                let start = try Tensor([Float(course.start.x), Float(course.start.y)], shape: [2], on: engine.device)
                return try RaceLane(
                    from: course.start, on: course.function.value(at:), by: racer.steps(from: start),
                    differentiator: engine.differentiator, generator: RandomGenerator(seed: engine.seed(of: call)),
                    device: engine.device, noise: call.number("noise"))
            }
            let steps = try call.integer("steps")
            try run(&lanes, steps, call)
            let paths = zip(names, lanes).map { (label: $0, points: $1.path.map { Curve.Point(x: $0.x, y: $0.y) }) }
            // What has flown away would make all else invisible.
            let seen = zip(paths, lanes).filter { $1.isRunning }.map(\.0)
            let view = try ContourFunction.view(
                options, course.function, (seen.isEmpty ? [] : seen) + [(label: "", points: course.points)])
            var style = Plot.Style(title: try call.string("title"))
            if style.title.isEmpty { style.title = course.title }
            (style.x, style.y) = (view.x, view.y)
            var ground: [any Mark] = []
            do {
                ground = [try ContourFunction.lines(of: course.function, over: view, options)]
            } catch let error where isStop(error) && lanes.contains(where: { $0.isRunning && $0.steps < steps }) {
                // An interrupted race is shown without its ground.
            }
            let marks: [any Mark] =
                ground
                + paths.map { Trajectory(label: $0.label, points: $0.points) }
                + (course.minima.isEmpty ? [] : [ContourFunction.minima(course.minima)])
            guard let plot = Plot(marks, style) else { throw LanguageError("`race` has nothing to draw") }
            let path = try options.save(SVGPlot(plot: plot).text)
            return .foreign(
                RaceValue(
                    plot, names: names, lanes: lanes, minima: course.minima, savedAs: path, isUnicode: isUnicode))
        }
    }

    private static func racers(_ call: Call, _ engine: EngineContext) throws -> [Racer] {
        var racers: [Racer] = []
        for (argument, value) in try call.list("optimizers").enumerated() {
            let items = if case .list(let list) = value { try list.written() } else { [value] }
            for item in items { racers.append(try Racer(item, at: racers.count, argument: argument, call, engine)) }
        }
        guard !racers.isEmpty else {
            throw LanguageError(
                "`race` needs optimizers", advice: ["write race([sgd(lr=0.001), adam(lr=0.1)], on=rosenbrock)"])
        }
        guard racers.count <= 26 else {
            throw LanguageError("`race` draws up to 26 optimizers; these are \(racers.count)")
        }
        return racers
    }

    static func isStop(_ error: any Error) -> Bool {
        error is Language.Interruption || (error as? TensorError) == .interrupted
    }

    /// All lanes side by side, so that an interrupted race is fair.
    private static func run(_ lanes: inout [RaceLane], _ steps: Int, _ call: Call) throws {
        for step in 0..<steps {
            do {
                if call.isInterrupted { throw TensorError.interrupted }
                for index in lanes.indices { try lanes[index].advance() }
            } catch let error where isStop(error) {
                // No function of the user's is called any more, so values end one place earlier.
                for index in lanes.indices { lanes[index].trim(to: step) }
                call.interpreter.finishStatementThenStop(
                    """
                    interrupted at step \(step)/\(steps) — \(call.assignedName ?? "the result") holds the race as far \
                    as it went
                    """
                )
                return
            }
            call.host.progress("race", done: step + 1, total: steps, note: "")
            if !lanes.contains(where: \.isRunning) { break }
        }
        for index in lanes.indices { try lanes[index].finish() }
    }
}

/// What is raced on: the function, where it starts, what it looks for.
private struct Course {
    private(set) var function: PlaneFunction
    let start: PlanePoint
    let minima: [PlanePoint]
    let title: String

    init(_ call: Call, _ engine: EngineContext) throws {
        function =
            try call.value("on").isNothing
            ? PlaneFunction(Rosenbrock(), call, engine) : PlaneFunction(call, "on", engine)
        let given = try call.optional("start") { call -> PlanePoint in
            let value = try call.value("start")
            guard let point = try Self.point(value) else {
                throw call.wrong("start", value, mustBe: "a point [x, y] of finite numbers")
            }
            return point
        }
        guard let start = given ?? function.landscape?.start else {
            throw LanguageError(
                "`race` needs to know where to start on a function of your own", advice: ["write start=[1, 1]"])
        }
        var places: [PlanePoint]
        if let landscape = function.landscape {
            places = landscape.minima
        } else {
            places =
                try call.optional("minimum") { call in
                    let value = try call.value("minimum")
                    if let point = try Self.point(value) { return [point] }
                    guard case .list(let list) = value, !list.isEmpty else {
                        throw call.wrong("minimum", value, mustBe: "a point [x, y], or a list of points")
                    }
                    return try list.writable().map { item in
                        guard let point = try Self.point(item) else {
                            throw call.wrong("minimum", value, mustBe: "a point [x, y], or a list of points")
                        }
                        return point
                    }
                } ?? []
        }
        let angle = try call.number("rotation")
        guard angle.isFinite else { throw call.wrong("rotation", .number(angle), mustBe: "a finite number") }
        if angle == 0 {
            self.start = start
        } else {
            // A start that is given is a place in the picture; the usual one turns with the function.
            let rotation = PlaneRotation(degrees: angle, about: places.first ?? (0, 0))
            function.rotation = rotation
            self.start = given == nil ? rotation.applied(to: start) : start
            places = places.map(rotation.applied)
        }
        minima = places
        title = call.text(of: "on").map { $0.count <= 40 ? $0 : "" } ?? (function.landscape == nil ? "" : function.name)
    }

    /// Start and minima, which the picture shows in any case.
    var points: [Curve.Point] { ([start] + minima).map { Curve.Point(x: $0.x, y: $0.y) } }

    private static func point(_ value: Value) throws -> PlanePoint? {
        switch value {
        case .list(let list) where list.count == 2:
            guard let x = try list[0].asNumber, let y = try list[1].asNumber, x.isFinite, y.isFinite else { return nil }
            return (x, y)
        case .foreign(let tensor as TensorValue) where tensor.shape == [2]:
            let numbers = try tensor.numbers
            return numbers.allSatisfy(\.isFinite) ? (numbers[0], numbers[1]) : nil
        default: return nil
        }
    }
}
