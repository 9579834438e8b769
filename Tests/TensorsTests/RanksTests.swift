/// Work shared out over ranks, here threads that pass each other bytes: results have the same bits for any number.
import Foundation
import Synchronization
import Testing

import Tensors

@Suite struct RanksTests {
    static let counts = [1, 2, 3, 5, 8]

    /// Numbers whose sum depends on the order in which they are added.
    private static func summand(_ piece: Int, _ device: Device) throws -> Tensor {
        try Tensor((0..<37).map { Float(sin(Double(piece * 37 + $0))) * 1e3 }, shape: [37], on: device)
    }

    @Test(arguments: [2, 3, 4, 7, 16]) func sumsHaveTheSameBits(pieces: Int) throws {
        var found: [[UInt32]] = []
        for count in Self.counts {
            let each = try Company.run(count) { device in
                let (sums, figures) = try device.ranks.sums("test", of: pieces, on: device) { piece in
                    Summand(
                        tensors: [
                            try Self.summand(piece, device), piece == 1 ? try Self.summand(9, device) : nil, nil,
                        ],
                        figures: [Double(piece), 0.5])
                }
                #expect(figures == (0..<pieces).map { [Double($0), 0.5] })
                #expect(sums.count == 3 && sums[2] == nil)
                let alone = try Self.summand(9, device).elements
                #expect(sums[1]?.elements == alone)
                return sums[0]?.elements.map(\.bitPattern) ?? []
            }
            for one in each { #expect(one == each[0]) }
            found.append(each[0])
        }
        for one in found { #expect(one == found[0]) }
        #expect(found[0].count == 37)
    }

    @Test(arguments: [2, 5]) func doublesHaveTheSameBits(pieces: Int) throws {
        var found: [[Double]] = []
        for count in Self.counts {
            let each = try Company.run(count) { device in
                try device.ranks.sum("test", of: pieces) { piece in (0..<11).map { sin(Double(piece * 11 + $0)) * 1e9 }
                }
            }
            for one in each { #expect(one == each[0]) }
            found.append(each[0])
        }
        for one in found { #expect(one == found[0]) }
    }

    @Test func resultsComeInTheOrderOfPieces() throws {
        for count in Self.counts {
            let each = try Company.run(count) { device in
                try device.ranks.results("test", of: 6) { piece in [UInt8](repeating: UInt8(piece), count: piece) }
            }
            for one in each { #expect(one == (0..<6).map { [UInt8](repeating: UInt8($0), count: $0) }) }
        }
    }

    @Test func partsAreFilledOnAllRanks() throws {
        for count in Self.counts {
            let each = try Company.run(count) { device in
                let matrix = try Tensor(repeating: -1, shape: [5, 3], on: device)
                try device.ranks.fill("test", of: 5, parts: { [matrix.segment($0 * 3, shape: [3])] }) { piece in
                    matrix.segment(piece * 3, shape: [3]).fill(with: Float(piece))
                }
                return matrix.elements
            }
            for one in each { #expect(one == (0..<15).map { Float($0 / 3) }) }
        }
    }

    @Test func whatFailsInOnePieceFailsOnAllRanks() throws {
        struct Broken: Error { let piece: Int }
        for count in Self.counts {
            let each = try Company.run(count) { device in
                do {
                    _ = try device.ranks.results("test", of: 7) { piece in
                        if piece >= 4 { throw Broken(piece: piece) }
                        return []
                    }
                    return -1
                } catch let error as Broken {
                    // What comes after it works again.
                    _ = try device.ranks.results("after", of: 3) { [UInt8($0)] }
                    return error.piece
                }
            }
            #expect(each == Array(repeating: 4, count: count))
        }
    }

    @Test func insideAPieceNothingIsShared() throws {
        for count in Self.counts {
            let each = try Company.run(count) { device in
                try device.ranks.numbers("outer", of: 3) { outer in
                    try device.ranks.numbers("inner", of: 4) { [Double(10 * outer + $0)] }.flatMap { $0 }
                }.flatMap { $0 }
            }
            let expected: [Double] = [0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23]
            for one in each { #expect(one == expected) }
        }
    }

    @Test func onlyTheFirstWritesAndAllHearOfItsFailure() throws {
        struct Full: Error, CustomStringConvertible { var description: String { "the disk is full" } }
        let writers = Mutex<[Int]>([])
        let each = try Company.run(3) { device in
            try device.ranks.onFirst("write") { writers.withLock { $0.append(device.ranks.number) } }
            do {
                try device.ranks.onFirst("write") { throw Full() }
                return "nothing"
            } catch { return "\(error)" }
        }
        #expect(writers.withLock { $0 } == [0])
        #expect(each == Array(repeating: "the disk is full", count: 3))
        let times = try Company.run(3) { device in
            try device.ranks.numbersFromFirst("time") { [Double(device.ranks.number) + 0.25] }
        }
        #expect(times == Array(repeating: [0.25], count: 3))
    }

    @Test func ranksThatPartSaySo() throws {
        let each = try Company.run(2) { device in
            do {
                if device.ranks.number == 0 {
                    _ = try device.ranks.numbers("gradient", of: 2) { [Double($0)] }
                } else {
                    _ = try device.ranks.numbers("answers", of: 2) { [Double($0)] }
                }
                return ""
            } catch { return "\(error)" }
        }
        for one in each {
            #expect(one.contains("rank 0 is at the gradient, 2 pieces"))
            #expect(one.contains("rank 1 at the answers, 2 pieces"))
        }
        let left = try Company.run(2) { device in
            do {
                if device.ranks.number == 0 { _ = try device.ranks.numbers("gradient", of: 2) { [Double($0)] } }
                return "\(try device.ranks.leave(status: 1, message: "no file f").status)"
            } catch { return "\(error)" }
        }
        #expect(left == Array(repeating: "rank 1 ended before the others: no file f", count: 2))
    }

    @Test func whatFailsOnOneRankAloneEndsAll() throws {
        struct Full: Error {}
        let each = try Company.run(2) { device in
            let ranks = device.ranks
            do {
                _ = try ranks.numbers("answers", of: 2) { piece in
                    if ranks.number == 1 { throw Full() }
                    return [Double(piece)]
                }
                return ""
            } catch is Full {
                do { return "\(try ranks.leave(status: 1, message: "out of memory").status)" } catch {
                    return "\(error)"
                }
            } catch { return "\(error)" }
        }
        #expect(each == Array(repeating: "rank 1 ended before the others: out of memory", count: 2))
    }
}

/// Ranks that are threads of this process.
enum Company {
    /// What `body` gave on each rank.
    static func run<R: Sendable>(_ count: Int, _ body: @escaping @Sendable (Device) throws -> R) throws -> [R] {
        let board = Board(count), outcomes = Mutex<[Int: Result<R, any Error>]>([:])
        let group = DispatchGroup()
        for rank in 0..<count {
            group.enter()
            Thread.detachNewThread {
                let ranks = Ranks(
                    ThreadTransport(rank, board), isInterrupted: { false }, end: { throw RankError($0.message) })
                let result = Result { try body(Device(threads: 1, ranks: ranks)) }
                outcomes.withLock { $0[rank] = result }
                group.leave()
            }
        }
        #expect(group.wait(timeout: .now() + 30) == .success, "a rank waits for ever")
        return try outcomes.withLock { outcomes in try (0..<count).compactMap { try outcomes[$0]?.get() } }
    }
}

/// Where threads leave bytes for each other.
private final class Board: @unchecked Sendable {  // the condition guards the queues
    let count: Int
    private let condition = NSCondition()
    private var queues: [Int: [[UInt8]]] = [:]

    init(_ count: Int) { self.count = count }

    func put(_ bytes: [UInt8], from: Int, to: Int) {
        condition.lock()
        queues[from * count + to, default: []].append(bytes)
        condition.broadcast()
        condition.unlock()
    }

    func take(from: Int, to: Int) -> [UInt8] {
        condition.lock()
        defer { condition.unlock() }
        let key = from * count + to
        while queues[key, default: []].isEmpty { condition.wait() }
        return queues[key, default: []].removeFirst()
    }
}

private final class ThreadTransport: RankTransport {
    let rank: Int
    let board: Board
    var count: Int { board.count }

    init(_ rank: Int, _ board: Board) { (self.rank, self.board) = (rank, board) }

    func allGather(
        _ own: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer, waiting: () throws -> Void
    ) throws {
        for other in 0..<count { board.put(Array(own), from: rank, to: other) }
        for other in 0..<count {
            let bytes = board.take(from: other, to: rank)
            #expect(bytes.count == own.count)
            UnsafeMutableRawBufferPointer(rebasing: all[(other * own.count)..<((other + 1) * own.count)])
                .copyBytes(from: bytes)
        }
    }

    func exchange(
        sending: [RankMessage<UnsafeRawBufferPointer>], receiving: [RankMessage<UnsafeMutableRawBufferPointer>],
        waiting: () throws -> Void
    ) throws {
        for message in sending { board.put(Array(message.bytes), from: rank, to: message.rank) }
        for message in receiving {
            let bytes = board.take(from: message.rank, to: rank)
            #expect(bytes.count == message.bytes.count)
            message.bytes.copyBytes(from: bytes)
        }
    }
}
