/// Optimizers whose state ranks divide among them: steps have the bits of one rank that holds all of it.
import Autodiff
import LanguageModels
import Optimizers
import Settings
import Tensors
import TestSupport
import Testing
import Unlearning

@Suite struct ShardedStepTests {
    private struct Maker: Sendable {
        let name: String
        let make: @Sendable () throws -> any StepRule
    }

    /// Each as a rank makes it.
    private static let rules: [Maker] =
        RunCase.all.map { test in
            Maker(name: test.testDescription) { try made(test.optimizer, test.settings) }
        } + [
            Maker(name: "adamw bf16") { try made("adamw", [("lr", .number(0.01)), ("storage", .choice("bf16"))]) },
            Maker(name: "sophia bf16") { try made("sophia", [("k", .number(2)), ("storage", .choice("bf16"))]) },
            Maker(name: "adahessian") { try made("adahessian", [("lr", .number(0.01)), ("k", .number(2))]) },
            Maker(name: "clipped") { try made("clipped", [("norm", .number(0.1))]) },
            Maker(name: "clipped values") { try made("clipped", [("norm", .number(0.01)), ("by", .choice("value"))]) },
            Maker(name: "decayed") { try made("decayed", [("weight_decay", .number(0.5))]) },
            Maker(name: "alternate of parts") {
                var rule = Alternate()
                rule.rules = [Adam(), Lion()]
                rule.every = 1
                return rule
            },
        ]

    private static func made(_ name: String, _ settings: [(String, SettingValue)]) throws -> any StepRule {
        guard let type = Optimizers.named(name) else { throw OptimizerError.state("no optimizer \(name)") }
        var made = type.init()
        for (key, value) in settings { try made.set(key, to: value) }
        return made
    }

    /// A run of some four blocks of weights, whose steps have three pieces.
    private static func run(
        _ rule: any StepRule, on device: Device, memory: Int = 1 << 30, inPlaceFrom: Int = .max,
        change: (inout Recipe) throws -> Void = { _ in }
    ) throws -> Run {
        let setting = try Setting(width: 48, vocabulary: 2000, on: device)
        var recipe = try setting.recipe(rule, rows: 3)
        recipe.accumulation = 3
        try change(&recipe)
        return try Run(recipe, memory: memory, inPlaceFrom: inPlaceFrom, shardedFrom: 0)
    }

    @Test(arguments: rules.map(\.name)) func everyRankHoldsItsPart(name: String) throws {
        guard let make = Self.rules.first(where: { $0.name == name })?.make else { return }
        let isDivided = try make().movesPartsAlone
        // What goes on whole is tried by all other tests of ranks.
        guard isDivided else { return }
        var found: [[Bits]] = []
        for count in [1, 2, 3] {
            let each = try Company.run(count) { device in
                let start = try Self.run(make(), on: device), run = try start.stepped(4).run
                #expect((run.state.parts != nil) == (count > 1))
                if let parts = run.state.parts {
                    #expect(run.state.rule.allTensors.allSatisfy { $0.count == parts.own.count })
                }
                // Back and forth again; and from what a file would hold.
                let whole = RunState(
                    step: run.step, weights: run.state.weights, rule: try run.state.wholeRule, loss: run.state.loss,
                    log: run.log)
                let read = try Run(run.recipe, memory: 0, at: whole)
                return [
                    Bits(run), Bits(try run.back(2)), Bits(try run.back(3).stepped(3).run),
                    Bits(try run.stepped(1).run), Bits(try read.stepped(1).run),
                ]
            }
            for one in each { #expect(one == each[0]) }
            found.append(each[0])
        }
        #expect(found[0][0] == found[0][2] && found[0][3] == found[0][4])
        #expect(found[1] == found[0] && found[2] == found[0])
    }

    @Test func rulesThatMixElementsGoOnWhole() throws {
        let whole = ["muon", "shampoo", "lbfgs", "newton_cg", "natural_gradient", "sam", "dualoptim", "gru", "blur"]
        for name in whole { #expect(try !Self.made(name, []).movesPartsAlone, "\(name)") }
        let parts = ["sgd", "adagrad", "rmsprop", "adam", "adamw", "lion", "sign_sgd", "sophia", "soul_released"]
        for name in parts { #expect(try Self.made(name, []).movesPartsAlone, "\(name)") }
    }

    /// Steps that write over what nobody else sees; parts of the weights that move, decay, or learn faster.
    @Test(arguments: ["in place", "trainable", "rates"]) func ranksAgreeHoweverStepsAreTaken(how: String) throws {
        var found: [[Bits]] = []
        for count in [1, 2, 3] {
            let each = try Company.run(count) { device in
                var run = try Self.run(
                    Self.made("adamw", [("lr", .number(0.01))]), on: device, memory: how == "in place" ? 0 : 1 << 30,
                    inPlaceFrom: how == "in place" ? 0 : .max
                ) { recipe in
                    let count = recipe.base.layout.count
                    if how == "trainable" {
                        recipe.restrict(to: ElementSelection([100..<40_000, 70_000..<count], of: count))
                    }
                    if how == "rates" {
                        recipe.rates = [ParameterRate(range: 30_000..<40_000, factor: 3)]
                        recipe.decays = [ParameterRate(range: 0..<96_000, factor: 0.1)]
                    }
                }
                var all: [Bits] = []
                for _ in 0..<3 {
                    try run.takeStep()
                    all.append(Bits(run))
                }
                return all
            }
            for one in each { #expect(one == each[0]) }
            found.append(each[0])
        }
        #expect(found[1] == found[0] && found[2] == found[0])
    }

    @Test func explanationsAndLayersSeeTheWholeState() throws {
        var found: [String] = []
        for count in [1, 3] {
            let each = try Company.run(count) { device in
                let run = try Self.run(Self.made("sophia", [("k", .number(2))]), on: device).stepped(3).run
                let explanation = try run.explained(), layers = try run.layerUpdates { $0 }
                return "\(explanation.curvature ?? []) \(explanation.suggestedRho ?? 0) \(explanation.updateNorm) "
                    + "\(explanation.clipped ?? 0) \(layers)"
            }
            for one in each { #expect(one == each[0]) }
            found.append(each[0])
        }
        #expect(found[0] == found[1])
    }

    /// So that a budget of gradients is as large in several processes as in one.
    @Test func aStepInPiecesTakesOneGradient() throws {
        @Sendable func taken(on device: Device) throws -> Int {
            let start = try Self.run(Self.made("sgd", [("lr", .number(0.1))]), on: device)
            _ = try start.stepped(4)
            return start.recipe.differentiator.work.gradients
        }
        #expect(try taken(on: Device(threads: 1)) == 4)
        for count in [1, 2] {
            #expect(try Company.run(count) { try taken(on: $0) } == Array(repeating: 4, count: count))
        }
    }
}
