// Ranks for tests: threads that pass each other bytes.
import Foundation
import Synchronization
import Tensors

/// Ranks that are threads of this process.
public enum Company {
    /// What `body` gave on each rank.
    public static func run<R: Sendable>(
        _ count: Int, _ body: @escaping @Sendable (Device) throws -> R
    ) throws -> [R] {
        try run(count, losing: nil) { device, _ in try body(device) }
    }

    /// The same of those that are left: the rank `losing` ends where it calls the second argument.
    public static func run<R: Sendable>(
        _ count: Int, losing: Int?, _ body: @escaping @Sendable (Device, () throws -> Void) throws -> R
    ) throws -> [R] {
        let board = Board(count), outcomes = Mutex<[Int: Result<R, any Error>]>([:])
        let group = DispatchGroup()
        for rank in 0..<count {
            group.enter()
            Thread.detachNewThread {
                let ranks = Ranks(
                    ThreadTransport(rank, board), isInterrupted: { false }, end: { throw RankError($0.message) })
                let result = Result {
                    try body(Device(threads: 1, ranks: ranks)) {
                        board.lose(rank)
                        throw RankError("this rank is lost")
                    }
                }
                if rank != losing { outcomes.withLock { $0[rank] = result } }
                group.leave()
            }
        }
        guard group.wait(timeout: .now() + 60) == .success else { throw RankError("a rank waits for ever") }
        return try outcomes.withLock { outcomes in try (0..<count).compactMap { try outcomes[$0]?.get() } }
    }
}

/// Where threads leave bytes for each other.
final class Board: @unchecked Sendable {  // the condition guards the queues
    let count: Int
    private let condition = NSCondition()
    private struct Line: Hashable { let from, to, channel: Int }
    private var queues: [Line: [[UInt8]]] = [:]
    private var lost: Set<Int> = []

    init(_ count: Int) { self.count = count }

    func put(_ bytes: [UInt8], from: Int, to: Int, channel: Int = 0) {
        condition.lock()
        queues[Line(from: from, to: to, channel: channel), default: []].append(bytes)
        condition.broadcast()
        condition.unlock()
    }

    /// Notes have a channel of their own.
    func post(_ bytes: [UInt8], from: Int, to: Int) { put(bytes, from: from, to: to, channel: -1) }

    func note(to: Int) -> (rank: Int, bytes: [UInt8])? {
        condition.lock()
        defer { condition.unlock() }
        for from in 0..<count {
            let key = Line(from: from, to: to, channel: -1)
            if !queues[key, default: []].isEmpty { return (from, queues[key, default: []].removeFirst()) }
        }
        return nil
    }

    /// A rank is there no more.
    func lose(_ rank: Int) {
        condition.lock()
        lost.insert(rank)
        condition.unlock()
    }

    func isLost(_ rank: Int) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        return lost.contains(rank)
    }

    func take(from: Int, to: Int, channel: Int = 0, waiting: () throws -> Void) rethrows -> [UInt8] {
        let key = Line(from: from, to: to, channel: channel)
        while true {
            condition.lock()
            if queues[key, default: []].isEmpty { _ = condition.wait(until: Date(timeIntervalSinceNow: 0.02)) }
            let found = queues[key, default: []].isEmpty ? nil : queues[key, default: []].removeFirst()
            condition.unlock()
            if let found { return found }
            try waiting()
        }
    }
}

final class ThreadTransport: RankTransport {
    let rank: Int
    let board: Board
    var count: Int { board.count }

    init(_ rank: Int, _ board: Board) { (self.rank, self.board) = (rank, board) }

    func allGather(
        _ own: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer, waiting: () throws -> Void
    ) throws {
        for other in 0..<count { board.put(Array(own), from: rank, to: other) }
        for other in 0..<count {
            let bytes = try board.take(from: other, to: rank, waiting: waiting)
            precondition(bytes.count == own.count)
            UnsafeMutableRawBufferPointer(rebasing: all[(other * own.count)..<((other + 1) * own.count)])
                .copyBytes(from: bytes)
        }
    }

    func exchange(
        sending: [RankMessage<UnsafeRawBufferPointer>], receiving: [RankMessage<UnsafeMutableRawBufferPointer>],
        channel: Int, waiting: () throws -> Void
    ) throws {
        try live()
        for message in sending { board.put(Array(message.bytes), from: rank, to: message.rank, channel: channel) }
        for message in receiving {
            let bytes = try board.take(from: message.rank, to: rank, channel: channel, waiting: waiting)
            precondition(bytes.count == message.bytes.count)
            message.bytes.copyBytes(from: bytes)
        }
    }

    func post(_ note: [UInt8], to other: Int) throws {
        try live()
        board.post(note, from: rank, to: other)
    }

    func takeNote() throws -> (rank: Int, bytes: [UInt8])? {
        try live()
        return board.note(to: rank)
    }

    /// One that was lost says nothing any more.
    private func live() throws { if board.isLost(rank) { throw RankError("this rank is lost") } }

    func isLost(_ rank: Int) -> Bool { board.isLost(rank) }
    func forget(_ rank: Int) {}
}
