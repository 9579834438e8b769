/// `plan`: what a recipe will cost, before it runs.
import Language
import LanguageModels
import Tensors
import Unlearning

enum PlanFunction {
    static func builtin(_ engine: EngineContext) -> Builtin {
        .engine(
            "plan", family: "measuring",
            [
                .positional(
                    "recipe", .either(.run, .function),
                    "a run, of which steps are planned; a function without arguments; or a function of a size n"),
                .positional(
                    "n", .count(min: 1, max: 100_000_000), default: .nothing, shown: "the run's, or 1",
                    "how many steps of the run, or the size that the function is planned for"),
                .option(
                    "machines", .either(.count(min: 1, max: 1024), .record), default: .nothing, shown: "this one",
                    """
                    how many ranks such as this process, or a record of ranks, cores (threads of a rank), memory \
                    (bytes of a rank), bandwidth (bytes a second) and latency (seconds) of the network
                    """),
                .option(
                    "seconds", .number(in: 0.1...86_400), default: 60, unit: "s", "how long it may measure"),
                .option(
                    "processor", .flag, default: false,
                    "counts the processors' time, on all threads, instead of time on the wall, as clock does"),
            ],
            """
            What a recipe will cost on some machines: time with an interval, memory of a rank, what ranks send each \
            other, and which part takes most. A few of its steps are taken in earnest, at two sizes, and nothing of it \
            changes: not its weights, random numbers or log; what is left is arithmetic. For several ranks the work is \
            cut as they would cut it, and the slowest rank counts; each rank's machine is taken to be like this one. \
            A function is called: what counts steps or iterations (train, unlearn, cg) is cut short and scaled up, \
            and files that it writes are written, until something was cut short; where its end was not seen, high is \
            infinite. A function of n is called with small n, and what it costs is taken to grow as a straight line. \
            Under mpirun all ranks measure at once, the network too.
            """,
            examples: [
                """
                f, r = batch([[1, 2, 3], [2, 3, 4]]), batch([[1, 3, 4], [1, 4, 3]])
                run = start(gpt(5, layers=1, width=8, seed=1), f, r, optimizer=adamw(lr=1e-2))
                p = plan(run, 100, seconds=1)
                p.low < p.seconds and p.seconds < p.high
                #> true
                abs(sum(map(p.parts, r -> r.share)) - 1) < 1e-9
                #> true
                run.step
                #> 0
                """,
                """
                f, r = batch([[1, 2, 3], [2, 3, 4]]), batch([[1, 3, 4], [1, 4, 3]])
                m = gpt(5, layers=1, width=8, seed=1)
                p = plan(() -> unlearn(m, f, r, steps=50), machines=(ranks=2, cores=1, memory=8e9), seconds=1)
                [p.ranks, p.fits, p.traffic > 0]
                #> [2, true, false]
                """,
            ], seeAlso: ["clock", "memory_use", ":mem", "start", "study"]
        ) { call in
            let machines = try PlanMachines(call, on: engine.device)
            let ranks = engine.device.ranks, isCut = ranks.sharesWork || machines.ranks > 1
            var whole: Run?
            // Ranks that have its state in parts put that together where other ranks are planned for.
            if case .foreign(let value as RunValue) = try call.value("recipe") {
                let parts = value.run.state.parts
                whole = parts == nil || parts?.ranges.count == machines.ranks ? value.run : try value.run.gathered
            }
            let measure = try measured(call, engine, machines, whole)
            let isProcessor = try call.bool("processor")
            let clock = PlanClock(device: engine.device, isProcessor: isProcessor)
            let network = try ranks.measuredNetwork(clock: clock.seconds)
            var all = machines.with(measured: network)
            if machines.ranks == 1 { all = machines }
            return .foreign(
                PlanValue(
                    measure, all, isCut: isCut, isRun: whole != nil, isProcessor: isProcessor))
        }
    }

    /// What a trial found; of those of several ranks, which share a machine's memory and processors while they measure,
    /// that of the slowest.
    private static func measured(
        _ call: Call, _ engine: EngineContext, _ machines: PlanMachines, _ run: Run?
    ) throws -> PlanMeasure {
        let ranks = engine.device.ranks
        // Whether there is time enough hangs on a rank's clock, and memory on its machine.
        func found() throws -> PlanMeasure {
            do { return try trial(call, engine, machines, run) } catch let missing as PlanMeasure.Missing {
                return PlanMeasure(missing: missing)
            }
        }
        var all = [PlanMeasure]()
        if ranks.count > 1 {
            // Each does all of it, and not a piece: it may write what it writes.
            let host = call.host
            all = try ranks.results("trial of a plan", of: ranks.count) { _ in
                try call.interpreter.with(host: host) { try found().bytes }
            }.map { try PlanMeasure(bytes: $0) }
        } else {
            all = [try found()]
        }
        if let missing = all.lazy.compactMap(\.missing).first {
            throw LanguageError(missing.message, advice: missing.advice, at: .argument("recipe"))
        }
        return all.max { $0.total < $1.total } ?? PlanMeasure()
    }

    private static func trial(
        _ call: Call, _ engine: EngineContext, _ machines: PlanMachines, _ run: Run?
    ) throws -> PlanMeasure {
        let device = engine.device, budget = try call.number("seconds")
        let clock = PlanClock(device: device, isProcessor: try call.bool("processor"))
        let log = SharedWorkLog(on: device) { clock.seconds() }
        let size = try call.optional("n") { try $0.integer("n") }
        var measure = try device.ranks.rehearsing(asOneOf: machines.ranks, log) {
            try device.workers.limited(to: machines.cores) { () throws -> PlanMeasure in
                if let run { return try trial(of: run, size, call, budget, clock, log) }
                switch try call.value("recipe") {
                case .function(let function):
                    let trial = FunctionTrial(
                        function: function, call: call, engine: engine, budget: budget, clock: clock, log: log)
                    return try self.trial(of: function, size, call, trial)
                case let other:
                    throw call.wrong("recipe", other, mustBe: "a run, or a function such as () -> unlearn(m, f, r)")
                }
            }
        }
        if machines.cores > device.workers.threads {
            measure.notes.append(
                "measured with \(device.workers.threads) threads: what further cores of a rank bring is not counted")
        }
        return measure
    }

    private static func trial(
        of function: Function, _ size: Int?, _ call: Call, _ trial: FunctionTrial
    ) throws -> PlanMeasure {
        let needed = function.parameters.filter { $0.defaultValue == nil && !$0.isRest }.count
        switch (needed, size) {
        case (0, nil): return try trial.measure()
        case (1, let size?): return try trial.measure(size: size)
        case (0, _):
            throw LanguageError("a recipe without arguments has no size", at: .argument("n"))
        case (1, nil):
            throw LanguageError(
                "a recipe of a size needs n, the size that is planned", advice: ["plan(n -> …, 400)"],
                at: .argument("recipe"))
        default:
            throw LanguageError(
                "a recipe takes no argument or a size; this function needs \(needed)",
                advice: ["write a function around it: plan(() -> f(1, 2))"], at: .argument("recipe"))
        }
    }

    private static func trial(
        of run: Run, _ size: Int?, _ call: Call, _ budget: Double, _ clock: PlanClock, _ log: SharedWorkLog
    ) throws -> PlanMeasure {
        let planned = run.recipe.plannedSteps - run.step
        let host = PlanHost(call.host, budget: budget, ends: false) { PlanHost.Mark(done: $0, seconds: 0, works: 0) }
        defer { host.finish() }
        let trial = RunTrial(
            run: run, steps: size ?? max(1, planned), budget: budget, clock: clock, log: log
        ) { note in
            if host.wasInterrupted { throw Interruption() }
            host.report(note)
        }
        do { return try call.interpreter.with(host: host) { try trial.measure() } } catch TensorError.outOfMemory(
            _, let available)
        {
            let need = ModelNeed(run.recipe.base).text { PlanValue.size(Double($0)) }
            throw PlanMeasure.Missing(
                message:
                    "no step of this run fits here, where \(PlanValue.size(Double(available))) are free: it takes \(need)",
                advice: ["a smaller batch=, accumulate=, recompute=true or lora(…) take less; see ?memory"])
        }
    }
}
