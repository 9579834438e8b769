// Pasted transcripts: prompts and outputs go, everything else stays.
import Notebook
import Testing

@Suite struct TranscriptTests {
    @Test func numberedPromptsAndOutputsAreRemoved() {
        #expect(Transcript.stripped("3> x = 4\n4> x + 1\n#> 5") == "x = 4\nx + 1")
    }

    @Test func continuationPromptsAreRemovedInTranscriptsOnly() {
        #expect(Transcript.stripped("1> def f(x) {\n..   x\n.. }") == "def f(x) {\n  x\n}")
        #expect(Transcript.stripped("a\n.. b") == "a\n.. b")
    }

    @Test(arguments: ["x > 3", "3>x", "12 > 4", "# > 5", "x -> x + 1", ""])
    func codeThatLooksAlikeStays(_ text: String) { #expect(Transcript.stripped(text) == text) }

    @Test func aTypedPromptAloneIsAnEmptyCell() { #expect(Transcript.stripped("7> ") == "") }
}
