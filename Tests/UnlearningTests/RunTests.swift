// Runs: forward, back and forth again to the same bits; what happens when they diverge.
import Settings
import Autodiff
import Datasets
import LanguageModels
import Optimizers
import Tensors
import Testing
import Unlearning

struct RunCase: Sendable, CustomTestStringConvertible {
    let optimizer: String
    var settings: [(String, SettingValue)] = []
    var testDescription: String { optimizer + settings.map { " \($0.0)=\($0.1)" }.joined() }

    static let all: [RunCase] = [
        RunCase(optimizer: "sgd", settings: [("lr", .number(0.05))]),
        RunCase(
            optimizer: "sgd", settings: [("lr", .number(0.05)), ("momentum", .number(0.9)), ("nesterov", .flag(true))]),
        RunCase(optimizer: "adamw", settings: [("lr", .number(0.01))]),
        RunCase(optimizer: "sophia", settings: [("lr", .number(0.01)), ("k", .number(3))]),
        RunCase(
            optimizer: "sophia",
            settings: [("lr", .number(0.01)), ("k", .number(2)), ("estimator", .choice("hutchinson"))]),
        RunCase(optimizer: "soul_released", settings: [("lr", .number(0.01))]),
        RunCase(optimizer: "lion", settings: [("lr", .number(0.001))]),
        RunCase(optimizer: "adagrad"), RunCase(optimizer: "rmsprop", settings: [("lr", .number(0.001))]),
        RunCase(optimizer: "adam"), RunCase(optimizer: "sign_sgd", settings: [("momentum", .number(0.9))]),
        RunCase(optimizer: "adahessian", settings: [("lr", .number(0.01)), ("k", .number(3)), ("block", .number(4))]),
        RunCase(optimizer: "newton_cg", settings: [("iterations", .number(4))]),
        RunCase(
            optimizer: "newton_cg",
            settings: [("iterations", .number(4)), ("cubic", .number(10)), ("curvature", .choice("gauss_newton"))]),
        RunCase(optimizer: "lbfgs", settings: [("history", .number(3))]),
        RunCase(
            optimizer: "shampoo",
            settings: [("lr", .number(0.01)), ("k", .number(3)), ("momentum", .number(0.9)), ("largest", .number(24))]),
        RunCase(optimizer: "muon", settings: [("lr", .number(0.01))]),
        RunCase(optimizer: "natural_gradient", settings: [("momentum", .number(0.5))]),
        RunCase(optimizer: "natural_gradient", settings: [("every", .number(3))]),
        RunCase(optimizer: "zeroth_order", settings: [("q", .number(3))]),
        RunCase(optimizer: "alternate", settings: [("every", .number(2))]),
        RunCase(optimizer: "sam"), RunCase(optimizer: "sam", settings: [("on", .choice("forget"))]),
        RunCase(optimizer: "dualoptim"), RunCase(optimizer: "dualoptim_plus"),
        RunCase(optimizer: "gru"), RunCase(optimizer: "blur"),
        RunCase(optimizer: "clipped", settings: [("by", .choice("parameter"))]),
        RunCase(optimizer: "scheduled", settings: [("steps", .number(9)), ("end", .number(0.1))]),
        RunCase(optimizer: "decayed", settings: [("only", .choice("*mlp*"))]),
    ]
}

/// A rule whose learning rate explodes after some steps.
private struct Kick: StepRule {
    let inner: any StepRule
    let after: Int
    var name: String { "kick" }
    var rate: Double? { inner.rate }

    func initialState(for parameters: Tensor, _ list: ParameterList) throws -> OptimizerState {
        try inner.initialState(for: parameters, list)
    }

    func advance(
        _ parameters: inout Tensor, gradient: Tensor, state: inout OptimizerState, with supply: StepSupply
    ) throws -> StepFigures {
        var kicked = supply
        kicked.rateFactor = state.step < after ? 1 : 1e45
        return try inner.advance(&parameters, gradient: gradient, state: &state, with: kicked)
    }
}

@Suite struct RunTests {
    @Test func everyOptimizerRuns() {
        #expect(Set(RunCase.all.map(\.optimizer)) == Set(Optimizers.all.map { $0.name }))
    }

    /// Budgets: everything kept; a few states; the start alone, so that each step back is computed again.
    @Test(arguments: RunCase.all, [1 << 30, 60_000, 1]) func goingBackGivesTheSameBits(
        _ test: RunCase, memory: Int
    ) throws {
        let setting = try Setting()
        let recipe = try setting.recipe(setting.optimizer(test.optimizer, test.settings))
        var run = try Run(recipe, memory: memory), states = [Bits(run)]
        for _ in 0..<14 {
            run = try run.stepped(1).run
            states.append(Bits(run))
        }
        for steps in [0, 1, 2, 5, 13, 14] { #expect(Bits(try run.back(steps)) == states[14 - steps], "back \(steps)") }
        // Going on from an earlier step repeats what came after it, and leaves the later run alone.
        let fork = try run.back(6)
        #expect(Bits(try fork.stepped(3).run) == states[11])
        #expect(Bits(try fork.back(4)) == states[4])
        #expect(Bits(run) == states[14])
        // One call for many steps is the same as many calls.
        #expect(Bits(try Run(recipe, memory: memory).stepped(14).run) == states[14])
        #expect(throws: UnlearningError.beforeStart(step: 14)) { try run.back(15) }
        #expect(states[14].weights != states[13].weights)
    }

    @Test(arguments: RunCase.all) func threadsDoNotChangeBits(_ test: RunCase) throws {
        var results: [Bits] = []
        for threads in [1, 2, 3] {
            let setting = try Setting(threads: threads, width: 48, vocabulary: 200)
            results.append(
                Bits(
                    try Run(setting.recipe(setting.optimizer(test.optimizer, test.settings)), memory: 0).stepped(4).run)
            )
        }
        #expect(results[0] == results[1] && results[0] == results[2])
    }

    /// Terms whose derivatives are taken one after the other, beside one sweep through both.
    @Test(arguments: ["graddiff", "npo", "ga_kl", "simnpo"], [1, 2]) func termsApartGiveTheBitsOfTheirSum(
        _ name: String, accumulation: Int
    ) throws {
        for (width, vocabulary) in [(8, 11), (48, 200)] {
            let setting = try Setting(width: width, vocabulary: vocabulary)
            let type = try #require(UnlearningLosses.all.first { $0.name == name })
            let loss = WeightedLoss(type.init(), forgetWeight: 0.7, retainWeight: 1.3, reference: setting.base)
            for recomputes in [false, true] {
                var recipe = try setting.recipe(setting.optimizer("adamw", [("lr", .number(0.01))]), loss: loss)
                (recipe.accumulation, recipe.recomputes) = (accumulation, recomputes)
                var spent = 0
                func run(_ isApart: Bool) throws -> Bits {
                    var own = Recipe(
                        base: recipe.base, forget: recipe.forget, retain: recipe.retain,
                        objective: { (model: LanguageModel, inputs: StepInputs) in
                            var inputs = inputs
                            let spend = inputs.spend
                            inputs.spend =
                                isApart
                                ? spend.map { spend in
                                    {
                                        spent += 1
                                        return try spend($0)
                                    }
                                } : nil
                            return try loss(model, inputs.lossInputs(reference: loss.reference))
                        }, lossName: "loss", rule: recipe.rule, seed: recipe.seed, differentiator: Differentiator())
                    (own.accumulation, own.recomputes) = (accumulation, recomputes)
                    return Bits(try Run(own, memory: 0).stepped(4).run)
                }
                #expect(try run(true) == run(false))
                // The last batch of a pass may be too short to be cut.
                #expect(accumulation == 1 ? spent == 4 : spent > 4)
            }
        }
    }

    @Test func anEpochSeesEveryExampleOnce() throws {
        let setting = try Setting()
        let schedule = try BatchSchedule(setting.retain, rows: 2, seed: 4)
        #expect(schedule.count == 9 && schedule.batchesPerEpoch == 5)
        var orders: [[[Int32]]] = []
        for epoch in 0..<2 {
            var seen: [[Int32]] = []
            for step in 0..<5 {
                let batch = try schedule.batch(at: epoch * 5 + step)
                for row in 0..<batch.rows {
                    seen.append(Array(batch.ids[row * batch.time..<row * batch.time + batch.lengths[row]]))
                }
            }
            #expect(Set(seen) == Set(setting.retain.map { $0.ids.map(Int32.init) }))
            #expect(seen.count == 9)
            orders.append(seen)
        }
        #expect(orders[0] != orders[1])
        #expect(throws: UnlearningError.emptyData) { try BatchSchedule([], rows: 2, seed: 1) }
    }

    @Test func aDivergedStepIsNamedAndTheLastGoodStateStays() throws {
        let setting = try Setting()
        for memory in [0, 1, 1 << 30] {
            var run = try Run(
                setting.recipe(
                    setting.optimizer("sgd", [("lr", .number(30))]), loss: WeightedLoss(GradientAscent())),
                memory: memory)
            var last = Bits(run), failure: UnlearningError?
            do {
                for _ in 0..<200 {
                    run = try run.stepped(1).run
                    last = Bits(run)
                }
            } catch let error as UnlearningError {
                failure = error
            }
            guard case .notFinite(let what, _, let step) = failure else {
                Issue.record("the run did not diverge")
                continue
            }
            #expect(step == run.step + 1 && run.step > 0)
            #expect(["loss", "forget term of the loss", "gradient", "weights (in sgd)"].contains(what), "\(what)")
            // The run is as it was: finite, and able to go back.
            #expect(Bits(run) == last)
            #expect(run.state.weights.isFinite)
            if memory > 0 { #expect(try run.back(run.step).step == 0) }
        }
    }

    @Test func weightsThatWereWrittenOverComeBack() throws {
        let setting = try Setting()
        // Finite gradients whose update is not: the state is lost in place, and computed again.
        let recipe = try setting.recipe(setting.optimizer("sgd"))
        let kicked = Recipe(
            base: recipe.base, forget: recipe.forget, retain: recipe.retain, objective: recipe.objective,
            lossName: "loss",
            rule: Kick(
                inner: try setting.optimizer("sgd", [("lr", .number(0.05)), ("momentum", .number(0.5))]), after: 3),
            seed: 1, differentiator: Differentiator())
        var run = try Run(kicked, memory: 0, inPlaceFrom: 0), kept = try Run(kicked, memory: 1 << 20)
        for _ in 0..<3 {
            try run.takeStep()
            kept = try kept.stepped(1).run
        }
        #expect(Bits(run) == Bits(kept))
        #expect(throws: UnlearningError.notFinite(what: "weights (in kick)", isNaN: true, step: 4)) {
            try run.takeStep()
        }
        #expect(Bits(run) == Bits(kept))
    }

    @Test func theGuiltyTermIsNamed() throws {
        let setting = try Setting(), nan = Double.nan
        func failure(_ parts: @escaping (Variable) -> LossParts) throws -> String {
            let recipe = Recipe(
                base: setting.base, forget: try BatchSchedule(setting.forget, rows: 2, seed: 1), retain: nil,
                objective: { model, _, _ in parts(try Float.nan * model.weights.sum()) }, lossName: "mine",
                rule: try setting.optimizer("sgd"), seed: 0, differentiator: Differentiator())
            do {
                _ = try Run(recipe, memory: 0).stepped(1)
                return "no failure"
            } catch { return "\(error)" }
        }
        #expect(
            try failure { LossParts(total: $0, forget: 1, retain: nil) }.hasPrefix("the loss became NaN at step 1; "))
        #expect(
            try failure { LossParts(total: $0, forget: 1, retain: nan) }.hasPrefix(
                "the retain term of the loss became NaN at step 1; "))
        #expect(
            try failure { LossParts(total: $0, forget: .infinity, retain: 2) }.hasPrefix(
                "the forget term of the loss became infinite at step 1; "))
    }

    @Test func aStopKeepsWhatIsDone() throws {
        let setting = try Setting()
        let run = try Run(setting.recipe(setting.optimizer("adamw")), memory: 1 << 20)
        let (stopped, finished) = try run.stepped(10) { done, _ in if done == 3 { throw TensorError.interrupted } }
        #expect(!finished && stopped.step == 3)
        #expect(Bits(try stopped.stepped(2).run) == Bits(try run.stepped(5).run))
    }

    @Test func gradientsAreShortenedOnRequest() throws {
        let setting = try Setting()
        let plain = try setting.recipe(setting.optimizer("sgd", [("lr", .number(1))]))
        let limited = Recipe(
            base: plain.base, forget: plain.forget, retain: plain.retain, objective: plain.objective,
            lossName: plain.lossName,
            rule: plain.rule, seed: plain.seed, gradientLimit: 0.01, differentiator: Differentiator())
        let step = try Run(limited, memory: 0).stepped(1).run
        #expect(abs(try (step.state.weights - setting.base.weights.value).norm() - 0.01) < 1e-5)
        let long = try #require(step.log.last?.gradientNorm)
        #expect(long > 0.01)
    }

    @Test func aRunThatDoesNotFitIsRefused() throws {
        let setting = try Setting(width: 64, vocabulary: 4000, memoryLimit: 5 << 20)
        #expect {
            try Run(setting.recipe(setting.optimizer("adamw")), memory: 0)
        } throws: { error in
            // What moves, what it takes, and what would take less.
            let text = "\(error)"
            return text.contains("moving all \(setting.base.layout.count) weights") && text.contains("more memory")
                && text.contains("lora(m)")
        }
    }
}
