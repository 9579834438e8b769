// What is said about the next step before it is taken.
import Settings
import Autodiff
import Optimizers
import Tensors
import Testing
import Unlearning

@Suite struct ExplanationTests {
    @Test(arguments: ["sgd", "adamw", "sophia"]) func predictionsAreGradientAndCurvatureAlongTheUpdate(
        _ name: String
    ) throws {
        let setting = try Setting()
        let run = try Run(setting.recipe(setting.optimizer(name, [("lr", .number(2e-3))])), memory: 1 << 20).stepped(2)
            .run
        let before = Bits(run), explanation = try run.explained()
        #expect(Bits(run) == before)
        #expect(explanation.step == 3)
        let next = try run.stepped(1).run, (forget, retain) = try run.batches(), d = Differentiator()
        let update = try next.state.weights - run.state.weights, model = try run.model
        #expect(abs(explanation.updateNorm - update.norm()) < 1e-6)
        var gradients: [Tensor] = []
        for (batch, change) in [(forget, explanation.forget), (try #require(retain), try #require(explanation.retain))]
        {
            let f: Differentiator.Function = { try model.with(weights: $0[0]).nll(batch) }
            let g = try d.gradient([model.weights], of: f)[0].value
            let h = try d.hessianProduct([model.weights], [Variable(update)], of: f)[0].value
            gradients.append(g)
            #expect(abs(change.first - (try g.dot(update))) < 1e-6)
            #expect(abs(change.second - (try 0.5 * h.dot(update))) < 1e-6)
            // What happens in fact: the third order is left over, and float32 rounding.
            #expect(abs(change.actual - change.predicted) < 0.05 * abs(change.predicted) + 2e-6, "\(change)")
        }
        #expect(abs(try #require(explanation.forgetGradient) - gradients[0].norm()) < 1e-5)
        #expect(abs(try #require(explanation.retainGradient) - gradients[1].norm()) < 1e-5)
        let cosine = try gradients[0].dot(gradients[1]) / (gradients[0].norm() * gradients[1].norm())
        #expect(abs(try #require(explanation.cosine) - cosine) < 1e-5)
        // The taken step records what was foreseen.
        if let clipped = explanation.clipped { #expect(clipped == next.log.last?.clipped) }
        #expect((explanation.curvature == nil) == (name == "sgd"))
        if let q = explanation.curvature { #expect(q.count == 3 && q[0] <= q[1] && q[1] <= q[2] && q[0] >= 0) }
    }

    @Test func theSuggestedRhoLeavesHalfUnclipped() throws {
        let setting = try Setting()
        func run(_ rho: Double) throws -> Run {
            try Run(
                setting.recipe(
                    setting.optimizer("sophia", [("lr", .number(1e-3)), ("rho", .number(rho)), ("k", .number(1))])),
                memory: 0)
        }
        let suggested = try #require(try run(0.04).explained().suggestedRho)
        let clipped = try #require(try run(suggested).explained().clipped)
        #expect(abs(clipped - 0.5) < 0.02, "\(clipped)")
    }
}
