// Lines for the shell whose output is handed over.
import Glibc
import Protocols
import Tensors
import Testing

@Suite struct ShellLineTests {
    private func run(_ line: String) -> String {
        var text = ""
        ShellLine(cancellation: Cancellation()).run(line) { text += $0 }
        return text
    }

    @Test func whatItWritesComesInOrder() {
        #expect(run("echo é; echo 2 >&2; cat") == "é\n2\n")
        #expect(run("exit 3") == "[exit status 3]\n")
        #expect(run("kill -9 $$") == "[ended by signal 9]\n")
    }

    @Test func whatRunsOnInTheBackgroundIsNotWaitedFor() {
        let text = run("sleep 1000 & echo $!")
        // Its number comes while it sleeps.
        #expect(Int32(text.dropLast()).map { kill($0, SIGTERM) } == 0)
    }

    @Test func anInterruptEndsIt() {
        let cancellation = Cancellation()
        cancellation.request()
        var text = ""
        ShellLine(cancellation: cancellation).run("sleep 1000") { text += $0 }
        #expect(text == "[ended by signal 2]\n")
    }
}
