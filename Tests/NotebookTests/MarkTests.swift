// Marks: what they compute, and that each is drawn as text in any window and as SVG.
import Plots
import Foundation
import Language
import Notebook
import Tensors
import Testing
import Vocabulary

private func run(_ text: String, isUnicode: Bool = true, width: Int = 80) -> [String] {
    var configuration = Session.Configuration(EngineContext(device: Device(threads: 1)))
    configuration.isUnicode = { isUnicode }
    configuration.width = { width }
    return Session(configuration).run(Cell(text)).map {
        switch $0 {
        case .text(_, let text), .interrupted(let text): text
        case .value(let value): value.plain
        case .failure(let diagnostic): diagnostic.message
        }
    }
}

private let setup = """
    f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]]); m = gpt(5, layers=1, width=8, seed=1); a = start(m, f, r, \
    optimizer=adamw(lr=1e-2)); b = start(m, f, r, optimizer=sophia(lr=1e-2));\u{20}
    """

/// One of each kind of picture.
private let pictures = [
    "plot([3, 1, 2], [1, 2, 3], style=\"points\", title=\"points\", xlabel=\"place\", ylabel=\"height\")",
    "plot(map(i -> [sin(i), cos(2 * i)], range(400)), style=\"points\")",
    "band([[1, 2, 3], [2, 2, 5]], title=\"a band\", labels=[\"loss\"])",
    "plot(band((a=[[1, 2, 3], [2, 2, 5]], b=[[3, 2, 1], [4, 3, 2]])), log=\"y\")",
    "histogram(randn(500, seed=1), title=\"weights\")",
    "histogram(randn(500, seed=1), randn(400, seed=2), labels=[\"before\", \"after\"])",
    "heatmap([[0, 1, 2], [3, nan, 5]], xlabel=\"key\", ylabel=\"query\")",
    "heatmap(randn(500, 700, seed=1))",
    "contour(himmelblau)",
    "contour((x, y) -> x * y, x=[-1, 1], y=[-2, 2], paths=[[[0, 0], [1, 1]], [[0, 0], [3, 3], [0.5, 2]]])",
    "race([sgd(lr=0.01), sgd(lr=0.1), sgd(lr=0.3)], on=quadratic(cond=10), steps=40)",
    setup + "frontier(a, b, m, steps=6, seeds=2)",
    setup + "curves(step(a, 6), step(b, 6))",
    setup + "layers(b)",
]

@Suite struct MarkTests {
    @Test(arguments: pictures) func isDrawnInAnyWindow(_ program: String) {
        for width in [10, 24, 40, 80, 200] {
            for isUnicode in [true, false] {
                let text = run(program, isUnicode: isUnicode, width: width).joined(separator: "\n")
                #expect(text.contains(isUnicode ? "└" : "+-") || program.contains("layers"), "\(text)")
                for line in text.split(separator: "\n") {
                    #expect(displayWidth(String(line)) <= width, "\(width): \(line)")
                }
                let foreign = text.filter { !$0.isASCII && $0 != "…" && $0 != "–" }
                if !isUnicode { #expect(foreign.isEmpty, "\(text)") }
            }
        }
    }

    @Test(arguments: pictures) func isDrawnAsWholeSVG(_ program: String) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("lethe-mark-\(UUID()).svg").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(run(String(program.dropLast()) + ", save=\"\(path)\");").isEmpty)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.hasPrefix("<svg ") && text.hasSuffix("</svg>\n"))
        #expect(text.contains("prefers-color-scheme:dark") && !text.contains("href") && !text.contains("url("))
        // Coordinates are numbers, and stay on the sheet or near it.
        let body = try #require(text.components(separatedBy: "</style>").last).replacing(#/#[0-9a-f]{6}/#, with: "")
        let words = body.split(whereSeparator: { !($0.isNumber || $0 == "." || $0 == "-") }).compactMap { Double($0) }
        #expect(!text.contains("=\"nan") && words.allSatisfy { abs($0) < 3000 })
        #expect(XMLParserLite.isWellFormed(text))
    }

    @Test func aBandIsMeanAndSpread() {
        #expect(
            run("b = band([[1, 4], [3, nan], [5, 6]], spread=\"std\"); print(b.mean, b.low, b.high)") == [
                "[3, 5] [1, 3.586] [5, 6.414]\n"
            ])
        #expect(run("b = band(tensor([[1, 2, 9], [3, 4, 5]])); print(b.low, b.high)") == ["[1, 2, 5] [3, 4, 9]\n"])
    }

    @Test func aHistogramCountsEverythingOnce() {
        #expect(run("h = histogram(randn(10000, seed=1)); sum(h.counts)") == ["10000"])
        #expect(
            run("h = histogram([0, 1, 2, 3, nan, inf], bins=3); print(h.edges, h.counts)") == [
                "[0, 1, 2, 3] [1, 1, 2]\n"
            ])
        #expect(
            run("h = histogram([1, 5, 10, 50, 100, 0, -3], bins=2, log=\"x\"); print(h.edges, h.counts)") == [
                "[1, 10, 100] [2, 3]\n"
            ])
        #expect(run("histogram([1, 2, 3], bins=2, range=[10, 20]).counts") == ["[0, 0]"])
        #expect(run("histogram([5, 5, 5]).counts") == ["[3]"])
    }

    /// Lines of x² + y² on a fine grid are circles.
    @Test func contoursLieWhereTheFunctionHasTheirValue() {
        let n = 101
        func coordinate(_ share: Double) -> Double { -2 + 4 * share }
        let values = (0..<n * n).map { index in
            let x = coordinate(Double(index % n) / Double(n - 1)), y = coordinate(Double(index / n) / Double(n - 1))
            return x * x + y * y
        }
        let contours = Contours(x: -2...2, y: -2...2, columns: n, rows: n, values: values, levels: [1, 2.25])
        for level in contours.levels {
            let lines = contours.lines(level)
            #expect(lines.count == 1)
            let line = lines.first ?? []
            #expect(line.count > 100 && line.first?.x == line.last?.x && line.first?.y == line.last?.y)
            for place in line {
                let radius = (coordinate(place.x) * coordinate(place.x) + coordinate(place.y) * coordinate(place.y))
                    .squareRoot()
                #expect(abs(radius - level.squareRoot()) < 1e-3)
            }
        }
    }

    @Test func levelsShareTheAreaWhateverTheScale() {
        let plain = (0..<1000).map { Double($0 * 7919 % 1000) }
        let levels = Contours.levels(5, of: plain)
        #expect(Contours.levels(5, of: plain.map { exp($0 / 100) }) == levels.map { exp($0 / 100) })
        #expect(Contours.levels(5, of: [3, 3, 3]).isEmpty && Contours.levels(5, of: [.nan]).isEmpty)
    }

    @Test func linesAreCutOffAtTheEdges() {
        let axis = Axis(low: 0, high: 1, isLogarithmic: false)
        let frame = Frame(x: axis, y: axis)
        func pieces(_ points: [(Double, Double)]) -> [[[Double]]] {
            frame.pieces(points.map { Curve.Point(x: $0.0, y: $0.1) }).map {
                $0.map { [($0.x * 1e6).rounded() / 1e6, ($0.y * 1e6).rounded() / 1e6] }
            }
        }
        #expect(pieces([(-1, 0.5), (2, 0.5)]) == [[[0, 0.5], [1, 0.5]]])
        #expect(pieces([(0.2, 0.5), (2, 0.5), (0.2, 0.5)]) == [[[0.2, 0.5], [1, 0.5]], [[1, 0.5], [0.2, 0.5]]])
        #expect(pieces([(-1, 3), (2, 3)]).isEmpty)
        #expect(pieces([(0.5, 0.5), (.nan, 0), (0.6, 0.6)]) == [[[0.5, 0.5]], [[0.6, 0.6]]])
        #expect(pieces([(0.5, 0.5), (1e300, 1e300)]) == [[[0.5, 0.5], [1, 1]]])
    }

    @Test func theLargestCloudIsThinned() throws {
        let count = 200_000
        let cloud = try PointCloud(
            label: "", x: (0..<count).map { sin(Double($0)) }, y: (0..<count).map { cos(Double($0) * 1.3) },
            logX: false, logY: false
        ) {}
        #expect(cloud.points.count < 180_000 && cloud.points.count > 1000)
    }

    /// A session that the user stops after so many reports of progress.
    private func interrupted(_ program: String, after reports: Int) -> [String] {
        var configuration = Session.Configuration(EngineContext(device: Device(threads: 1)))
        var count = 0
        let cancellation = configuration.cancellation
        let clock = {
            count += 1
            if count == reports { cancellation.request() }
            return 0.0
        }
        configuration.progress = ProgressMeter(style: .lines, columns: { 80 }, clock: clock, write: { _ in })
        let session = Session(configuration)
        return session.run(Cell(program)).map { if case .interrupted(let text) = $0 { text } else { "other" } }
            + session.run(Cell("names")).map {
                switch $0 {
                case .value(let value): value.plain
                case .failure(let diagnostic): diagnostic.message
                default: ""
                }
            }
    }

    @Test func whatIsInterruptedGivesWhatItHas() {
        let race = interrupted("r = race([sgd(lr=1e-4)], steps=1000000); names = len(r.values.sgd) > 10", after: 50)
        #expect(
            race.first?.hasPrefix("interrupted at step ") == true && race.first?.contains("r holds the race") == true,
            "\(race)")
        let own = interrupted(
            "r = race([sgd(lr=1e-4)], on=p -> sum(p^2), start=[1, 1], steps=1000000); names = len(r.values.sgd)",
            after: 50)
        #expect(own.first?.contains("r holds the race") == true, "\(own)")
        let front = interrupted(
            setup.replacingOccurrences(of: "; ", with: "\n") + "\nq = frontier(a, b, steps=100000, every=10)", after: 3)
        #expect(front.first?.contains("q holds the curves as far as they went") == true, "\(front)")
    }

    @Test func runsAreCalledByWhatTellsThemApart() {
        #expect(run(setup + "frontier(a, b, steps=1).names") == ["[\"adamw\", \"sophia\"]"])
        #expect(
            run(setup + "c = start(m, f, r, optimizer=adamw(lr=1)); frontier(a, b, c, steps=1).names") == [
                "[\"a\", \"b\", \"c\"]"
            ])
        #expect(
            run(setup + "frontier([a, start(m, f, r, optimizer=adamw(lr=0.5))], steps=1).names") == [
                "[\"adamw lr=0.01\", \"adamw lr=0.5\"]"
            ])
        #expect(
            run(setup + "frontier(a, m, a, steps=1, names=[\"one\", \"before\", \"one\"]).names") == [
                "[\"one\", \"before\", \"one (2)\"]"
            ])
        #expect(
            run(setup + "curves(step(a, 2).log, train(m, f, steps=2)).quantities") == [
                "[\"loss\", \"forget\", \"retain\", \"gradient\"]"
            ])
    }

    @Test func aFrontierOverSeedsIsTheirMean() {
        let text = run(
            setup
                + """
                q = frontier(b, steps=4, every=2, seeds=3); c = q.sophia; print(c.step, len(c.seeds)); \
                abs(sum(map(s -> s.forget[2], c.seeds)) / 3 - c.forget[2]) < 1e-9
                """
        )
        #expect(text == ["[0, 2, 4] 3\n", "true"])
        // The run's own seed comes first, and the run itself is a path of the frontier.
        #expect(
            run(
                setup
                    + """
                    q = frontier(b, steps=4, every=2, seeds=2); q.sophia.seeds[0].forget[2] == nll(step(b, \
                    4).model, f)
                    """
            ) == ["true"])
        #expect(run(setup + "frontier(a, steps=2, on=(forget=f, moved=x -> distance(x, m))).adamw.moved[0]") == ["0"])
    }

    /// An optimizer of the user's own tells no clipping; its layers are those of the step it takes.
    @Test func layersOfAnOptimizerOfOnesOwn() {
        let own = """
            def plain(m, g, s=(v=0)) { s.v = 0.9 * s.v + g; return m - 0.1 * s.v, s }; o = step(start(m, f, r, \
            optimizer=plain), 2); l = layers(o);
            """
        #expect(run(setup + own + " abs(norm(l.update) - explain(o).update) < 1e-6") == ["true"])
        #expect(run(setup + own + " all(map(x -> x == nothing, l.clipped))") == ["true"])
    }

    @Test func picturesAreDrawnOverOneAnother() {
        #expect(
            run(
                """
                plot(band([[1, 2], [2, 3]], labels=["seeds"]), plot([1, 2], style="points", labels=["truth"]), \
                title="t").labels
                """
            ) == ["[\"seeds\", \"truth\"]"])
        #expect(run("p = plot([1, 10], log=\"y\", title=\"inner\", xlabel=\"n\"); plot(p).title") == ["\"inner\""])
        #expect(run("plot(heatmap([[1, 2], [3, 4]]), [0, 1], x=[100, 200])").count == 1)
        #expect(run("plot(histogram([1, 2, 3]), x=[100, 200])").count == 1)
    }
}

/// Whether tags are closed in order and quotes are balanced: enough to catch what our own writer could get wrong.
private enum XMLParserLite {
    static func isWellFormed(_ text: String) -> Bool {
        var open: [Substring] = []
        for part in text.split(separator: "<").dropFirst(0) {
            guard let end = part.firstIndex(of: ">") else { return false }
            let tag = part[..<end]
            if tag.filter({ $0 == "\"" }).count % 2 != 0 { return false }
            if tag.hasPrefix("/") {
                guard open.popLast() == tag.dropFirst() else { return false }
            } else if !tag.hasSuffix("/") {
                open.append(tag.prefix { !$0.isWhitespace })
            }
        }
        return open.isEmpty
    }
}
