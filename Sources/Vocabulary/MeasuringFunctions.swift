/// What a computation costs: time and memory.
import Foundation
import Language
import Tensors

enum MeasuringFunctions {
    static func builtins(_ engine: EngineContext) -> [Builtin] {
        [
            now(engine), PlanFunction.builtin(engine),
            Builtin(
                "clock", family: "measuring",
                [
                    .option(
                        "processor", .flag, default: false,
                        "counts what the processors did for this program, on all threads, instead of time on the wall")
                ],
                summary: "Seconds, from an arbitrary start: the difference of two calls is what went by between them.",
                examples: ["start = clock()\nclock() >= start\n#> true"], seeAlso: ["memory_use"]
            ) { call in
                // What was asked for before the clock is read belongs to the time before.
                engine.device.finishWaitingWork()
                engine.readClock()
                let clock = try call.bool("processor") ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC
                return .number(try engine.device.ranks.numbersFromFirst("clock") { [seconds(clock)] }[0])
            },
            Builtin(
                "memory_use", family: "measuring",
                [
                    .option(
                        "during", .function, default: .nothing, shown: "none",
                        """
                        a function without parameters, which is called: tensors_peak is then the most there were at \
                        once \
                        meanwhile, and result what it gave
                        """)
                ],
                summary: """
                    What the program's memory holds, in bytes: tensors in use and the most there were at once, buffers \
                    kept for further tensors, how often the system was asked for one, and the whole program as the \
                    system counts it; under mpirun what the first process has sent to others so far.
                    """,
                examples: [
                    "a = zeros(1000)\nmemory_use().tensors >= 4000\n#> true",
                    "memory_use(during=() -> sum(zeros(1000, 1000))).result\n#> 0",
                ], seeAlso: ["clock"]
            ) { call in
                let measured = try call.optional("during") { call in
                    let function = try call.function("during")
                    return try engine.device.peakMemory { () throws -> Value in
                        defer { engine.device.finishWaitingWork() }
                        return try call.call(function, [])
                    }
                }
                let names = ["tensors", "tensors_peak", "kept", "requests", "program", "program_peak", "sent"]
                let figures = try engine.device.ranks.numbersFromFirst("memory_use") {
                    let memory = engine.device.memory, process = processMemory()
                    return [
                        memory.live, measured?.bytes ?? memory.peak, memory.cached, memory.allocations, process.now,
                        process.peak, engine.device.ranks.traffic.bytes,
                    ].map(Double.init)
                }
                var fields: [(String, Value)] = zip(names, figures).map { ($0, .number($1)) }
                if let measured { fields.append(("result", measured.result)) }
                return .record(fields)
            },
        ]
    }

    private static func now(_ engine: EngineContext) -> Builtin {
        Builtin(
            "now", family: "output",
            [.option("iso", .flag, default: false, "as text, 2026-05-17T09:30:00Z, in universal time")],
            summary: """
                The time: seconds since the beginning of 1970, or a text. For how long something takes, :time and \
                :bench are better. It is another one at every run; where a script records it, `#> ...` stands for \
                anything.
                """,
            examples: ["began = now()\nnow() - began < 60\n#> true", "len(now(iso=true))\n#> 20"]
        ) { call in
            let seconds = try engine.device.ranks.numbersFromFirst("now") { [Date().timeIntervalSince1970] }[0]
            let time = Date(timeIntervalSince1970: seconds)
            engine.readClock()
            guard try call.bool("iso") else { return .number(time.timeIntervalSince1970) }
            return .string(time.formatted(.iso8601))
        }
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }

    /// Resident bytes, now and at most; 0 where the system does not say.
    private static func processMemory() -> (now: Int, peak: Int) {
        var usage = rusage(), pages = 0
        getrusage(numericCast(RUSAGE_SELF.rawValue), &usage)
        // "size resident shared …", in pages
        if let file = fopen("/proc/self/statm", "r") {
            var line = [CChar](repeating: 0, count: 128)
            if fgets(&line, Int32(line.count), file) != nil {
                let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                    .split(separator: " ")
                pages = words.count > 1 ? Int(words[1]) ?? 0 : 0
            }
            fclose(file)
        }
        return (pages * sysconf(Int32(_SC_PAGESIZE)), usage.ru_maxrss * 1024)
    }
}
