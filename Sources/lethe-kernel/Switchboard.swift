// The thread that owns the kernel's sockets: hands in what comes, sends what is to go out.
import CZeroMQ
import Foundation
import Glibc
import Jupyter

/// Sockets, what is done with their messages, and a pipe by which other threads wake this one.
final class Switchboard: @unchecked Sendable {  // made in one thread and from then on used in another
    private let shell, control, stdin, iopub: Socket
    private let wire: Wire
    private var desk: FrontDesk
    private let outbox: Outbox
    private let bell: Bell
    /// Ends with the program that started it, where that said who it is.
    private let parent: pid_t?

    init(
        _ context: SocketContext, _ connection: ConnectionFile, signature: Signature, desk: FrontDesk, outbox: Outbox,
        bell: Bell, parent: pid_t?
    ) throws {
        shell = try Socket(.router, in: context, boundTo: connection.address(of: "shell"))
        control = try Socket(.router, in: context, boundTo: connection.address(of: "control"))
        stdin = try Socket(.router, in: context, boundTo: connection.address(of: "stdin"))
        iopub = try Socket(.publisher, in: context, boundTo: connection.address(of: "iopub"))
        wire = Wire(signature: signature)
        self.desk = desk
        self.outbox = outbox
        self.bell = bell
        self.parent = parent
    }

    /// Goes on until the kernel has said its last.
    func run() {
        var wait = Self.longestWait
        while !outbox.isFinished {
            var items = [control, shell, stdin].map {
                zmq_pollitem_t(socket: $0.handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
            }
            items.append(zmq_pollitem_t(socket: nil, fd: bell.descriptor, events: Int16(ZMQ_POLLIN), revents: 0))
            zmq_poll(&items, Int32(items.count), wait)
            bell.silence()
            // An interrupt goes before whatever else has come.
            while let frames = control.receive() { take(frames, from: .control) }
            while let frames = shell.receive() {
                take(frames, from: .shell)
                while let frames = control.receive() { take(frames, from: .control) }
            }
            while stdin.receive() != nil {}
            wait = send()
            if let parent, getppid() != parent { _exit(0) }
        }
    }

    /// Milliseconds between looks at whether the parent is there.
    private static let longestWait = 1000

    private func take(_ frames: [[UInt8]], from channel: Channel) {
        let wasEnding = desk.isShuttingDown
        desk.take(frames, from: channel)
        if desk.isShuttingDown, !wasEnding { Self.endInAnyCase() }
    }

    /// Sends what is ready. Returns the milliseconds until there will be more at the latest.
    private func send() -> Int {
        let (messages, after) = outbox.take()
        for (channel, message) in messages {
            let frames = wire.frames(of: message)
            switch channel {
            case .shell: shell.send(frames)
            case .control: control.send(frames)
            case .iopub: iopub.send(frames)
            }
        }
        guard let after else { return Self.longestWait }
        return max(1, Int((after / .milliseconds(1)).rounded(.up)))
    }

    /// What does not hear an interrupt is not waited for.
    private static func endInAnyCase() {
        Thread.detachNewThread {
            Thread.sleep(forTimeInterval: 3)
            _exit(0)
        }
    }
}

/// Wakes a thread that polls.
final class Bell: Sendable {
    let descriptor: Int32
    private let other: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SocketError("no pipe") }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (descriptor, other) = (ends[0], ends[1])
    }

    func ring() {
        var byte: UInt8 = 1
        _ = write(other, &byte, 1)
    }

    func silence() {
        var bytes = [UInt8](repeating: 0, count: 1024)
        while read(descriptor, &bytes, bytes.count) == bytes.count {}
    }
}
