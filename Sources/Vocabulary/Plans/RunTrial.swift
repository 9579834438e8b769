/// A few real steps of a run, with batches of two sizes: what a step costs whatever its batch, and what an example does.
import Language
import Tensors
import Unlearning

struct RunTrial {
    let run: Run
    /// Steps that are planned.
    let steps: Int
    /// Seconds on the wall.
    let budget: Double
    let clock: PlanClock
    let log: SharedWorkLog
    /// Hears that a step was taken, and throws when the user asks to stop.
    let poll: (String) throws -> Void

    /// A step that was taken.
    private struct Step {
        /// Whether it brought an estimate of the curvature, where others do not.
        let isDue: Bool
        let seconds: Double
        let works: [SharedWork]
    }

    /// Steps of one size.
    private struct Sample {
        let rows: Int
        var steps: [Step] = []
        /// The most bytes at once while nothing was shared out.
        var outside = 0
        /// What a rank would not hold beside what is planned: the rest of what the optimizer remembers, where ranks hold
        /// but parts, and states that were kept, which are counted by themselves.
        var surplus = 0
        /// By how much memory for a state exceeds its numbers: buffers are of rounded sizes.
        var rounding = 1.0

        func of(due: Bool) -> [Double] { steps.filter { $0.isDue == due }.map(\.seconds) }
        /// Seconds of a step, of those without an estimate of the curvature where there are any.
        var usual: Double {
            let others = of(due: false), all = others.isEmpty ? of(due: true) : others
            return all.reduce(0, +) / Double(max(1, all.count))
        }
        /// The standard error of the mean, as a share of it; 0 where nothing is known of it. That some steps bring an
        /// estimate is no error.
        var error: Double {
            guard steps.count > 1, usual > 0 else { return 0 }
            let squares = [of(due: true), of(due: false)].reduce(0) { sum, all in
                let mean = all.reduce(0, +) / Double(max(1, all.count))
                return all.reduce(sum) { $0 + ($1 - mean) * ($1 - mean) }
            }
            return (squares / Double(steps.count - 1) / Double(steps.count)).squareRoot() / usual
        }
    }

    private var device: Device { run.recipe.base.device }

    func measure() throws -> PlanMeasure {
        let began = PlanClock.wall()
        func left() -> Double { budget - (PlanClock.wall() - began) }
        var samples: [Sample] = []
        func take(_ share: Double, until seconds: Double, most: Int) throws {
            samples.append(try sample(share, until: seconds, most: most))
        }
        if run.rows > 1 { try take(0.5, until: budget / 4, most: 6) }
        let guess = 2 * (samples.first?.usual ?? 0)
        if samples.isEmpty || guess < left() || run.rows < 4 {
            do { try take(1, until: left(), most: 10_000) } catch TensorError.outOfMemory where run.rows >= 4 {
                samples.removeAll { $0.rows == run.rows }
            }
        }
        if samples.last?.rows != run.rows { try take(0.25, until: left() / 2, most: 6) }
        device.releaseUnusedMemory()
        var measure = measure(of: samples.sorted { $0.rows > $1.rows })
        let taken = samples.reduce(0) { $0 + $1.steps.count }
        measure.notes.insert(
            "measured: \(taken) steps in \(formatNumber(PlanClock.wall() - began, digits: 2)) s", at: 0)
        return measure
    }

    /// Whether so many steps into the run one brings an estimate of the curvature, where others do not.
    private func isDue(_ step: Int) -> Bool { run.curvaturePeriod != nil && run.isCurvatureDue(at: step) }

    /// Takes steps that see a share of the examples, from where the run is.
    private func sample(_ share: Double, until seconds: Double, most: Int) throws -> Sample {
        let began = PlanClock.wall()
        // What other states left behind would be new memory in earnest.
        device.releaseUnusedMemory()
        var next = try run.sample(share: share)
        let size = next.state.bytes
        var held = 0, live: [Int] = []
        var sample = Sample(rows: next.rows)
        let undivided = run.state.parts == nil && next.state.parts != nil ? run.state.bytes - next.state.bytes : 0
        let (_, outside) = try device.peakMemory { () throws -> Void in
            // The first one makes the buffers that all others use again, where there is time for it.
            if share == 1 {
                let first = PlanClock.wall()
                var other = next
                try other.takeStep()
                try poll("\(sample.rows) examples")
                if 4 * (PlanClock.wall() - first) > seconds { next = other }
            } else {
                try next.takeStep()
            }
            while true {
                held = max(0, next.keptBytes - 2 * size)
                let start = clock.seconds(), works = log.works.count, isDue = isDue(next.step)
                try next.takeStep()
                let passed = clock.seconds() - start
                sample.steps.append(Step(isDue: isDue, seconds: passed, works: Array(log.works[works...])))
                live.append(device.memory.live)
                try poll("\(sample.rows) examples")
                let time = PlanClock.wall() - began
                let isWhole = run.curvaturePeriod.map { sample.steps.count % $0 == 0 } ?? true
                let count = sample.steps.count
                let isSettled = isWhole && count >= 10 && (sample.error < 0.02 || count >= 200)
                if count >= most || isSettled || time > seconds { return }
            }
        }
        // Of the first states, which are all kept; the very first one was kept before it was made again.
        let all = min(live.count, next.memory / max(1, size), 6)
        if all > 2 { sample.rounding = min(1.25, max(1, Double(live[all - 1] - live[1]) / Double((all - 2) * size))) }
        sample.surplus = undivided + Int(sample.rounding * Double(held))
        sample.outside = outside
        return sample
    }

    /// - Parameter samples: largest first; the first two are looked at.
    private func measure(of samples: [Sample]) -> PlanMeasure {
        var measure = PlanMeasure()
        measure.what =
            "\(steps) \(steps == 1 ? "step" : "steps") of \(run.recipe.lossName) with \(run.recipe.rule.name)"
        measure.units = Double(steps)
        // The states at least that `back` can come to without computing.
        let large = samples[0]
        let kept = run.memory > run.state.bytes ? Double(min(run.memory, run.state.bytes * steps)) : 0
        measure.kept = large.rounding * kept
        var weights = [1.0]
        if samples.count > 1 {
            let small = samples[1], distance = Double(large.rows - small.rows)
            let perExample = max(0, (large.usual - small.usual) / max(1, distance))
            measure.perExample = perExample
            measure.fixed = max(0, large.usual - perExample * Double(large.rows))
            if large.rows < run.rows, distance > 0 {
                let beyond = Double(run.rows - large.rows) / distance
                weights = [1 + beyond, -beyond]
                measure.spread += 0.1
                measure.notes.append("a step of \(run.rows) examples follows from \(small.rows) and \(large.rows)")
            }
        }
        measure.spread += 2 * large.error
        for (sample, weight) in zip(samples, weights) {
            measure.stretches += stretches(of: sample, weight)
            measure.peaks.append(PlanPeak(weight, outside: sample.outside, sample.steps.lazy.flatMap(\.works)))
            measure.surplus += weight * Double(sample.surplus)
        }
        if run.curvaturePeriod != nil, !large.steps.contains(where: \.isDue) {
            measure.notes.append("no step with an estimate of the curvature was measured: give more seconds=")
        }
        return measure
    }

    /// Steps that bring an estimate of the curvature stand for those that do, others for the others.
    private func stretches(of sample: Sample, _ weight: Double) -> [PlanStretch] {
        let due = run.curvaturePeriod.map { (run.step + steps + $0 - 1) / $0 - (run.step + $0 - 1) / $0 } ?? 0
        let measuredDue = sample.steps.count { $0.isDue }, others = sample.steps.count - measuredDue
        let knowsBoth = (due == 0 || measuredDue > 0) && (due == steps || others > 0)
        return sample.steps.map { step in
            let share =
                !knowsBoth
                ? Double(steps) / Double(sample.steps.count)
                : step.isDue
                    ? Double(due) / Double(measuredDue) : Double(steps - due) / Double(max(1, others))
            return PlanStretch(works: step.works, seconds: step.seconds, weight: weight * share)
        }
    }
}
