// The three standard streams: what they are connected to, and writing to them whole.
import Glibc
import Notebook
import Synchronization

/// Facts about, and raw writing to, the standard streams.
enum Terminal {
    static var inputIsTerminal: Bool { isatty(0) != 0 }
    static var outputIsTerminal: Bool { isatty(1) != 0 }
    static var errorIsTerminal: Bool { isatty(2) != 0 }

    /// Puts something in the place of standard streams that are closed, lest a file opened later become one of them:
    /// input that ends at once, an output that cannot be written, messages that no one reads.
    static func occupyClosedStreams() {
        for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) == -1 {
            _ = open("/dev/null", descriptor == 2 ? O_WRONLY : O_RDONLY)
        }
    }

    /// Whether `silence` was called, and where messages went before.
    private static let spoken = Atomic<Int32>(-1)

    /// Lets nothing be read or written any more: another rank does.
    static func silence() {
        spoken.store(fcntl(2, F_DUPFD_CLOEXEC, 3), ordering: .relaxed)
        let nowhere = open("/dev/null", O_RDWR)
        guard nowhere >= 0 else { return }
        for descriptor: Int32 in 0...2 { dup2(nowhere, descriptor) }
        if nowhere > 2 { close(nowhere) }
    }

    /// Lets messages be seen again.
    static func speak() {
        let descriptor = spoken.load(ordering: .relaxed)
        if descriptor >= 0 { dup2(descriptor, 2) }
    }

    /// TERM says the terminal understands no escape sequences.
    static var isDumb: Bool {
        guard let name = environment("TERM") else { return true }
        return name.isEmpty || name == "dumb"
    }

    /// The locale's characters are UTF-8's.
    static var isUnicode: Bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap(environment).first { !$0.isEmpty } ?? ""
        return ["utf-8", "utf8"].contains { locale.lowercased().contains($0) }
    }

    /// Columns of the terminal behind `descriptor`; COLUMNS or 80 where it is none.
    static func columns(of descriptor: Int32) -> Int {
        var size = winsize()
        if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        if let text = environment("COLUMNS"), let number = Int(text), number > 0 { return number }
        return 80
    }

    /// Pixels that a line of the terminal has; those of 80 narrow characters where it does not say.
    static var pixelWidth: Int {
        var size = winsize()
        guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0 else { return 80 * 10 }
        return size.ws_xpixel > 0 ? Int(size.ws_xpixel) : max(Int(size.ws_col), 20) * 10
    }

    /// Lines of the terminal that results go to; 24 where it does not say.
    static var rows: Int {
        var size = winsize()
        return ioctl(1, UInt(TIOCGWINSZ), &size) == 0 && size.ws_row > 0 ? Int(size.ws_row) : 24
    }

    static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Writes everything or nothing can be done about it: a standard error that fails has no one to tell.
    static func writeToStandardError(_ text: String) { _ = writeAll(text, to: 2) }

    /// Writes every byte to a descriptor. Returns 0 or the error number.
    static func writeAll(_ text: String, to descriptor: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { bytes in
            var offset = 0
            while offset < bytes.count {
                let count = write(descriptor, bytes.baseAddress.map { $0 + offset }, bytes.count - offset)
                if count > 0 {
                    offset += count
                } else if count < 0, errno == EINTR {
                    continue
                } else if count < 0, errno == EAGAIN {
                    var descriptors = [pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)]
                    _ = poll(&descriptors, 1, 1000)
                } else {
                    return errno
                }
            }
            return 0
        }
    }

    /// Whether to colour what goes to a stream.
    static func usesColor(_ choice: ColorChoice, isTerminal: Bool) -> Bool {
        choice.applies(
            isTerminal: isTerminal, term: environment("TERM"), noColor: environment("NO_COLOR"),
            forceColor: environment("FORCE_COLOR"))
    }
}

/// Results on their way to standard output: written at once where a person is looking; else those of a statement that come
/// in quick succession are gathered. What a script printed before something long is there while that runs, and is not lost
/// when it is killed.
final class ResultStream {
    private var pending = ""
    private let buffers: Bool
    private var flushedAt = -Double.infinity
    /// How quick a succession is, in seconds.
    private static let pause = 0.02

    init(buffers: Bool) { self.buffers = buffers }

    func write(_ text: String) {
        pending += text
        if !buffers || pending.utf8.count >= 1 << 15 || Console.seconds() - flushedAt > Self.pause { flush() }
    }

    /// Writes what was gathered. A reader that went away (`| head`) ends the program without a word, exit 141.
    func flush() {
        guard !pending.isEmpty else { return }
        flushedAt = Console.seconds()
        let failure = Terminal.writeAll(pending, to: 1)
        pending = ""
        if failure == EPIPE { exit(141) }
        if failure != 0 {
            Terminal.writeToStandardError(
                "error: cannot write results to standard output: \(String(cString: strerror(failure)))\n")
            exit(1)
        }
    }
}
