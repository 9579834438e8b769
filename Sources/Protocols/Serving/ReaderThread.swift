// A thread beside the one that runs cells.
import Foundation

/// Starts a thread with room for deeply nested texts.
public func startThread(_ name: String, _ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    thread.name = name
    thread.stackSize = 8 << 20
    thread.start()
}
