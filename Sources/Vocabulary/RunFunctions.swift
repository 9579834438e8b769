/// Training and unlearning: whole, or step by step.
import Files
import Autodiff
import Language
import LanguageModels
import Optimizers
import Tensors
import Unlearning

enum RunFunctions {
    static func builtins(_ engine: EngineContext) -> [Builtin] {
        [train(engine), unlearn(engine), start(engine)] + stepping(engine)
    }

    // MARK: Whole

    private static func nll(_ model: LanguageModel, _ inputs: StepInputs) throws -> LossParts {
        try MeanTokenLoss.parts(model, inputs)
    }
    private static func graddiff(_ model: LanguageModel, _ inputs: StepInputs) throws -> LossParts {
        try WeightedLoss(GradientDifference())(model, inputs.lossInputs(reference: nil))
    }

    private static func schedules() -> [Parameter] {
        [
            .option(
                "schedule", .choice(["constant", "linear", "cosine"]), default: "constant",
                """
                how the learning rate changes: linear and cosine rise for a tenth of the steps, then fall to 0 in a \
                straight line or along half a cosine; an optimizer of one's own needs an option lr; see scheduled for \
                others
                """
            ),
            .option(
                "every", .count(min: 0), default: 0, unit: "steps", "how often watch is asked; 0 for ten times in all"
            ),
            .option(
                "watch", .function, default: .nothing, shown: "none",
                "of the model, or of (model, data) as metrics are, called every so often; its results stand in log.watch"
            ),
        ]
    }

    private static func train(_ engine: EngineContext) -> Builtin {
        .engine(
            "train", family: "training",
            [
                .positional("model", .model, "where training starts"),
                .positional("data", .examples, "what is learned"),
                .option("steps", .count(min: 0, max: 100_000_000), default: 100, "how many steps"),
            ] + stepOptions(loss: "nll", optimizer: "adamw") + schedules(),
            """
            A model trained on data, with a log of what happened (model.log). A model that an interrupted or finished \
            training returned goes on where that one stopped, with the optimizer's state and in the same order of \
            examples, when data, loss, optimizer, batch, clip_norm, seed and schedule are the same by value, functions \
            with all they read; otherwise a new training begins, and a message says what differs. A schedule \
            goes on only for the steps it has left: when it is finished, a new one begins.
            """,
            examples: [
                """
                b = batch([[1, 2, 3, 4]])
                m = gpt(5, layers=1, width=8, seed=1)
                t = train(m, b, steps=20, optimizer=adamw(lr=1e-2))
                nll(t, b) < nll(m, b)
                #> true
                t.log.steps
                #> 20
                """,
                """
                b = batch([[1, 2, 3, 4]])
                m = gpt(5, layers=1, width=8, seed=1)
                t = train(m, b, steps=10, optimizer=adamw(lr=1e-2), schedule="linear", every=5, watch=m -> nll(m, b))
                len(t.log.watch)
                #> 2
                """,
                """
                b = batch([[1, 2, 3, 4]])
                m = gpt(5, layers=1, width=8, seed=1)
                t = train(m, b, steps=10)
                train(t, b, steps=5).log.steps
                #> 15
                """,
            ], seeAlso: ["unlearn", "adamw", "nll"]
        ) { call in
            try whole(call, engine, data: "data", retain: nil, fallback: nll, name: "nll", optimizer: AdamW())
        }
    }

    private static func unlearn(_ engine: EngineContext) -> Builtin {
        .engine(
            "unlearn", family: "unlearning",
            [
                .positional("model", .model, "where unlearning starts"),
                .positional("forget", .examples, "what is to be forgotten"),
                .positional("retain", .examples, default: .nothing, shown: "none", "what is to be kept"),
                .option("steps", .count(min: 0, max: 100_000_000), default: 60, "how many steps"),
            ] + stepOptions(loss: "graddiff", optimizer: "sophia") + schedules(),
            """
            A model that has unlearned: steps of an optimizer on an unlearning loss, one forget batch and one retain \
            batch a step. With sophia it is the second-order unlearning of SOUL (Jia et al. 2024).
            """,
            examples: [
                """
                f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]])
                m = train(gpt(5, layers=1, width=8, seed=1), f, steps=20, optimizer=adamw(lr=1e-2))
                u = unlearn(m, f, r, optimizer=adamw(lr=1e-2), steps=10)
                nll(u, f) > nll(m, f)
                #> true
                """
            ], seeAlso: ["start", "influence", "sophia", "graddiff", "npo"]
        ) { call in
            try whole(
                call, engine, data: "forget", retain: "retain", fallback: graddiff, name: "graddiff",
                optimizer: Sophia())
        }
    }

    private static func whole(
        _ call: Call, _ engine: EngineContext, data: String, retain: String?, fallback: @escaping StepObjective,
        name: String, optimizer: any Optimizer
    ) throws -> Value {
        let value = try call.foreign("model", as: ModelValue.self)
        let steps = try call.integer("steps")
        let (recipe, source) = try recipe(
            call, engine, data: data, retain: retain, fallback: fallback, name: name, optimizer: optimizer)
        // The only holder of its state, which can then be written in place.
        var (run, origin) = try earlier(value, source, steps: steps, call) ?? (Run(recipe, memory: 0), source)
        let title = call.builtin.name, from = run.step
        let watch = try call.optional("watch") { RunFunction(try $0.function("watch"), call.interpreter, engine) }
        let given = try call.integer("every")
        let every = given > 0 ? given : max(1, steps / 10)
        var watched: [Value] = [], first: Double?
        func result(_ run: Run) throws -> ModelValue {
            var log = RunLog.record(run)
            if watch != nil { log["watch"] = .list(watched) }
            return ModelValue(try run.model, log: log, continuation: RunValue(run, from: origin))
        }
        // Watching needs the model between steps: so many steps at a time.
        var done = 0
        while done < steps {
            let piece = watch == nil ? steps - done : min(every - done % every, steps - done)
            let finished = try go(
                call, engine, &run, piece, total: steps, done: done, from: from, title: title, first: &first
            ) { try result($0) }
            done = run.step - from
            if !finished {
                let advice = call.assignedName.map {
                    "\($0) holds the weights after step \(done); go on with \(title)(\($0), …, steps=\(steps - done))"
                }
                call.interpreter.finishStatementThenStop(
                    "interrupted at step \(done)/\(steps) — \(advice ?? "the result is the model after step \(done)")")
                break
            }
            if let watch {
                let model = Value.foreign(ModelValue(try run.model))
                let arguments = try MetricCall.arguments(watch.function, model) {
                    try MetricCall.data(forget: call.value(data), retain: retain.map { try call.value($0) })
                }
                watched.append(try watch.call(arguments, run.draws, .watch))
            }
        }
        if retain != nil { try warnWhereLost(run, call) }
        return .foreign(try result(run))
    }

    /// A run that loses what it was to keep says so: its loss may look the better for it.
    private static func warnWhereLost(_ run: Run, _ call: Call) throws {
        guard !call.isInterrupted, run.step > 0, let retain = try run.batches().retain else { return }
        let before = Double(try run.recipe.base.detached.nll([retain]).value.item())
        let after = Double(try run.model.detached.nll([retain]).value.item())
        guard !(after - before < 1) else { return }
        call.host.warn(
            """
            the retained loss rose from \(formatNumber(before, digits: 3)) to \(formatNumber(after, digits: 3)): what \
            was to be kept is lost; explain(start(…)) shows before a step what it will do, and a rate that keeps it
            """)
    }

    private static func recipe(
        _ call: Call, _ engine: EngineContext, data: String, retain: String?, fallback: @escaping StepObjective,
        name: String, optimizer: any Optimizer
    ) throws -> (recipe: Recipe, source: RunSource) {
        let schedule: LearningRateSchedule =
            switch try call.choice("schedule") {
            case "linear": .linear(warmup: 0.1)
            case "cosine": .cosine(warmup: 0.1)
            default: .constant
            }
        let base = try call.foreign("model", as: ModelValue.self).model
        return try RecipeReading(call: call, engine: engine, base: base).recipe(
            forget: data, retain: retain, fallback: fallback, fallbackName: name, optimizer: optimizer,
            schedule: schedule, steps: call.integer("steps"))
    }

    /// What a function of this family would begin with, as a run that has taken no step: how stored runs are made
    /// again.
    static func beginning(of name: String, _ engine: EngineContext) -> Builtin? {
        guard let builtin = builtins(engine).first(where: { $0.name == name }) else { return nil }
        return .engine(name, family: "", builtin.parameters, "") { call in
            let (recipe, source): (Recipe, RunSource)
            switch name {
            case "train":
                (recipe, source) = try Self.recipe(
                    call, engine, data: "data", retain: nil, fallback: nll, name: "nll", optimizer: AdamW())
            case "unlearn":
                (recipe, source) = try Self.recipe(
                    call, engine, data: "forget", retain: "retain", fallback: graddiff, name: "graddiff",
                    optimizer: Sophia())
            default: return try builtin.body(call)
            }
            return .foreign(RunValue(try Run(recipe, memory: 0), from: source))
        }
    }

    /// The run that a model's training left, and what that was read from, where it is the same training; otherwise says
    /// why a new one begins.
    private static func earlier(
        _ model: ModelValue, _ source: RunSource, steps: Int, _ call: Call
    ) throws -> (Run, RunSource)? {
        guard let earlier = model.continuation, source.function == earlier.source.function else { return nil }
        let run = earlier.run
        var reason = try source.difference(from: earlier.source)
        if reason == nil, let path = try earlier.source.reads.changed() {
            reason = "`\(path)`, which it reads, has changed"
        }
        if reason == nil, earlier.source.reads.readsClock {
            reason = "the loss or the optimizer reads the clock, and is never the same again"
        }
        if reason == nil, !model.model.isAsked(like: run.recipe.base) {
            reason = "the model is asked in another template, or with another system prompt"
        }
        if reason == nil, run.recipe.schedule != .constant {
            let plan = "\(run.recipe.schedule.name) schedule of \(run.recipe.plannedSteps) steps"
            let left = run.recipe.plannedSteps - run.step
            if left <= 0 {
                reason = "the earlier \(plan) is finished"
            } else if steps != left {
                reason = "the earlier \(plan) has \(left) left; steps=\(left) would go on with it"
            }
        } else if reason == nil, run.recipe.dependsOnPlan, steps != run.recipe.plannedSteps - run.step {
            let left = max(0, run.recipe.plannedSteps - run.step)
            reason =
                "the loss counts on the planned steps, and of the earlier \(run.recipe.plannedSteps) are \(left) left"
        }
        guard let reason else { return (run, earlier.source) }
        call.host.warn("\(call.builtin.name) begins anew: \(reason)")
        return nil
    }

    /// Takes steps with progress, and says whether all were taken; on a failure `ans` holds the last good model.
    private static func go(
        _ call: Call, _ engine: EngineContext, _ run: inout Run, _ steps: Int, total: Int, done: Int, from: Int,
        title: String, first: inout Double?, keeping result: (Run) throws -> Foreign
    ) throws -> Bool {
        do {
            if steps > 0, done == 0 { call.host.progress(title, done: 0, total: total, note: "") }
            for step in 1...max(1, steps) where steps > 0 {
                if call.isInterrupted { return false }
                try run.takeStep()
                guard let last = run.log.last else { break }
                if first == nil { first = last.loss }
                let at = done + step
                let loss = formatNumber(last.loss, digits: 4)
                call.host.progress(
                    title, done: at, total: total,
                    note: at == total ? "loss \(formatNumber(first ?? last.loss, digits: 4)) → \(loss)" : "loss \(loss)"
                )
            }
            return true
        } catch TensorError.interrupted {
            return false
        } catch is Language.Interruption {
            return false
        } catch let error as UnlearningError {
            guard case .notFinite(let what, let isNaN, _) = error else { throw error }
            let step = run.step - from + 1
            // The step once more, slowly, to find the operation of a user's function that began it.
            let traced = call.interpreter.traceNaN(orInfinite: !isNaN) {
                var again = run
                try? again.takeStep()
            }
            // A micro-batch is looked at by the rank that does it.
            let origin = try engine.device.ranks.firstFound("search for the origin of a NaN", traced?.text)
            call.interpreter["ans"] = .foreign(try result(run))
            // Weights that are NaN make the loss NaN, which is what whoever wrote the optimizer looks at.
            throw LanguageError(
                """
                the \(isNaN && origin != nil ? "loss" : what) became \(isNaN ? "NaN" : "infinite") at step \(step) of \
                \(total)
                """,
                advice: [
                    origin,
                    (call.assignedName.map { "\($0) was not assigned; " } ?? "")
                        + "`ans` holds the weights after step \(step - 1)",
                    // Where no operation of the user's is to blame, this is all that can be done.
                    origin == nil
                        ? "a smaller learning rate, clip_norm=1, or a loss that is bounded below (npo) may help" : nil,
                ].compactMap(\.self), at: .callee)
        }
    }

    // MARK: Step by step

    private static func start(_ engine: EngineContext) -> Builtin {
        .engine(
            "start", family: "unlearning",
            [
                .positional("model", .model, "where unlearning starts"),
                .positional("forget", .examples, "what is to be forgotten"),
                .positional("retain", .examples, default: .nothing, shown: "none", "what is to be kept"),
            ] + stepOptions(loss: "graddiff", optimizer: "sophia") + [
                .option(
                    "memory", .number(in: 1...1e15), default: 1e9, unit: "bytes",
                    "what kept states may take: as many as fit, evenly spaced; others are computed again when asked for"
                ),
                .option(
                    "steps", .count(min: 0, max: 100_000_000), default: 0, shown: "open", unit: "steps",
                    "how many are planned, for losses and weights that ask for it"),
            ],
            """
            A run of unlearning that has taken no step yet. Look at the next step with explain(run), take it with run \
            = step(run), go back with run = back(run, n); run.model is the model as it is. Its functions keep the \
            values that they read now, and draw random numbers from streams of the run's seed: a step gives the same \
            bits again.
            """,
            examples: [
                """
                f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]])
                run = start(gpt(5, layers=1, width=8, seed=1), f, r, optimizer=adamw(lr=1e-2))
                later = step(run, 5)
                back(later, 5).model == run.model
                #> true
                """
            ], seeAlso: ["step", "back", "explain", "unlearn"]
        ) { call in
            let base = try call.foreign("model", as: ModelValue.self).model
            let (recipe, source) = try RecipeReading(call: call, engine: engine, base: base).recipe(
                forget: "forget", retain: "retain", fallback: graddiff, fallbackName: "graddiff", optimizer: Sophia(),
                steps: call.integer("steps"))
            let memory = try call.number("memory")
            return .foreign(RunValue(try Run(recipe, memory: Int(memory)), from: source))
        }
    }

    private static func stepping(_ engine: EngineContext) -> [Builtin] {
        let run = Parameter.positional("run", .run, "see start")
        let count = Parameter.positional("n", .count(min: 0, max: 100_000_000), default: 1, "how many steps")
        let setup = """
            f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]])
            run = start(gpt(5, layers=1, width=8, seed=1), f, r, optimizer=adamw(lr=1e-2))

            """
        return [
            .engine(
                "step", family: "unlearning", [run, count],
                "A run after n further steps; the run itself stays as it is.",
                examples: [setup + "step(run, 3).step\n#> 3"], seeAlso: ["start", "back", "explain"]
            ) { call in
                let value = try call.foreign("run", as: RunValue.self),
                    steps = try call.integer("n")
                var first: Double?
                var next = value.run
                let finished = try go(
                    call, engine, &next, steps, total: steps, done: 0, from: value.run.step, title: "step",
                    first: &first
                ) { value.at($0) }
                if !finished {
                    let done = next.step - value.run.step
                    call.interpreter.finishStatementThenStop(
                        """
                        interrupted at step \(done)/\(steps) — \(call.assignedName ?? "the result") is the run after \
                        step \(done)
                        """
                    )
                }
                return .foreign(value.at(next))
            },
            .engine(
                "back", family: "unlearning", [run, count], "A run as it was n steps ago, equal to the bit.",
                examples: [setup + "back(step(run, 3), 2).step\n#> 1"], seeAlso: ["step"]
            ) { call in
                let value = try call.foreign("run", as: RunValue.self)
                let n = try call.integer("n", min: 0)
                if value.source.reads.readsClock, !value.run.keeps(value.run.step - n) {
                    throw LanguageError(
                        """
                        step \(value.run.step - n) is not kept and cannot be computed again: the loss or the \
                        optimizer reads the clock
                        """, advice: ["begin the run with more memory= for its states"])
                }
                return .foreign(value.at(try value.run.back(n)))
            },
            ExplainFunction.builtin(engine, run, setup),
        ]
    }
}
