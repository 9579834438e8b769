// Values that share parts: 2^60 ways through sixty lists. Whatever walks them visits each once, or refuses to write it
// all.
import Language
import Testing

@Suite struct SharedPartsTests {
    private func bench() -> Bench {
        let bench = Bench()
        #expect(
            bench.cell(
                1,
                """
                x = [1]; y = [1]; r = (a=1); f = () -> 1
                for i in range(60) { x = [x, x]; y = [y, y]; r = (left=r, right=r) }
                """
            ) == "")
        return bench
    }

    @Test(arguments: [
        ("x == y", "true\n"), ("x != y", "false\n"), ("r == (left=r.left, right=r.right)", "true\n"),
        ("x in [1, y]", "true\n"), ("find([1, y], x)", "1\n"),
        ("len(unique([x, y, 1, [1], [1]]))", "3\n"), ("len(sort([x, y]))", "2\n"), ("len(flatten(x))", "4\n"),
        ("len(unique([r, (right=r.right, left=r.left)]))", "1\n"),
    ]) func comes(_ text: String, _ expected: String) {
        let bench = bench()
        #expect(bench.cell(2, text) == expected)
    }

    @Test(arguments: ["x", "print(x)", "str(x)", "\"{x}\"", "r", "print(r)"]) func isShownInPart(_ text: String) {
        let output = bench().cell(2, text)
        #expect(output.utf8.count < 10_000_000)
        #expect(!output.contains("error"))
    }

    @Test(arguments: ["repr(x)", "show(x)", "repr(r)", "show(r)"]) func isNotWrittenOut(_ text: String) {
        let output = bench().cell(2, text)
        #expect(output.contains("shares parts; its text would hold"))
    }

    @Test func countsItsMemoryOnce() throws {
        let bench = bench()
        let value = try #require(bench.interpreter["x"])
        #expect(value.byteCount < 10_000)
        #expect(value.writtenCount > 1e18)
    }

    @Test func unequalIsFoundToo() {
        #expect(bench().cell(2, "z = [2]; for i in range(60) { z = [z, z] }; x == z") == "false\n")
    }

    /// What goes through a list asks for its length before it is written out.
    @Test(arguments: [
        "map(a -> a, x)", "filter(a -> true, x)", "sort(x)", "reverse(x)", "to_list(x)", "enumerate(x)", "x[0] = 1",
        "sum(map(sqrt, x))",
    ])
    func longRangesAreNotWrittenOut(_ text: String) {
        #expect(Bench().cell(1, "x = range(9e14); \(text)").contains("too long to hold"))
    }
}
