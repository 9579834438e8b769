// What cannot be seen is written out wherever text is shown.
import Language
import Testing

@Suite struct VisibleTextTests {
    @Test(arguments: [
        ("\u{1B}[31mred", "\\u{1b}[31mred"), ("\u{7}\u{0}", "\\u{7}\\u{0}"), ("\u{9B}31m", "\\u{9b}31m"),
        ("a\u{202E}b\u{202C}", "a\\u{202e}b\\u{202c}"),
        ("\u{2066}\u{2069}", "\\u{2066}\\u{2069}"), ("\u{200E}\u{200F}\u{61C}", "\\u{200e}\\u{200f}\\u{61c}"),
        ("\u{200B}\u{2060}\u{FEFF}\u{AD}", "\\u{200b}\\u{2060}\\u{feff}\\u{ad}"),
        ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"), ("a\r\n", "a\\r\n"),
        ("\u{E0041}", "\\u{e0041}"), ("a\u{200D}b", "a\\u{200d}b"),
    ]) func unseenCharactersAreWrittenOut(_ text: String, _ shown: String) {
        #expect(visible(text) == shown)
        #expect(
            displayWidth(text.filter { $0 != "\r\n" && $0 != "\n" })
                == displayWidth(visible(text.filter { $0 != "\r\n" && $0 != "\n" })))
    }

    @Test(arguments: [
        "plain", "zwei\nZeilen\tund mehr", "日本", "é", "e\u{301}", "👩‍👩‍👧 family", "❤\u{FE0F}", "می‌خواهم", "क्‍ष", "⣀⡠⠤ │ ┤ …",
        "«»\u{A0}–", "עברית", "\u{FFFD}",
    ]) func everythingElseStays(_ text: String) { #expect(visible(text) == text) }

    @Test func namesStayOnOneLine() { #expect(visibleLine("a\nb\tc\r\n") == "a\\nb\\tc\\r\\n") }

    @Test func quotedTextReadsBack() throws {
        for value in [0x1B, 0x9B, 0x202E, 0x200B, 0xFEFF, 0xE0041] {
            let text = "a" + (Unicode.Scalar(UInt32(value)).map(String.init) ?? "") + "b"
            #expect(quoted(text) == "\"a\\u{\(String(value, radix: 16))}b\"")
        }
    }

    @Test func anErrorsLinesAndCaretStandUnderWhatIsShown() {
        let source = Source("x = \u{1B}[1m nope\r\n", origin: .file("f\u{7}.lethe"))
        let error = Diagnostic(
            "`\u{202E}nope` is not defined", source: source, span: Span(9, 13), note: "\u{9B}", advice: ["\u{0}"])
        #expect(
            error.rendered() == """
                f\\u{7}.lethe:1:10: error: `\\u{202e}nope` is not defined
                  1 │ x = \\u{1b}[1m nope
                    │               ^^^^ \\u{9b}
                  \\u{0}
                """)
        #expect(error.rendered(color: true).unicodeScalars.filter { $0 == "\u{1B}" }.count == 10)
    }

    @Test func aMessageOfAnyLengthCanBeRead() {
        let source = Source("x", origin: .cell(1))
        let error = Diagnostic(
            "`\(String(repeating: "a", count: 1_000_000))` is not defined", source: source, span: Span(0, 1))
        #expect(error.rendered().count < 2000 && error.rendered().contains("` is not defined"))
    }
}
