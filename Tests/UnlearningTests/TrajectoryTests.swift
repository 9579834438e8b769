// States kept along a run: as many as their memory allows, so that little is computed again.
import Tensors
import Testing
import Unlearning

@Suite struct TrajectoryTests {
    /// Counts the steps that are taken.
    private final class Counter { var steps = 0 }

    private func run(_ steps: Int, memoryInStates: Double) throws -> (run: Run, counter: Counter) {
        let setting = try Setting(), counter = Counter()
        let plain = try setting.recipe(setting.optimizer("adamw"))
        let counted = Recipe(
            base: plain.base, forget: plain.forget, retain: plain.retain,
            objective: { model, inputs in
                counter.steps += 1
                return try plain.objective(model, inputs)
            },
            lossName: plain.lossName, rule: plain.rule, seed: plain.seed, differentiator: plain.differentiator)
        let one = try Run(counted, memory: 0).stepped(1).run.state.bytes
        let run = try Run(counted, memory: Int(memoryInStates * Double(one))).stepped(steps).run
        counter.steps = 0
        return (run, counter)
    }

    @Test func whatFitsIsKept() throws {
        let (run, counter) = try run(40, memoryInStates: 41)
        for steps in 0...40 { #expect(try run.back(steps).step == 40 - steps) }
        #expect(counter.steps == 0)
    }

    /// With room for n of T states, any state is fewer than about 2 T / n steps away.
    @Test(arguments: [4, 10, 33]) func littleIsComputedAgain(_ states: Int) throws {
        let total = 200
        for back in [1, 50, 99, 137, 180, 199] {
            let (run, counter) = try run(total, memoryInStates: Double(states) + 0.5)
            #expect(try run.back(back).step == total - back)
            #expect(
                counter.steps <= 4 * total / states, "back \(back) took \(counter.steps) steps with room for \(states)")
        }
    }

    /// Going back step by step does not compute everything again each time.
    @Test func walkingBackIsCheap() throws {
        let (run, counter) = try run(100, memoryInStates: 20.5)
        var at = run
        while at.step > 0 { at = try at.back(1) }
        #expect(counter.steps < 1500, "\(counter.steps)")
    }

    /// Logs of kept states share their beginning, and differ where runs do.
    @Test func logsBranch() throws {
        func record(_ step: Int, _ loss: Double) -> StepRecord {
            StepRecord(step: step, loss: loss, forget: nil, retain: nil, gradientNorm: 1, clipped: 0)
        }
        let log = StepLog([record(1, 3), record(2, 2)])
        #expect(log.count == 2 && log.last == record(2, 2) && log == [record(1, 3), record(2, 2)])
        let (run, _) = try run(5, memoryInStates: 10)
        let fork = try run.back(3)
        #expect(Array(fork.log) == Array(run.log.prefix(2)))
        #expect(Array(try fork.stepped(3).run.log) == Array(run.log))
        #expect(fork.log.count == 2)
    }
}
