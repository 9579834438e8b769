// The tour of `:guide`: its lines run in order, variations count, and it can be entered anywhere.
import Foundation
import Language
import Notebook
import TestSupport
import Testing

@Suite struct GuideTests {
    @Test func everyLineRunsInOrder() throws {
        let bench = Bench()
        bench(":guide")
        #expect(bench.messages.contains("guide 1/10"))
        for (index, step) in Guide.steps.enumerated() {
            #expect(bench.session.guide.position == index)
            #expect(bench.session.lineForEmptyInput == step.line)
            bench(step.line)
            #expect(bench.failures.isEmpty, "\(step.line): \(bench.messages)")
        }
        // The last step shows what it speaks of: a figure for every model but the judge.
        let row = bench.results.split(separator: "\n").first { $0.hasPrefix("forget quality") }?.split(separator: " ")
            .dropFirst(2)
        #expect(row?.count == 4 && row?.dropLast().contains("–") == false, "\(bench.results)")
        #expect(bench.session.guide.position == nil)
        #expect(bench.session.lineForEmptyInput == nil)
        #expect(bench.messages.contains("That was the tour"))
        // Something was unlearned, and the rest was not.
        #expect(bench("nll(run.model, qa.forget) > 10 * nll(base, qa.forget)") == "true\n")
        #expect(bench("nll(run.model, qa.retain) < 0.3") == "true\n")
    }

    @Test func variationsCountAndOtherThingsDoNot() {
        let bench = Bench()
        bench(":guide")
        bench("1 + 1")
        #expect(bench.messages == "guide 1/10: an empty line runs qa = authors()\n")
        bench("2 + 2")
        #expect(bench.messages == "")
        bench("qa = authors(1)")
        #expect(!bench.failures.isEmpty && bench.session.guide.position == 0)
        bench("qa = authors();")
        #expect(bench.session.guide.position == 1)
        bench("qa.retain[5]")
        #expect(bench.session.guide.position == 2)
    }

    @Test func itCanBeEnteredAnywhere() {
        let bench = Bench()
        bench(":guide 4")
        #expect(bench.session.lineForEmptyInput == "qa = authors()\nbase = load(\"authors\")\n" + Guide.steps[3].line)
        bench(":guide back")
        #expect(bench.session.guide.position == 2)
        bench(":guide next")
        #expect(bench.session.guide.position == 3)
        bench(":guide 8")
        #expect(
            bench.session.lineForEmptyInput?.hasPrefix("qa = authors()\nbase = load(\"authors\")\nrun = start(") == true
        )
        bench(":guide 11")
        #expect(bench.messages.contains("numbers 1 to 10"))
        bench(":guide stop")
        #expect(bench.session.lineForEmptyInput == nil)
        bench(":guide")
        #expect(bench.session.guide.position == 7, "it goes on where it was stopped")
        bench(":guide stop")
        bench(":guide next")
        #expect(bench.session.guide.position == 0)
    }

    @Test func aScriptGetsTheWholeTourToRead() throws {
        let bench = Bench(), folder = try TemporaryFolder()
        try ":guide\n".write(toFile: folder.path + "/g.lethe", atomically: true, encoding: .utf8)
        _ = try bench.script(folder.path + "/g.lethe", arguments: [])
        for line in Guide.steps.flatMap({ $0.line.split(separator: "\n") }) { #expect(bench.results.contains(line)) }
        #expect(bench.results.split(separator: "\n").allSatisfy { $0.count <= 120 })
    }
}
