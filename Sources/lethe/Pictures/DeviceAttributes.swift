// What a terminal says of itself when it is asked: `ESC [ c`, answered by `ESC [ ? 62 ; 4 ; 22 c`.
import Glibc

/// The primary device attributes (DA1), of which one is asked for here.
struct DeviceAttributes: OptionSet {
    let rawValue: Int
    /// It shows pictures by sixel.
    static let sixel = DeviceAttributes(rawValue: 1)

    init(rawValue: Int) { self.rawValue = rawValue }

    /// - Parameter numbers: of an answer, between `?` and `c`.
    init(numbers: String) {
        self = numbers.split(separator: ";").dropFirst().contains("4") ? .sixel : []
    }

    /// Milliseconds that an answer is waited for: of a terminal here it takes one or two.
    private static let patience = 300

    /// Asks the terminal. One that does not answer in time has no attributes; what it says later is heard by
    /// ``ReadlineReader``, as is what was typed meanwhile.
    static func ask() -> DeviceAttributes {
        var before = termios()
        guard tcgetattr(0, &before) == 0 else { return [] }
        var quiet = before
        quiet.c_lflag &= ~tcflag_t(ICANON | ECHO)
        guard tcsetattr(0, TCSANOW, &quiet) == 0 else { return [] }
        defer { tcsetattr(0, TCSANOW, &before) }
        guard Terminal.writeAll("\u{1B}[c", to: 1) == 0 else { return [] }
        var heard: [UInt8] = []
        let end = Console.seconds() + Double(patience) / 1000
        while true {
            let left = Int32((end - Console.seconds()) * 1000)
            var input = [pollfd(fd: 0, events: Int16(POLLIN), revents: 0)]
            guard left > 0, poll(&input, 1, left) > 0 else { break }
            var bytes = [UInt8](repeating: 0, count: 256)
            let count = read(0, &bytes, bytes.count)
            guard count > 0 else { break }
            heard += bytes[..<count]
            if let answer = answer(in: heard) {
                activeReader?.typedAhead += heard[..<answer.place.lowerBound] + heard[answer.place.upperBound...]
                return answer.attributes
            }
        }
        activeReader?.typedAhead += heard
        return []
    }

    private static func answer(in bytes: [UInt8]) -> (place: Range<Int>, attributes: DeviceAttributes)? {
        let start = Array("\u{1B}[?".utf8)
        for from in bytes.indices where bytes[from...].starts(with: start) {
            let numbers = bytes[(from + start.count)...].prefix { (48...57).contains($0) || $0 == 59 }
            if numbers.endIndex < bytes.count, bytes[numbers.endIndex] == UInt8(ascii: "c") {
                return (
                    from..<numbers.endIndex + 1, DeviceAttributes(numbers: String(decoding: numbers, as: UTF8.self))
                )
            }
        }
        return nil
    }
}
