// The stream of messages: JSON behind headers, as the Language Server Protocol's base protocol frames them.
import Files
import Glibc

/// Reads messages from one descriptor and writes them to another.
final class MessageStream {
    /// What comes in.
    enum Incoming {
        case message(JSON)
        /// Bytes that are no message; what is wrong with them.
        case malformed(String)
    }

    /// Bytes of the longest message that is read.
    private static let most = 64 << 20
    /// Bytes of the longest header.
    private static let mostHeader = 4096

    private let input: Int32
    private let output: Int32
    private var buffer: [UInt8] = []
    /// Where in the buffer the next message begins.
    private var start = 0
    /// Bytes of a message that is too long, which are thrown away as they come.
    private var skipping = 0
    private(set) var hasEnded = false

    init(input: Int32 = 0, output: Int32 = 1) {
        self.input = input
        self.output = output
    }

    // MARK: Reading

    /// Takes in what has arrived; waits for more where there is nothing else to do.
    func fill(waits: Bool) {
        var isFirst = true
        while !hasEnded {
            var ready = pollfd(fd: input, events: Int16(POLLIN), revents: 0)
            let count = poll(&ready, 1, waits && isFirst ? -1 : 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            isFirst = false
            read()
        }
    }

    private func read() {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        let count = Glibc.read(input, &chunk, chunk.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return }
        guard count > 0 else {
            hasEnded = true
            return
        }
        let skipped = min(skipping, count)
        skipping -= skipped
        buffer += chunk[skipped..<count]
    }

    /// The next whole message, or what stands in its place; nil while more must come.
    func next() -> Incoming? {
        guard let header = header() else {
            if buffer.count - start > Self.mostHeader {
                buffer.removeAll()
                start = 0
                return .malformed("a message begins with `Content-Length: …` and an empty line")
            }
            return nil
        }
        guard let length = header.length else {
            start = header.end
            compact()
            return .malformed("a message's header needs `Content-Length: …`, its length in bytes")
        }
        guard length <= Self.most else {
            let here = min(length, buffer.count - header.end)
            skipping = length - here
            start = header.end + here
            compact()
            return .malformed("a message of \(length) bytes is too long; up to \(Self.most) are read")
        }
        guard buffer.count - header.end >= length else { return nil }
        let body = Array(buffer[header.end..<(header.end + length)])
        start = header.end + length
        compact()
        do {
            return .message(try JSON(parsing: body))
        } catch {
            return .malformed("a message is no JSON: \(error)")
        }
    }

    /// The header at the start of the buffer: the length it names, and where it ends.
    private func header() -> (length: Int?, end: Int)? {
        var lineStart = start, length: Int?, isEmpty = true
        while let newline = buffer[lineStart...].firstIndex(of: 10) {
            var line = buffer[lineStart..<newline]
            if line.last == 13 { line.removeLast() }
            lineStart = newline + 1
            if line.isEmpty {
                // Blank lines between messages do no harm.
                if isEmpty { continue }
                return (length, lineStart)
            }
            isEmpty = false
            let words = String(decoding: line, as: UTF8.self).split(separator: ":", maxSplits: 1)
            if words.count == 2, words[0].lowercased() == "content-length" {
                length = Int(words[1].filter { $0 != " " }).flatMap { $0 >= 0 ? $0 : nil }
            }
            if lineStart - start > Self.mostHeader { return (nil, lineStart) }
        }
        return nil
    }

    private func compact() {
        guard start > 1 << 16 || start == buffer.count else { return }
        buffer.removeSubrange(..<start)
        start = 0
    }

    // MARK: Writing

    /// Sends a message; false where nobody reads any more.
    @discardableResult
    func send(_ message: JSON) -> Bool {
        guard let text = try? message.text(.compact, nonFinite: .null) else { return true }
        let bytes = Array("Content-Length: \(text.utf8.count)\r\n\r\n".utf8) + Array(text.utf8)
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { write(output, $0.baseAddress.map { $0 + done }, $0.count - done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }
}
