// Pictures: thinned out without a visible change, drawn within the window, saved whole.
import Plots
import Foundation
import Language
import Notebook
import Testing
import Tensors
import Vocabulary

private func curve(
    _ y: [Double], label: String = "", x: [Double]? = nil, logX: Bool = false, logY: Bool = false
) throws -> Curve {
    try Curve(label: label, x: x, y: y, logX: logX, logY: logY) {}
}

private func picture(_ marks: any Mark..., title: String = "", logY: Bool = false) throws -> Plot {
    try #require(Plot(marks, Plot.Style(title: title, logY: logY)))
}

private func run(_ text: String, isUnicode: Bool = true) -> [String] {
    var configuration = Session.Configuration(EngineContext(device: Device(threads: 1)))
    configuration.isUnicode = { isUnicode }
    return Session(configuration).run(Cell(text)).map {
        switch $0 {
        case .text(_, let text), .interrupted(let text): text
        case .value(let rendering): rendering.plain
        case .failure(let diagnostic): diagnostic.message
        }
    }
}

@Suite struct PlotTests {
    @Test func aLineThroughTwoCorners() throws {
        let text = TerminalPlot(plot: try picture(curve([0, 1])), width: 20, isUnicode: false).text
        let lines = text.split(separator: "\n")
        #expect(lines[0].hasPrefix("1.0 +") && lines[0].hasSuffix("*"))
        #expect(lines[9].hasPrefix("0.0 +*"))
        #expect(lines[11].contains("0") && lines[11].contains("1") && !lines[11].contains("."))
    }

    @Test func noLineIsWiderThanTheWindow() throws {
        let wave = try curve((0..<500).map { sin(Double($0) / 20) }, label: "a long label that does not fit")
        let plot = try picture(
            wave, curve([1, 2], label: "b"), title: "日本 and a title that is long, too, much longer than the window")
        for width in [10, 20, 33, 40, 80, 200] {
            for isUnicode in [true, false] {
                let text = TerminalPlot(plot: plot, width: width, isUnicode: isUnicode, footnote: "folder/soul.svg")
                    .text
                for line in text.split(separator: "\n") {
                    #expect(displayWidth(String(line)) <= width, "\(width): \(line)")
                }
            }
        }
    }

    @Test func manyPointsAreThinnedToAlmostTheSamePicture() throws {
        let values = (0..<300_000).map { sin(Double($0) / 3000) + 0.2 * cos(Double($0 * 7919 % 1000)) }
        let thin = try curve(values)
        #expect(thin.points.count <= 4 * Curve.columns + 4)
        var canvas = DotCanvas(columns: 60, rows: 12, isUnicode: true), whole = canvas
        let plot = try picture(thin)
        canvas.draw(thin.points.map { (plot.x.fraction($0.x), plot.y.fraction($0.y)) }, pen: DotCanvas.pen(0))
        whole.draw(
            values.enumerated().map { (plot.x.fraction(Double($0)), plot.y.fraction($1)) }, pen: DotCanvas.pen(0))
        // A point may move by as much as a column of 4096 is wide, which a dot shows now and then.
        let differing = (0..<12).map { row in zip(canvas.text(row: row), whole.text(row: row)).count { $0 != $1 } }
            .reduce(0, +)
        #expect(differing < 36, "\(differing) of 720 characters differ")
    }

    @Test func gapsAndConstants() throws {
        let points = try curve([.nan, 1, .infinity, 2, 3, .nan]).points
        #expect(points.map(\.x) == [1, 1, 3, 4, 4] && points.map(\.y.isNaN) == [false, true, false, false, true])
        #expect(try curve([-1, 0, 5], logY: true).yRange == 5...5)
        let flat = try picture(curve([3, 3, 3]))
        #expect(flat.y.low < 3 && flat.y.high > 3 && flat.y.fraction(3) == 0.5)
        let empty = Plot([try curve([.nan])])
        #expect(empty == nil)
        #expect(throws: Curve.Unsorted.self) {
            try curve(Array(repeating: 0, count: 2_000_000), x: (0..<2_000_000).map { Double($0 % 2) })
        }
    }

    @Test func ticksAreRoundAndFew() {
        #expect(
            Axis(low: 1.87, high: 3.512, isLogarithmic: false).ticks(most: 4).map(\.text) == [
                "2.0", "2.5", "3.0", "3.5",
            ])
        #expect(Axis(low: 0, high: 60, isLogarithmic: false).ticks(most: 4).map(\.text) == ["0", "20", "40", "60"])
        #expect(Axis(low: 1, high: 1e4, isLogarithmic: true).ticks(most: 3).map(\.value) == [1, 100, 1e4])
        for (low, high) in [(0.0, 1e-300), (-1.7e308, 1.7e308), (1, 1 + 1e-13), (-1e-307, 1e-307), (1e15, 1e15 + 2)] {
            let ticks = Axis(low: low, high: high, isLogarithmic: false).ticks(most: 5)
            #expect((1...5).contains(ticks.count), "\(low) \(high)")
        }
    }

    @Test func labelsComeFromHowArgumentsWereWritten() {
        #expect(
            run("soul = (log=(forget=[1], retain=[2]))\nplot(soul.log.forget, soul.log.retain).labels") == [
                "[\"forget\", \"retain\"]"
            ])
        #expect(run("a = (y=[1]); b = (y=[2])\nplot(a.y, b.y).labels") == ["[\"a\", \"b\"]"])
        #expect(run("record = (loss=[1], forget=[2], steps=3)\nplot(record).labels") == ["[\"loss\", \"forget\"]"])
        #expect(run("plot([1, 2] )").first?.contains("⠤") == true)
        #expect(run("plot([1, 2])", isUnicode: false).first?.allSatisfy(\.isASCII) == true)
    }

    @Test func anSVGFileIsWrittenWholeOrNotAtAll() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("lethe-plot-\(UUID()).svg").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(run("plot([1, nothing, 3, 4], title=\"a < b & c\", save=\"\(path)\");").isEmpty)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.hasPrefix("<svg ") && text.hasSuffix("</svg>\n") && text.contains("a &lt; b &amp; c"))
        #expect(!text.contains("href") && !text.contains("nan") && text.contains("<circle"))
        #expect(run("plot([1], save=\"plot.gif\")").first?.contains("SVG") == true)
        #expect(run("plot([1], save=\"\(path)/x.svg\")").count == 1)
    }

    @Test func theExamplesRun() {
        let registry = Vocabulary.registry(EngineContext(device: Device(threads: 1)))
        let builtins = PlotFunctions.builtins(EngineContext(device: Device(threads: 1)), isUnicode: { true })
        let names = Set(registry.names + builtins.map(\.name))
        for builtin in builtins {
            #expect(builtin.summary.hasSuffix("."), "\(builtin.name)")
            for other in builtin.seeAlso { #expect(names.contains(other), "\(builtin.name) refers to \(other)") }
            #expect(!builtin.examples.isEmpty, "\(builtin.name)")
            for example in builtin.examples {
                let lines = example.split(separator: "\n").map(String.init)
                let expected = lines.filter { $0.hasPrefix("#> ") }.map { String($0.dropFirst(3)) }
                #expect(
                    run(example).joined(separator: "\n").split(separator: "\n").map(String.init) == expected,
                    "\(builtin.name)")
            }
        }
    }
}
