// What cells leave behind does not depend on the window they ran in.
import Language
import Notebook
import Tensors
import Testing
import Vocabulary

/// Windows that a session may run in.
private let windows: [(columns: Int, isUnicode: Bool)] = [
    (110, true), (40, true), (80, false), (200, false), (1, true),
]

/// Cells whose outputs fill the window.
private let cells = [
    "plot([1, 4, 9])", "heatmap([[1, 2], [3, 4]])", "race([sgd(lr=0.001), adam(lr=0.1)], steps=5)",
    "show(plot([1, 2]))", "print(plot([1, 2]), \"beside\")", "range(100)", "print(range(100))", "show(range(60))",
    "show(range(10_001))", "show(\"words \" * 60)", "show(\"words \" * 20_000)", "print(\"words \" * 60)",
    "x = randn(30, 40, seed=1)\nx", "print(x)", "(name=\"a\" * 50, other=range(40))",
    "t = table(map(i -> (a_long_name=i, another_long_name=i, a_third_long_name=i, a_fourth_long_name=i, fifth=1), range(3)))",
    "t", "print(t)", "show(t)", "def inner() { print(range(50)); plot([1, 2]) }", "inner()",
    "for i in range(2) { print(range(40 + i)) }", "try { print(range(50)); nope } catch e { e.message }",
    "study((a) -> { print(range(40 + a)); a }, grid=(a=[1, 2]), workers=1)", "[plot([1, 2]), plot([3, 4])]",
    // Values do not depend on the window either.
    "len(str(plot([1, 2])))", "\"{plot([2, 1])}\"", "len(repr(heatmap([[1, 2]])))", ":time plot([3, 1])",
]

@Suite struct RecordTests {
    private static func records(_ window: (columns: Int, isUnicode: Bool), setting: String? = nil) -> [CellRecord] {
        let session = wholeSession(columns: window.columns, isUnicode: window.isUnicode)
        if let setting { session.run(Cell(setting)) }
        for cell in cells { session.run(Cell(cell)) }
        return session.records
    }

    private static func saved(_ records: [CellRecord]) -> String { SavedSession(records, seed: 0).text }

    @Test func aSavedSessionIsTheSameInEveryWindow() {
        let usual = Self.saved(Self.records((80, true)))
        for window in windows { #expect(Self.saved(Self.records(window)) == usual, "\(window)") }
        let report = Checker(session: wholeSession()).check(usual, name: "f.lethe")
        #expect(report.text.contains(" 0 failed"), "\(report.text)")
    }

    @Test func soAreExports() {
        func exports(_ records: [CellRecord]) -> [String] {
            let document = ExportedDocument(records, name: "f")
            return [
                NotebookExport(document).text, HTMLExport(document).text,
                MarkdownExport(document, pictures: .files(beside: "f.md")).text,
            ]
        }
        let usual = exports(Self.records((80, true)))
        for window in windows { #expect(exports(Self.records(window)) == usual, "\(window)") }
    }

    @Test(arguments: ["words", "characters"]) func howPicturesAreShownIsNotRecorded(_ style: String) {
        func withoutSetting(_ text: String) -> String { text.replacing(":set pictures \(style)\n", with: "") }
        let usual = Self.saved(Self.records((80, true)))
        #expect(withoutSetting(Self.saved(Self.records((110, true), setting: ":set pictures \(style)"))) == usual)
    }

    @Test func theWindowStillSeesItsOwnWidth() {
        let talk = Talk(wholeSession(columns: 110, isUnicode: false))
        talk.session.run(Cell("print(range(100))\nshow(range(60))\nplot([1, 2])"))
        let widths = talk.results.split(separator: "\n").map { displayWidth(String($0)) }
        #expect(widths.max() ?? 0 > 100 && widths.max() ?? 0 <= 110)
        #expect(talk.results.unicodeScalars.allSatisfy { $0.isASCII || $0 == "…" })
    }

    @Test func aWindowThatChanges() {
        var columns = 60
        var configuration = Session.Configuration(EngineContext(device: Device(threads: 1)))
        configuration.width = { columns }
        let session = Session(configuration)
        session.run(Cell("print(range(100))"))
        columns = 130
        session.run(Cell("print(range(100))"))
        let outputs = session.records.map { $0.pieces.map(\.output).joined() }
        #expect(outputs[0] == outputs[1])
    }
}
