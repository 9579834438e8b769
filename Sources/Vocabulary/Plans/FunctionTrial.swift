/// A function called to learn what it costs: as it is, or of two sizes where it is a function of one.
import Language
import Tensors

struct FunctionTrial {
    let function: Function
    let call: Call
    let engine: EngineContext
    /// Seconds on the wall.
    let budget: Double
    let clock: PlanClock
    let log: SharedWorkLog

    /// What a call came to.
    private struct Attempt {
        let works: [SharedWork]
        let seconds: Double
        /// The most bytes at once while nothing was shared out.
        let outside: Int
        let ended: Bool
        /// Whether it ended where a file was to be written.
        let refusedToWrite: Bool
        let phases: [PlanHost.Phase]
        /// Where its works begin in the log.
        let start: Int

        func peak(_ weight: Double) -> PlanPeak { PlanPeak(weight, outside: outside, works) }
        func stretch(_ weight: Double) -> PlanStretch { PlanStretch(works: works, seconds: seconds, weight: weight) }
    }

    private func attempt(_ arguments: [Value], until seconds: Double) throws -> Attempt {
        let host = PlanHost(call.host, budget: seconds) { [clock, log] done in
            PlanHost.Mark(done: done, seconds: clock.seconds(), works: log.works.count)
        }
        let first = log.works.count, start = clock.seconds()
        var ended = true
        host.report("")
        defer { host.finish() }
        let (_, outside) = try engine.device.peakMemory { () throws -> Void in
            do {
                try call.interpreter.with(host: host) {
                    try call.interpreter.trying {
                        try engine.drawing(from: engine.generator) { _ = try call.call(function, arguments) }
                    }
                }
            } catch is Interruption {
                ended = false
            } catch TensorError.interrupted {
                ended = false
            }
        }
        if host.wasInterrupted { throw Interruption() }
        return Attempt(
            works: Array(log.works[first...]), seconds: clock.seconds() - start, outside: outside, ended: ended,
            refusedToWrite: host.refusedToWrite, phases: host.phases, start: first)
    }

    // MARK: As it is

    func measure() throws -> PlanMeasure {
        var measure = PlanMeasure()
        measure.what = words
        let copiesBefore = engine.copiesMade, attempt = try attempt([], until: budget)
        measure.stretches = [attempt.stretch(1)]
        measure.peaks = [attempt.peak(1)]
        let cut = attempt.phases.filter(\.isCutShort)
        for phase in cut {
            guard let more = rest(of: phase, attempt) else {
                throw tooLong("`\(phase.title)` was \(phase.last.done) of \(phase.total) far")
            }
            measure.stretches.append(more)
            measure.notes.append(
                "\(phase.title): \(phase.last.done) of \(phase.total) measured"
                    + (phase.isSolve ? "; it may be done with fewer" : ""))
            let seen = phase.last.done - phase.first.done
            measure.spread = max(measure.spread, !phase.givesWhatItHas ? 0.5 : seen < 3 ? 0.3 : 0.1)
        }
        if attempt.refusedToWrite {
            measure.isLowerBound = true
            let title = cut.last?.title ?? "a run"
            measure.notes.append("it writes a file after \(title), which was cut short; what follows is not counted")
        } else if !attempt.ended {
            guard let last = cut.last else { throw tooLong("it tells nothing of how far it is") }
            let times = attempt.phases.count { $0.title == last.title }
            guard times == 1 else {
                throw tooLong("`\(last.title)` had begun \(times) times; how often it will is not known")
            }
            measure.isLowerBound = true
            measure.notes.append("what comes after \(last.title) is not counted: give more seconds=")
        }
        if engine.copiesMade > copiesBefore {
            measure.notes.append(
                "memory of runs that go on side by side, in copies of the program, is not counted: workers=1 shows it")
        }
        measure.notes.insert("measured: \(formatNumber(attempt.seconds, digits: 2)) s", at: 0)
        return measure
    }

    /// What was not done of something that was cut short, by what was.
    private func rest(of phase: PlanHost.Phase, _ attempt: Attempt) -> PlanStretch? {
        let begin = phase.second.map { phase.last.done > $0.done ? $0 : phase.first } ?? phase.first
        let done = phase.last.done - begin.done
        guard done > 0 else { return nil }
        let works = attempt.works[(begin.works - attempt.start)..<(phase.last.works - attempt.start)]
        return PlanStretch(
            works: Array(works), seconds: phase.last.seconds - begin.seconds,
            weight: Double(phase.total - phase.last.done) / Double(done), isAtMost: phase.isSolve)
    }

    private func tooLong(_ what: String) -> PlanMeasure.Missing {
        PlanMeasure.Missing(
            message: "the recipe did not end within \(formatNumber(budget, digits: 3)) s, and \(what)",
            advice: ["give more seconds=, or a function of a size, as in plan(n -> influence(m, f[:n], r[:n]), 400)"])
    }

    // MARK: Of a size

    /// - Parameter size: what it is planned for.
    func measure(size goal: Int) throws -> PlanMeasure {
        var measure = PlanMeasure(), found: [(size: Int, attempt: Attempt)] = [], size = max(1, goal / 16)
        let began = PlanClock.wall()
        func left() -> Double { budget - (PlanClock.wall() - began) }
        while true {
            let start = PlanClock.wall(), attempt = try attempt([.number(size)], until: left())
            guard attempt.ended, !attempt.phases.contains(where: \.isCutShort) else {
                guard found.count > 1 else { throw tooLong("with \(size) it was not at its end") }
                break
            }
            found.append((size, attempt))
            if size == goal || found.count > 1 && 2.5 * (PlanClock.wall() - start) > left() { break }
            size = min(goal, 2 * size)
        }
        let large = found[found.count - 1]
        measure.what = "\(words), n = \(goal),"
        measure.peaks = [large.attempt.peak(1)]
        measure.stretches = [large.attempt.stretch(1)]
        if found.count > 1 {
            let small = found[found.count - 2], distance = Double(large.size - small.size)
            let slope = max(0, (large.attempt.seconds - small.attempt.seconds) / distance)
            measure.perExample = slope
            measure.fixed = max(0, large.attempt.seconds - slope * Double(large.size))
            if large.size < goal {
                let beyond = Double(goal - large.size) / distance
                measure.stretches = [large.attempt.stretch(1 + beyond), small.attempt.stretch(-beyond)]
                measure.peaks = [large.attempt.peak(1 + beyond), small.attempt.peak(-beyond)]
                measure.spread = 0.15
            }
        }
        measure.notes = [
            "measured: \(listed(found.map { "\($0.size)" })) in \(formatNumber(PlanClock.wall() - began, digits: 2)) s"
        ]
        return measure
    }

    private var words: String { clipped(call.text(of: "recipe") ?? function.name ?? "a function", to: 60) }
}
