/// Studies: many runs, and what they tell together.
import Foundation
import Language

enum StudyFunctions {
    static func builtins(_ engine: EngineContext) -> [Builtin] {
        [StudyFunction.builtin(engine), TuneFunction.builtin(engine), logRange]
    }

    private static var logRange: Builtin {
        Builtin(
            "log_range", family: "studies",
            [
                .positional("low", .number, "the first number, above 0"),
                .positional("high", .number, "the last number, above 0"),
                .positional("n", .count(min: 2, max: 1_000_000), default: 7, "how many"),
            ],
            summary: "n numbers from low to high, each the same multiple of the one before: rates to try.",
            examples: ["log_range(0.001, 10, 5)\n#> [0.001, 0.01, 0.1, 1, 10]"], seeAlso: ["tune", "study", "range"]
        ) { call in
            let low = try call.number("low"), high = try call.number("high"), count = try call.integer("n")
            for (name, x) in [("low", low), ("high", high)] where !(x > 0 && x.isFinite) {
                throw call.wrong(name, .number(x), mustBe: "a number above 0")
            }
            let step = (log(high) - log(low)) / Double(count - 1)
            return .list(
                (0..<count).map { index in
                    if index == 0 { return low }
                    if index == count - 1 { return high }
                    // Fifteen digits: powers of ten come out as they are written.
                    let x = exp(log(low) + step * Double(index))
                    return Double(String(format: "%.14e", x)) ?? x
                })
        }
    }
}
