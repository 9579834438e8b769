// Pictures as they are drawn: each program's text in a window and its SVG, character by character.
import Plots
import Foundation
import Language
import Notebook
import Tensors
import Testing
import Vocabulary

/// A drawing that was looked at and found good; its files are `Pictures/name-width.txt`, `Pictures/name.svg`.
private struct Golden: Sendable, CustomTestStringConvertible {
    let name: String
    let program: String
    var testDescription: String { name }

    static let all = [
        Golden(
            name: "mixed",
            program: """
                plot([0, 1, 4, 9], plot([9, 4, 1, 0], style="points", labels=["down"]), labels=["up", "down"], \
                title="squares", xlabel="n", ylabel="n squared")
                """
        ),
        Golden(
            name: "band",
            program:
                "band((adamw=[[1, 2, 3, 4], [2, 3, 5, 8]], sophia=[[4, 3, 2, 1], [3, 3, 1, 1]]), title=\"two seeds\")"),
        Golden(
            name: "histogram",
            program: "histogram([1, 2, 2, 3, 3, 3, 4, 4, 5], [4, 4, 4, 4, 5], bins=5, labels=[\"before\", \"after\"])"),
        Golden(name: "heatmap", program: "heatmap([[0, 1, 2], [3, nan, 5]], xlabel=\"key\", ylabel=\"query\")"),
        Golden(
            name: "contour",
            program: """
                contour((x, y) -> x^2 + 4 * y^2, x=[-1, 1], y=[-1, 1], levels=[0.5, 1, 2], paths=(down=[[0.9, 0.8], \
                [0.2, 0.5], [0, 0]]))
                """
        ),
        Golden(
            name: "race", program: "race([sgd(lr=0.05), sgd(lr=0.15), sgd(lr=0.3)], on=quadratic(cond=10), steps=60)"),
    ]
}

@Suite struct PictureTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "Pictures"
    ).path

    private func drawn(_ program: String, width: Int, isUnicode: Bool) throws -> Rendering {
        var configuration = Session.Configuration(EngineContext(device: Device(threads: 1)))
        configuration.isUnicode = { isUnicode }
        configuration.width = { width }
        guard case .value(let value)? = Session(configuration).run(Cell(program)).first else {
            throw LanguageError("\(program) printed no value")
        }
        return value
    }

    /// `LETHE_UPDATE_PICTURES=1 swift test …` writes the files anew; look at them before committing.
    @Test(arguments: Golden.all) fileprivate func isDrawnAsItWas(_ golden: Golden) throws {
        let wide = try drawn(golden.program, width: 80, isUnicode: true)
        let files = [
            "\(golden.name)-80.txt": wide.plain + "\n", "\(golden.name).svg": try #require(wide.svg),
            "\(golden.name)-40.txt": try drawn(golden.program, width: 40, isUnicode: true).plain + "\n",
            "\(golden.name)-ascii.txt": try drawn(golden.program, width: 60, isUnicode: false).plain + "\n",
        ]
        for (name, text) in files {
            let path = Self.folder + "/" + name
            if ProcessInfo.processInfo.environment["LETHE_UPDATE_PICTURES"] != nil {
                try text.write(toFile: path, atomically: true, encoding: .utf8)
            }
            let expected = try String(contentsOfFile: path, encoding: .utf8)
            #expect(text == expected, "\(name)")
        }
    }
}
