/// `study`: one function for every variant of a grid and several seeds, kept in a file that survives whatever happens.
import Files
import Language
import Tensors

enum StudyFunction {
    static func builtin(_ engine: EngineContext) -> Builtin {
        .engine(
            "study", family: "studies",
            [
                .positional(
                    "f", .function, "what is studied: a function of the grid's names that gives a number or a record"),
                .option(
                    "grid", .either(.record, .list), default: .record([]), shown: "()",
                    "what is varied: a record of lists, every choice of which is a variant, or a list of records"),
                .option(
                    "seeds", .either(.count(min: 1, max: 100_000), .list(of: .count)), default: 1,
                    "how many seeds (0, 1, …), or which"),
                .option(
                    "path", .path, default: .nothing, shown: "none",
                    "a file (.jsonl) that keeps every run that has ended; the same study again goes on from there"),
            ] + SideBySide.parameters("runs") + [
                .option(
                    "retry", .flag, default: false, "whether runs that failed are tried again"),
                .option(
                    "extend", .flag, default: false, "whether a file of the same function and another grid goes on"),
            ],
            """
            A study calls a function for every variant of a grid and every seed, and gives a table: the mean of \
            each number over the seeds with its 95 % interval. The function takes the grid's names, and seed where \
            it has such a parameter; the session's seed is the run's seed meanwhile, too. A run that fails is a row \
            with its error, one that gives NaN a row with NaN; the others go on. With path= every run is a line of \
            JSON that is on the disk before it counts: after Ctrl-C, a crash or a power cut the same call does what is \
            missing and gives the same table. A file whose function, data or grid has changed is refused, \
            and said is what differs; so it is where a file that runs have read (load, read_json, use, …) is not what \
            it was. Small models leave threads idle, so runs go on side by side in copies of the \
            program, with the same bits for any number of them; what they print appears when they end. Under mpirun \
            each process takes a run, and the next when that has ended; with ranks=2 two processes take one together, \
            for models whose run needs more memory than one has. A run may itself be a study; those of one function \
            may share a path.
            """,
            examples: [
                """
                s = study((lr, rho) -> (speed=lr * rho, sum=lr + rho), grid=(lr=[1, 2], rho=[3, 5]))
                s
                #>             speed  sum
                #> lr=1 rho=3      3    4
                #> lr=1 rho=5      5    6
                #> lr=2 rho=3      6    5
                #> lr=2 rho=5     10    7
                """,
                """
                f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]])
                def run(lr, seed) {
                  m = unlearn(gpt(5, layers=1, width=8, seed=seed), f, r, steps=5, optimizer=adamw(lr=lr))
                  return (forget=nll(m, f), retain=nll(m, r))
                }
                s = study(run, grid=(lr=[1e-3, 1e-2]), seeds=3)
                len(s.rows)
                #> 6
                s["lr=0.01"].forget > s["lr=0.001"].forget
                #> true
                """,
            ], seeAlso: ["tune", "frontier", "compare"]
        ) { call in
            let function = try call.function("f")
            let grid = try StudyGrid(call)
            try grid.check(function, call)
            let seeds = try seeds(call)
            let identity = try StudyIdentity(function, grid, call.interpreter) {
                if call.isInterrupted { throw Interruption() }
            }
            let jobs = grid.variants.indices.flatMap { variant in seeds.map { StudyJob(variant: variant, seed: $0) } }
            let fingerprints = jobs.map { "\(identity.fingerprint(variant: $0.variant, seed: $0.seed))" }
            let path = try call.optional("path") { try $0.path("path", writtenBy: engine) }
            let file = try path.map {
                try StudyFile(
                    $0, identity, extends: try call.bool("extend"), ranks: engine.device.ranks,
                    within: engine.studyPaths, host: call.host)
            }
            engine.studyPaths.append(path ?? "")
            defer { engine.studyPaths.removeLast() }
            let retries = try call.bool("retry")
            var results = fingerprints.map { file?.results[$0] }
            let open = jobs.indices.filter { job in
                results[job].map { retries && $0.error != nil } ?? true
            }
            var files = StudyFiles()
            for job in Set(jobs.indices).subtracting(open).sorted() {
                if let result = results[job] { files.add(result) }
            }
            try files.requireUnchanged(path ?? "")
            engine.filesRead?.add(files.known)
            let takesSeed = function.parameters.contains { $0.name == "seed" }
            let runs = try SideBySide(call, engine)
            var done = jobs.count - open.count
            let host = call.host  // within a run it is another
            host.progress("study", done: done, total: jobs.count, unit: "runs", note: "")
            do {
                try runs.run(
                    open.count, closing: file?.openDescriptor.map { [$0] } ?? []
                ) { index in
                    let job = jobs[open[index]]
                    let given = grid.variants[job.variant].values.map { ($0.name, $0.value) }
                    return try engine.drawing(from: RandomGenerator(seed: UInt64(job.seed))) {
                        try call.call(function, [], named: given + (takesSeed ? [("seed", .number(job.seed))] : []))
                    }
                } told: { index, words in
                    let label = grid.variants[jobs[open[index]].variant].label
                    host.progress(
                        "study", done: done, total: jobs.count, unit: "runs", note: "\(label): \(words)")
                } finished: { index, result in
                    let job = open[index], variant = grid.variants[jobs[job].variant]
                    try files.require(result, alike: path ?? "")
                    try grid.check(result.result, of: jobs[job])
                    results[job] = result
                    try file?.add(result, fingerprint: fingerprints[job], variant: variant, seed: jobs[job].seed)
                    done += 1
                    host.progress("study", done: done, total: jobs.count, unit: "runs", note: variant.label)
                }
            } catch is Interruption {
                call.interpreter.finishStatementThenStop(
                    "interrupted at run \(done)/\(jobs.count) — \(call.assignedName ?? "the result") holds those that ended"
                        + (path == nil ? "" : "; the same study again goes on with the others"))
            }
            return .foreign(
                StudyValue(
                    variants: grid.variants, names: grid.names, seeds: seeds,
                    rows: zip(jobs, results).map { .init(variant: $0.variant, seed: $0.seed, result: $1) },
                    path: path ?? ""))
        }
    }

    private static func seeds(_ call: Call) throws -> [Int] {
        guard case .list(let list) = try call.value("seeds") else { return Array(0..<(try call.integer("seeds"))) }
        let seeds = try list.written().map { item -> Int in
            guard case .number(let x) = item, let seed = Int(exactly: x), seed >= 0 else {
                throw LanguageError(
                    "`seeds` of `study` must be whole numbers from 0 on; one is \(item.phrase)", at: .argument("seeds"))
            }
            return seed
        }
        guard !seeds.isEmpty else { throw LanguageError("`seeds` of `study` is empty", at: .argument("seeds")) }
        if let twice = seeds.first(where: { seed in seeds.count { $0 == seed } > 1 }) {
            throw LanguageError("`seeds` of `study` has \(twice) twice", at: .argument("seeds"))
        }
        return seeds
    }
}
