// Influence unlearning against exact solutions on a model small enough to write its whole curvature out.
import Settings
import Autodiff
import Curvature
import Datasets
import LanguageModels
import Tensors
import Testing
import Unlearning

@Suite struct InfluenceTests {
    let setting: Setting
    let forget, retain: [TokenBatch]

    init() throws {
        setting = try Setting(width: 4, vocabulary: 7)
        forget = [try TokenBatch(setting.forget)]
        retain = [try TokenBatch(Array(setting.retain[..<4])), try TokenBatch(Array(setting.retain[4...]))]
    }

    func problem(centered: Bool = true, gaussNewton: Bool = true) throws -> InfluenceProblem {
        try Influence.problem(
            setting.base, forget: forget, retain: retain, forgetCount: 5, retainCount: 9, centered: centered,
            gaussNewton: gaussNewton,
            differentiator: Differentiator())
    }

    func gradient(_ batches: [TokenBatch]) throws -> Tensor {
        try Differentiator().gradient([setting.base.weights]) { try setting.base.with(weights: $0[0]).nll(batches) }[0]
            .value
    }

    func system(_ problem: InfluenceProblem) -> CurvatureSystem {
        let layout = problem.direction.layout
        return CurvatureSystem(
            vector: problem.direction.values.value,
            product: { try problem.product(Direction(layout, Variable($0))).values.value },
            perExample: problem.perExample, seed: 1,
            progress: { _ in true })
    }

    @Test func theRightHandSideIsTheForgottenShare() throws {
        let share: Float = 5.0 / 14
        let f = try gradient(forget), r = try gradient(retain)
        #expect(try (problem(centered: false).direction.values.value - share * f).norm() < 1e-6)
        #expect(try (problem().direction.values.value - share * (f - r)).norm() < 1e-6)
    }

    @Test(arguments: [true, false]) func solversAgreeWithTheWholeMatrix(gaussNewton: Bool) throws {
        let problem = try problem(gaussNewton: gaussNewton), system = system(problem)
        var exact = ExactInverse(), cg = ConjugateGradients()
        // The Hessian away from an optimum is indefinite; this much damping makes it a matrix to solve with.
        let damping = gaussNewton ? 1e-2 : 200
        exact.damping = .value(damping)
        try cg.set("damping", to: .number(damping))
        try cg.set("steps", to: .number(2000))
        let whole = try exact.solve(system), iterated = try cg.solve(system)
        #expect(try #require(whole.residual) < 1e-3, "\(String(describing: whole.residual))")
        let distance = try (whole.solution - iterated.solution).norm() / whole.solution.norm()
        #expect(distance < 2e-3, "cg: \(distance) away after \(iterated.iterations) iterations")
        // The exact step is what (H + damping I) maps to v.
        let image = try problem.product(Direction(setting.base.layout, Variable(whole.solution))).values.value
        let rest = try image.combined(1, whole.solution, Float(damping)).combined(1, system.vector, -1).norm()
        #expect(rest < 1e-3 * system.vector.norm())
    }

    @Test func gradientsOfSingleExamplesEqualALoop() throws {
        let rows = try problem().perExample(100)
        #expect(rows.shape == [9, setting.base.layout.count])
        for (i, sequence) in setting.retain.enumerated() {
            let alone = try gradient([TokenBatch([sequence])])
            #expect(
                try (rows.rows(i..<(i + 1)).reshaped([setting.base.layout.count]) - alone).norm() < 1e-5
                    * (1 + alone.norm()), "\(i)")
        }
        // Fewer are spread evenly.
        let three = try problem().perExample(3)
        for (row, i) in [0, 3, 6].enumerated() {
            #expect(try three.rows(row..<(row + 1)).elements == rows.rows(i..<(i + 1)).elements)
        }
    }

    @Test func woodFisherIsTheInverseOfTheEmpiricalFisher() throws {
        let problem = try problem(), rows = try problem.perExample(100), count = setting.base.layout.count
        var woodfisher = WoodFisher(), exact = ExactInverse()
        woodfisher.damping = 1e-2
        exact.damping = 1e-2
        let direct = try woodfisher.solve(system(problem)).solution
        let fisher = CurvatureSystem(
            vector: problem.direction.values.value,
            product: { v in
                // GᵀG v / M, row by row.
                var sum = try Tensor.zeros([count], on: setting.device)
                for i in 0..<9 {
                    let g = try rows.rows(i..<(i + 1)).reshaped([count])
                    sum = try sum.combined(1, g, Float(try g.dot(v) / 9))
                }
                return sum
            }, perExample: nil, seed: 1, progress: { _ in true })
        let whole = try exact.solve(fisher).solution
        #expect(try (direct - whole).norm() < 2e-3 * whole.norm())
    }

    @Test func oneStepForgetsMoreThanItCosts() throws {
        // From a trained model: what is to be forgotten gets worse by more than what is to be kept.
        let all = setting.forget + setting.retain
        let training = Recipe(
            base: setting.base, forget: try BatchSchedule(all, rows: all.count, seed: 1), retain: nil,
            objective: { model, batch, _ in LossParts(total: try model.nll(batch), forget: nil, retain: nil) },
            lossName: "nll",
            rule: try setting.optimizer("adamw", [("lr", .number(0.02)), ("weight_decay", .number(0))]),
            seed: 1,
            differentiator: Differentiator())
        let trained = try Run(training, memory: 0).stepped(60).run.model
        let problem = try Influence.problem(
            trained, forget: forget, retain: retain, forgetCount: 5, retainCount: 9, centered: true, gaussNewton: true,
            differentiator: Differentiator())
        var exact = ExactInverse()
        exact.damping = 1e-2
        let layout = trained.layout
        let step = try exact.solve(
            CurvatureSystem(
                vector: problem.direction.values.value,
                product: { try problem.product(Direction(layout, Variable($0))).values.value },
                perExample: nil, seed: 1, progress: { _ in true })
        ).solution
        let moved = try trained.moved(along: Direction(layout, Variable(step)))
        func change(_ batches: [TokenBatch]) throws -> Double {
            Double(try moved.nll(batches).value.item() - trained.nll(batches).value.item())
        }
        let lost = try change(forget), cost = try change(retain)
        #expect(lost > 0.01 && lost > 2 * abs(cost), "forget \(lost), retain \(cost)")
    }
}
