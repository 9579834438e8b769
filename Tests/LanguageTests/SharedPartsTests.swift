// Values that share parts: 2^60 ways through sixty lists. Whatever walks them visits each once, or refuses to write it all.
import Language
import Testing

@Suite struct SharedPartsTests {
    private func bench() -> Bench {
        let bench = Bench()
        #expect(
            bench.cell(
                1,
                "x = [1]; y = [1]; r = (a=1); f = () -> 1\nfor i in range(60) { x = [x, x]; y = [y, y]; r = (left=r, right=r) }"
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

/// Work that must grow no faster than its size, told by the ratio of times and not by the clock: each is done at three sizes, and
/// four times the size may take no more than twelve times the time, where the square would take sixteen.
@Suite(.serialized) struct GrowthTests {
    @Test(
        .enabled(if: SpeedTests.isOptimized),
        arguments: [
            "d = (a=0); for i in range(N) { d[\"k{i}\"] = i }",
            "d = (a=0); for i in range(N) { d = merge(d, to_record([\"k{i}\"], [i])) }",
            "r = (xs=[]); for i in range(N) { r.xs = r.xs + [i] }",
            "r = (a=(xs=[])); for i in range(N) { r.a.xs += [i] }",
            "s = \"\"; for i in range(N) { s = s + \"x\" }", "unique(map(i -> [i], range(N)))",
            "r = (xs=map(x -> x, range(N))); for i in range(N) { r.xs[i] = i + 1 }",
            "xs = map(i -> \"{i}\", range(N)); d = to_record(xs, xs); for x in xs { d[x] = 1 }",
        ]) func isLinear(_ text: String)
    {
        func seconds(_ size: Int) -> Double {
            // The least of three: what else the machine does only adds.
            (0..<3).map { _ in
                let bench = Bench()
                return SpeedTests.seconds { #expect(bench.cell(1, text.replacing("N", with: "\(size)") + ";") == "") }
            }.min() ?? 0
        }
        let small = seconds(5_000), middle = seconds(20_000), large = seconds(80_000)
        #expect(large < 12 * max(middle, 0.002) && middle < 12 * max(small, 0.002), "\(small) \(middle) \(large)")
    }
}
