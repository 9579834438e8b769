// Pictures as SVG: nothing is cut, curves are told apart by more than colour, and words say what is shown.
import Foundation
import Language
import Notebook
import Plots
import Tensors
import Testing
import Vocabulary

private func svg(_ program: String) throws -> String {
    let session = Session(Session.Configuration(EngineContext(device: Device(threads: 1))))
    for case .value(let rendering) in session.run(Cell(program)) { if let svg = rendering.svg { return svg } }
    throw LanguageError("\(program) drew nothing")
}

/// The captures of a pattern, match by match.
private func matches(_ pattern: String, in text: String) -> [[String]] {
    guard let expression = try? NSRegularExpression(pattern: pattern) else { return [] }
    return expression.matches(in: text, range: NSRange(text.startIndex..., in: text)).map { match in
        (1..<match.numberOfRanges).map { Range(match.range(at: $0), in: text).map { String(text[$0]) } ?? "" }
    }
}

private struct Label {
    let x, y, width: Double
    let text: String

    /// All labels that are not turned, by their left ends.
    static func all(in svg: String) -> [Label] {
        matches(
            "<text(?: class=\"(\\w+)\")? x=\"([-0-9.]+)\" y=\"([-0-9.]+)\" text-anchor=\"(\\w+)\">([^<]*)</text>",
            in: svg
        ).compactMap { match in
            guard let x = Double(match[1]), let y = Double(match[2]) else { return nil }
            let text = match[4].replacing("&lt;", with: "<").replacing("&amp;", with: "&")
            // Seven units a letter is what a common sans serif takes at 12 units.
            let width = (match[0] == "title" ? 8.0 : match[0] == "height" ? 5.8 : 6.4) * Double(displayWidth(text))
            let left = match[3] == "middle" ? x - width / 2 : match[3] == "end" ? x - width : x
            return Label(x: left, y: y, width: width, text: text)
        }
    }
}

private let long =
    "adamw(lr=3e-4, weight_decay=0.1, betas=[0.9, 0.999]) on the questions about the sixth author, seed 3"

private func twelve(_ label: String) -> String {
    let curves = (0..<12).map { "map(i -> sin(i / 5) + \($0), range(30))" }.joined(separator: ", ")
    let labels = (0..<12).map { "\"\(label) \($0)\"" }.joined(separator: ", ")
    return """
        plot(\(curves), labels=[\(labels)], title="\(long) \(long)", xlabel="\(long) \(long)", \
        ylabel="\(long) \(long)")
        """
}

@Suite struct FigureTests {
    @Test(arguments: ["a", "adamw(lr=3e-4)", long, String(repeating: "unbroken", count: 40)])
    func nothingRunsOutOfThePicture(_ label: String) throws {
        let svg = try svg(twelve(label))
        let size = try #require(matches("viewBox=\"0 0 (\\d+) (\\d+)\"", in: svg).first?.compactMap { Double($0) })
        let labels = Label.all(in: svg)
        #expect(labels.count > 12)
        for label in labels {
            #expect(label.x >= -1 && label.x + label.width <= size[0] + 1, "\(label)")
            #expect(label.y > 8 && label.y <= size[1], "\(label)")
        }
        // No two labels lie over one another.
        for (index, a) in labels.enumerated() {
            for b in labels[(index + 1)...] where abs(a.y - b.y) < 10 {
                #expect(a.x + a.width <= b.x + 1 || b.x + b.width <= a.x + 1, "\(a) \(b)")
            }
        }
        // All of a name is there, on as many lines as it takes.
        if label == long {
            let words = labels.map(\.text).joined(separator: " ")
            #expect(words.contains("author, seed 3 11") || words.contains("seed 3 11"), "\(words)")
        }
    }

    @Test func twelveCurvesAreTwelveLooks() throws {
        let svg = try svg(twelve("c"))
        let looks = matches(
            "<path class=\"line (c\\d)\"( stroke-dasharray=\"[^\"]*\")? d=\"M[-0-9.]+ [-0-9.]+h24\"/>", in: svg)
        #expect(looks.count == 12 && Set(looks).count == 12, "\(looks)")
        // Beyond five, points of different shapes stand on the lines, too.
        #expect(svg.contains("<circle class=\"d0\"") && matches("<path class=\"d(\\d)\" d=\"M", in: svg).count > 30)
        let five = try self.fivePlain()
        #expect(!five.contains("<circle") && !five.contains("<path class=\"d"))
    }

    private func fivePlain() throws -> String {
        try svg("plot([1, 2], [2, 3], [3, 4], [4, 5], [5, 6], labels=[\"a\", \"b\", \"c\", \"d\", \"e\"])")
    }

    @Test func cloudsDifferInShape() throws {
        let svg = try svg("plot([1, 2, 3], [3, 2, 1], [2, 2, 2], style=\"points\", labels=[\"a\", \"b\", \"c\"])")
        #expect(
            svg.contains("class=\"dots c0\"") && svg.contains("<path class=\"d1\"")
                && svg.contains("<path class=\"d2\""))
    }

    @Test func contourLinesBearTheirHeights() throws {
        let svg = try svg("contour((x, y) -> x^2 + 4 * y^2, x=[-1, 1], y=[-1, 1], levels=[0.5, 1, 2])")
        let heights = matches("<text class=\"height\"[^>]*>([^<]*)</text>", in: svg).map { $0[0] }
        #expect(heights == ["0.5", "1", "2"])
        let crowded = Label.all(in: try self.svgOfHimmelblau()).filter { Double($0.text) != nil }
        for (index, a) in crowded.enumerated() {
            for b in crowded[(index + 1)...] where abs(a.y - b.y) < 8 {
                #expect(a.x + a.width <= b.x + 1 || b.x + b.width <= a.x + 1, "\(a) \(b)")
            }
        }
    }

    private func svgOfHimmelblau() throws -> String { try svg("contour(himmelblau)") }

    @Test(arguments: [
        (
            "plot([0, 1, 4, 9], labels=[\"up\"], title=\"squares\", xlabel=\"n\")",
            """
            Line plot: squares. x axis: n, from 0 to 3. y axis from 0 to 9. up: first 0 at 0, last 9 at 3, lowest 0 at \
            0, highest 9 at 3.
            """
        ),
        (
            "plot([1, 10], log=\"y\", style=\"points\")",
            "Scatter plot. x axis from 0 to 1. y axis from 1 to 10, logarithmic. 2 points, along from 0 to 1, upwards from 1 to 10."
        ),
        (
            "histogram([1, 2, 2, 3], bins=2)",
            "Histogram. x axis from 1 to 3. y axis from 0 to 3. 4 values from 1 to 3 in 2 intervals; most, 3, from 2 to 3."
        ),
        (
            "heatmap([[0, 1], [nan, 3]])",
            """
            Heat map. x axis from -0.5 to 1.5. y axis from -0.5 to 1.5. 2 rows and 2 columns, values from 0 to 3; 1 \
            cell \
            without a number.
            """
        ),
    ]) func itIsToldInWords(_ program: String, _ words: String) throws {
        let svg = try svg(program)
        #expect(
            svg.contains("<desc>\(words)</desc>") && svg.contains("role=\"img\" aria-label=\"\(words)\""),
            "\(svg.prefix(900))")
        #expect(InlineSVG.text(svg) == svg)
    }

    @Test func everyKindIsTold() throws {
        for program in [
            "contour((x, y) -> x * y, x=[-1, 1], y=[-2, 2], paths=[[[0, 0], [1, 1]]])",
            "race([sgd(lr=0.01), sgd(lr=0.1)], on=quadratic(cond=10), steps=5)",
            "band([[1, 2, 3], [2, 2, 5]], title=\"a band\", labels=[\"loss\"])",
        ] {
            let told = try #require(matches("<desc>([^<]*)</desc>", in: try svg(program)).first?[0])
            #expect(told.contains("x axis") && told.contains("from") && told.count > 60, "\(told)")
        }
    }

    // MARK: Files

    @Test func pixelsAndPaper() throws {
        let found = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/rsvg-convert")
        }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lethe-figure-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let session = Session(Session.Configuration(EngineContext(device: Device(threads: 1))))
        for (name, start) in [("a.png", [0x89, 0x50, 0x4E, 0x47] as [UInt8]), ("b.PDF", Array("%PDF".utf8))] {
            let outputs = session.run(Cell("plot([1, 2], save=\"\(folder)/\(name)\");"))
            let bytes = FileManager.default.contents(atPath: "\(folder)/\(name)").map(Array.init) ?? []
            if found {
                #expect(outputs.isEmpty && bytes.starts(with: start), "\(outputs)")
                session.run(Cell("plot([1, 2], save=\"\(folder)/again-\(name)\");"))
                #expect(FileManager.default.contents(atPath: "\(folder)/again-\(name)").map(Array.init) == bytes)
            } else {
                guard case .failure(let error)? = outputs.first else { throw LanguageError("no error") }
                #expect(error.rendered().contains("librsvg2-bin") && bytes.isEmpty)
            }
        }
        session.run(Cell("plot([3, 1])"))
        session.run(Cell(":export \(folder)/last.svg"))
        #expect(try String(contentsOfFile: folder + "/last.svg", encoding: .utf8).contains("first 3 at 0"))
    }
}
