// Workspaces that are damaged, impossible or of an earlier format: each is named, and changes nothing.
import Files
import Foundation
import Language
import LanguageModels
import Notebook
import Tensors
import Testing
import Vocabulary

private func temporaryPath(_ name: String = "f.ws") throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lethe-workspace-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder.appendingPathComponent(name).path
}

@Suite struct WorkspaceDamageTests {
    @Test func damageIsFoundAndChangesNothing() throws {
        let path = try temporaryPath(), before = Talk(wholeSession())
        before("t = tensor([1, 2, 3]); m = gpt(5, layers=1, width=8); def f(x) = x")
        before(":save \(path)")
        let bytes = try FileBytes.read(path)
        func check(_ bytes: [UInt8], _ words: String...) throws {
            try FileBytes.write(bytes, to: path)
            let desk = Talk(wholeSession())
            desk("y = 2")
            desk(":load \(path)")
            #expect(
                words.contains { desk.messages.contains($0) } && desk.messages.contains("error:"), "\(desk.messages)")
            #expect(desk("y") == "2\n")
            #expect(desk.session.nextCell == 4)
        }
        for length in [0, 7, 8, 100, bytes.count / 2, bytes.count - 1] {
            try check(Array(bytes[..<length]), "no whole workspace")
        }
        try check(bytes + [0], "no whole workspace")
        for place in [bytes.count - 1, bytes.count - 1000] {
            var changed = bytes
            changed[place] ^= 0x40
            try check(changed, "numbers have changed")
        }
        // Every flipped bit of the description is found, and none is fatal.
        let header = bytes.count - 4 * (3 + 900)
        for place in stride(from: 8, to: min(header, 6000), by: 97) {
            var changed = bytes
            changed[place] ^= 1 << UInt8(place % 7)
            try check(changed, "damaged", "no whole workspace", "no workspace", "reads format", "numbers have changed")
        }
        try check(Array("x = 1\n".utf8), "no whole workspace")
        try SafetensorsFile.write([], to: path)
        try check(FileBytes.read(path), "but no workspace")
        let desk = Talk(wholeSession())
        desk(":load \(path).none.ws")
        #expect(desk.messages.contains("cannot read"))
        desk("x = 1")
        desk(":save \(path)/none/f.ws")
        #expect(desk.messages.contains("cannot write"))
        desk(":save f.txt")
        #expect(desk.messages.contains("ends in neither"))
    }

    /// A run whose step, or whose optimizer's, no session could have come to; a valid checksum is no proof.
    @Test(arguments: ["\"step\":2,\"weights\"", "\"rule\":{\"step\":2,"]) func impossibleSteps(_ part: String) throws {
        let path = try temporaryPath(), desk = Talk(wholeSession())
        desk(
            """
            m = gpt(5, layers=1, width=8, seed=1)
            b = batch([[1, 2, 3]])
            r = step(start(m, b, b, loss=ga, optimizer=adamw(lr=0.1)), 2)
            """
        )
        desk(":save \(path)")
        let file = try SafetensorsFile(path), text = try #require(file.metadata["session"])
        #expect(text.contains(part))
        for step in ["9223372036854775807", "1000000001", "-1", "2.5"] {
            let changed = text.replacing(part, with: part.replacing("2", with: step))
            let sum = String(Checksum(of: [changed]).value, radix: 16)
            try SafetensorsFile.write(
                file.tensors.map { ($0.key, $0.value.shape) },
                metadata: [("lethe", "2"), ("session", changed), ("sum", sum)], to: path + step
            ) { index, body in try file.floats(file.tensors.keys[index]).withUnsafeBufferPointer { try body($0) } }
            desk(":load \(path)\(step)")
            #expect(desk.messages.contains("error: "), "\(desk.messages)")
        }
        desk(":load \(path)")
        #expect(desk.messages.contains("loaded 3 names"), "\(desk.messages)")
    }

    @Test func anEarlierFormatIsSaidToBeOne() throws {
        let path = try temporaryPath(), desk = Talk(wholeSession())
        try SafetensorsFile.write([], metadata: [("lethe", "1"), ("session", "{}"), ("sum", "0")], to: path) { _, _ in }
        desk(":load \(path)")
        #expect(
            desk.messages.contains("is a workspace of format 1")
                && desk.messages.contains("an earlier version of Lethe wrote it"), "\(desk.messages)")
    }

    /// A description that is whole but says what cannot be.
    @Test(arguments: [
        "\"names\": [[\"x\", {\"o\": 0}, null]]", "\"names\": [[\"x\", {\"o\": -1}, null]]",
        "\"names\": [[\"1\", 2, null]]", "\"names\": [[\"x\", {\"x\": \"a\"}, null]]",
        "\"names\": 3", "\"next_cell\": 0", "\"digits\": 99", "\"first_seed\": \"-1\"", "\"records\": [{}]",
        "\"objects\": [{\"kind\": \"tensor\", \"values\": 0}]",
        "\"objects\": [{\"kind\": \"spell\"}]",
        "\"objects\": [{\"kind\": \"builtin\", \"name\": \"sinn\", \"options\": []}]",
        "\"objects\": [{\"kind\": \"builtin\", \"name\": \"adamw\", \"options\": [[\"zz\", 1]]}]",
        "\"sources\": [{\"text\": \"x\"}]",
        """
        "sources": [{"text": "x -> 1", "cell": 1}], "objects": [{"kind": "function", "source": 0, "span": [0, 3], \
        "captures": [], "defaults": [], "options": []}]
        """,
        """
        "sources": [{"text": "x -> 1", "cell": 1}], "objects": [{"kind": "function", "source": 0, "span": [0, 6], \
        "captures": [[1]], "defaults": [], "options": []}]
        """,
        """
        "sources": [{"text": "x -> (", "cell": 1}], "objects": [{"kind": "function", "source": 0, "span": [0, 6], \
        "captures": [], "defaults": [], "options": []}]
        """,
        """
        "objects": [{"kind": "batch", "rows": 2, "time": 9223372036, "ids": [], "labels": [], "lengths": []}]
        """,
        """
        "objects": [{"kind": "batch", "rows": 1, "time": 1, "ids": [1], "labels": [1], "lengths": [2]}]
        """,
        "\"objects\": [{\"kind\": \"model\", \"configuration\": {\"model_type\": \"gpt9\"}, \"weights\": 0}]",
        "\"objects\": [{\"kind\": \"run\", \"function\": \"sin\", \"arguments\": [], \"seed\": \"0\"}]",
        "\"objects\": [{\"kind\": \"run\", \"function\": \"start\", \"arguments\": [], \"seed\": \"0\"}]",
        "\"layouts\": [[[\"a\", [-1]]]]", "\"layouts\": [[[\"a\", [1000000000, 1000000000, 1000000000, 0]]]]",
        "\"layouts\": [[[\"a\", [0, 1099511627776, 1099511627776]]]]", "\"next_cell\": 999999999",
        "\"results\": [1, 2, 3]",
        "\"names\": [[\"x\", {\"range\": [0, 1, 9223372036854775807]}, null]]",
        "\"names\": [[\"x\", {\"range\": [0, 0, 5]}, null]]",
        "\"names\": [[\"x\", {\"range\": [1e308, 1e308, 5]}, null]]",
        "\"names\": [[\"x\", {\"range\": [{\"x\": \"nan\"}, 1, 5]}, null]]",
        "\"sources\": [{\"text\": \"x\", \"cell\": 9223372036854775807}]",
        "\"sources\": [{\"text\": \"x\", \"cell\": 1}], \"names\": [[\"x\", 1, [0, 0, 99]]]",
        "\"sources\": [{\"text\": \"x\", \"cell\": 1}], \"names\": [[\"x\", 1, [0, 1, 0]]]",
        "\"records\": [{\"number\": 999999999}]",
        """
        "objects": [{"kind": "batch", "rows": 1, "time": 1, "ids": [9223372036854775807], "labels": [1], "lengths": \
        [1]}]
        """,
        """
        "objects": [{"kind": "batch", "rows": 1, "time": 1, "ids": [1], "labels": [-7], "lengths": [1]}]
        """,
        "\"objects\": [{\"kind\": \"explanation\", \"step\": 9223372036854775807}]",
        "\"layouts\": [[[\"a\", [1000000000, 1000000000, 1000000000]]]]", "\"tokenizers\": [{\"file\": \"{}\"}]",
        "\"questions\": [[1]]",
    ]) func impossibleDescriptions(_ part: String) throws {
        let path = try temporaryPath(), desk = Talk(wholeSession())
        var fields = [
            "names": "[]", "results": "[]", "records": "[]", "next_cell": "1", "digits": "4", "first_seed": "\"0\"",
            "sources": "[]", "tokenizers": "[]", "layouts": "[]", "questions": "[]", "tensors": "[]", "objects": "[]",
        ]
        let wrong = try JSON(parsing: "{\(part)}")
        for (key, value) in wrong.object ?? [:] { fields[key] = try value.text() }
        let text = "{" + fields.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}"
        let sum = String(Checksum(of: [text]).value, radix: 16)
        try SafetensorsFile.write([], metadata: [("lethe", "2"), ("session", text), ("sum", sum)], to: path) { _, _ in }
        desk("y = 2")
        desk(":load \(path)")
        #expect(desk.messages.contains("error: "), "\(desk.messages)")
        #expect(desk("y") == "2\n")
    }
}
