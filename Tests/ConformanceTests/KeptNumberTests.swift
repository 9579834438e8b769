// A number is what was given, or it is refused: items that are set, bounds that cross, numbers that no double and no
// float32 holds.
import Foundation
import Testing

@Suite struct KeptNumberTests {
    /// What was there before an item was set leaves no trace, however large, infinite or undefined it was.
    @Test(arguments: [
        ("[1e8, 1]", "t[0] = 1.5", "[1.5, 1]"), ("[nan, 1]", "t[0] = 2", "[2, 1]"),
        ("[inf, 1]", "t[0] = -2", "[-2, 1]"),
        ("[1, 2, 3]", "t[0:2] = tensor([0.1, 1e8])", "[0.1, 1e8, 3]"),
        ("[1e8, 1]", "t[0] = tensor([1.5])", "[1.5, 1]"),
        ("[1, 2]", "t[1] = inf", "[1, inf]"), ("[1, 2]", "t[0] = true", "[1, 2]"),
        ("[3, 2]", "t[0:2] = [7, 8]", "[7, 8]"),
        ("[[1e8, 2], [3, 4]]", "t[0] = [5, 6]", "[[5, 6], [3, 4]]"),
        ("[[1e8, 2], [3, 4]]", "t[:, 0] = [0.1, 0.2]", "[[0.1, 2], [0.2, 4]]"),
        ("[[1e8, 2], [3, 4]]", "t[0, 0] = 0.1", "[[0.1, 2], [3, 4]]"),
    ]) func anItemIsSetToWhatWasGiven(_ before: String, _ setting: String, _ after: String) {
        let bench = Bench()
        bench("t = tensor(\(before))\n\(setting)")
        let isSet = bench("repr(t) == repr(tensor(\(after)))")
        #expect(isSet == "true\n", "\(setting): \(bench("repr(t)")) \(bench.messages)")
        // The same under a derivative, which passes to what is there now.
        bench("u = value_grad(x -> { t = tensor(\(before)) + 0 * x; \(setting); sum(t * t) }, tensor(0))")
        #expect(bench.failures.isEmpty, "\(bench.messages)")
    }

    @Test func derivativesFollowWhatIsSet() {
        let bench = Bench()
        bench(
            """
            def set(x) { t = x * 1e4; t[1] = x[0] * x[2]; t[2] = 3; return sum(t^2) / 1e8 + t[1] }
            def hand(x) = (1e8 * x[0]^2 + (x[0] * x[2])^2 + 9) / 1e8 + x[0] * x[2]
            p, v = tensor([0.5, 2, -1]), tensor([1, -1, 2])
            """)
        for what in ["grad(F, p)", "hvp(F, p, v)", "grad(x -> dot(grad(F, x), v), p)", "jvp(F, p, v)"] {
            let set = what.replacingOccurrences(of: "F", with: "set")
            let hand = what.replacingOccurrences(of: "F", with: "hand")
            #expect(bench("norm(\(set) - (\(hand))) < 1e-5") == "true\n", "\(what): \(bench.messages)")
        }
    }

    /// min(max(x, low), high), for numbers, lists and tensors, with and without a derivative.
    @Test(arguments: [
        "clip(2.5, 3, 2)", "clip([2.5], 3, 2)[0]", "clip(tensor([2.5]), 3, 2)[0]", "clip(tensor([1]), 3, 2)[0]",
        "clip(tensor([2.5]), tensor([3]), 2)[0]", "value_grad(x -> clip(x, 3, 2), 2.5).value",
        "clip(2.5 * ones(20000), 3, 2)[7]",
    ]) func crossedBoundsGiveTheUpper(_ expression: String) {
        #expect(Bench()(expression) == "2\n", "\(expression)")
    }

    @Test(arguments: [
        ("9007199254740993", "exactly"), ("-9007199254740993", "exactly"), ("18446744073709551616", "exactly"),
        ("1e400", "range of a double"), ("1e-400", "closer to 0"), ("x = [1, 123456789012345678]", "exactly"),
        ("to_number(\"9007199254740993\")", "exactly"), ("to_number(\"-1e400\")", "range of a double"),
        ("tensor([1, 1e300])", "float32"), ("tensor(1e39)", "float32"), ("grad(x -> x, 1e300)", "float32"),
        ("write_tensors((a=[1, 16777217]), \"/tmp/lethe-kept-numbers.safetensors\")", "`a` holds 16777217"),
        ("write_tensors((a=[[1], [1e300]]), \"/tmp/lethe-kept-numbers.safetensors\")", "float32"),
    ]) func whatDoesNotFitIsRefused(_ cell: String, _ message: String) {
        let bench = Bench()
        bench(cell)
        #expect(bench.messages.contains(message), "\(cell): \(bench.messages)")
    }

    @Test(arguments: [
        ("9007199254740992", "9007199254740992"), ("1e22", "1e22"), ("9_007_199_254_740_992", "9007199254740992"),
        ("0.12345678901234567890", "0.12345678901234568"), ("to_number(\"inf\")", "inf"),
        ("to_number(\"1e22\")", "1e22"),
        ("9007199254740994", "9.007199254740994e15"),
        ("tensor([3.4e38])[0] > 3e38", "true"), ("tensor([inf])[0]", "inf"),
    ]) func whatFitsIsKept(_ expression: String, _ shown: String) {
        let bench = Bench()
        #expect(bench("print(repr(\(expression)))") == shown + "\n", "\(expression): \(bench.messages)")
    }

    @Test func besideAnInfiniteTermTheSumIsInfinite() {
        let bench = Bench()
        let sums = "map(x -> logsumexp(tensor(x)), [[inf, 0], [inf, inf], [-inf, -inf]])"
        #expect(bench("repr(\(sums))") == "\"[inf, inf, -inf]\"\n")
        #expect(bench("isnan(logsumexp(tensor([inf, nan]))) == 1") == "true\n")
    }

    /// The same token ids are other texts to models with other tokenizers.
    @Test func modelsThatReadOtherTextsHaveNoDistance() {
        let bench = Bench()
        bench(
            """
            a, b = text_set(["abc"]), text_set(["xyz"])
            q = question_set([(question="a", answer="b")])
            m, n = gpt(a.vocab, layers=1, width=8, seed=1), gpt(b.vocab, layers=1, width=8, seed=1)
            distance(m, n, on=batch([[1, 2]]))
            """)
        #expect(bench.messages.contains("different tokenizers"), "\(bench.messages)")
    }
}
