/// Work shared out over ranks, here threads that pass each other bytes: results have the same bits for any number.
import Foundation
import Synchronization
import Testing

import Tensors
import TestSupport

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

    /// What pieces say comes to the first rank in their order, up to the one that fails, and once.
    @Test(arguments: [nil, 0, 3, 5] as [Int?]) func whatPiecesSayIsHeardInTheirOrder(failing: Int?) throws {
        struct Broken: Error {}
        for count in Self.counts {
            let each = try Company.run(count) { device in
                let listener = Listener()
                if count > 1 { device.ranks.listener = listener }
                let results = try? device.ranks.results("test", of: 7) { piece in
                    if piece % 2 == 1 { listener.say("\(piece) ") }
                    if piece == failing { throw Broken() }
                    return []
                }
                #expect((results == nil) == (failing != nil))
                // Where nobody says anything, nothing comes.
                _ = try device.ranks.results("after", of: 3) { [UInt8($0)] }
                return listener.heard
            }
            let expected = (0...(failing ?? 6)).filter { $0 % 2 == 1 }.map { "\($0) " }.joined()
            #expect(each[0] == expected, "\(count) ranks")
            for other in each.dropFirst() { #expect(other == "") }
        }
    }

    /// Somebody who reads what is said.
    private final class Listener: PieceListener {
        private(set) var heard = ""
        private var pending: String?

        func say(_ text: String) { if pending == nil { heard += text } else { pending? += text } }

        func hearing<R>(isFirst: Bool, _ pieces: () -> R) -> (result: R, said: [UInt8]) {
            pending = isFirst ? nil : ""
            let result = pieces()
            defer { pending = nil }
            return (result, Array((pending ?? "").utf8))
        }

        func tell(_ said: [UInt8]) { say(String(decoding: said, as: UTF8.self)) }
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

    /// Parts begin where blocks do; sums, lengths and the whole have the bits of one rank.
    @Test(arguments: [1, 40_000, 200_001]) func partsHaveTheBitsOfTheWhole(count: Int) throws {
        @Sendable func vector(_ piece: Int, _ device: Device) throws -> Tensor {
            try Tensor((0..<count).map { Float(sin(Double(piece * 37 + $0))) * 1e3 }, shape: [count], on: device)
        }
        for (pieces, holdsOne) in [(1, false), (2, false), (2, true), (5, false), (5, true), (13, true)] {
            var found: [[UInt32]] = [], lengths: [Double] = []
            for ranks in [1, 2, 3, 5] {
                let each = try Company.run(ranks) { device in
                    var parts = device.ranks.parts(of: count)
                    parts?.holdsOneSummand = holdsOne
                    #expect((parts == nil) == (ranks == 1))
                    if let parts {
                        #expect(parts.ranges.map(\.lowerBound).allSatisfy { $0 % 32768 == 0 || $0 == count })
                        #expect(parts.ranges.reduce(0) { $0 + $1.count } == count)
                    }
                    let (sums, figures) = try device.ranks.sums("test", of: pieces, on: device, parts: parts) { piece in
                        Summand(tensors: [try vector(piece, device)], figures: [Double(piece)])
                    }
                    let sum = sums[0]
                    #expect(figures == (0..<pieces).map { [Double($0)] })
                    guard let sum else { return ([UInt32](), 0.0) }
                    guard let parts else { return (sum.elements.map(\.bitPattern), sum.norm()) }
                    #expect(sum.count == parts.own.count)
                    var whole = try Tensor.zeros([count], on: device)
                    try device.ranks.complete("whole", &whole, from: sum, parts)
                    return (whole.elements.map(\.bitPattern), try device.ranks.norm("length", of: sum, parts))
                }
                for one in each { #expect(one == each[0]) }
                found.append(each[0].0)
                lengths.append(each[0].1)
            }
            #expect(found.allSatisfy { $0 == found[0] } && lengths.allSatisfy { $0 == lengths[0] })
        }
    }

    @Test func aPartIsOutOfReachOfOneRankAlone() throws {
        let words = try Company.run(2) { device in
            guard let parts = device.ranks.parts(of: 10) else { return "" }
            return device.ranks.apart {
                #expect(device.ranks.parts(of: 10) == nil)
                do { return "\(try device.ranks.norm("length", of: Tensor.zeros([10], on: device), parts))" } catch {
                    return "\(error)"
                }
            }
        }
        for one in words { #expect(one.contains("begin the training inside of that function")) }
    }

    /// A rank may still have to read the file that the first one writes.
    @Test func theFirstBeginsWhenAllHaveCome() throws {
        let file = Mutex(0)
        let read = try Company.run(3) { device in
            try (0..<20).map { turn in
                if !device.ranks.isFirst { usleep(2000) }
                let found = file.withLock { $0 }
                try device.ranks.onFirst("write") { file.withLock { $0 = turn + 1 } }
                return found
            }
        }
        #expect(read.allSatisfy { $0 == Array(0..<20) })
    }
}
