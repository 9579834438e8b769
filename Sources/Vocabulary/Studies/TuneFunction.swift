/// `tune`: settings of optimizers, tried with equal budgets and judged where all have kept equally much.
import Language
import LanguageModels
import Unlearning

enum TuneFunction {
    /// What an exact Hessian product costs, in gradients.
    private static let gradientsPerProduct = 3
    /// How many values of the loss cost as much as a gradient.
    private static let valuesPerGradient = 3

    static func builtin(_ engine: EngineContext) -> Builtin {
        let values: ParameterType = .described("a list of values, or a record of lists by the optimizers' names")
        return .engine(
            "tune", family: "studies",
            [
                .positional("model", .model, "where unlearning starts"),
                .positional("forget", .examples, "what is to be forgotten"),
                .positional("retain", .examples, "what is to be kept"),
                .option(
                    "optimizer", .either(.optimizer, .list(of: .optimizer)), default: .nothing, shown: "needed",
                    "what is tuned, and compared: one optimizer or several"),
                .option("loss", .loss, default: .nothing, shown: "graddiff", "what is minimised, as in start"),
                .option(
                    "lr", values, default: .nothing, shown: "as set",
                    "learning rates to try, such as log_range(1e-5, 1e-3)"),
                .option(
                    "rho", values, default: .nothing, shown: "as set",
                    "values of rho to try, for optimizers that have it"),
                .option(
                    "retain_weight", values, default: .nothing, shown: "as set",
                    "weights of the loss's retain term to try"),
                .option(
                    "over", .record, default: .nothing, shown: "none",
                    "further settings of optimizers or loss with the values to try: (beta1=[0.9, 0.96])"),
                .option(
                    "tries", .count(min: 1, max: 10_000), default: 8,
                    "how many combinations of settings an optimizer gets"),
                .option(
                    "budget", .count(min: 1, max: 100_000_000), default: 60, unit: "gradients",
                    "what each try may cost; a Hessian product counts as 3, a value of the loss alone as a third"
                ),
                .option(
                    "limit", .number(in: 0...1e6), default: 0.1, unit: "nats",
                    "how far the retained loss may rise above the start: there the tries are compared"),
                .option("batch", .count(min: 1), default: 16, unit: "examples", "how many of the examples a step sees"),
                .option("clip_norm", .number(in: 0 ... .infinity), default: 0, "as in start"), trainableOption,
                .option(
                    "most", .count(min: 1), default: 128, unit: "examples",
                    "of each data set, evenly spaced, that models are measured by"),
            ] + SideBySide.parameters("tries") + [seedOption],
            """
            Tries settings and says which are best, for each optimizer: every try runs from the same model with the \
            same batches until its budget of gradients is spent, and every optimizer gets equally many tries. \
            Judged is the frontier: how much was forgotten (NLL) when the retained loss had risen by limit, or at \
            the most forgotten before. Settings are drawn from the combinations of the values given: tries of them \
            for each optimizer, or as many as the one with the fewest has, which is said. What a wrapper such as \
            sam(adamw) has no setting of goes to the optimizers within. All that was tried is in the table; \
            .best holds each optimizer's best with the loss and the optimizer set so, for start and unlearn.
            """,
            examples: [
                """
                f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]])
                m = train(gpt(5, layers=1, width=8, seed=1), f + r, steps=20, optimizer=adamw(lr=1e-2))
                t = tune(m, f, r, optimizer=[adamw, sgd], lr=(adamw=[1e-3, 1e-2], sgd=[1e-2, 1e-1]), budget=10)
                len(t.tries)
                #> 4
                run = start(m, f, r, loss=t.best.adamw.loss, optimizer=t.best.adamw.optimizer)
                nll(step(run, 5).model, f) > nll(m, f)
                #> true
                """
            ], seeAlso: ["study", "frontier", "log_range", "start"]
        ) { call in
            guard !(try call.value("optimizer").isNothing) else {
                throw LanguageError(
                    "`tune` needs to know what to tune",
                    advice: ["write optimizer=[adamw, sophia], lr=log_range(1e-5, 1e-2)"])
            }
            let space = try TuneSpace(call, engine), seed = try engine.seed(of: call)
            let tries = try space.tries(try call.integer("tries"), generator: .init(seed: seed))
            let side = try SideBySide(call, engine)
            var outcomes: [TunePath?] = tries.map { _ in nil }, failures: [Int: String] = [:], done = 0
            let host = call.host  // within a try it is another
            host.progress("tune", done: 0, total: tries.count, unit: "tries", note: "")
            do {
                try side.run(tries.count) { index in
                    try path(of: tries[index], seed: seed, call).value
                } told: { index, words in
                    host.progress(
                        "tune", done: done, total: tries.count, unit: "tries", note: "\(tries[index].label): \(words)")
                } finished: { index, result in
                    if let value = result.result { outcomes[index] = TunePath(value) }
                    failures[index] = result.error
                    done += 1
                    host.progress("tune", done: done, total: tries.count, unit: "tries", note: tries[index].label)
                }
            } catch is Interruption {
                call.interpreter.finishStatementThenStop(
                    "interrupted at try \(done)/\(tries.count) — \(call.assignedName ?? "the result") holds those that ended"
                )
            }
            return .foreign(
                TuneValue(
                    tries: tries, paths: outcomes, failures: failures, names: space.names,
                    limit: try call.number("limit"), budget: try call.integer("budget")))
        }
    }

    /// Runs a try until its budget is spent.
    private static func path(of one: TuneTry, seed: UInt64, _ call: Call) throws -> TunePath {
        var options: [(String, Value)] = [
            ("optimizer", .function(one.optimizerFunction)), ("seed", .number(Double(seed))),
        ]
        if let loss = one.lossFunction { options.append(("loss", .function(loss))) }
        for name in ["batch", "clip_norm", "trainable"] { options.append((name, try call.value(name))) }
        guard let start = call.interpreter.builtin("start"),
            case .foreign(let value as RunValue) = try call.call(
                start, ["model", "forget", "retain"].map { try call.value($0) }, named: options),
            let retain = value.run.recipe.retain
        else { throw LanguageError("`tune` needs examples to retain", at: .argument("retain")) }
        var run = try Run(value.run.recipe, memory: 0)
        let most = try call.integer("most"), budget = try call.integer("budget")
        let forget = try run.recipe.forget.sample(most: most), kept = try retain.sample(most: most)
        var path = TunePath(), measuredStep = 0
        func measure() throws -> Bool {
            let model = try run.model.detached
            let place = (
                forget: Double(try model.nll(forget).value.item()), retain: Double(try model.nll(kept).value.item())
            )
            guard place.forget.isFinite, place.retain.isFinite else { return false }
            path.forget.append(place.forget)
            path.retain.append(place.retain)
            return true
        }
        guard try measure() else { throw LanguageError("the loss of the model is not finite before the first step") }
        let every = max(1, budget / 12), differentiator = run.recipe.differentiator
        var nextMeasure = every
        while path.cost < budget {
            if call.isInterrupted { throw Interruption() }
            let before = differentiator.work
            var next = run
            do { try next.takeStep() } catch UnlearningError.notFinite {
                path.divergedAt = run.step + 1
                break
            }
            let gradients = differentiator.work.gradients - before.gradients
            let products = differentiator.work.products - before.products
            let values = differentiator.work.values - before.values
            let cost = max(1, gradients + gradientsPerProduct * products + (values + 2) / valuesPerGradient)
            // A step that would overdraw does not count.
            guard path.cost + cost <= budget else {
                if run.step > 0 { break }
                throw LanguageError("its first step costs \(cost) gradients, more than the budget of \(budget)")
            }
            run = next
            path.cost += cost
            path.gradients += gradients
            path.products += products
            path.steps = run.step
            call.host.progress("gradients", done: path.cost, total: budget, unit: "", note: "")
            guard path.cost >= nextMeasure else { continue }
            guard try measure() else {
                path.divergedAt = run.step
                return path
            }
            measuredStep = run.step
            nextMeasure = path.cost + every
        }
        if measuredStep < run.step, !(try measure()) { path.divergedAt = run.step }
        return path
    }
}
