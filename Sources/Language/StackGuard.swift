// How much of the thread's stack is left, so that deep recursion is an error and not a crash.

import Foundation
import Synchronization

/// The lowest address that recursion may use on the thread it was made on.
struct StackGuard {
    private let thread = pthread_self()
    private let limit: UInt

    init() {
        limit = Thread.isMainThread ? Self.mainLimit() : Self.lowest()
    }

    private static let knownMainLimit = Mutex<UInt?>(nil)

    /// The system reads the whole memory map to answer for the main thread, so that is asked once.
    private static func mainLimit() -> UInt {
        knownMainLimit.withLock { known in
            let limit = known ?? lowest()
            known = limit
            return limit
        }
    }

    /// Bytes kept free for what runs at the deepest point.
    private static let reserve = 1024 * 1024

    private typealias GetAttributes = @convention(c) (pthread_t, UnsafeMutablePointer<pthread_attr_t>) -> Int32

    /// The lowest address of this thread's stack that recursion may use.
    private static func lowest() -> UInt {
        var attributes = pthread_attr_t()
        var address: UnsafeMutableRawPointer?
        var size = 0
        var here: UInt8 = 0
        // Where the stack's bounds cannot be learned, half a megabyte is all that is sure.
        var lowest = withUnsafeMutablePointer(to: &here) { UInt(bitPattern: $0) } - 384 * 1024
        // The function is a GNU extension that the C headers hide from Swift.
        if let symbol = dlsym(nil, "pthread_getattr_np"),
            unsafeBitCast(symbol, to: GetAttributes.self)(pthread_self(), &attributes) == 0
        {
            if pthread_attr_getstack(&attributes, &address, &size) == 0, let address {
                // A stack without limit reports its whole address range; eight megabytes of it are enough.
                let top = UInt(bitPattern: address) + UInt(size)
                lowest = top - UInt(min(size, 8 << 20)) + UInt(min(reserve, size / 2))
            }
            pthread_attr_destroy(&attributes)
        }
        return lowest
    }

    /// Whether it was made on the thread that asks.
    var isCurrent: Bool { pthread_equal(thread, pthread_self()) != 0 }

    /// Whether recursion must stop here.
    @inline(__always) var isExhausted: Bool {
        var here: UInt8 = 0
        return withUnsafeMutablePointer(to: &here) { UInt(bitPattern: $0) } < limit
    }
}
