// The signals of an interactive session: handlers only set flags and wake whoever polls; the decisions are made
// outside.
import Glibc
import Synchronization
import Tensors

/// What the handlers leave behind. A C signal handler can capture nothing, so this state is global and atomic; it is
/// touched once in `install`, before any handler can run, because lazy initialization must not happen inside one.
enum Signals {
    /// How to take a Ctrl-C now.
    enum Mode: Int {
        /// At the prompt: abandons the line.
        case prompt
        /// While a cell runs: once asks it to stop, twice abandons the statement, a third time leaves.
        case cell
        /// While a script runs: once asks it to stop, twice leaves.
        case script
    }

    /// What the session and its device poll: asked by Ctrl-C, reset when the mode is set. A process has one Ctrl-C, and
    /// its handler can be handed nothing.
    static let cancellation = Cancellation()

    private static let mode = Atomic<Int>(0)
    private static let interruptCount = Atomic<Int>(0)
    private static let lastInterrupt = Atomic<Int>(0)
    private static let pending = Atomic<UInt>(0)
    private static let wakeDescriptor = Atomic<Int32>(-1)

    /// Two presses of Ctrl-C belong together when no more than this lies between them.
    private static let pressesBelongTogether = 1000

    /// Creates the self-pipe and installs the SIGINT handler. Returns the descriptor to poll, or -1 when there is none.
    static func install() -> Int32 {
        _ = (
            mode.load(ordering: .relaxed), interruptCount.load(ordering: .relaxed),
            lastInterrupt.load(ordering: .relaxed)
        )
        cancellation.reset()
        _ = (pending.load(ordering: .relaxed), wakeDescriptor.load(ordering: .relaxed))
        var ends: [Int32] = [-1, -1]
        let made = pipe(&ends) == 0
        if made {
            for end in ends {
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            }
            wakeDescriptor.store(ends[1], ordering: .relaxed)
        }
        // Writing results into a closed pipe is answered with EPIPE, which `ResultStream` turns into a quiet exit.
        signal(SIGPIPE, SIG_IGN)
        // So is a limit on the size of files, by EFBIG.
        signal(SIGXFSZ, SIG_IGN)
        catchSignal(SIGINT) { _ in Signals.interruptArrived() }
        return made ? ends[0] : -1
    }

    static func setMode(_ new: Mode) {
        interruptCount.store(0, ordering: .relaxed)
        cancellation.reset()
        mode.store(new.rawValue, ordering: .relaxed)
    }

    /// Presses of Ctrl-C since the mode was last set: 0 none, 1 stop and keep, 2 abandon the statement.
    static var interruptLevel: Int { interruptCount.load(ordering: .relaxed) }

    /// Whether Ctrl-C was pressed since the mode was last set.
    static func wasInterrupted() -> Bool { interruptLevel > 0 }

    /// The signals (as a set of bits `1 << number`) that arrived since the last call.
    static func takePending() -> UInt { pending.exchange(0, ordering: .relaxed) }

    static func has(_ signals: UInt, _ number: Int32) -> Bool { signals & (1 << UInt(number)) != 0 }

    /// Catches the signals that only matter while a line is being edited; the terminal is in readline's mode then.
    /// Between prompts they keep their default action, which is right for a cooked terminal.
    static func watchTerminal(_ watch: Bool) {
        for number in [SIGWINCH, SIGTERM, SIGHUP, SIGTSTP, SIGCONT] {
            var old = sigaction()
            sigaction(number, nil, &old)
            // An ignored signal (nohup, a shell without job control) stays ignored.
            if isIgnored(old) { continue }
            if watch { catchSignal(number) { Signals.note($0) } } else { signal(number, SIG_DFL) }
        }
    }

    /// Stops this process as Ctrl-Z would have, and returns when it is continued. The SIGCONT that continues it is not
    /// noted: its handler may run in another thread, and then later than this returns.
    static func stopAndContinue() {
        var whenStopped = sigaction(), whenContinued = sigaction()
        sigaction(SIGTSTP, nil, &whenStopped)
        sigaction(SIGCONT, nil, &whenContinued)
        signal(SIGCONT, SIG_DFL)
        signal(SIGTSTP, SIG_DFL)
        kill(getpid(), SIGTSTP)
        sigaction(SIGTSTP, &whenStopped, nil)
        sigaction(SIGCONT, &whenContinued, nil)
    }

    private static func isIgnored(_ action: sigaction) -> Bool {
        // SIG_IGN
        Int(bitPattern: unsafeBitCast(action.__sigaction_handler.sa_handler, to: UnsafeRawPointer?.self)) == 1
    }

    /// Without SA_RESTART, so that a blocking `poll` or `read` returns.
    static func catchSignal(_ number: Int32, _ handler: @escaping @convention(c) (Int32) -> Void) {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = handler
        sigemptyset(&action.sa_mask)
        action.sa_flags = 0
        sigaction(number, &action, nil)
    }

    // The rest runs inside signal handlers: atomics, clock_gettime, write and _exit only.

    static func interruptArrived() {
        let first = firstRank.load(ordering: .relaxed)
        if first > 0 {
            kill(first, SIGINT)
            return
        }
        let now = milliseconds()
        let together = now - lastInterrupt.exchange(now, ordering: .relaxed) <= pressesBelongTogether
        var count = interruptCount.load(ordering: .relaxed)
        count = together ? count + 1 : 1
        interruptCount.store(count, ordering: .relaxed)
        if count > 1 { cancellation.abandon() } else { cancellation.request() }
        let current = mode.load(ordering: .relaxed)
        if current == Mode.cell.rawValue && count >= 3 || current == Mode.script.rawValue && count >= 2 { _exit(130) }
        note(SIGINT)
    }

    private static func note(_ number: Int32) {
        let savedErrno = errno
        pending.bitwiseOr(1 << UInt(number), ordering: .relaxed)
        let descriptor = wakeDescriptor.load(ordering: .relaxed)
        if descriptor >= 0 {
            var byte: UInt8 = 1
            _ = write(descriptor, &byte, 1)
        }
        errno = savedErrno
    }

    private static func milliseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
}
