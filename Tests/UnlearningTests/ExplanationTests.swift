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

    /// A step of gradient descent goes -lr g: the objective's slope along it is known.
    @Test(arguments: [1e-3, 3e-3]) func alphaIsWhereTheStepLands(_ rate: Double) throws {
        let setting = try Setting()
        let run = try Run(setting.recipe(setting.optimizer("sgd", [("lr", .number(rate))])), memory: 0)
        let explanation = try run.explained(), loss = try #require(explanation.loss)
        let length = explanation.updateNorm
        #expect(abs(loss.first + length * length / rate) < 1e-3 * abs(loss.first))
        #expect(abs(try #require(explanation.alpha) + 2 * loss.second / loss.first) < 1e-9)
        #expect(abs(loss.actual - loss.predicted) < 0.05 * abs(loss.predicted) + 2e-6, "\(loss)")
        // The objective is retain minus forget here.
        let (f, r) = (explanation.forget, try #require(explanation.retain))
        #expect(abs(loss.first - (r.first - f.first)) < 1e-5 && abs(loss.second - (r.second - f.second)) < 1e-5)
    }

    /// Longer steps follow the same parabola, and are measured where they end.
    @Test func longerStepsAreOnTheParabola() throws {
        let setting = try Setting()
        let run = try Run(setting.recipe(setting.optimizer("sgd", [("lr", .number(1e-3))])), memory: 0)
        let explanation = try run.explained(), model = try run.model, (forget, retain) = try run.batches()
        let update = try run.stepped(1).run.state.weights - model.weights.value
        #expect(explanation.longer.map(\.times) == [2, 4])
        for longer in explanation.longer {
            let there = try model.with(
                weights: Variable(model.weights.value.combined(1, update, Float(longer.times))))
            for (batch, change, short) in [
                (forget, longer.forget, explanation.forget),
                (try #require(retain), try #require(longer.retain), try #require(explanation.retain)),
            ] {
                #expect(abs(change.first - longer.times * short.first) < 1e-9)
                #expect(abs(change.second - longer.times * longer.times * short.second) < 1e-9)
                let rise = Double(try there.nll(batch).value.item()) - Double(try model.nll(batch).value.item())
                #expect(abs(change.actual - rise) < 1e-6)
            }
        }
    }

    /// Cosines of the blocks, weighted by lengths, make up that of the whole.
    @Test func conflictsAddUp() throws {
        let setting = try Setting()
        let run = try Run(setting.recipe(setting.optimizer("sgd", [])), memory: 0), explanation = try run.explained()
        let model = try run.model, (forget, retain) = try run.batches(), d = Differentiator()
        let a = try d.gradient([model.weights]) { try model.with(weights: $0[0]).nll(forget) }[0].value
        let kept = try #require(retain)
        let b = try d.gradient([model.weights]) { try model.with(weights: $0[0]).nll(kept) }[0].value
        let cosines = explanation.conflicts.map(\.cosine)
        #expect(cosines == cosines.sorted(by: >) && cosines.allSatisfy { abs($0) <= 1 + 1e-6 })
        var product = 0.0
        for (name, ranges) in model.layout.blocks {
            let cosine = try #require(explanation.conflicts.first { $0.block == name }).cosine
            func length(_ x: Tensor) -> Double {
                ranges.reduce(0.0) { sum, range in
                    sum + x.withElements { x in x[range].reduce(0.0) { $0 + Double($1) * Double($1) } }
                }.squareRoot()
            }
            product += cosine * length(a) * length(b)
        }
        #expect(abs(product / (a.norm() * b.norm()) - (try #require(explanation.cosine))) < 1e-4)
    }

    /// A step that is far too long is announced, with one that is not.
    @Test(arguments: ["sgd", "adamw", "lion"]) func aCollapseIsAnnounced(_ name: String) throws {
        let setting = try Setting()
        func explained(_ rate: Double, _ limit: Double) throws -> Outlook {
            let optimizer = try setting.optimizer(name, [("lr", .number(rate))])
            return try #require(
                try Run(setting.recipe(optimizer), memory: 0).explained(ExplanationSettings(ahead: 5, limit: limit))
                    .outlook)
        }
        let small = try explained(1e-6, 0.5)
        #expect(small.share == nil && small.learningRate == nil && small.measured < 0.5)
        let rate = name == "sgd" ? 30.0 : 0.5, outlook = try explained(rate, 0.5)
        #expect(!(outlook.measured <= 0.5) || !(outlook.predicted <= 0.5))
        let better = try #require(outlook.learningRate), share = try #require(outlook.share)
        #expect(share > 0 && share < 1 && abs(better - share * rate) < 1e-9)
        // Within rounding: there the step ends where it was measured.
        #expect(try explained(better, 0.501).measured <= 0.501)
    }

    @Test func theSignalIsThatOfTheHalves() throws {
        let setting = try Setting()
        let run = try Run(setting.recipe(setting.optimizer("sgd", [])), memory: 0)
        let signal = try run.explained().signal
        let rows = try run.batches().forget.rows
        #expect((signal != nil) == (rows > 1))
        if let signal { #expect(signal > 0 && signal.isFinite) }
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
