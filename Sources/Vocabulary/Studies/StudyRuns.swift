/// Runs a study's function for variants and seeds, in this process, in copies of it, or on several ranks, to the same
/// bits.
import Files
import Foundation
import Language
import Tensors

/// One call of a study's function.
struct StudyJob {
    let variant: Int
    let seed: Int
}

/// Calls something once for each of many jobs, side by side where the process may be copied.
struct SideBySide {
    let call: Call
    let engine: EngineContext
    /// How many at a time.
    let workers: Int
    /// How many ranks at least do a job together, where there are several.
    let ranks: Int

    /// Reads the settings that all have: `workers` and `ranks`.
    init(_ call: Call, _ engine: EngineContext) throws {
        (self.call, self.engine) = (call, engine)
        workers = try call.optional("workers") { try $0.integer("workers") } ?? engine.device.workers.threads
        ranks = try call.integer("ranks")
    }

    /// The parameters of these settings.
    static func parameters(_ runs: String) -> [Parameter] {
        [
            .option(
                "workers", .count(min: 1, max: 1024), default: .nothing, shown: "threads",
                "how many \(runs) go on side by side, each on one thread; 1 gives one of them all threads"),
            .option(
                "ranks", .count(min: 1, max: 1024), default: 1,
                """
                under mpirun: how many processes at least do one of the \(runs) together, with its work and what \
                optimizers remember shared out among them; without mpirun it changes nothing
                """),
        ]
    }

    /// What a job came to, with what it printed.
    struct Outcome {
        var result: StudyResult
        var printed = PrintedText()

        var bytes: [UInt8] {
            var json: NamedValues<JSON> = ["seconds": .number(result.seconds)]
            printed.put(into: &json)
            if let value = result.result { json["result"] = value }
            if let error = result.error { json["error"] = .string(error) }
            json["files"] = result.filesJSON
            return Array(((try? JSON.object(json).text(nonFinite: .python)) ?? "").utf8)
        }

        init(_ result: StudyResult, printed: PrintedText = PrintedText()) {
            (self.result, self.printed) = (result, printed)
        }

        /// From what a copy of the process sent; nil where it was stopped and sent nothing.
        init?(_ bytes: [UInt8]) {
            guard let json = try? JSON(parsing: bytes) else { return nil }
            result = StudyResult(json)
            printed = PrintedText(json)
        }
    }

    /// Runs `work` for each of the jobs 0 ..< `count` and reports what each came to, in the order in which they end;
    /// prints what they print in the order of the jobs.
    /// - Parameters:
    ///   - work: gives a value that JSON can hold; what it throws is the job's error.
    ///   - told: hears of a job that is under way how far it is.
    /// - Throws: `Interruption` when the user asked to stop; what was reported stays.
    func run(
        _ count: Int, closing descriptors: [Int32] = [], work: (Int) throws -> Value,
        told: @escaping (Int, String) -> Void, finished: @escaping (Int, StudyResult) throws -> Void
    ) throws {
        // Runs that go on meanwhile have hosts of their own.
        let host = call.host
        var printed: [Int: PrintedText] = [:], nextToPrint = 0
        func take(_ job: Int, _ outcome: Outcome) throws {
            engine.filesRead?.add(outcome.result.files)
            printed[job] = outcome.printed
            while let text = printed[nextToPrint] {
                if !text.isEmpty { text.write(to: host) }
                nextToPrint += 1
            }
            try finished(job, outcome.result)
        }
        if engine.device.ranks.sharesWork { return try runOnRanks(count, work: work, take: take) }
        guard workers > 1, count > 1, engine.copiesProcess else {
            for job in 0..<count {
                if call.isInterrupted { throw Interruption() }
                try take(job, try outcome({ told(job, $0) }) { try work(job) })
            }
            return
        }
        engine.copiesMade += count
        let reports = RunReports()
        var firstUnderWay: Int?
        let copies = ForkedWork(on: engine.device, most: workers)
        try copies.run(
            Array(0..<count), closing: descriptors,
            work: { job in
                // Copies make no copies.
                engine.copiesProcess = false
                return (try? outcome({ reports.tell($0, of: job) }) { try work(job) })?.bytes ?? []
            },
            waiting: {
                if call.isInterrupted { throw Interruption() }
                for (job, words) in reports.arrived() where printed[job] == nil {
                    // There is room for one of those that are under way: the one that began first.
                    firstUnderWay = firstUnderWay.map { printed[$0] == nil ? min($0, job) : job } ?? job
                    if job == firstUnderWay { told(job, words) }
                }
            },
            finished: { job, result in
                switch result {
                case .lost(let how): try take(job, Outcome(StudyResult(error: how, seconds: .nan)))
                case .finished(let bytes):
                    guard let outcome = Outcome(bytes) else {
                        // A copy was told that the time is over; who set it hears of it by being asked here.
                        _ = call.isInterrupted
                        throw Interruption()
                    }
                    try take(job, outcome)
                }
            })
    }

    /// Each rank, or each team of some, takes a job of its own, and the next when that has ended; a single one they all do
    /// together, and so a team does the jobs of a study within its job.
    private func runOnRanks(
        _ count: Int, work: (Int) throws -> Value, take: @escaping (Int, Outcome) throws -> Void
    ) throws {
        if call.isInterrupted { throw Interruption() }
        let host = call.host, ranks = engine.device.ranks
        guard count > 1, !ranks.isInTeam else {
            for job in 0..<count {
                if call.isInterrupted { throw Interruption() }
                // Here all ranks are to meet an error, not one alone.
                try take(job, outcome(failed: { _ = try call.caught($0) }) { try work(job) })
            }
            return
        }
        if ranks.isLogged { return try rehearse(count, work: work, take: take) }
        var taken: (any Error)?
        do {
            try ranks.handOut("runs of a study", of: count, among: self.ranks) { job, answer in
                // Ranks do not meet for the time: one that failed alone meets the others where the run ends.
                try outcome(answering: answer, clock: Self.uptime) { try work(job) }.bytes
            } words: { bytes in
                Outcome(bytes)?.result.error ?? ""
            } finished: { job, bytes in
                guard let outcome = Outcome(bytes) else { throw Interruption() }
                do { try take(job, outcome) } catch {
                    taken = error
                    throw error
                }
            } lost: { rank, job in
                let taken = job == nil ? "" : "; another takes up its run"
                host.warn("rank \(rank) was lost\(taken); the study goes on without it")
            }
        } catch TensorError.interrupted {
            throw Interruption()
        } catch {
            guard taken != nil else { throw error }
        }
        // What one rank alone could not do with a result, as the first its file, is an error of all. Within a piece of
        // shared work there are no others.
        guard ranks.hasCompany else {
            if let taken { throw taken }
            return
        }
        do {
            try host.writing { if let taken { throw taken } }
        } catch { throw taken ?? error }
    }

    /// The jobs by one process, written down as ranks would share them: as many at a time as there would be ranks. Where
    /// ranks would do a job together, each job is taken to be done by all of them: that teams go on side by side takes
    /// about as long.
    private func rehearse(
        _ count: Int, work: (Int) throws -> Value, take: (Int, Outcome) throws -> Void
    ) throws {
        let ranks = engine.device.ranks
        guard self.ranks == 1 else {
            for job in 0..<count {
                if call.isInterrupted { throw Interruption() }
                try take(job, outcome { try work(job) })
            }
            return
        }
        for first in stride(from: 0, to: count, by: ranks.together) {
            if call.isInterrupted { throw Interruption() }
            // A run is no piece of something: it may write.
            let host = call.host
            let ended = try ranks.results("runs of a study", of: min(ranks.together, count - first)) { index in
                try call.interpreter.with(host: host) { try outcome { try work(first + index) }.bytes }
            }
            for (index, bytes) in ended.enumerated() {
                guard let outcome = Outcome(bytes) else { throw Interruption() }
                try take(first + index, outcome)
            }
        }
    }

    /// - Parameters:
    ///   - tell: hears how far the job is.
    ///   - answer: is called now and then meanwhile: other ranks may wait for it.
    ///   - clock: seconds; nil for the first rank's.
    ///   - failed: hears of an error before it becomes a result.
    /// - Throws: `Interruption`, or what `failed` throws.
    private func outcome(
        _ tell: @escaping (String) -> Void = { _ in }, answering answer: @escaping () -> Void = {},
        clock: (() -> Double)? = nil, failed: (any Error) throws -> Void = { _ in }, _ work: () throws -> Value
    ) throws -> Outcome {
        func seconds() throws -> Double {
            try clock?() ?? engine.device.ranks.numbersFromFirst("clock") { [Self.uptime()] }[0]
        }
        let files = FilesRead(), outer = engine.filesRead, ranks = engine.device.ranks
        let team = ranks.isInTeam ? StudyHost.Team { ranks.teamHasEnded } : nil
        let host = StudyHost(call.host, files: files, tell: tell, polled: answer, team: team), began = try seconds()
        var result = StudyResult(seconds: 0)
        engine.filesRead = files
        files.outer = outer
        defer {
            engine.filesRead = outer
            files.outer = nil
        }
        do {
            result.result = try call.interpreter.with(host: host) {
                // Where the team gives up, what follows this run goes on.
                let value = try team == nil ? work() : call.interpreter.trying(work)
                if value.holdsTracked { throw LanguageError.lostDerivative(of: "the result of a study's function") }
                return try kept(value)
            }
        } catch is Interruption {
            throw Interruption()
        } catch TensorError.interrupted {
            throw Interruption()
        } catch {
            try failed(error)
            result.error = LanguageError.words(of: error)
        }
        // What was cut short is no result.
        if call.isInterrupted || ranks.teamHasEnded { throw Interruption() }
        result.seconds = try seconds() - began
        result.files = files.fingerprints
        return Outcome(result, printed: host.printed)
    }

    private func kept(_ value: Value) throws -> JSON {
        do {
            return try JSONValues.json(value, keepsNonFinite: true, poll: call.interpreter.poll)
        } catch let error as LanguageError {
            throw LanguageError("what it gave cannot be kept, numbers and records of them can: \(error.message)")
        }
    }

    private static func uptime() -> Double { ProcessInfo.processInfo.systemUptime }
}
