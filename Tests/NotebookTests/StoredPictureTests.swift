// Pictures in workspaces: they are data, and come back as they were.
import Files
import Foundation
import Language
import Notebook
import TestSupport
import Testing

/// A cell that gives `p` a picture, and what else is looked at.
private struct StoredPicture: CustomTestStringConvertible, Sendable {
    let cell: String
    let look: String
    var testDescription: String { cell }

    init(_ cell: String, _ look: String = "") { (self.cell, self.look) = (cell, look) }
}

private let model = "b, c = batch([[1, 2, 3, 4]]), batch([[1, 3, 4, 2]]); m = gpt(5, layers=1, width=8, seed=1)\n"

private let pictures: [StoredPicture] = [
    StoredPicture(
        "p = plot([1, none, 9, 4], title=\"squares\", xlabel=\"n\", ylabel=\"n²\")", "print(p.title, p.labels)"),
    StoredPicture("p = plot([0.1, 10, nan, 1e5], [2, 0, 3, 1], log=\"y\", y=[0.01, 1e6])", "p.labels"),
    StoredPicture("p = plot(randn(4000, seed=1), style=\"points\", save=\"{here}/p.svg\")", "p.labels"),
    StoredPicture("p = histogram([1, 2, 2, 3], randn(50, seed=2), bins=7)", "print(repr(p.edges), p.counts)"),
    StoredPicture("p = histogram([1, 10, 1000], log=\"x\")", "repr(p.edges)"),
    StoredPicture("p = heatmap([[0, 1, nan], [2, 1e308 * 10, 3]], title=\"m\")", "p.title"),
    StoredPicture("p = heatmap(randn(40, 60, seed=3), scale=[-1, 1])", "p.title"),
    StoredPicture("p = band([[3, 2, nan], [5, 2, 3]], title=\"two\")", "print(repr(p.mean), repr(p.low), p.high)"),
    StoredPicture("p = plot(band((a=[[3, 1], [3, 2]], b=[[3, 2], [3, 2]])), [1, 2, 3])", "p.labels"),
    StoredPicture("p = contour(himmelblau, title=\"four minima\")", "repr(p.levels)"),
    StoredPicture(
        "p = contour((x, y) -> x^2 + 4 * y^2, x=[-1, 1], y=[-1, 1], levels=[1, 2], paths=(down=[[1, 1], [0, 0]]))",
        "print(p.labels, p.levels)"),
    StoredPicture(
        "p = race([sgd(lr=0.001), adam(lr=0.1), sgd(lr=1e9)], on=rosenbrock, steps=20)",
        "print(p.table, p.names, repr(p.paths), repr(p.values))"),
    StoredPicture(
        model + "p = curves(train(m, b, steps=5, optimizer=adamw(lr=1e-2)), log=[\"gradient\"])",
        "print(p.quantities, p.loss)"),
    StoredPicture(
        model + "p = layers(start(m, b, c, optimizer=sophia(lr=1e-2)))",
        "print(p.names, repr(p.weights), repr(p.update), repr(p.relative), repr(p.clipped))"),
    StoredPicture(
        "p = effects(study((lr, rho, seed) -> lr * rho + seed, grid=(lr=[1, 2, 3], rho=[1, 5]), seeds=3), along=\"lr\")",
        "p.labels"),
    StoredPicture(
        """
        qa = authors()
        p = membership(load("authors"), (forget=qa.forget[0:8], holdout=qa.holdout[0:8]))
        """, "print(p.auc, p.threshold, p.false_positive_rate)"),
    StoredPicture(
        """
        qa = authors()
        p = robustness(load("authors"), on=qa.forget[0:2], attacks=[quantized(bits=8), quantized(bits=3)])
        """, "print(p.plots, p.table, p.models)"),
]

@Suite struct StoredPictureTests {
    private func looks(_ talk: Talk, _ picture: StoredPicture) -> [String] {
        let drawn = talk.session.interpreter["p"].flatMap(\.foreign)?.svg ?? "nothing"
        return [talk("p"), drawn, picture.look.isEmpty ? "" : talk(picture.look), talk("[p]")]
    }

    @Test(arguments: pictures) fileprivate func comesBack(_ picture: StoredPicture) throws {
        let folder = try TemporaryFolder(), path = folder.path + "/f.ws"
        let before = Talk(wholeSession()), after = Talk(wholeSession())
        before(picture.cell.replacingOccurrences(of: "{here}", with: folder.path) + "\nkept = [p, (a=p)]")
        #expect(!before.messages.contains("error"), "\(before.messages)")
        before(":save \(path)")
        #expect(!before.messages.contains("not stored"), "\(before.messages)")
        let expected = looks(before, picture)
        #expect(!expected[0].isEmpty && expected[1].contains("<svg"))
        after(":load \(path)")
        #expect(looks(after, picture) == expected, "\(after.messages)")
        // What came back can be stored again, taken apart and taken back.
        after("p = 1")
        after(":undo")
        after(":save \(path)")
        let again = Talk(wholeSession())
        again(":load \(path) as w")
        again("p = w.kept[1].a")
        #expect(looks(again, picture) == expected, "\(again.messages)")
    }

    /// The cell before another one in a plot that came back: its numbers are drawn, too.
    @Test func othersAreDrawnOverIt() throws {
        let folder = try TemporaryFolder(), path = folder.path + "/f.ws", talk = Talk(wholeSession())
        talk("p = plot([1, 2, 3]); q = histogram([1, 2, 2])")
        let expected = talk("print(plot(p, [3, 2, 1]), plot(q, [1, 2]))")
        talk(":save \(path)")
        talk(":reset")
        talk(":load \(path)")
        #expect(talk("print(plot(p, [3, 2, 1]), plot(q, [1, 2]))") == expected)
    }

    /// Parts that do not fit each other are told, whatever the checksum says.
    @Test(arguments: [
        ("plot([1, 2])", "\"curve\"", "\"curse\""), ("plot([1, 2])", "\"axes\"", "\"axis\""),
        ("histogram([1, 2], bins=2)", "\"edges\",[1.0,1.5,2.0]", "\"edges\",[1.0,2.0]"),
        ("histogram([1, 2], bins=2)", "\"counts\",[1.0,1.0]", "\"counts\",[1.0,-1.0]"),
        ("heatmap([[1, 2]])", "\"columns\",2", "\"columns\",3"),
        ("heatmap([[1, 2]])", "\"rows\",1", "\"rows\",9223372036854775807"),
        ("band([[1, 2], [2, 3]])", "\"low\",[1.0,2.0]", "\"low\",[1.0]"),
        ("contour((x, y) -> x, x=[0, 1], y=[0, 1])", "\"rows\",", "\"rows\",-"),
        ("plot([1, 2])", "\"range\",[0.0,1.0]", "\"range\",[1.0,0.0]"),
    ]) func damagedPictures(_ cell: String, _ part: String, _ other: String) throws {
        let folder = try TemporaryFolder(), path = folder.path + "/f.ws", talk = Talk(wholeSession())
        talk("p = \(cell)")
        talk(":save \(path)")
        let file = try SafetensorsFile(path)
        let text = try #require(file.metadata["session"])
        let changed = text.replacingOccurrences(of: part, with: other)
        try #require(changed != text, "\(text)")
        try SafetensorsFile.write(
            [],
            metadata: [
                ("format", "pt"), ("lethe", file.metadata["lethe"] ?? ""), ("session", changed),
                ("sum", workspaceChecksum(changed)),
            ], to: path
        ) { _, _ in }
        talk("x = 7")
        talk(":load \(path)")
        #expect(talk.messages.contains("damaged"), "\(talk.messages)")
        #expect(talk("x") == "7\n")
    }
}
