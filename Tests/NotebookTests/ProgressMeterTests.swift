// Progress: silent at first, rarely redrawn, one summary, plain lines where there is no terminal.
import Notebook
import Testing

/// A clock that stands where it is put, and a screen that remembers.
private final class Stage {
    var now = 0.0
    var written: [String] = []
    func meter(_ style: ProgressMeter.Style) -> ProgressMeter {
        ProgressMeter(style: style, columns: { 80 }, clock: { self.now }, write: { self.written.append($0) })
    }
}

@Suite struct ProgressMeterTests {
    @Test func aShortOperationShowsNothing() {
        let stage = Stage()
        let meter = stage.meter(.bar)
        for done in 0...100 {
            stage.now = Double(done) * 0.0029
            meter.report("train", done: done, total: 100, note: "")
        }
        #expect(stage.written.isEmpty)
    }

    @Test func theBarIsDrawnAtMostTenTimesASecondAndLeavesASummary() throws {
        let stage = Stage()
        let meter = stage.meter(.bar)
        for done in 0...500 {
            stage.now = Double(done) * 0.004
            meter.report("train", done: done, total: 500, note: "loss 2.113")
        }
        let bars = stage.written.filter { $0.contains("[") && $0.contains("]") && $0.contains("%") }
        #expect(bars.count >= 10 && bars.count <= 18)
        #expect(try #require(bars.first).hasPrefix("\rtrain  [█▌        ]  15%  75/500  loss 2.113  250/s  0:02 left"))
        #expect(stage.written.last == "train  500/500  loss 2.113  2.0 s  250 steps/s\n")
        #expect(stage.written.dropLast().last == "\r\u{1B}[K")
    }

    @Test func plainLinesComeEveryTenth() {
        let stage = Stage()
        let meter = stage.meter(.lines)
        for done in 0...500 {
            stage.now = Double(done) * 0.02
            meter.report("train", done: done, total: 500, note: "")
        }
        #expect(stage.written.count == 10)
        #expect(stage.written.first == "train  10%  50/500\n")
        #expect(!stage.written.joined().contains("\r"))
        #expect(!stage.written.joined().contains("\u{1B}"))
    }

    @Test func quietWritesNothing() {
        let stage = Stage()
        let meter = stage.meter(.none)
        for done in 0...10 {
            stage.now += 1
            meter.report("train", done: done, total: 10, note: "")
        }
        #expect(stage.written.isEmpty)
    }

    @Test func anInterruptedOperationLeavesWhatItReached() {
        let stage = Stage()
        let meter = stage.meter(.bar)
        for done in 0...50 {
            stage.now = Double(done) * 0.02
            meter.report("cg", done: done, total: 100, note: "")
        }
        meter.finish()
        #expect(stage.written.last == "cg  50/100  1.0 s  50 steps/s\n")
        meter.finish()
        #expect(stage.written.last == "cg  50/100  1.0 s  50 steps/s\n")
    }

    @Test func theUnitIsSaid() {
        let stage = Stage()
        let meter = stage.meter(.bar)
        for done in 0...30 {
            stage.now = Double(done) * 0.1
            meter.report("compare", done: done, total: 30, unit: "questions", note: "")
            meter.report("compare", done: done, total: 30, unit: "questions", note: "")
        }
        #expect(stage.written.last == "compare  30/30  3.0 s  10 questions/s\n")
        for done in 0...30 {
            stage.now += 0.1
            meter.report("cg", done: done, total: 30, unit: "", note: "residual 1 → 0.0031")
        }
        #expect(stage.written.last == "cg  30/30  residual 1 → 0.0031  3.0 s\n")
    }

    /// Turns of a loop, and in each of them an operation that takes so long.
    private func loop(_ turns: Int, of seconds: Double, _ style: ProgressMeter.Style) -> [String] {
        let stage = Stage()
        let meter = stage.meter(style)
        for turn in 0..<turns {
            meter.reportLoop(done: turn, total: turns)
            for done in 0...100 {
                meter.report("train", done: done, total: 100, note: "")
                if done < 100 { stage.now += seconds / 100 }
            }
        }
        meter.reportLoop(done: turns, total: turns)
        meter.finish()
        return stage.written
    }

    @Test func shortOperationsInALoopLeaveOneSummary() {
        let written = loop(10, of: 1, .bar)
        #expect(written.contains { $0.hasPrefix("\rfor 4/10  train  [") })
        #expect(written.contains { $0.hasPrefix("\rfor  [") })
        #expect(written.filter { $0.hasSuffix("\n") } == ["for  10/10  10.0 s  1.0 turns/s\n"])
        // A log says how far the loop is.
        #expect(loop(10, of: 1, .lines).allSatisfy { $0.hasPrefix("for  ") })
    }

    @Test func longOperationsInALoopLeaveTheirOwn() {
        let written = loop(3, of: 5, .bar).filter { $0.hasSuffix("\n") }
        #expect(written == Array(repeating: "train  100/100  5.0 s  20 steps/s\n", count: 3))
    }

    @Test func aNarrowerWindowLeavesNothingOfTheBar() throws {
        var written: [String] = [], now = 0.0, columns = 80
        let meter = ProgressMeter(style: .bar, columns: { columns }, clock: { now }, write: { written.append($0) })
        meter.report("train", done: 0, total: 10, note: "")
        now = 1
        meter.report("train", done: 5, total: 10, note: "a note that makes the bar fill most of the line")
        columns = 30
        now = 2
        meter.report("train", done: 6, total: 10, note: "")
        // The bar of 79 columns stands on three lines now.
        #expect(try #require(written.last).hasPrefix("\r\u{1B}[2A\u{1B}[J"), "\(written)")
        meter.clear()
        #expect(written.last == "\r\u{1B}[K")
    }

    @Test func aNarrowWindowClipsTheBar() {
        var written: [String] = []
        var now = 0.0
        let meter = ProgressMeter(style: .bar, columns: { 20 }, clock: { now }, write: { written.append($0) })
        meter.report("train", done: 0, total: 10, note: "")
        now = 1
        meter.report("train", done: 5, total: 10, note: "a long note that cannot fit")
        #expect(written.count == 1)
        #expect(written[0].dropFirst().prefix { $0 != "\u{1B}" }.count == 17)
    }
}
