// Up and Down through earlier cells.
import Notebook
import Testing

@Suite struct RecallTests {
    @Test func upAndDownThroughAll() {
        var recall = Recall(cells: ["a", "b", "c"])
        #expect(recall.older(than: "", prefix: "") == "c")
        #expect(recall.older(than: "c", prefix: "c") == "b")
        #expect(recall.newer(than: "b") == "c")
        #expect(recall.newer(than: "c") == "")
        #expect(recall.newer(than: "") == nil)
        #expect(recall.older(than: "", prefix: "") == "c")
    }

    @Test func onlyThoseThatBeginAlike() {
        var recall = Recall(cells: ["alpha", "beta", "alpha2", "alpha2", "beta2"])
        #expect(recall.older(than: "alx", prefix: "al") == "alpha2")
        #expect(recall.older(than: "alpha2", prefix: "alpha2") == "alpha")
        #expect(recall.older(than: "alpha", prefix: "") == nil)
        #expect(recall.newer(than: "alpha") == "alpha2")
        #expect(recall.newer(than: "alpha2") == "alx")
    }

    @Test func typingBeginsANewWalk() {
        var recall = Recall(cells: ["one", "two"])
        #expect(recall.older(than: "", prefix: "") == "two")
        #expect(recall.newer(than: "two!") == nil)
        #expect(recall.older(than: "on", prefix: "on") == "one")
    }

    @Test func nothingToRecall() {
        var recall = Recall(cells: [])
        #expect(recall.older(than: "", prefix: "") == nil)
        #expect(recall.newer(than: "") == nil)
        recall.append("a")
        #expect(recall.older(than: "", prefix: "") == "a")
    }

    @Test func howALineMayGoOn() {
        var recall = Recall(cells: ["x = 1", "x = 2\ny", "z"])
        #expect(recall.continuation(of: "x ") == "= 2\ny")
        #expect(recall.continuation(of: "x = 1") == nil)
        #expect(recall.continuation(of: "") == nil)
        #expect(recall.continuation(of: "q") == nil)
        // Whoever walks through cells sees them as they are.
        recall.append("z1")
        #expect(recall.older(than: "z", prefix: "z") == "z1")
        #expect(recall.continuation(of: "z1") == nil)
    }
}
