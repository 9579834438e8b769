// Lines from a stream: whole ones, ones that are too long, a last one without its end.
import Foundation
import Glibc
import Protocols
import Testing

@Suite struct LineReaderTests {
    /// The lines of a text that comes through a pipe; nil for one that was too long.
    private func lines(of text: String, limit: Int) throws -> [String?] {
        let pipe = Pipe()
        let writing = pipe.fileHandleForWriting
        startThread("writer") {
            try? writing.write(contentsOf: Data(text.utf8))
            try? writing.close()
        }
        var reader = LineReader(descriptor: pipe.fileHandleForReading.fileDescriptor, limit: limit)
        var result: [String?] = []
        while let line = reader.next() {
            if case .bytes(let bytes) = line {
                result.append(String(decoding: bytes, as: UTF8.self))
            } else {
                result.append(nil)
            }
        }
        return result
    }

    @Test func linesComeOneByOne() throws {
        #expect(try lines(of: "a\n\nbc\r\nlast", limit: 4) == ["a", "", "bc", "last"])
        #expect(try lines(of: "", limit: 4) == [])
    }

    @Test func whatIsTooLongIsPassedOver() throws {
        let long = String(repeating: "x", count: 300_000)
        #expect(try lines(of: "12345\n1234\n", limit: 4) == [nil, "1234"])
        #expect(try lines(of: long + "\nshort\n" + long, limit: 1000) == [nil, "short", nil])
        #expect(try lines(of: long + "\n" + long + "\n", limit: 300_000) == [long, long])
    }
}
