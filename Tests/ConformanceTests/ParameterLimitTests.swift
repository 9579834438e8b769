// A number, count, word or truth value beyond what its parameter takes is refused by every built-in, also where the
// function would not look at it.
import Language
import Testing
import Vocabulary

@Suite struct ParameterLimitTests {
    /// The values that every limit is tried with.
    private static var tried: [Value] {
        [
            .number(0), .number(-1), .number(2.5), .number(.nan), .number(.infinity), .number(-.infinity),
            .number(1e18), .number(-1e18), .string("nonsense"), .bool(true), .list([]), .nothing,
        ]
    }

    private func isLimited(_ type: ParameterType) -> Bool {
        switch type.form {
        case .number(let range): range != -.infinity ... .infinity
        case .count, .flag, .choice: true
        default: false
        }
    }

    /// NaN is within no limits, though it lies beyond none.
    private func misfits(_ value: Value, _ parameter: Parameter) -> Bool {
        if value.isNothing, parameter.defaultValue?.isNothing ?? false { return false }
        if case .number(let limits) = parameter.type.form, let x = value.number { return !limits.contains(x) }
        return parameter.type.misfit(value) != nil
    }

    @Test func everyBuiltinKeepsItsLimits() throws {
        let bench = Bench(), interpreter = bench.session.interpreter
        var refused = 0, builtins = 0
        // Those with a check of their own read all their settings whenever they are called.
        for builtin in interpreter.registry.builtins where builtin.check == nil {
            let limited = builtin.parameters.filter { parameter in
                // Whatever stands in the place of a condition holds or does not.
                if case .flag = parameter.type.form, parameter.role == .positional { return false }
                return [.positional, .option].contains(parameter.role) && isLimited(parameter.type)
            }
            if !limited.isEmpty { builtins += 1 }
            let function = try #require(interpreter.builtin(builtin.name))
            for parameter in limited {
                // The others are given, so that the function itself is called.
                let others = builtin.parameters.filter {
                    $0.role == .positional && $0.defaultValue == nil && $0.name != parameter.name
                }.map { ($0.name, Value.nothing) }
                for value in Self.tried where misfits(value, parameter) {
                    do {
                        let result = try interpreter.call(function, [], named: others + [(parameter.name, value)])
                        Issue.record("\(builtin.name)(\(parameter.name)=\(value.display)) gives \(result.phrase)")
                    } catch let error as LanguageError {
                        #expect(
                            // What another parameter lacks may be said first.
                            error.message.contains("` of `\(builtin.name)`"),
                            "\(builtin.name)(\(parameter.name)=\(value.display)): \(error.message)")
                        refused += 1
                    }
                }
            }
        }
        // As many as there are, about: a test that tries nothing proves nothing.
        #expect(builtins > 80 && refused > 1000, "\(builtins) \(refused)")
    }

    /// What is within the limits of its type, and yet is nothing that the rest of the call goes with.
    @Test(arguments: [
        ("batch([[1, 2]], 0)", "`size` of `batch` must be at least 1; it is 0"),
        ("batch([[1, 2]], seed=2.5)", "`seed` of `batch` must be a whole number; it is 2.5"),
        ("sum([1, 2], axis=1)", "a list has one axis, 0; this is axis 1"),
        ("mean([1, 2], axis=-2)", "a list has one axis, 0; this is axis -2"),
        ("any([true], axis=1)", "a list has one axis, 0; this is axis 1"),
        ("range(4, step=inf)", "`step` of `range` must be a finite number other than 0; it is inf"),
        ("range(-inf, 4)", "`start` of `range` must be a finite number; it is -inf"),
        (
            "influence(gpt(5, layers=1, width=8), batch([[1, 2]]), batch([[2, 1]]), scale=nan)",
            "`scale` of `influence` must be a finite number or \"auto\"; it is nan"
        ),
        ("var([1, 2], correction=nan)", "`correction` of `var` must be a number of at least 0; it is nan"),
    ]) func refused(_ cell: String, _ message: String) {
        let bench = Bench()
        bench(cell)
        #expect(bench.failures.map(\.message) == [message])
    }

    /// Loops of as many turns as the caller likes end when they are done, and hear Ctrl-C.
    @Test func iterationsEndWhenTheyAreDone() {
        let bench = Bench()
        bench(
            """
            p, s = newton_cg(tensor([1, 2]), tensor([2, 8]), none, damping=0, loss=p -> sum(tensor([1, 2]) * p^2), \
            iterations=1e18)
            norm(p) < 1e-5
            trace_estimate(v -> tensor([1, 2, 3]) * v, zeros(3), samples=1e18).trace
            """)
        #expect(bench.results == "true\n6\n", "\(bench.messages)")
    }
}
