// Numbers and values as text, suggestions, diagnostics.
import Foundation
import Language
import Testing

@Suite struct TextTests {
    @Test(arguments: [
        (2.0, "2"), (0.5, "0.5"), (1.0 / 3, "0.3333"), (12345.678, "12346"), (123456789, "123456789"), (1e15, "1e15"),
        (1e20, "1e20"), (3.2e-4, "3.2e-4"), (0.001, "0.001"), (-2.5, "-2.5"), (0.99999, "1"), (99.999, "100"),
        (1e-300, "1e-300"), (.infinity, "inf"), (-.infinity, "-inf"), (.nan, "nan"), (0, "0"), (9999.99, "10000"),
    ]) func fourDigits(_ x: Double, _ text: String) { #expect(formatNumber(x, digits: 4) == text) }

    /// Whatever the double and the places, ties and the ends of what takes the short way among them.
    @Test func placesAreThoseOfTheCLibrary() {
        var pattern: UInt64 = 1
        var numbers = [0, .leastNonzeroMagnitude, 0.5, 1.5, 2.5, 0.125, 2.675, 0x1p53 - 1, 0x1p53, 1e300, 999.9999999]
        for turn in 0..<20_000 {
            pattern = pattern &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let fraction = Double(pattern >> 11) / 0x1p53
            numbers.append(turn % 2 == 0 ? fraction * pow(10, Double(turn % 37 - 20)) : Double(pattern >> 44) / 64)
        }
        for (turn, x) in numbers.enumerated() {
            for signed in [x, -x] {
                let places = turn % 17
                #expect(fixedNumber(signed, places: places) == String(format: "%.*f", locale: nil, places, signed))
            }
        }
    }

    @Test(arguments: [0.1, 1.0 / 3, 1e300, 123456.789, 1e15, 1e16, -0.1, 2])
    func everyDigitReadsBack(_ x: Double) {
        #expect(Double(exactNumber(x)) == x)
        #expect(!exactNumber(x).hasSuffix(".0"))
    }

    @Test func suggestionsAreNear() {
        #expect(suggestion(for: "mdoel", among: ["data", "model"]) == "model")
        #expect(suggestion(for: "zzz", among: ["abc", "xyz"]) == nil)
        #expect(suggestion(for: "Model", among: ["mode", "model"]) == "model")
        #expect(suggestion(for: "stpes", among: ["steps", "state"]) == "steps")
        #expect(suggestion(for: "foo", among: ["pg_collation"]) == nil)
        #expect(suggestion(for: "a", among: ["b"]) == nil)
        #expect(suggestion(for: "lenght", among: ["length"]) == "length")
        #expect(suggestion(for: "vlaue", among: ["value"]) == "value")
    }

    /// Values that are long, deep, wide, empty or odd.
    static var values: [Value] {
        [
            .list((0..<1000).map { Value.number($0) }), .record((0..<50).map { ("field\($0)", Value.number($0)) }),
            .string(String(repeating: "日本 and more ", count: 100)), .string(String(repeating: "x", count: 5000)),
            [["日本語", 1, .number(.nan)], [.number(.infinity), [], .nothing, true]],
            .list([Value](repeating: [[[1, 2, 3]]], count: 40)),
            .record([
                (
                    "a_name_that_is_longer_than_a_narrow_window",
                    .list((0..<99).map { Value.number(1 / Double($0 + 1)) })
                ),
                ("not a name", "some text that is rather long, too long for most"),
                ("inner", .record([("deep", [[1], [2], [3]])])),
            ]),
            [], "", .nothing, .record([]),
            .list([.record([("question", "Who?"), ("answer", "No one in particular, as it happens.")])]),
        ]
    }

    @Test(arguments: [20, 40, 80, 200]) func everyValueFitsTheWindow(_ width: Int) {
        for value in Self.values {
            let lines = value.describe(width: width, digits: 4).split(separator: "\n", omittingEmptySubsequences: false)
            #expect(
                lines.count <= 12 && lines.allSatisfy { displayWidth(String($0)) <= width },
                "\(lines.joined(separator: "\n"))")
        }
    }

    @Test func valuesAreLaidOut() {
        func text(_ value: Value, _ width: Int) -> String { value.describe(width: width, digits: 4) }
        #expect(text([1, 2], 80) == "[1, 2]")
        #expect(text(.list((0..<100).map { Value.number($0) }), 20).hasSuffix("\n 47, 48, … 51 more]"))
        #expect(text([["a", 1], ["b", 2], ["c", 3]], 20) == "[[\"a\", 1],\n [\"b\", 2],\n [\"c\", 3]]")
        #expect(text(.record([("mom", [1, 2, 3, 4]), ("hess", 0)]), 20) == "(mom=[1, 2, 3, 4],\n hess=0)")
        #expect(text("to be or not to be", 10) == "\"to be or \nnot to be\"")
        #expect(displayWidth("日本") == 4)
        #expect(displayWidth("🚀⚡e\u{301}") == 5)
        #expect(clipped("日本語", to: 5) == "日本…")
    }

    @Test(arguments: [
        ("👩‍👩‍👧‍👦", 2), ("👍🏽", 2), ("🇩🇪", 2), ("🇩🇪🇫🇷", 4), ("🇩", 2), ("🏃‍♂️", 2), ("❤️‍🔥", 2), ("👩👧", 4), ("a👍🏽b", 4),
        ("日本", 4), ("e\u{301}", 1), ("⚡", 2),
    ]) func emojiThatAreJoinedAreOnePicture(_ text: String, _ width: Int) {
        #expect(displayWidth(text) == width, "\(text.unicodeScalars.map { String($0.value, radix: 16) })")
        #expect(clipped(text + "xxxxxxxxxx", to: width + 1) == text + "…")
    }

    @Test func showLeavesNothingOut() {
        for value in Self.values {
            let text = value.describeAll(width: 40, digits: 4)
            #expect(!text.contains("more") || text.contains("and more "), "\(text)")
        }
        let numbers = Value.list((0..<1000).map { Value.number($0) }).describeAll(width: 40, digits: 4)
        #expect(numbers.contains("998, 999]"))
        #expect(numbers.split(separator: "\n").allSatisfy { $0.count <= 40 })
    }

    @Test func reprReadsBack() {
        let bench = Bench()
        let value = "[1, 0.1, \"a{{b}}\\n\", (x=1, y=[true, nothing]), ()]"
        let text = bench.cell(1, "print(repr(\(value)))").dropLast()
        #expect(bench.cell(2, "\(value) == \(text)") == "true\n")
    }

    @Test func slicesFollowPython() {
        #expect(Array(Slice(start: 2, stop: 5).indices(count: 10)) == [2, 3, 4])
        #expect(Array(Slice(start: -3).indices(count: 10)) == [7, 8, 9])
        #expect(Array(Slice(step: -1).indices(count: 3)) == [2, 1, 0])
        #expect(Array(Slice(start: 20, stop: 30).indices(count: 10)).isEmpty)
        #expect(Array(Slice(start: -100, stop: 100, step: 4).indices(count: 10)) == [0, 4, 8])
        #expect(Array(Slice(start: 100, stop: -100, step: -5).indices(count: 10)) == [9, 4])
    }

    @Test func aCaretInALongLine() {
        let text = String(repeating: "1 + ", count: 300) + "oops" + String(repeating: " + 1", count: 300)
        let shown = Bench().cell(1, text)
        #expect(shown.contains("^^^^\n"))
        for line in shown.split(separator: "\n") { #expect(displayWidth(String(line)) < 220) }
    }

    @Test func wideCharactersMoveTheCaret() {
        let shown = Bench().cell(1, "x = \"日本\" + oops")
        #expect(shown == "error: `oops` is not defined\n  cell 1 │ x = \"日本\" + oops\n         │              ^^^^\n")
    }

    /// Long work on a text asks again and again whether to stop: each of these throws before it is done.
    @Test func longWorkCanBeStopped() {
        struct Stop: Error {}
        let blank = Text(String(repeating: " ", count: 1 << 26))
        let long = Text(String(repeating: "a", count: 1 << 26))
        let nearly = Text(String(repeating: "a", count: 1000) + "b")
        let four = Text(String(repeating: "the ", count: 1 << 22))
        let wide = Text("x" + String(repeating: "\u{A0}", count: 1 << 22))
        var polls = 0
        func stop(_ turn: Int) throws {
            if turn & 0x1FFF == 0 { polls += 1 }
            if polls > 1 { throw Stop() }
        }
        for (name, work) in [
            ("trim", { _ = try blank.trimmed(poll: stop) }), ("contains", { _ = try long.contains("b", poll: stop) }),
            ("find", { _ = try long.position(of: "b", poll: stop) }),
            ("repetitive", { _ = try long.contains(nearly, poll: stop) }),
            ("replace", { _ = try long.replacing("b", with: "c", poll: stop, room: { _ in }, memory: { _ in }) }),
            ("split", { _ = try long.split(at: "b", poll: stop, room: { _ in }) }),
            ("words", { _ = try blank.words(poll: stop, room: { _ in }) }),
            // Blanks at places that are no multiple of anything.
            ("words of four", { _ = try four.words(poll: stop, room: { _ in }) }),
            ("trim of three", { _ = try wide.trimmed(poll: stop) }),
            ("upper", { _ = try long.uppercased(poll: stop) }), ("reverse", { _ = try long.reversed(poll: stop) }),
        ] as [(String, () throws -> Void)] {
            polls = 0
            #expect(throws: Stop.self, "\(name)") { try work() }
        }
    }

    /// What was asked in stretches is found across their borders.
    @Test func partsAreFoundAcrossStretches() {
        let before = String(repeating: "a", count: (1 << 24) - 2)
        let text = Text(before + "bcd" + before + "bce")
        let size = before.utf8.count
        let places = ["bcd", "bce", "bcf"].map { text.position(of: Text($0), poll: { _ in }) }
        #expect(places == [size, 2 * size + 3, nil])
        let parts = text.split(at: "bc", poll: { _ in }, room: { _ in })
        #expect(parts.map { $0.string?.utf8.count } == [size, size + 1, 1])
    }
}
