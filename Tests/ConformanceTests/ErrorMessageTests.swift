// Error messages word for word, in sessions with the whole vocabulary: one golden transcript a message.
import Foundation
import Testing

/// A transcript of the prompt: `7> cell`, `.. ` and its further lines, and between them what the session said.
private struct Talk {
    struct Turn {
        var cell: Int
        var source: String
        var answer: String
    }

    var turns: [Turn] = []

    init(_ text: String) {
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if let mark = line.range(of: "> "), let number = Int(line[..<mark.lowerBound]) {
                turns.append(Turn(cell: number, source: String(line[mark.upperBound...]), answer: ""))
            } else if turns.isEmpty {
                continue
            } else if line.hasPrefix(".. ") {
                turns[turns.count - 1].source += "\n" + line.dropFirst(3)
            } else if !line.isEmpty {
                turns[turns.count - 1].answer += line + "\n"
            }
        }
    }

    var text: String {
        turns.map { "\($0.cell)> \($0.source.replacingOccurrences(of: "\n", with: "\n.. "))\n\($0.answer)" }.joined()
    }
}

@Suite struct ErrorMessageTests {
    private static let folder = Places.scripts + "/errors"
    static var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".txt") }.sorted()
    }

    @Test func theSixAreThere() {
        for name in ["undefined", "shapes", "unknown-option", "configured-function", "one-number", "not-a-number"] {
            #expect(Self.names.contains(name + ".txt"))
        }
    }

    /// With `LETHE_UPDATE_GOLDENS=1` the answers are written anew instead; look at the difference before it is
    /// committed.
    @Test(arguments: names) func saysWordForWord(_ name: String) throws {
        let path = Self.folder + "/" + name, bench = Bench()
        let golden = try String(contentsOfFile: path, encoding: .utf8)
        var talk = Talk(golden)
        for index in talk.turns.indices {
            let turn = talk.turns[index]
            while bench.session.nextCell < turn.cell { bench("none") }
            bench(turn.source)
            talk.turns[index].answer = bench.results + bench.messages
        }
        if ProcessInfo.processInfo.environment["LETHE_UPDATE_GOLDENS"] != nil {
            try talk.text.write(toFile: path, atomically: true, encoding: .utf8)
        } else {
            #expect(talk.text == golden)
        }
    }
}
