/// What one process foretells of shared work is what ranks do: the bytes that they send, and how often they meet.
import TestSupport
import Testing

import Tensors

@Suite struct SharedWorkTests {
    /// Work of each kind, with pieces whose numbers do not divide evenly.
    private static func share(_ device: Device, pieces: Int) throws {
        let ranks = device.ranks
        _ = try ranks.sums("sum 1", of: pieces, on: device) { piece in
            Summand(
                tensors: [
                    try Tensor(repeating: Float(piece), shape: [7, 11], on: device),
                    try Tensor(repeating: 1, shape: [3], on: device), nil,
                ], figures: [1, 2])
        }
        _ = try ranks.sum("doubles", of: pieces) { [Double($0), 1, 2, 3, 4] }
        _ = try ranks.results("results", of: pieces) { [UInt8](repeating: 7, count: 3 * $0 + 1) }
        _ = try ranks.numbers("numbers", of: pieces) { [Double]($0 == 0 ? [] : [1, 2]) }
        let matrix = try Tensor(repeating: -1, shape: [pieces, 5], on: device)
        try ranks.fill("fill", of: pieces, parts: { [matrix.segment($0 * 5, shape: [5])] }) {
            matrix.segment($0 * 5, shape: [5]).fill(with: 1)
        }
    }

    @Test(arguments: [1, 2, 3, 8], [1, 2, 3, 7, 16]) func trafficIsForetold(_ count: Int, _ pieces: Int) throws {
        let traffic = try Company.run(count) { device in
            let before = device.ranks.traffic
            try Self.share(device, pieces: pieces)
            let after = device.ranks.traffic
            return (bytes: after.bytes - before.bytes, exchanges: after.exchanges - before.exchanges)
        }
        let device = Device(threads: 1), log = SharedWorkLog { 0 }
        try device.ranks.rehearsing(asOneOf: count, log) { try Self.share(device, pieces: pieces) }
        #expect(log.works.map(\.place) == ["sum", "doubles", "results", "numbers", "fill"])
        #expect(log.works.allSatisfy { $0.pieces.count == pieces })
        let foretold = (0..<count).map { rank in log.works.map { $0.cost(ofRank: rank, on: count) } }
        for rank in 0..<count {
            #expect(foretold[rank].reduce(0) { $0 + $1.bytes } == traffic[rank].bytes, "rank \(rank)")
            #expect(foretold[rank].reduce(0) { $0 + $1.exchanges } == traffic[rank].exchanges, "rank \(rank)")
        }
    }

    /// Vectors of which each rank has its part.
    private static func divide(_ device: Device, pieces: Int, holdsOne: Bool) throws {
        let ranks = device.ranks, count = 3 * 32_768 + 5
        guard var parts = ranks.parts(of: count) else { return }
        parts.holdsOneSummand = holdsOne
        let sums = try ranks.sums("gradient", of: pieces, on: device, parts: parts) {
            Summand(tensors: [try Tensor(repeating: Float($0), shape: [count], on: device)], figures: [1])
        }
        guard let part = sums.tensors[0] else { return }
        #expect(part.count == parts.own.count)
        var whole = try Tensor.zeros([count], on: device)
        try ranks.complete("update", &whole, from: part, parts)
        _ = try ranks.joined("flags", [1, 2])
    }

    @Test(arguments: [2, 3, 4], [2, 3, 7]) func trafficOfPartsIsForetold(_ count: Int, _ pieces: Int) throws {
        for holdsOne in [false, true] {
            let traffic = try Company.run(count) { device in
                let before = device.ranks.traffic
                try Self.divide(device, pieces: pieces, holdsOne: holdsOne)
                let after = device.ranks.traffic
                return (bytes: after.bytes - before.bytes, exchanges: after.exchanges - before.exchanges)
            }
            let device = Device(threads: 1), log = SharedWorkLog(on: device) { 0 }
            try device.ranks.rehearsing(asOneOf: count, log) {
                try Self.divide(device, pieces: pieces, holdsOne: holdsOne)
            }
            #expect(log.works.map(\.place) == ["gradient", "update", "flags"])
            #expect(device.ranks.parts(of: 10) == nil)
            for rank in 0..<count {
                let costs = log.works.map { $0.cost(ofRank: rank, on: count) }
                #expect(costs.reduce(0) { $0 + $1.bytes } == traffic[rank].bytes, "rank \(rank), \(holdsOne)")
                #expect(costs.reduce(0) { $0 + $1.exchanges } == traffic[rank].exchanges, "rank \(rank), \(holdsOne)")
            }
        }
    }

    /// Memory of a rank is foretold: what its pieces take, beside the sums that it holds.
    @Test(arguments: [2, 3], [2, 4, 7, 16]) func memoryIsForetold(_ count: Int, _ pieces: Int) throws {
        @Sendable func share(_ device: Device) throws -> Int {
            let kept = try Tensor.zeros([1 << 20], on: device)
            return try withExtendedLifetime(kept) {
                try device.peakMemory {
                    _ = try device.ranks.sums("sum", of: pieces, on: device) { _ in
                        let waste = try Tensor.zeros([3 << 20], on: device)
                        return Summand(tensors: [try waste.segment(0, shape: [1 << 20]).copied()])
                    }
                }.bytes
            }
        }
        let peaks = try Company.run(count, share)
        let device = Device(threads: 1), log = SharedWorkLog(on: device) { 0 }
        let outside = try device.ranks.rehearsing(asOneOf: count, log) { try share(device) }
        #expect(outside < peaks.max() ?? 0, "what is shared out counts by itself")
        #expect(device.memory.peak >= peaks.max() ?? 0, "the peak of all time knows of it")
        let foretold = Double(log.works[0].cost(on: count).memory), found = Double(peaks.max() ?? 0)
        #expect(abs(foretold / found - 1) < 0.35 && foretold >= found, "\(foretold) \(found)")
    }

    /// Four pieces of a second each and half a second a sum: two ranks take two of them and add twice; three have one of
    /// two pieces among them.
    @Test func theSlowestRankCounts() {
        var work = SharedWork("gradient", .sums)
        (work.pieces, work.seconds, work.elements) = ([1, 1, 1, 1], 5.5, [1000])
        #expect(work.cost(on: 1).seconds == 5.5)
        // A sum of its own, and half of one of the two halves.
        #expect(work.cost(on: 2).seconds == 2 + 0.5 * 1.5)
        #expect(work.cost(on: 3).seconds > 2 && work.cost(on: 3).seconds < 3)
        #expect(work.cost(on: 4).seconds == 1 + 0.5 * 0.75)
        work.pieces = [1]
        #expect(work.cost(on: 4) == SharedWorkCost(seconds: 5.5), "a single piece is every rank's")
    }

    @Test func aRehearsalCutsAndListensOnlyWhileItLasts() throws {
        let device = Device(threads: 1), ranks = device.ranks, log = SharedWorkLog { 0 }
        #expect(!ranks.sharesWork)
        try ranks.rehearsing(asOneOf: 2, log) {
            #expect(ranks.sharesWork && ranks.together == 2)
            // What is inside of a piece belongs to it.
            _ = try ranks.numbers("outer", of: 2) { _ in try ranks.numbers("inner", of: 2) { [Double($0)] }[0] }
        }
        #expect(!ranks.sharesWork && !ranks.isLogged && ranks.together == 1)
        #expect(log.works.map(\.place) == ["outer"])
        struct Broken: Error {}
        #expect(throws: Broken.self) {
            try ranks.rehearsing(asOneOf: 3, log) {
                _ = try ranks.numbers("broken", of: 2) { _ in throw Broken() }
            }
        }
        #expect(!ranks.sharesWork && !ranks.isLogged)
    }

    /// Limited threads compute the same, and all of them compute again afterwards.
    @Test func threadsCanBeLimited() {
        let workers = WorkerPool(threads: 3)
        for threads in [1, 2, 3, 1] {
            for _ in 0..<50 {
                let places = UnsafeMutableBufferPointer<Int>.allocate(capacity: 64)
                defer { places.deallocate() }
                nonisolated(unsafe) let written = places
                workers.limited(to: threads) { workers.run(64) { written[$0] = $0 } }
                #expect(places.elementsEqual(0..<64))
            }
        }
    }

    @Test func thePeakOfAPartIsItsOwn() throws {
        let device = Device(threads: 1)
        do { _ = try Tensor.zeros([1 << 20], on: device) }
        let peak = device.memory.peak
        let (_, bytes) = try device.peakMemory { _ = try Tensor.zeros([1 << 10], on: device) }
        #expect(bytes >= 4 << 10 && bytes < 1 << 20)
        #expect(device.memory.peak == peak)
    }
}
