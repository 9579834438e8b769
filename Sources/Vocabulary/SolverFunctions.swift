/// Inverse-Hessian solvers as functions of (H, v).
import Autodiff
import Curvature
import Language
import LanguageModels
import Tensors
import Unlearning

enum SolverFunctions {
    static func builtins(_ engine: EngineContext, _ all: [any InverseSolver.Type]) -> [Builtin] {
        all.map { builtin($0, engine) } + [solution(engine), perExample(engine)]
    }

    private static var matrix: Parameter {
        .positional(
            "H", .described("a function v -> H v, or per-example gradients"),
            """
            the matrix, by what it does; curvature(model=…, data=…); or gradients whose mean outer product it is, see \
            per_example
            """)
    }

    private static func builtin<S: InverseSolver>(_ type: S.Type, _ engine: EngineContext) -> Builtin {
        .engine(
            S.name, family: RecipeFamily.solvers.rawValue,
            [matrix, .positional("v", .either(.tensor, .direction), "the right-hand side")]
                + S.describedSettings.map(\.option) + [seedOption],
            S.summary + " Gives x with (H + damping) x = v.",
            examples: example(S.self), seeAlso: ["curvature", "hvp", "influence", "solution"],
            check: { try S.check($0, $1) }
        ) { call in
            let solver = try S.configured(by: call), v = try call.value("v")
            let argument = try CurvatureArgument(
                "H", of: call, engine, like: v, data: nil, tensor: .gradients, title: S.name)
            let solution = try solve(solver, CurvatureSystem(argument.source, vector: flat(argument.like)), call)
            return try argument.like.direction(solution.solution)
        }
    }

    private static func flat(_ point: FlatPoint) throws -> Tensor { try point.flat.reshaped([point.flat.count]) }

    /// A small system whose answer is known.
    private static func example(_ type: any InverseSolver.Type) -> [String] {
        let settings = type.exampleSettings.isEmpty ? "" : ", " + type.exampleSettings
        switch type.need {
        case .products:
            return [
                """
                x = \(type.name)(v -> tensor([2, 4]) * v, tensor([2, 4])\(settings))
                norm(x - 1) < 1e-3
                #> true
                """
            ]
        case .gradients, .nothing:
            return ["\(type.name)(tensor([[1, 0], [0, 1]]), tensor([1, 1])\(settings)).shape\n#> [2]"]
        case .layers:
            return [
                """
                m = gpt(5, layers=1, width=8, seed=1)
                d = batch([[1, 2, 3], [3, 1, 2]])
                g = grad(m -> nll(m, d), m)
                x = \(type.name)(curvature(model=m, data=d), g)
                dot(x, g) > 0
                #> true
                """
            ]
        }
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
    /// - Parameter quiet: leaves out warnings, which one of many solutions gave already.
    static func solve(
        _ solver: any InverseSolver, _ system: CurvatureSystem, _ call: Call, quiet: Bool = false
    ) throws -> InverseSolution {
        let solution = try solver.solve(system)
        let name = Swift.type(of: solver).name
        switch solution.ending {
        case .negativeCurvature(let value) where !quiet && value < 0:
            call.host.warn(
                """
                \(name) met a direction of negative curvature (\(formatNumber(value, digits: 3))) after \
                \(solution.iterations) iterations and returned what it had\(residual(solution)); \(cure(solution)), or \
                take ggnvp instead of hvp, or minres instead of \(name)
                """)
        case .negativeCurvature where !quiet, .singular where !quiet:
            call.host.warn(
                """
                \(name) found H + \(formatNumber(solution.damping ?? 0, digits: 3)) I singular along v after \
                \(solution.iterations) iterations, so that no x solves it, and returned the best it had\
                \(residual(solution)); \(cure(solution))
                """)
        case .stopped:
            call.interpreter.finishStatementThenStop(
                """
                interrupted: \(name) returned its solution after \(solution.iterations) \
                iterations\(solution.residual.map { ", residual \(formatNumber($0, digits: 4))" } ?? "")
                """
            )
        case .finished, .limit, .precision, .negativeCurvature, .singular: break
        }
        return solution
    }

    private static func residual(_ solution: InverseSolution) -> String {
        solution.residual.map { " (residual \(formatNumber($0, digits: 3)))" } ?? ""
    }

    private static func cure(_ solution: InverseSolution) -> String {
        solution.curing.map { "damping=\(formatNumber($0, digits: 3)) would cure it" }
            ?? "H is 0 along v, where only a damping answers, as v / damping"
    }

    // MARK: What a solution is worth

    private static func solution(_ engine: EngineContext) -> Builtin {
        .engine(
            "solution", family: CurvatureFunctions.family,
            [
                .positional("inverse", .solver, "a solver with its settings, or a function (H, v) -> x"), matrix,
                .positional("v", .either(.tensor, .direction), "the right-hand side"),
                seedOption,
            ],
            """
            What a solver answers and what that is worth, as a record: x; residual, the length of (H + damping) x - v \
            over that of v by an exact product, where H has products (none of a user-written solver's damping is \
            known: it counts as 0); damping, as it was chosen; iterations; products with H, about three gradients of \
            all the data each; gradients of single examples; bytes held beside v and x; history of residuals; and how \
            it ended.
            """,
            examples: [
                """
                s = solution(cg(damping=1), v -> tensor([1, 3]) * v, tensor([2, 4]))
                norm(s.x - 1) < 1e-5, s.damping, s.residual < 1e-5
                #> [true, 1, true]
                """
            ], seeAlso: ["cg", "ekfac", "influence"]
        ) { call in
            let function = try call.function("inverse"), v = try call.value("v")
            let argument = try CurvatureArgument(
                "H", of: call, engine, like: v, data: nil, tensor: .gradients, title: "solution")
            let system = CurvatureSystem(argument.source, vector: try flat(argument.like))
            let answer: InverseSolution
            if let type = engine.catalogue.solver(of: function) {
                answer = try solve(type.configured(by: function), system, call)
            } else {
                answer = try CurvatureSystem.measured(
                    FlatPoint(call.call(function, [call.value("H"), v]), engine).flat, system)
            }
            return .record([("x", try argument.like.direction(answer.solution))] + fields(answer))
        }
    }

    /// What a solution is worth, as fields of a record.
    static func fields(_ answer: InverseSolution) -> [(String, Value)] {
        let ending: String =
            switch answer.ending {
            case .finished: "finished"
            case .limit: "most iterations taken"
            case .precision: "as exact as float32 allows"
            case .negativeCurvature(let value): "negative curvature \(formatNumber(value, digits: 3))"
            case .singular:
                "singular\(answer.curing.map { "; damping \(formatNumber($0, digits: 3)) would cure it" } ?? "")"
            case .stopped: "stopped"
            }
        return [
            ("residual", answer.residual.map { .number($0) } ?? .nothing),
            ("damping", answer.damping.map { .number($0) } ?? .nothing),
            ("iterations", .number(answer.iterations)), ("products", .number(answer.products)),
            ("gradients", .number(answer.gradients)), ("bytes", .number(answer.bytes)),
            ("history", .list(answer.history)), ("ending", .string(ending)),
        ]
    }

    private static func perExample(_ engine: EngineContext) -> Builtin {
        .engine(
            "per_example", family: CurvatureFunctions.family,
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
            let examples = try ModelFunctions.singleExamples("data", model, call)
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
}
