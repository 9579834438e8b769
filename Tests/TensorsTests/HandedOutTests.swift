/// Pieces of work that are handed out to ranks, one at a time, and to teams of several.
import Foundation
import Synchronization
import TestSupport
import Testing

import Tensors

@Suite struct HandedOutTests {
    /// Numbers whose sum depends on the order in which they are added.
    private static func summand(_ piece: Int, _ device: Device) throws -> Tensor {
        try Tensor((0..<37).map { Float(sin(Double(piece * 37 + $0))) * 1e3 }, shape: [37], on: device)
    }

    /// A slow piece keeps one rank; the others do the rest.
    @Test func whoIsDoneTakesTheNextPiece() throws {
        for count in [1, 2, 3, 5, 8] {
            let each = try Company.run(count) { device in
                var order: [Int] = [], own = 0
                try device.ranks.handOut("test", of: 9) { piece, answer in
                    own += 1
                    for _ in 0..<(piece == 0 ? 400 : 20) {
                        usleep(1000)
                        answer()
                    }
                    return [UInt8](repeating: UInt8(piece), count: piece)
                } finished: { piece, bytes in
                    #expect(bytes == [UInt8](repeating: UInt8(piece), count: piece))
                    order.append(piece)
                }
                // What comes after it works as ever.
                #expect(try device.ranks.numbers("after", of: 4) { [Double($0)] }.map(\.[0]) == [0, 1, 2, 3])
                return [order, [own]]
            }
            for one in each {
                #expect(one[0] == each[0][0])
                #expect(one[0].sorted() == Array(0..<9))
            }
            #expect(each.reduce(0) { $0 + $1[1][0] } == 9)
            if count == 2 { #expect((each.map { $0[1][0] }.min() ?? 9) < 4) }
        }
    }

    @Test func workThatIsHandedOutFailsOnAllRanks() throws {
        struct Broken: Error { let piece: Int }
        let each = try Company.run(3) { device in
            do {
                try device.ranks.handOut("test", of: 5) { piece, _ in
                    [UInt8(piece)]
                } finished: { piece, _ in
                    if piece == 2 { throw Broken(piece: piece) }
                }
                return -1
            } catch let error as Broken {
                _ = try device.ranks.results("after", of: 3) { [UInt8($0)] }
                return error.piece
            }
        }
        #expect(each == [2, 2, 2])
    }

    /// What a piece of a team gives: a sum that its ranks share out.
    private static func shared(_ piece: Int, _ device: Device) throws -> [UInt8] {
        let sum = try device.ranks.sums("sum of a piece", of: 5 + piece, on: device) {
            Summand(tensors: [try Self.summand(piece + $0, device)])
        }
        return (sum.tensors[0]?.elements ?? []).flatMap { withUnsafeBytes(of: $0.bitPattern) { Array($0) } }
    }

    /// Teams of at least so many ranks do pieces side by side, each to the bits of one rank; nobody is left over.
    @Test(arguments: [1, 2, 3, 4, 5], [1, 2, 3, 8]) func teamsDoPiecesTogether(_ count: Int, _ size: Int) throws {
        let alone = try Company.run(1) { device in try (0..<6).map { try Self.shared($0, device) } }[0]
        let each = try Company.run(count) { device in
            let ranks = device.ranks
            var found = [[UInt8]](repeating: [], count: 6), sizes: Set<Int> = []
            try ranks.handOut("test", of: 6, among: size) { piece, answer in
                answer()
                if ranks.isInTeam { sizes.insert(ranks.count) }
                #expect(ranks.isInTeam == (size > 1 && count > 1))
                // What is handed out within a piece the team does together.
                var inner: [Int] = []
                try ranks.handOut("inner", of: 2) { inner, _ in
                    try Self.shared(inner, device)
                } finished: {
                    index, _ in
                    inner.append(index)
                }
                #expect(inner == [0, 1])
                return try Self.shared(piece, device)
            } finished: { piece, bytes in
                found[piece] = bytes
            }
            #expect(ranks.count == count && !ranks.isInTeam)
            #expect(sizes.allSatisfy { $0 >= min(size, count) })
            #expect(try ranks.numbers("after", of: 4) { [Double($0)] }.map(\.[0]) == [0, 1, 2, 3])
            return found
        }
        for one in each { #expect(one == alone) }
    }

    /// One of a team is lost amid its piece: the piece is done again, by those who are left.
    @Test(arguments: [1, 2, 3]) func aTeamThatLosesARankLeavesItsPiece(_ victim: Int) throws {
        let alone = try Company.run(1) { device in try (0..<6).map { try Self.shared($0, device) } }[0]
        let losses = Mutex<[Int]>([])
        let each = try Company.run(4, losing: victim) { device, lose in
            let ranks = device.ranks, isVictim = ranks.number == victim
            var found = [[UInt8]](repeating: [], count: 6)
            try ranks.handOut("test", of: 6, among: 2) { piece, answer in
                answer()
                _ = try Self.shared(piece, device)
                if isVictim { try lose() }
                return try Self.shared(piece, device)
            } finished: { piece, bytes in
                found[piece] = bytes
            } lost: { rank, _ in
                losses.withLock { $0.append(rank) }
            }
            #expect(ranks.count == 3 && !ranks.teamHasEnded)
            _ = try ranks.numbers("after", of: 4) { [Double($0)] }
            return found
        }
        #expect(losses.withLock { $0 } == [victim])
        #expect(each.count == 3)
        for one in each { #expect(one == alone) }
    }

    /// What goes wrong on one rank of a team alone ends the work on all ranks, in its words.
    @Test func aRankThatFailsAloneInATeamIsNamed() throws {
        let words = try Company.run(4) { device in
            let ranks = device.ranks, isGuilty = ranks.number == 3
            do {
                try ranks.handOut("test", of: 4, among: 2) { piece, _ in
                    isGuilty ? Array("only here".utf8) : try Self.shared(piece, device)
                } words: { bytes in
                    isGuilty ? String(decoding: bytes, as: UTF8.self) : ""
                } finished: { _, _ in
                }
                return "nothing"
            } catch {
                _ = try ranks.numbers("after", of: 4) { [Double($0)] }
                return "\(error)"
            }
        }
        for one in words { #expect(one == "rank 3 ended before the others: only here", "\(one)") }
    }

    /// Rank 1 is lost in its first piece: the others do that, and go on.
    @Test func aLostRankLeavesItsPieceToAnother() throws {
        let losses = Mutex<[Int]>([])
        let each = try Company.run(3, losing: 1) { device, lose in
            let ranks = device.ranks, isLost = ranks.number == 1
            var done: [Int] = []
            try ranks.handOut("test", of: 6) { piece, answer in
                if isLost { try lose() }
                for _ in 0..<20 {
                    usleep(1000)
                    answer()
                }
                return [UInt8(piece)]
            } finished: { piece, _ in
                done.append(piece)
            } lost: { rank, _ in
                losses.withLock { $0.append(rank) }
            }
            #expect(ranks.count == 2)
            let sum = try ranks.sums("after", of: 3, on: device) { Summand(tensors: [try Self.summand($0, device)]) }
            return [done.sorted(), [Int(sum.tensors[0]?.elements[5].bitPattern ?? 0)]]
        }
        #expect(losses.withLock { $0 } == [1])
        #expect(each.count == 2)
        for one in each { #expect(one == each[0] && one[0] == Array(0..<6)) }
    }
}
