/// Influence scores: what training examples do to a model's losses.
import Autodiff
import Curvature
import Language
import LanguageModels
import Tensors
import Unlearning

enum ScoreFunctions {
    static func builtins(_ engine: EngineContext) -> [Builtin] {
        [scores(engine), selfInfluence(engine), tracin(engine), cosine(engine)]
    }

    static let sign = "positive: training on the example lowers the query's loss; negative: it raises it"

    private static var shared: [Parameter] {
        [
            .option(
                "loss", .choice(LossReduction.allCases.map(\.rawValue)), default: "sum",
                "an example's loss: its tokens' NLL in sum, or in the mean"),
            .option(
                "parameters", .choice(["linear", "all"]), default: "linear",
                "those of the linear layers (without embeddings, norms, and the layer that gives the logits), or all"),
        ]
    }

    private static var curved: [Parameter] {
        [
            .option(
                "inverse", .solver, default: .nothing, shown: "ekfac",
                "how (H + damping) x = v is solved: ekfac, kfac, diagonal, identity, cg, …, or a function (H, v) -> x"),
            .option(
                "hessian", .choice(["gauss_newton", "exact"]), default: "gauss_newton",
                "the matrix that products are taken with, of the mean loss of the training examples"),
        ]
    }

    private static let note = """
        Solvers see the training examples' mean loss: its products, and gradients of single examples.
        """

    // MARK: Scores

    private static func scores(_ engine: EngineContext) -> Builtin {
        .engine(
            "influence_scores", family: "influence",
            [
                .positional("model", .model, "where"),
                .positional("train", .examples, "the training examples"),
                .positional("query", .examples, "the examples whose losses are asked about"),
            ] + curved + [
                .option(
                    "per", .choice(["example", "token", "layer"]), default: "example",
                    "one score an example, one for each predicted token of it, or one for each linear layer")
            ] + shared + [seedOption],
            """
            Influence of training examples on queries (Koh & Liang, arXiv 1703.04730): scores[q, t] = g_q' (H + \
            damping)^-1 g_t, with g the gradients of single examples' losses and H the curvature of the training \
            examples' mean loss. Positive: training on t lowers the loss of q; leaving t out of N examples raises it \
            by about scores[q, t] / N. \(note) A record: scores, a tensor [queries, examples] (with per="layer" a \
            record of such by layer, with per="token" a list by query of lists by example, whose numbers add up to the \
            example's score); sign; inverse, damping, and what its answers are worth: residual, the length of (H + \
            damping) x - v over that of v by an exact product (the largest of all queries where x is iterated for, \
            else that of the first; without damping for a solver of one's own), products with H, about three gradients \
            of all the data each, gradients of single examples, bytes held.
            """,
            examples: [
                """
                m = train(gpt(7, layers=1, width=8, seed=1), batch([[1, 2, 3], [4, 5, 6]]), steps=5, \
                optimizer=adamw(lr=1e-2))
                s = influence_scores(m, batch([[1, 2, 3], [4, 5, 6]]), batch([[1, 2, 3]]), seed=1)
                s.scores[0, 0] > 0
                #> true
                """
            ], seeAlso: ["self_influence", "tracin", "gradient_cosine", "influence", "ekfac"]
        ) { call in
            let work = try Work(call, engine), query = try work.examples("query")
            let inverse = try work.inverse(call)
            let per = try call.choice("per"), count = work.training.count
            var tables: [[Double]] = [], tokens: [[[Double]]] = []
            let parts = try work.parts(byLayer: per == "layer")
            for chunk in try work.chunks(query) {
                let rows = try InfluenceScores.preconditioned(
                    chunk, within: work.ranges, inverse: inverse.apply,
                    progress: EvaluationFunctions.progress(call, "queries", unit: "queries"))
                let progress = EvaluationFunctions.progress(call, "scores", unit: "examples")
                if per == "token" {
                    tokens += try InfluenceScores.tokens(
                        rows, work.training, reduction: work.reduction, differentiator: engine.differentiator,
                        progress: progress)
                } else {
                    let more = try InfluenceScores.pairwise(
                        rows, work.training, parts: parts.map(\.ranges), progress: progress)
                    tables = tables.isEmpty ? more : zip(tables, more).map { $0 + $1 }
                }
            }
            func table(_ numbers: [Double]) throws -> Value { try work.tensor(numbers, [query.count, count]) }
            let result: Value
            switch per {
            case "token":
                result = .list(
                    try tokens.map { query in .list(try query.map { try work.tensor($0, [$0.count]) }) })
            case "layer": result = .record(try zip(parts, tables).map { ($0.name, try table($1)) })
            default: result = try table(tables.first ?? [])
            }
            return .record([("scores", result)] + inverse.fields())
        }
    }

    private static func selfInfluence(_ engine: EngineContext) -> Builtin {
        .engine(
            "self_influence", family: "influence",
            [
                .positional("model", .model, "where"),
                .positional("train", .examples, "the training examples"),
            ] + curved + shared + [seedOption],
            """
            Influence of each training example on itself: g_t' (H + damping)^-1 g_t, with g the gradient of its own \
            loss and H the curvature of the training examples' mean loss. Never negative for a positive H + damping; \
            large for examples that the model knows by heart only because they are among its data. \(note) A record: \
            scores, a tensor [examples]; sign; inverse, damping, residual, products, gradients, bytes as in \
            influence_scores.
            """,
            examples: [
                """
                m = gpt(7, layers=1, width=8, seed=1)
                min(self_influence(m, batch([[1, 2, 3], [4, 5, 6]]), inverse=diagonal).scores) > 0
                #> true
                """
            ], seeAlso: ["influence_scores", "ekfac"]
        ) { call in
            let work = try Work(call, engine), inverse = try work.inverse(call)
            let scores = try InfluenceScores.selfInfluence(
                work.training, within: work.ranges, inverse: inverse.apply,
                progress: EvaluationFunctions.progress(call, "scores", unit: "examples"))
            return .record([("scores", try work.tensor(scores, [scores.count]))] + inverse.fields())
        }
    }

    // MARK: Without curvature

    private static func tracin(_ engine: EngineContext) -> Builtin {
        .engine(
            "tracin", family: "influence",
            [
                .positional("model", .described("a model, or a list of models"), "checkpoints of a training"),
                .positional("train", .examples, "the training examples"),
                .positional("query", .examples, "the examples whose losses are asked about"),
                .option(
                    "lr", .described("a number, or a list of them"), default: 1,
                    "the learning rate at each checkpoint"),
            ] + shared,
            """
            TracIn (Pruthi et al., arXiv 2002.08484): the sum over checkpoints of lr g_q' g_t, what steps of gradient \
            descent on t took off the loss of q, to first order. Positive: training on t lowers the loss of q. A \
            record: scores, a tensor [queries, examples]; sign.
            """,
            examples: [
                """
                m = gpt(7, layers=1, width=8, seed=1)
                tracin([m, m], batch([[1, 2, 3]]), batch([[1, 2, 3], [2, 1]]), lr=[0.5, 0.1]).scores.shape
                #> [2, 1]
                """
            ], seeAlso: ["influence_scores", "gradient_cosine"]
        ) { call in
            var models = [try call.value("model")]
            if case .list(let list) = models[0] { models = Array(try list.writable()) }
            guard !models.isEmpty else { throw LanguageError("there is no checkpoint", at: .argument("model")) }
            var rates = [Double](repeating: 0, count: models.count)
            if case .list = try call.value("lr") {
                rates = try call.numbers("lr")
            } else {
                rates = rates.map { _ in 1 }
                let rate = try call.number("lr")
                rates = rates.map { $0 * rate }
            }
            guard rates.count == models.count else {
                throw LanguageError(
                    "\(rates.count) learning rates do not fit \(models.count) checkpoints", at: .argument("lr"))
            }
            guard rates.allSatisfy(\.isFinite) else {
                throw call.wrong("lr", try call.value("lr"), mustBe: "finite")
            }
            var sums: [Double] = [], shape: [Int] = []
            for (model, rate) in zip(models, rates) {
                guard case .foreign(let model as ModelValue) = model else {
                    throw call.wrong("model", model, mustBe: "a model, or a list of models")
                }
                let work = try Work(call, engine, model: model.model), query = try work.examples("query")
                let scores = try work.products(query, call).map { $0 * rate }
                sums = sums.isEmpty ? scores : zip(sums, scores).map(+)
                shape = [query.count, work.training.count]
            }
            let tensor = try Tensor(sums.map { Float($0) }, shape: shape, on: engine.device)
            return .record([("scores", .foreign(TensorValue(Variable(tensor)))), ("sign", .string(sign))])
        }
    }

    private static func cosine(_ engine: EngineContext) -> Builtin {
        .engine(
            "gradient_cosine", family: "influence",
            [
                .positional("model", .model, "where"),
                .positional("train", .examples, "the training examples"),
                .positional("query", .examples, "the examples whose losses are asked about"),
            ] + shared,
            """
            The cosines between the gradients of training examples and of queries: whether they pull the weights the \
            same way. Positive: a step of descent on t lowers the loss of q as well. A record: scores, a tensor \
            [queries, examples] of numbers from -1 to 1; sign.
            """,
            examples: [
                """
                m = gpt(7, layers=1, width=8, seed=1)
                abs(gradient_cosine(m, batch([[1, 2, 3]]), batch([[1, 2, 3]])).scores[0, 0] - 1) < 1e-5
                #> true
                """
            ], seeAlso: ["tracin", "influence_scores"]
        ) { call in
            let work = try Work(call, engine), query = try work.examples("query")
            let products = try work.products(query, call)
            let own = try work.norms(work.training, call), asked = try work.norms(query, call)
            let cosines = products.enumerated().map { place, product in
                let length = asked[place / own.count] * own[place % own.count]
                return length > 0 ? product / length : 0
            }
            return .record([
                ("scores", try work.tensor(cosines, [query.count, own.count])), ("sign", .string(sign)),
            ])
        }
    }

    /// What all of them share: the model, the training examples, and the parameters that take part.
    private struct Work {
        let model: LanguageModel
        let training: ModelExamples
        let reduction: LossReduction
        /// `nil` for all.
        let ranges: [Range<Int>]?
        private let layers: [LinearLayer]
        private let engine: EngineContext
        private let call: Call

        init(_ call: Call, _ engine: EngineContext, model: LanguageModel? = nil) throws {
            self.call = call
            self.engine = engine
            let model = try model ?? call.foreign("model", as: ModelValue.self).model
            self.model = model
            reduction = try call.choice("loss") == "sum" ? .sum : .mean
            training = try Work.examples("train", model, reduction, call)
            layers = try training.linearLayers()
            ranges =
                try call.choice("parameters") == "all"
                ? nil : layers.flatMap { [$0.weight] + ($0.bias.map { [$0] } ?? []) }
        }

        private static func examples(
            _ name: String, _ model: LanguageModel, _ reduction: LossReduction, _ call: Call
        ) throws -> ModelExamples {
            let sequences = try ModelFunctions.singleExamples(name, model, call)
            if let empty = sequences.firstIndex(where: { $0.targetCounts[0] == 0 }) {
                throw LanguageError(
                    "example \(empty) of `\(name)` has no token to predict, and so no influence", at: .argument(name))
            }
            return try ModelExamples(model, sequences, mean: .examples(reduction))
        }

        func examples(_ name: String) throws -> ModelExamples { try Work.examples(name, model, reduction, call) }

        func tensor(_ numbers: [Double], _ shape: [Int]) throws -> Value {
            .foreign(TensorValue(Variable(try Tensor(numbers.map { Float($0) }, shape: shape, on: engine.device))))
        }

        /// Sets of parameters that are scored apart: all that take part, or layer by layer.
        func parts(byLayer: Bool) throws -> [(name: String, ranges: [Range<Int>])] {
            guard byLayer else { return [("all", ranges ?? [0..<model.layout.count])] }
            guard ranges != nil else {
                throw LanguageError(
                    "`per=\"layer\"` scores the linear layers, and `parameters=\"all\"` has others beside them",
                    advice: ["leave out one of the two"], at: .argument("parameters"))
            }
            return layers.map { ($0.name, [$0.weight] + ($0.bias.map { [$0] } ?? [])) }
        }

        /// Queries so many at a time that their gradients take no more than half a gigabyte.
        func chunks(_ queries: ModelExamples) throws -> [ModelExamples] {
            let most = max(1, (1 << 27) / max(1, model.layout.count))
            return try stride(from: 0, to: queries.count, by: most).map {
                try ModelExamples(
                    model, Array(queries.sequences[$0..<min($0 + most, queries.count)]), mean: queries.mean)
            }
        }

        /// Products of gradients, query by query.
        func products(_ queries: ModelExamples, _ call: Call) throws -> [Double] {
            var all: [Double] = []
            let parts = try parts(byLayer: false).map(\.ranges)
            for chunk in try chunks(queries) {
                let rows = try InfluenceScores.preconditioned(chunk, within: ranges, inverse: { $0 })
                all += try InfluenceScores.pairwise(
                    rows, training, parts: parts,
                    progress: EvaluationFunctions.progress(call, "scores", unit: "examples"))[0]
            }
            return all
        }

        /// Lengths of gradients.
        func norms(_ examples: ModelExamples, _ call: Call) throws -> [Double] {
            try InfluenceScores.selfInfluence(examples, within: ranges, inverse: { $0 }).map { $0.squareRoot() }
        }

        /// (H + λI)⁻¹, factorised once where the solver can be.
        func inverse(_ call: Call) throws -> AppliedInverse {
            let engine = engine
            func source(_ name: String) throws -> CurvatureSource {
                try training.source(
                    gaussNewton: call.choice("hessian") == "gauss_newton", within: ranges, seed: engine.seed(of: call),
                    differentiator: engine.differentiator, progress: SolverFunctions.progress(call, name))
            }
            let inverse = AppliedInverse()
            var type: any InverseSolver.Type = EigenvalueCorrected.self
            var solver: any InverseSolver = EigenvalueCorrected()
            if let function = try call.optional("inverse", { try $0.function("inverse") }) {
                guard let known = engine.catalogue.solver(of: function) else {
                    inverse.name = function.name ?? "a solver"
                    let own = try source(inverse.name), layout = model.layout
                    let matrix = Function(
                        Builtin("H", family: "", [.positional("v", .direction)], summary: "") { inner in
                            try worded {
                                let v = try inner.foreign("v", as: DirectionValue.self).direction.values
                                let image = try own.product?(v.constant("a direction given to H")) ?? v.value
                                inverse.products += 1
                                return .foreign(DirectionValue(try Direction(layout, Variable(image))))
                            }
                        })
                    inverse.apply = { v in
                        let value = DirectionValue(try Direction(layout, Variable(v)))
                        let x = try FlatPoint(call.call(function, [.function(matrix), .foreign(value)]), engine).flat
                        if x.count == v.count { try inverse.measure(x, CurvatureSystem(own, vector: v)) }
                        return x
                    }
                    return inverse
                }
                type = known
                solver = try known.configured(by: function)
            }
            inverse.name = type.name
            if ranges == nil, let layered = solver as? any KroneckerSolver, layered.others == .fixed {
                call.host.warn(
                    """
                    \(type.name) has factors of the linear layers only, and leaves out the other parameters; \
                    \(type.name)(others="diagonal") takes them in
                    """)
            }
            let source = try source(type.name)
            if let direct = solver as? any DirectSolver {
                let factors = try direct.factorized(source)
                inverse.damping = factors.damping
                (inverse.products, inverse.gradients) = (factors.products, factors.gradients)
                inverse.bytes = factors.bytes
                inverse.apply = { v in
                    let x = try factors.solution(of: v)
                    try inverse.measure(x, CurvatureSystem(source, vector: v))
                    return x
                }
            } else {
                inverse.apply = { v in
                    let answer = try SolverFunctions.solve(
                        solver, CurvatureSystem(source, vector: v), call, quiet: inverse.isIll)
                    inverse.add(answer)
                    return answer.solution
                }
            }
            return inverse
        }
    }
}
