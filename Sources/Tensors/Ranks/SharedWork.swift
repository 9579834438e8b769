/// Numbered pieces of work that ranks share out: every rank gets what each piece gave.

extension Ranks {
    /// Does this rank's part of a shared work, and learns whether the others could do theirs.
    ///
    /// Where a piece fails on its rank, every rank does that piece, so that all throw the same error and a script can
    /// catch it on all of them.
    /// - Parameters:
    ///   - work: calls its argument with the number of each piece before it does that.
    ///   - again: does one piece.
    func attempt<R>(
        _ place: String, _ work: ((Int) -> Void) throws -> R, again: (Int) throws -> Void
    ) throws -> R {
        var current = 0
        finds = []
        let (outcome, said) = heard { Result { try inPieces { try work { current = $0 } } } }
        var failed: Int?
        if case .failure(let error) = outcome {
            if case TensorError.interrupted = error { throw error }
            failed = current
        }
        let report = PieceReport(failed: failed, hasSaid: !said.isEmpty, hasRead: !finds.isEmpty)
        let reports = try meet(place, saying: report.word).map { PieceReport($0) }
        if reports.contains(where: \.hasRead) { try shareFinds() }
        let first = reports.compactMap(\.failed).min()
        let rank = first.flatMap { first in reports.firstIndex { $0.failed == first } }
        try bring(said, reports, upTo: rank ?? reports.count - 1)
        guard let first, let rank, first != failed else { return try outcome.get() }
        try unheard { try inPieces { try again(first) } }
        try awaitEnd(of: rank)
    }

    /// What each of `count` pieces gave, in their order.
    /// - Parameter place: what this is, for the words of an error: all ranks must be at the same.
    public func results(_ place: String, of count: Int, _ work: (Int) throws -> [UInt8]) throws -> [[UInt8]] {
        if let log {
            return try written(place, .results, to: log) { entry in
                try results(place, of: count) { piece in
                    try entry.piece({ try work(piece) }) { $1.bytes.append($0.count) }
                }
            }
        }
        guard sharesWork, count > 1, hasCompany else {
            return try alone(count) {
                try (0..<count).map { piece in sharesWork ? try apart { try work(piece) } : try work(piece) }
            }
        }
        let own = try attempt("\(place), \(count) pieces") { begins in
            try share(of: number, count).map { piece in
                begins(piece)
                return try work(piece)
            }
        } again: {
            _ = try work($0)
        }
        return try gather(Ranks.packed(own)).flatMap(Ranks.unpacked)
    }

    /// Pieces one after the other, each with its length before it.
    static func packed(_ pieces: [[UInt8]]) -> [UInt8] {
        pieces.flatMap { [Double]([Double(bitPattern: UInt64($0.count))]).bytes + $0 }
    }

    static func unpacked(_ bytes: [UInt8]) -> [[UInt8]] {
        var pieces: [[UInt8]] = [], rest = bytes[...]
        while let length = [Double](bytes: Array(rest.prefix(8))).first {
            rest = rest.dropFirst(8)
            pieces.append(Array(rest.prefix(Int(length.bitPattern))))
            rest = rest.dropFirst(pieces[pieces.count - 1].count)
        }
        return pieces
    }

    /// The same of numbers.
    public func numbers(_ place: String, of count: Int, _ work: (Int) throws -> [Double]) throws -> [[Double]] {
        guard sharesWork || log != nil else { return try (0..<count).map(work) }
        return try results(place, of: count) { try work($0).bytes }.map { [Double](bytes: $0) }
    }

    /// Fills memory that is made of parts: each piece of work writes its own, and every rank has all in the end.
    /// - Parameter parts: the memory that a piece writes, for nobody else to see before this returns.
    package func fill(
        _ place: String, of count: Int, parts: (Int) -> [Tensor], _ work: (Int) throws -> Void
    ) throws {
        if let log {
            return try written(place, .fill, to: log) { entry in
                try fill(place, of: count, parts: parts) { piece in
                    try entry.piece({ try work(piece) }) { _, entry in
                        entry.bytes.append(parts(piece).reduce(0) { $0 + 4 * $1.count })
                    }
                }
            }
        }
        guard sharesWork, count > 1, hasCompany else {
            return try alone(count) {
                for piece in 0..<count { sharesWork ? try apart { try work(piece) } : try work(piece) }
            }
        }
        try attempt("\(place), \(count) pieces") { begins in
            for piece in share(of: number, count) {
                begins(piece)
                try work(piece)
            }
        } again: {
            try work($0)
        }
        let tensors = (0..<self.count).map { rank in share(of: rank, count).flatMap(parts).filter { $0.count > 0 } }
        try tensors.withPointers { pointers in
            let others = (0..<self.count).filter { $0 != number }
            func buffers(_ rank: Int) -> [UnsafeMutableRawBufferPointer] {
                zip(tensors[rank], pointers[rank]).map { UnsafeMutableRawBufferPointer(start: $1, count: 4 * $0.count) }
            }
            let own = buffers(number)
            try exchange(
                sending: others.flatMap { other in
                    own.map { RankMessage(rank: other, bytes: UnsafeRawBufferPointer($0)) }
                },
                receiving: others.flatMap { other in buffers(other).map { RankMessage(rank: other, bytes: $0) } })
        }
    }

    /// Work of the first rank alone, such as writing a file: it begins when all ranks have come here, since one may
    /// still have to read what it changes, and is done when this returns, on all of them. What it throws all throw, the
    /// others in its words.
    public func onFirst(_ place: String, _ work: () throws -> Void) throws {
        guard hasCompany else { return try work() }
        _ = try meet(place)
        try first(place, work)
    }

    /// What the first rank finds, such as the time, which every rank would find otherwise.
    public func fromFirst(_ place: String, _ find: () throws -> [UInt8]) throws -> [UInt8] {
        guard hasCompany else { return try find() }
        var found: [UInt8] = []
        try first(place) { found = try find() }
        return try gather(found)[0]
    }

    private func first(_ place: String, _ work: () throws -> Void) throws {
        var failure: (any Error)?
        if isFirst {
            do { try apart(work) } catch TensorError.interrupted { throw TensorError.interrupted } catch {
                failure = error
            }
        }
        guard try meet(place, saying: failure == nil ? 0 : 1)[0] != 0 else { return }
        let words = try gather(failure.map { Array("\($0)".utf8) } ?? [])[0]
        throw failure ?? RankError(String(decoding: words, as: UTF8.self))
    }

    /// Whether something holds on any rank.
    public func anyRank(_ place: String, _ holds: Bool) throws -> Bool {
        if let log { return written(place, .said, to: log) { _ in holds } }
        guard hasCompany else { return holds }
        return try meet(place, saying: holds ? 1 : 0).contains(1)
    }

    /// What was found by the first of those ranks that found something in pieces of their own.
    public func firstFound(_ place: String, _ own: String?) throws -> String? {
        guard hasCompany else { return own }
        _ = try meet(place)
        return try gather(Array((own ?? "").utf8)).first { !$0.isEmpty }.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Numbers that the first rank finds.
    public func numbersFromFirst(_ place: String, _ find: () -> [Double]) throws -> [Double] {
        guard hasCompany else { return find() }
        return [Double](bytes: try fromFirst(place) { find().bytes })
    }
}

extension [Double] {
    /// Their memory.
    var bytes: [UInt8] { withUnsafeBytes { Array<UInt8>($0) } }

    init(bytes: [UInt8]) {
        self = bytes.withUnsafeBytes { buffer in
            (0..<buffer.count / 8).map { buffer.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self) }
        }
    }
}
