// What is printed quickly is joined, and stays in order with all else.
import Files
import Jupyter
import Testing

@Suite struct OutboxTests {
    private func text(_ outbox: Outbox) -> [String] {
        outbox.take().messages.map { $0.message.content["text"]?.string ?? $0.message.type }
    }

    @Test func printedTextIsJoinedAndKeepsItsPlace() {
        let outbox = Outbox(sender: Sender()) {}
        let status = Message(identities: [], header: Sender().header("status"), parent: [:], content: [:])
        outbox.stream("stdout", "a", parent: ["id": 1])
        outbox.stream("stdout", "b", parent: ["id": 1])
        outbox.stream("stderr", "c", parent: ["id": 1])
        outbox.send(status, by: .iopub)
        outbox.stream("stdout", "d", parent: ["id": 1])
        outbox.stream("stdout", "e", parent: ["id": 2])
        outbox.send(status, by: .iopub)
        #expect(text(outbox) == ["ab", "c", "status", "d", "e", "status"])
    }

    @Test func whatIsHeldBackComesAtTheEnd() {
        let outbox = Outbox(sender: Sender()) {}
        outbox.stream("stdout", "a", parent: [:])
        #expect(text(outbox) == ["a"])
        outbox.stream("stdout", "b", parent: [:])
        outbox.close()
        #expect(!outbox.isFinished)
        #expect(text(outbox) == ["b"])
        #expect(outbox.isFinished)
    }
}
