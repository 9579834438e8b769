// Files as programs read and write them: numbers stay what they were, files keep their modes, and what was killed
// leaves nothing.
import Foundation
import TestSupport
import Testing

@Suite struct FileTests {
    private func put(_ bytes: [UInt8], _ path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
    private func put(_ text: String, _ path: String) throws { try put(Array(text.utf8), path) }

    /// What a file holds, the program that reads it as `{f}`, and what that prints.
    @Test(arguments: [
        (
            "[9007199254740992, -9007199254740992, 1152921504606846976]", "read_json(\"{f}\") == [2^53, -2^53, 2^60]",
            "true\n"
        ),
        ("{\"loss\": NaN, \"m\": -Infinity}", "t = read_json(\"{f}\"); print(isnan(t.loss), t.m)", "1 -inf\n"),
        ("{\"a\": 1}\n{\"a\": 2}\n", "map(r -> r.a, read_json(\"{f}\"))", "[1, 2]\n"),
        ("[\"x\\ud83d\"]", "read_json(\"{f}\")[0] == \"x\\u{fffd}\"", "true\n"),
        (
            "commit,n\n0x1F,1\n12e4,2.5\n", "t = read_csv(\"{f}\"); print(t.commit, t.n)",
            "[\"0x1F\", \"12e4\"] [1, 2.5]\n"
        ),
        ("a\n1\0abc\n2\n", "read_csv(\"{f}\").a == [\"1\\u{0}abc\", \"2\"]", "true\n"),
        ("\u{FEFF}a,b\n1,2\n", "read_csv(\"{f}\").a", "[1]\n"),
    ]) func isReadAsItStands(contents: String, program: String, printed: String) throws {
        let folder = try TemporaryFolder(), bench = Bench(), path = folder.path + "/f"
        try put(contents, path)
        #expect(bench(program.replacingOccurrences(of: "{f}", with: path)) == printed, "\(bench.messages)")
    }

    @Test func wholeNumbersInTensorsAreExact() throws {
        let folder = try TemporaryFolder(), bench = Bench(), path = folder.path + "/t"
        let header =
            #"{"__metadata__":null,"f":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[16,18]},"i":{"dtype":"I64","shape":[2],"data_offsets":[0,16]}}"#
        var bytes: [UInt8] = [UInt8(header.utf8.count & 0xFF), UInt8(header.utf8.count >> 8), 0, 0, 0, 0, 0, 0]
        bytes += Array(header.utf8)
        for number in [16_777_217, -100] as [Int64] { withUnsafeBytes(of: number.littleEndian) { bytes += Array($0) } }
        bytes += [1, 2]
        try put(bytes, path)
        #expect(bench("t = read_tensors(\"\(path)\"); to_list(t.i)") == "[16777217, -100]\n", "\(bench.messages)")
        #expect(bench("t.f").contains("F8_E4M3"), "\(bench.messages)")
    }

    @Test func leftPaddingIsTakenAway() throws {
        let bench = Bench()
        bench(
            """
            m = gpt(20, layers=1, width=8, heads=2, seed=1)
            a = nll(m, batch([[1, 2]]))
            b = nll(m, batch([[0, 0, 1, 2], [3, 4, 5, 0]], labels=[[-100, -100, -100, 2], [-100, -100, -100, -100]], \
            mask=[[0, 0, 1, 1], [1, 1, 1, 0]]))
            """)
        #expect(bench("abs(a - b) < 1e-5") == "true\n", "\(bench.messages)")
    }

    @Test func modesAndLinksAreKept() throws {
        let folder = try TemporaryFolder(), bench = Bench(), path = folder.path + "/x.json"
        try put("1", path)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        try FileManager.default.createDirectory(atPath: folder.path + "/d", withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/l", withDestinationPath: "d/new.json")
        bench("write_json(2, \"\(path)\"); write_json(3, \"\(folder.path)/l\")")
        #expect(bench.messages == "")
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "2\n")
        // A link to a file that is not there yet: the file is made, and the link stays.
        #expect(try String(contentsOfFile: folder.path + "/d/new.json", encoding: .utf8) == "3\n")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path + "/l") == "d/new.json")
    }

    /// In a container every program may have the same process number: what a killed one left is nobody's.
    @Test(arguments: [
        ("write_json(1, \"{f}\")", "x"), ("write_tensors((a=ones(2)), \"{f}\")", "x"), (":save {f}.ws", "x.ws"),
        ("plot([1, 2], save=\"{f}.svg\");", "x.svg"),
        ("save(gpt(5, layers=1, width=8), \"{f}\")", "x"),
    ]) func leftoversNeitherStayNorStopASave(program: String, name: String) throws {
        let folder = try TemporaryFolder(), bench = Bench()
        for number in 1...20 { try put("half", "\(folder.path)/.\(name).partial-\(getpid())-\(number)") }
        try put("half", "\(folder.path)/.\(name).partial-99999999-1")
        bench("x = 1")
        bench(program.replacingOccurrences(of: "{f}", with: folder.path + "/x"))
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        #expect(folder.names == [name])
    }

    @Test func longNamesAreWritten() throws {
        let folder = try TemporaryFolder(), bench = Bench(), name = String(repeating: "é", count: 127)
        bench("write_json(1, \"\(folder.path)/\(name)\")")
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        #expect(folder.names.count == 1)
    }
}
