// What is too large is refused in words where it is made; what is merely large works.
import Language
import TestSupport
import Testing

@Suite struct LimitTests {
    /// What a cell prints, without the newline at its end.
    private func say(_ bench: Bench, _ text: String) -> String { String(bench.cell(1, text).dropLast()) }

    @Test func recordOfManyFields() {
        let bench = Bench()
        let fields = (0..<65_537).map { "f\($0)=\($0)" }.joined(separator: ", ")
        #expect(say(bench, "r = (\(fields)); r.f0 + r.f65536 + len(r)") == "131073")
    }

    @Test func callOfManyArguments() {
        let bench = Bench()
        #expect(say(bench, "sum(\((0..<65_535).map { _ in "1" }.joined(separator: ", ")))").contains("65535"))
        let message = say(bench, "max(\((0..<65_536).map(String.init).joined(separator: ", ")))")
        #expect(message.contains("a call takes up to 65535 arguments; this one has 65536"))
        #expect(message.contains("give it one list"))
        #expect(message.utf8.count < 1000)
    }

    @Test func functionOfManyParameters() {
        let bench = Bench()
        for count in [63, 64, 65, 66, 128, 200] {
            let names = (0..<count).map { "a\($0)" }
            _ = say(bench, "def f(\(names.joined(separator: ", "))) = a0 + a\(count - 1)")
            #expect(say(bench, "f(\((0..<count).map(String.init).joined(separator: ", ")))") == "\(count - 1)")
            #expect(say(bench, "f(\(names.map { "\($0)=1" }.joined(separator: ", ")))") == "2")
            // Set by name, called later; and given twice.
            #expect(
                say(bench, "g = f(a\(count - 1)=5); g(\((0..<(count - 1)).map(String.init).joined(separator: ", ")))")
                    == "5")
            let twice = say(bench, "f(\((0..<count).map(String.init).joined(separator: ", ")), a\(count - 1)=3)")
            #expect(twice.contains("`a\(count - 1)` is given twice"))
        }
    }

    @Test func indexBehindManyRegisters() {
        let bench = Bench()
        // The place of a slice's bounds is a register far behind what one step counts.
        let names = (0..<66_000).map { "v\($0) = 0" }.joined(separator: "; ")
        #expect(
            say(bench, "def f() { \(names); xs = [1, 2, 3, 4]; k = 1; xs[k:3] = [7, 8]; return xs[k:3] }\nf()")
                == "[7, 8]")
    }

    @Test func manyNamesOnTheLeft() {
        let bench = Bench()
        let names = (0..<65_536).map { "v\($0)" }.joined(separator: ", ")
        #expect(say(bench, "\(names) = range(65536)").contains("up to 65535 names"))
    }

    @Test func deepBlocks() {
        let bench = Bench()
        let text = String(repeating: "if true {\n", count: 50_000) + "1" + String(repeating: "\n}", count: 50_000)
        #expect(say(bench, text).contains("nested too deeply"))
    }

    /// More than the machine's operands count, and quick: sixteen times as many take no more than sixty times as long.
    @Test func seventyThousandOfEach() {
        func program(_ n: Int, _ kind: String) -> (text: String, result: String) {
            let names = (0..<n).map { "v\($0)" }
            switch kind {
            case "captures":
                let body = names.map { "\($0) = 1" }.joined(separator: "\n")
                return ("def f() {\n\(body)\nreturn () -> [\(names.joined(separator: ", "))]\n}\nsum(f()())", "\(n)")
            case "fields": return ("len((\(names.map { "\($0)=1" }.joined(separator: ", "))))", "\(n)")
            case "parameters":
                let parameters = names.map { "\($0)=1" }.joined(separator: ", ")
                return ("def f(\(parameters)) = v7 + v\(n - 1)\nf()", "2")
            case "items": return ("len([\(names.map { _ in "1" }.joined(separator: ", "))])", "\(n)")
            case "functions":
                let body = names.map { "def \($0)(y) = y + 1" }.joined(separator: "\n")
                return ("def f(x) {\n\(body)\nreturn v3(x)\n}\nf(1)", "2")
            default: return ("x = 1\n\"\(names.map { _ in "{x}" }.joined())\" |> len", "\(n)")
            }
        }
        for kind in ["captures", "fields", "parameters", "items", "functions", "pieces"] {
            func time(_ n: Int) -> Double {
                let bench = Bench(), (text, result) = program(n, kind)
                return computingTime { #expect(say(bench, text) == result, "\(kind), \(n)") }
            }
            let few = time(4400), some = time(17_600), many = time(70_400)
            #expect(many < 60 * max(few, 1e-3) && many < 15 * max(some, 1e-3), "\(kind): \(few), \(some), \(many) s")
        }
    }
}
