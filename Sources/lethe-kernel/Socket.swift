// ZeroMQ's sockets: messages of several frames, in and out.
import CZeroMQ
import Glibc

/// What ZeroMQ refused.
struct SocketError: Error, CustomStringConvertible {
    let description: String

    init(_ doing: String) { description = "\(doing): \(String(cString: zmq_strerror(zmq_errno())))" }
}

/// ZeroMQ's own threads and all sockets made with it.
final class SocketContext: @unchecked Sendable {  // ZeroMQ's contexts are thread safe
    fileprivate let context: UnsafeMutableRawPointer

    init() throws {
        guard let context = zmq_ctx_new() else { throw SocketError("ZeroMQ does not start") }
        self.context = context
    }
}

/// A bound socket. It belongs to one thread at a time: the one that makes it hands it over before any message.
final class Socket: @unchecked Sendable {
    enum Kind {
        case router, publisher, replier

        fileprivate var number: Int32 {
            switch self {
            case .router: ZMQ_ROUTER
            case .publisher: ZMQ_PUB
            case .replier: ZMQ_REP
            }
        }
    }

    /// Bytes of the longest frame that is taken; who sends a longer one is cut off.
    private static let longestFrame: Int64 = 256 << 20
    /// Frames of one message that are kept; no front end sends that many.
    private static let mostFrames = 1001

    let handle: UnsafeMutableRawPointer

    init(_ kind: Kind, in context: SocketContext, boundTo address: String) throws {
        guard let handle = zmq_socket(context.context, kind.number) else { throw SocketError("no socket") }
        self.handle = handle
        set(ZMQ_LINGER, Int32(1000))
        set(ZMQ_MAXMSGSIZE, Self.longestFrame)
        switch kind {
        // A front end that comes back under its old name takes the place of its old self.
        case .router: set(ZMQ_ROUTER_HANDOVER, Int32(1))
        // Nothing that a cell prints is dropped.
        case .publisher: set(ZMQ_SNDHWM, Int32(0))
        case .replier: break
        }
        guard zmq_bind(handle, address) == 0 else {
            let error = SocketError("cannot listen at \(address)")
            zmq_close(handle)
            throw error
        }
    }

    deinit { zmq_close(handle) }

    private func set<Value: BitwiseCopyable>(_ option: Int32, _ value: Value) {
        withUnsafeBytes(of: value) { _ = zmq_setsockopt(handle, option, $0.baseAddress, $0.count) }
    }

    /// The frames of the next message; nil where none has come.
    ///
    /// - Parameter waits: until one comes.
    func receive(waits: Bool = false) -> [[UInt8]]? {
        var frames: [[UInt8]] = []
        while true {
            var part = zmq_msg_t()
            zmq_msg_init(&part)
            defer { zmq_msg_close(&part) }
            guard zmq_msg_recv(&part, handle, waits ? 0 : ZMQ_DONTWAIT) >= 0 else {
                if zmq_errno() == EINTR { continue }
                return nil
            }
            if frames.count < Self.mostFrames {
                let bytes = UnsafeRawBufferPointer(start: zmq_msg_data(&part), count: zmq_msg_size(&part))
                frames.append(Array(bytes))
            }
            if zmq_msg_more(&part) == 0 { return frames }
        }
    }

    /// Sends a message; one to a front end that has gone is dropped.
    func send(_ frames: [[UInt8]]) {
        for (index, frame) in frames.enumerated() {
            let flags = index + 1 < frames.count ? ZMQ_SNDMORE : 0
            let sent = frame.withUnsafeBytes { bytes -> Int32 in
                var sent: Int32
                repeat {
                    sent = zmq_send(handle, bytes.baseAddress, bytes.count, flags)
                } while sent < 0 && zmq_errno() == EINTR
                return sent
            }
            if sent < 0 { return }
        }
    }
}
