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

    @Test func aNarrowWindowClipsTheBar() {
        var written: [String] = []
        var now = 0.0
        let meter = ProgressMeter(style: .bar, columns: { 20 }, clock: { now }, write: { written.append($0) })
        meter.report("train", done: 0, total: 10, note: "")
        now = 1
        meter.report("train", done: 5, total: 10, note: "a long note that cannot fit")
        #expect(written.count == 1)
        #expect(written[0].dropFirst().prefix { $0 != "\u{1B}" }.count == 19)
    }
}
