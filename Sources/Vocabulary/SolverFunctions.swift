/// Inverse-Hessian solvers as functions of (H, v), and influence unlearning.
import Autodiff
import Curvature
import Language
import LanguageModels
import Tensors
import Unlearning

enum SolverFunctions {
    static func builtins(_ engine: EngineContext, _ all: [any InverseSolver.Type]) -> [Builtin] {
        all.map { builtin($0, engine) } + [influence(engine), perExample(engine)]
    }

    private static func builtin<S: InverseSolver>(_ type: S.Type, _ engine: EngineContext) -> Builtin {
        .engine(
            S.name, family: RecipeFamily.solvers.rawValue,
            [
                .positional(
                    "H", .described("a function v -> H v, or per-example gradients"),
                    "the matrix, by what it does; or gradients whose mean outer product it is, see per_example"),
                .positional("v", .either(.tensor, .direction), "the right-hand side"),
            ] + S.describedSettings.map(\.option) + [seedOption],
            S.summary + " Gives x with (H + damping) x = v.",
            examples: example(S.self), seeAlso: ["hvp", "ggnvp", "influence"],
            check: { try S.check($0, $1) }
        ) { call in
            let solver = try S.configured(by: call)
            let v = try FlatPoint(call.value("v"), engine)
            var product: ((Tensor) throws -> Tensor)?, gradients: ((Int) throws -> Tensor)?
            switch try call.value("H") {
            case .function(let function):
                product = { flat in
                    let value: Value
                    // The solver, which knows nothing of the language, stops with what it has.
                    do { value = try call.call(function, [v.direction(flat)]) } catch is Language.Interruption {
                        throw TensorError.interrupted
                    }
                    let result = try FlatPoint(value, engine)
                    guard result.flat.count == flat.count else {
                        throw LanguageError(
                            """
                            `H` must return as many numbers as it is given, \(flat.count); it returned \
                            \(result.flat.count)
                            """,
                            at: .result("H"))
                    }
                    return result.flat
                }
            case .foreign(let matrix as TensorValue):
                let matrix = try matrix.variable.constant("the matrix of a solver")
                gradients = { try rows(matrix, $0) }
            case let other:
                throw call.wrong("H", other, mustBe: "a function v -> H v, or a tensor of per-example gradients")
            }
            let solution = try solve(
                solver,
                CurvatureSystem(
                    vector: v.flat, product: product.map { product in { try product($0.reshaped([$0.count])) } },
                    perExample: gradients, seed: engine.seed(of: call), progress: progress(call, S.name)), call)
            return try v.direction(solution.solution)
        }
    }

    /// A small system whose answer is known.
    private static func example(_ type: any InverseSolver.Type) -> [String] {
        let settings = type.exampleSettings.isEmpty ? "" : ", " + type.exampleSettings
        guard type.usesProducts else {
            return ["\(type.name)(tensor([[1, 0], [0, 1]]), tensor([1, 1])\(settings)).shape\n#> [2]"]
        }
        return [
            """
            x = \(type.name)(v -> tensor([2, 4]) * v, tensor([2, 4])\(settings))
            norm(x - 1) < 1e-3
            #> true
            """
        ]
    }

    /// Evenly spaced rows, at most so many.
    private static func rows(_ matrix: Tensor, _ most: Int) throws -> Tensor {
        guard matrix.rank == 2 else {
            throw LanguageError(
                "per-example gradients are a tensor [examples, weights]; this one is \(matrix.shape)",
                at: .argument("H"))
        }
        let count = matrix.shape[0]
        if count <= most { return matrix }
        return try Variable(matrix).gather((0..<most).map { Int32($0 * count / most) }).value
    }

    /// Reports iterations, and says whether to go on.
    static func progress(_ call: Call, _ name: String) -> (SolverProgress) -> Bool {
        return { state in
            // Every solver starts from nothing, whose residual is 1.
            let note = state.residual.map { "residual 1 → \(formatNumber($0, digits: 4))" } ?? ""
            call.host.progress(name, done: state.iteration, total: state.most, unit: "", note: note)
            return !call.isInterrupted
        }
    }

    /// Solves, and tells the user what went unexpectedly.
    static func solve(_ solver: any InverseSolver, _ system: CurvatureSystem, _ call: Call) throws -> InverseSolution {
        let solution = try solver.solve(system)
        let name = Swift.type(of: solver).name
        switch solution.ending {
        case .negativeCurvature(let value):
            call.host.warn(
                """
                \(name) met a direction of negative curvature (\(formatNumber(value, digits: 3))) after \
                \(solution.iterations) iterations and returned what it had; raise the damping by more than \
                \(formatNumber(-value, digits: 3)), or take ggnvp instead of hvp
                """
            )
        case .stopped:
            call.interpreter.finishStatementThenStop(
                """
                interrupted: \(name) returned its solution after \(solution.iterations) \
                iterations\(solution.residual.map { ", residual \(formatNumber($0, digits: 4))" } ?? "")
                """
            )
        case .finished, .limit, .precision: break
        }
        return solution
    }

    // MARK: Influence

    private static func influence(_ engine: EngineContext) -> Builtin {
        .engine(
            "influence", family: "unlearning",
            [
                .positional("base", .model, "the trained model"),
                .positional("forget", .examples, "what is to be forgotten"),
                .positional("retain", .examples, "what is to be kept"),
                .option(
                    "inverse", .solver, default: .nothing, shown: "woodfisher",
                    "how (H + damping) x = v is solved: woodfisher, cg, diagonal, …, or a function (H, v) -> x"),
                .option("scale", .number, default: 1, "multiplies the step"),
                .option(
                    "centered", .flag, default: true,
                    "takes the retain gradient's share off, for models that are not at an optimum"),
                .option(
                    "hessian", .choice(["gauss_newton", "exact"]), default: "gauss_newton",
                    "the matrix: \"gauss_newton\" or \"exact\""),
                seedOption,
            ],
            """
            Influence unlearning in one step: base + scale (H + damping)^-1 v, with v the forget examples' share of \
            the gradient and H the curvature of the retained loss (Koh & Liang 2017): one Newton step.
            """,
            examples: [
                """
                f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]])
                m = train(gpt(5, layers=1, width=8, seed=1), f, steps=20, optimizer=adamw(lr=1e-2))
                u = influence(m, f, r, inverse=cg(damping=1, steps=5))
                nll(u, f) > nll(m, f)
                #> true
                """
            ], seeAlso: ["woodfisher", "cg", "unlearn"]
        ) { call in
            let base = try call.foreign("base", as: ModelValue.self).model
            let forget = try ModelFunctions.batches(call.value("forget"), for: base, call)
            let retain = try ModelFunctions.batches(call.value("retain"), for: base, call)
            let problem = try Influence.problem(
                base, forget: forget, retain: retain, forgetCount: forget.reduce(0) { $0 + $1.rows },
                retainCount: retain.reduce(0) { $0 + $1.rows }, centered: call.bool("centered"),
                gaussNewton: call.choice("hessian") == "gauss_newton",
                differentiator: engine.differentiator,
                examples: { try examples("retain", base, call).filter { $0.targetCounts[0] > 0 } },
                progress: EvaluationFunctions.progress(call, "gradients", unit: "examples"))
            let step: Tensor
            switch try call.value("inverse") {
            case .nothing:
                step = try solve(WoodFisher(), system(problem, call, engine, "woodfisher"), call).solution
            case .function(let function):
                if let type = engine.catalogue.solver(of: function) {
                    let solver = try type.configured(by: function)
                    step = try solve(solver, system(problem, call, engine, function.name ?? "solver"), call).solution
                } else {
                    // The user's own solver gets the product as a function of the language.
                    let matrix = Builtin("H", family: "", [.positional("v", .direction)], summary: "") { inner in
                        try worded {
                            .foreign(
                                DirectionValue(
                                    try problem.product(inner.foreign("v", as: DirectionValue.self).direction)))
                        }
                    }
                    // What it draws comes from the seed, as with built-in solvers.
                    let draws = StepDraws(seed: try engine.seed(of: call), step: 0).generator(for: .solver)
                    let result = try engine.drawing(from: draws) {
                        try call.call(
                            function, [.function(Function(matrix)), .foreign(DirectionValue(problem.direction))])
                    }
                    step = try FlatPoint(result, engine).flat
                }
            case let other: throw call.wrong("inverse", other, mustBe: "a solver, such as woodfisher(damping=1e-3)")
            }
            let scale = try Float(rounding: call.number("scale"), place: "`scale`")
            let moved = try base.moved(along: Direction(base.layout, Variable(step)), by: scale).detached
            try warnWhereTooLong(base.detached, moved, retain, call)
            return .foreign(ModelValue(moved))
        }
    }

    /// A step on which what is retained is lost as well has left the region where its prediction holds.
    private static func warnWhereTooLong(
        _ base: LanguageModel, _ moved: LanguageModel, _ retain: [TokenBatch], _ call: Call
    ) throws {
        let before = Double(try base.nll(retain).value.item()), after = Double(try moved.nll(retain).value.item())
        guard !(after < before + 1) else { return }
        call.host.warn(
            """
            the step is too long: the retained loss rose from \(formatNumber(before, digits: 3)) to \
            \(formatNumber(after, digits: 3)); use more damping in inverse=, or a smaller scale
            """
        )
    }

    private static func system(
        _ problem: InfluenceProblem, _ call: Call, _ engine: EngineContext, _ name: String
    ) throws -> CurvatureSystem {
        let layout = problem.direction.layout
        return CurvatureSystem(
            vector: problem.direction.values.value,
            product: { try problem.product(Direction(layout, Variable($0))).values.value },
            perExample: problem.perExample, seed: try engine.seed(of: call), progress: progress(call, name))
    }

    private static func perExample(_ engine: EngineContext) -> Builtin {
        .engine(
            "per_example", family: "solvers",
            [
                .positional("model", .model), .positional("data", .examples),
                .option("most", .count(min: 1), default: 128, "how many examples at most, evenly spaced"),
            ],
            """
            The gradients of the mean token loss of single examples, as the rows of a tensor [examples, weights], in \
            their order.
            """,
            examples: [
                "m = gpt(5, layers=1, width=8, seed=1)\nper_example(m, batch([[1, 2], [3, 4]])).shape\n#> [2, 1952]"
            ], seeAlso: ["woodfisher"], differentiable: true
        ) { call in
            let model = try call.foreign("model", as: ModelValue.self).model
            let examples = try examples("data", model, call)
            if let empty = examples.firstIndex(where: { $0.targetCounts[0] == 0 }) {
                throw LanguageError(
                    "example \(empty) of `data` has no token to predict, and so no gradient", at: .argument("data"))
            }
            return .of(
                try Influence.perExampleGradients(
                    model, examples, most: call.integer("most"), differentiator: engine.differentiator,
                    progress: EvaluationFunctions.progress(call, "gradients", unit: "examples")))
        }
    }

    /// The examples of an argument one by one, in their own order.
    private static func examples(_ name: String, _ model: LanguageModel, _ call: Call) throws -> [TokenBatch] {
        try call.examples(name).batchesInOrder(for: model).flatMap {
            try call.interpreter.pollNow()
            return try $0.rowsApart()
        }
    }
}
