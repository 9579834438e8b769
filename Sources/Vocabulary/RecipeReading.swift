/// From a call's arguments to a run's recipe: data, loss and optimizer, built in or written by the user.
import Autodiff
import Datasets
import Language
import LanguageModels
import Optimizers
import Tensors
import Unlearning

/// Options that everything shares that takes steps.
func stepOptions(loss: String, optimizer: String) -> [Parameter] {
    [
        .option(
            "loss", .loss, default: .nothing, shown: loss,
            "what is minimised: a built-in loss or a function (model, forget, retain) -> number"),
        .option(
            "optimizer", .optimizer, default: .nothing, shown: optimizer,
            "what takes the steps: a built-in optimizer or a function (model, gradient, state) -> model, state"),
        .option(
            "batch", .count(min: 1), default: 16, unit: "examples",
            "how many of the examples a step sees; lists of token ids are taken whole"),
        .option(
            "accumulate", .count(min: 1, max: 1_000_000), default: 1, unit: "micro-batches",
            """
            how many batches a step adds up, one in memory at a time: the step of a batch that many times as large \
            (token lists are cut into as many parts); see ?accumulate
            """),
        .option(
            "clip_norm", .number(in: 0 ... .infinity), default: 0,
            "gradients longer than this are shortened to it; 0 for no limit"),
        .option(
            "recompute", .flag, default: false,
            "whether steps compute activations again on the way back instead of keeping them; see ?recompute"),
        trainableOption, ratesOption, decayOption, seedOption,
    ]
}

struct RecipeReading {
    let call: Call
    let engine: EngineContext
    let base: LanguageModel

    /// The data of a parameter as batches for each step.
    func schedule(_ name: String, stream: UInt64) throws -> BatchSchedule? {
        guard let examples = try examples(name) else { return nil }
        if let batch = try examples.givenBatch(for: base) { return BatchSchedule(batch) }
        let sequences = try examples.sequences(for: base)
        guard !sequences.isEmpty else { throw LanguageError("\(examples.name) is empty", at: .argument(name)) }
        // Forget and retain data are drawn independently of each other.
        let seed = try engine.seed(of: call)
        // Trainings that are only replayed have no micro-batches.
        let isDivided = call.builtin.parameters.contains { $0.name == "accumulate" }
        let (rows, isTooMany) = try call.integer("batch").multipliedReportingOverflow(
            by: isDivided ? call.integer("accumulate") : 1)
        return try BatchSchedule(sequences, rows: isTooMany ? Int.max : rows, seed: seed &* 2 &+ stream)
    }

    /// The examples of a parameter; nil for none.
    private func examples(_ name: String) throws -> ExamplesValue? { try call.optional(name) { try $0.examples(name) } }

    /// The loss of the option `loss`, or `fallback`.
    /// - Parameters:
    ///   - forget: the name of the parameter that holds what is to be forgotten or learned.
    ///   - planned: steps planned; 0 where that is open.
    func loss(
        fallback: @escaping StepObjective, fallbackName: String, forget: String, retain: String?, planned: Int
    ) throws -> RunLoss {
        guard let function = try call.optional("loss", { try $0.function("loss") }) else {
            return RunLoss(fallbackName, fallback, addsUp: true)
        }
        let forgetData = try examples(forget)
        let surroundings = LossSurroundings(
            base: base, seed: try engine.seed(of: call), planned: planned,
            retain: try retain.flatMap { try examples($0) })
        guard let type = engine.catalogue.loss(of: function) else {
            return try RunLoss(OwnLoss(function, call.interpreter, engine, surroundings, forget: forgetData))
        }
        let reading = LossReading(interpreter: call.interpreter, engine: engine, surroundings: .run(surroundings))
        return try RunLoss(type, function, reading, surroundings, forget: forgetData)
    }

    /// The optimizer of the option `optimizer`, or `fallback`.
    /// - Parameter hasRetain: whether there is something to keep.
    func rule(
        fallback: any Optimizer, schedule: LearningRateSchedule, hasRetain: Bool
    ) throws -> any StepRule {
        guard let function = try call.optional("optimizer", { try $0.function("optimizer") }) else { return fallback }
        let reading = OptimizerReading(interpreter: call.interpreter, engine: engine, form: PointForm(base))
        let rule = try reading.rule(function, at: .argument("optimizer"))
        if schedule != .constant, let unrated = rule.unrated {
            throw LanguageError(
                "a schedule changes the learning rate, and `\(unrated)` has none",
                note: "give it an option lr, as in (m, g, s, lr=0.1)",
                at: .argument("optimizer"))
        }
        if rule.needs.contains(.parts), !hasRetain {
            throw LanguageError(
                "`\(rule.name)` works with the gradients of two terms, and there is nothing to retain",
                advice: [
                    call.builtin.parameters.contains { $0.name == "retain" }
                        ? "give \(call.builtin.name) retain data and a loss with a retain term, such as graddiff"
                        : "\(call.builtin.name) has none; use unlearn or start"
                ],
                at: .argument("optimizer"))
        }
        if try call.number("clip_norm") > 0, !rule.heedsGradientLimit {
            throw LanguageError(
                """
                `clip_norm` shortens the gradient that an optimizer is given, and `\(rule.name)` asks for more than that
                """,
                advice: ["leave out clip_norm=; an optimizer of your own can shorten what it finds itself"],
                at: .argument("clip_norm"))
        }
        return rule
    }

    private func accumulation(of loss: RunLoss) throws -> Int {
        let count = try call.integer("accumulate")
        if count > 1, loss.remembers {
            throw LanguageError(
                """
                `\(loss.name)` remembers something from step to step, which \(count) micro-batches would change \
                \(count) times
                """, advice: ["leave out accumulate=, or take a loss without a state"], at: .argument("accumulate"))
        }
        return count
    }

    /// The weights that move, and how fast.
    private func restrict(_ recipe: inout Recipe) throws {
        try base.checkMoves()
        let reading = TrainableReading(call: call, engine: engine, layout: base.layout)
        var selection = try reading.selection()
        let rates = try TrainableReading(call: call, engine: engine, layout: base.layout, option: "rates").rates()
        let frozen = rates.filter { $0.factor == 0 }.map(\.range)
        if !frozen.isEmpty {
            let moving = base.layout.ranges { _ in true }.filter { !frozen.contains($0) }
            selection = try selection?.intersection(moving) ?? ElementSelection(moving, of: base.layout.count)
            if selection?.count == 0 {
                throw LanguageError(
                    "no weight is left that could move: `rates` is 0 for all of them", at: .argument("rates"))
            }
        }
        recipe.rates = rates.filter { $0.factor != 0 && $0.factor != 1 }
        // The second gradient is taken where the first step led.
        if !recipe.rates.isEmpty, recipe.rule.movesTwice {
            throw LanguageError(
                "`rates` does not go with `\(recipe.rule.name)`, whose step is made of two",
                advice: ["give its optimizers the learning rates instead"], at: .argument("rates"))
        }
        recipe.decays = try TrainableReading(call: call, engine: engine, layout: base.layout, option: "decay").rates()
        if !recipe.decays.isEmpty, let unrated = recipe.rule.unrated {
            throw LanguageError(
                "`decay` is times the learning rate, and `\(unrated)` has none",
                note: "give it an option lr, as in (m, g, s, lr=0.1)", at: .argument("decay"))
        }
        if let selection { recipe.restrict(to: selection) }
    }

    func recipe(
        forget: String, retain: String?, fallback: @escaping StepObjective, fallbackName: String,
        optimizer: any Optimizer,
        schedule: LearningRateSchedule = .constant, steps: Int = 0
    ) throws -> (recipe: Recipe, source: RunSource) {
        let reads = FilesRead(), outer = engine.recipeReads
        engine.recipeReads = reads
        defer { engine.recipeReads = outer }
        guard let forgetSchedule = try self.schedule(forget, stream: 0) else {
            throw call.wrong(forget, .nothing, mustBe: "examples")
        }
        let loss = try loss(
            fallback: fallback, fallbackName: fallbackName, forget: forget, retain: retain, planned: steps)
        let retainSchedule = try retain.flatMap { try self.schedule($0, stream: 1) }
        var recipe = Recipe(
            base: base, forget: forgetSchedule, retain: retainSchedule, objective: loss.objective, lossName: loss.name,
            rule: try rule(fallback: optimizer, schedule: schedule, hasRetain: retainSchedule != nil),
            seed: try engine.seed(of: call),
            schedule: schedule, plannedSteps: steps,
            gradientLimit: try call.number("clip_norm"),
            differentiator: engine.differentiator)
        (recipe.lossState, recipe.dependsOnPlan) = (loss.state, loss.readsPlan)
        (recipe.alternatives, recipe.otherAnswers) = (loss.alternatives, loss.otherAnswers)
        recipe.accumulation = try accumulation(of: loss)
        recipe.addsUp = loss.addsUp && !loss.remembers
        recipe.recomputes = try call.bool("recompute")
        recipe.surrounding = { [engine] step in try engine.stepping(reads, step) }
        try restrict(&recipe)
        let source = try RunSource(
            call, seed: recipe.seed, defaults: ["loss": fallbackName, "optimizer": type(of: optimizer).name],
            reads: reads)
        return (recipe, source)
    }
}
