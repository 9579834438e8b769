/// Influence unlearning in one step, with any solver.
import Autodiff
import Curvature
import Language
import LanguageModels
import Tensors
import Unlearning

enum InfluenceFunctions {
    static func builtins(_ engine: EngineContext) -> [Builtin] {
        [influence(engine), DatamodelingFunction.builtin(engine)] + ScoreFunctions.builtins(engine)
            + TrajectoryFunctions.builtins(engine)
    }

    private static func influence(_ engine: EngineContext) -> Builtin {
        .engine(
            "influence", family: "unlearning",
            [
                .positional("base", .model, "the trained model"),
                .positional("forget", .examples, "what is to be forgotten"),
                .positional("retain", .examples, "what is to be kept"),
                .option(
                    "inverse", .solver, default: .nothing, shown: "woodfisher",
                    "how (H + damping) x = v is solved: ekfac, cg, woodfisher, …, or a function (H, v) -> x"),
                .option(
                    "scale", .either(.number, .choice(["auto"])), default: .string("auto"),
                    "multiplies the step; \"auto\": as far as the retained loss rises by `limit`"),
                .option(
                    "limit", .number(in: 1e-9 ... .infinity), default: 0.1, unit: "nats",
                    "what the retained loss may rise where scale is \"auto\""),
                .option(
                    "centered", .flag, default: true,
                    "takes the retain gradient's share off, for models that are not at an optimum"),
                .option(
                    "hessian", .choice(["gauss_newton", "exact"]), default: "gauss_newton",
                    "the matrix: \"gauss_newton\" or \"exact\""),
                trainableOption, seedOption,
            ],
            """
            Influence unlearning in one step: base + scale (H + damping)^-1 v, with v the forget examples' share of \
            the gradient and H the curvature of the retained loss (Koh & Liang 2017): one Newton step. Scale 1 is what \
            the theory says of small changes; networks are far from that, so that scale "auto" takes the longest step \
            for which the parabola of the retained loss, slope and Gauss-Newton curvature along the step, predicts a \
            rise of at most `limit`, and shortens it where what is measured is more. What was chosen is printed with \
            the model and stands in its log: scale, predicted_rise, rise, damping, residual, products, gradients, \
            bytes. With trainable= the system is one of the named weights alone, and only they move.
            """,
            examples: [
                """
                f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]])
                m = train(gpt(5, layers=1, width=8, seed=1), f, steps=20, optimizer=adamw(lr=1e-2))
                u = influence(m, f, r, inverse=cg(damping=1, steps=5))
                nll(u, f) > nll(m, f) and u.log.rise <= 0.1
                #> true
                """
            ], seeAlso: ["ekfac", "woodfisher", "cg", "influence_scores", "unlearn"]
        ) { call in
            let base = try call.foreign("base", as: ModelValue.self).model
            let forget = try ModelFunctions.batches(call.value("forget"), for: base, call)
            let retain = try ModelFunctions.batches(call.value("retain"), for: base, call)
            var problem = try Influence.problem(
                base, forget: forget, retain: retain, forgetCount: forget.reduce(0) { $0 + $1.rows },
                retainCount: retain.reduce(0) { $0 + $1.rows }, centered: call.bool("centered"),
                gaussNewton: call.choice("hessian") == "gauss_newton",
                differentiator: engine.differentiator,
                examples: ModelFunctions.singleExamples("retain", base, call).filter { $0.targetCounts[0] > 0 },
                progress: EvaluationFunctions.progress(call, "gradients", unit: "examples"))
            problem.selection = try TrainableReading(call: call, engine: engine, layout: base.layout).selection()
            let (name, answer) = try solved(problem, call, engine)
            let direction = try problem.direction(of: answer.solution)
            let step = try scale(problem, direction, base.detached, retain, call)
            let moved = try base.moved(along: direction, by: Float(step.scale)).detached
            try warnWhereTooLong(step, call)
            let log = try log(name, answer, step, call)
            // What is assigned prints nothing, and what was chosen is to be seen.
            if call.assignedName != nil, case .string(let words)? = log["summary"], try chosen(answer, call) {
                call.host.note(words.string)
            }
            return .foreign(ModelValue(moved, log: log))
        }
    }

    /// x, and the name of who found it.
    private static func solved(
        _ problem: InfluenceProblem, _ call: Call, _ engine: EngineContext
    ) throws -> (name: String, answer: InverseSolution) {
        func system(_ name: String) throws -> CurvatureSystem {
            CurvatureSystem(
                problem.source(
                    seed: try engine.seed(of: call), progress: SolverFunctions.progress(call, name)),
                vector: try problem.vector)
        }
        switch try call.value("inverse") {
        case .nothing:
            return (WoodFisher.name, try SolverFunctions.solve(WoodFisher(), system(WoodFisher.name), call))
        case .function(let function):
            let name = function.name ?? "a solver"
            if let type = engine.catalogue.solver(of: function) {
                let solver = try type.configured(by: function)
                guard let selection = problem.selection, needsLayers(solver) else {
                    return (name, try SolverFunctions.solve(solver, system(name), call))
                }
                let whole: CurvatureSystem
                do {
                    whole = try problem.wholeLayers(
                        for: name, seed: engine.seed(of: call), progress: SolverFunctions.progress(call, name))
                } catch let error as UnlearningError {
                    throw LanguageError(
                        "\(error)", advice: ["take cg, woodfisher, or another solver of products or single gradients"],
                        at: .argument("inverse"))
                }
                let answer = try SolverFunctions.solve(solver, whole, call)
                return (name, try answer.with(selection.compacted(answer.solution)))
            }
            // The user's own solver gets the matrix as a function of the language, in which built-in solvers find all
            // that they ask for.
            let matrix = try matrix(problem, call)
            // What it draws comes from the seed, as with built-in solvers.
            let draws = StepDraws(seed: try engine.seed(of: call), step: 0).generator(for: .solver)
            let vector = try problem.direction(of: problem.vector)
            let result = try engine.drawing(from: draws) {
                try call.call(function, [.function(matrix), .foreign(DirectionValue(vector))])
            }
            let flat = try FlatPoint(result, engine).flat
            return (
                name,
                try CurvatureSystem.measured(problem.selection.map { try $0.compacted(flat) } ?? flat, system(name))
            )
        case let other: throw call.wrong("inverse", other, mustBe: "a solver, such as woodfisher(damping=1e-3)")
        }
    }

    /// Whether a solver works on the layers of a model, and so on all of its weights.
    private static func needsLayers(_ solver: any InverseSolver) -> Bool {
        if let diagonal = solver as? DiagonalInverse { return diagonal.estimator == .trueFisher }
        return type(of: solver).need == .layers
    }

    /// H as a function of the language: of all weights, one in which built-in solvers find all that they ask for.
    private static func matrix(_ problem: InfluenceProblem, _ call: Call) throws -> Function {
        if problem.selection == nil {
            let whole = try CurvatureFunctions.function(
                call, model: call.value("base"), data: call.value("retain"), hessian: call.choice("hessian"))
            if let whole { return whole }
        }
        return Function(
            Builtin("H", family: "", [.positional("v", .direction)], summary: "") { inner in
                try worded {
                    let product = try problem.product(inner.foreign("v", as: DirectionValue.self).direction)
                    guard let selection = problem.selection else { return .foreign(DirectionValue(product)) }
                    return .foreign(
                        DirectionValue(
                            try Direction(product.layout, Variable(selection.projected(product.values.value)))))
                }
            })
    }

    /// How far to go along a direction.
    private static func scale(
        _ problem: InfluenceProblem, _ direction: Direction, _ base: LanguageModel, _ retain: [TokenBatch], _ call: Call
    ) throws -> StepScale {
        func loss(_ scale: Double) throws -> Double {
            if call.isInterrupted { throw Language.Interruption() }
            return Double(try base.moved(along: direction, by: Float(scale)).nll(retain).value.item())
        }
        let value = try call.value("scale"), limit = try call.number("limit")
        let slope = try problem.retainGradient().dot(direction.values.value)
        let curvature = try problem.gaussNewton(direction).values.value.dot(direction.values.value)
        if case .string(let word) = value {
            guard word.string == "auto" else { throw call.wrong("scale", value, mustBe: "a number or \"auto\"") }
            return try StepScale.withinLimit(slope: slope, curvature: curvature, limit: limit, loss: loss)
        }
        let given = try Double(Float(rounding: call.number("scale"), place: "`scale`"))
        guard given.isFinite else { throw call.wrong("scale", value, mustBe: "a finite number or \"auto\"") }
        return try StepScale.given(given, slope: slope, curvature: curvature, limit: limit, loss: loss)
    }

    /// Whether scale or damping were left to the function.
    private static func chosen(_ answer: InverseSolution, _ call: Call) throws -> Bool {
        if case .string = try call.value("scale") { return true }
        guard answer.damping != nil else { return false }
        guard case .function(let solver) = try call.value("inverse") else { return true }
        if case .number? = solver.option("damping") { return false }
        return solver.builtin != nil
    }

    /// What was chosen and what it is worth, as the model's log.
    private static func log(_ name: String, _ answer: InverseSolution, _ step: StepScale, _ call: Call) throws -> Record
    {
        func short(_ x: Double) -> String { formatNumber(x, digits: 3) }
        let isAuto: Bool
        if case .string = try call.value("scale") { isAuto = true } else { isAuto = false }
        var words = ["influence by \(name)"]
        if let damping = answer.damping { words.append("damping \(short(damping))") }
        if let residual = answer.residual { words.append("residual \(short(residual))") }
        words.append(
            "scale \(short(step.scale))\(isAuto ? " (auto, limit \(short(step.limit)))" : "")")
        func signed(_ x: Double) -> String { (x < 0 ? "" : "+") + short(x) }
        words.append("retained loss \(signed(step.predictedRise)) predicted, \(signed(step.rise)) measured")
        return Record(
            [
                ("summary", .string(words.joined(separator: " · "))), ("inverse", .string(name)),
                ("scale", .number(step.scale)), ("limit", .number(step.limit)),
                ("predicted_rise", .number(step.predictedRise)), ("rise", .number(step.rise)),
            ] + SolverFunctions.fields(answer))
    }

    /// A step on which what is retained is lost as well has left the region where its prediction holds.
    private static func warnWhereTooLong(_ step: StepScale, _ call: Call) throws {
        guard !(step.rise < 1) else { return }
        let after = step.before + step.rise
        call.host.warn(
            """
            the step is too long: the retained loss rose from \(formatNumber(step.before, digits: 3)) to \
            \(formatNumber(after, digits: 3)); use more damping in inverse=, a smaller scale, or scale="auto"
            """
        )
    }
}
