// How long something computes, whatever else the machine does.
import Foundation

/// Seconds that this thread computes while it runs `body`. A test compares two of them, or asks for a small part of
/// what it takes when something is wrong: no machine is slow enough to fail it.
public func computingTime(_ body: () throws -> Void) rethrows -> Double {
    func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
    let start = now()
    try body()
    return now() - start
}
