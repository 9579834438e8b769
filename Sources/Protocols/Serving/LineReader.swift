// Lines of a stream, none longer than a limit: what is longer is passed over and reported.
import Glibc

/// Reads lines from a descriptor.
public struct LineReader {
    /// A line, or what came in its place.
    public enum Line {
        /// Its bytes, without the newline.
        case bytes([UInt8])
        /// It was longer than the limit.
        case tooLong
    }

    private let descriptor: Int32
    private let limit: Int
    private var pending: [UInt8] = []
    private var start = 0
    private var isPassing = false
    private var hasEnded = false

    /// - Parameter limit: bytes of the longest line that is taken.
    public init(descriptor: Int32, limit: Int) {
        self.descriptor = descriptor
        self.limit = limit
    }

    /// The next line; nil at the end. A last line without a newline counts.
    public mutating func next() -> Line? {
        var searched = start
        while true {
            if let end = pending[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = pending[start..<end]
                start = end + 1
                if isPassing || line.count > limit {
                    isPassing = false
                    return .tooLong
                }
                return .bytes(Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line))
            }
            if pending.count - start > limit {
                isPassing = true
                start = pending.count
            }
            pending.removeSubrange(..<start)
            start = 0
            searched = pending.count
            guard !hasEnded, fill() else {
                hasEnded = true
                let rest = pending
                pending = []
                if isPassing {
                    isPassing = false
                    return .tooLong
                }
                return rest.isEmpty ? nil : .bytes(rest)
            }
        }
    }

    private mutating func fill() -> Bool {
        let size = 1 << 16
        let old = pending.count
        var count = 0
        pending.append(contentsOf: repeatElement(0, count: size))
        pending.withUnsafeMutableBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            repeat { count = read(descriptor, base + old, size) } while count < 0 && errno == EINTR
        }
        pending.removeLast(size - max(0, count))
        return count > 0
    }
}
