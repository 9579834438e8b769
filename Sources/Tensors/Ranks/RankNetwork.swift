/// What goes between ranks: how much has gone, and how fast it goes.

/// What this rank has sent so far.
public struct RankTraffic: Equatable, Sendable {
    public var bytes = 0
    public var exchanges = 0
}

/// How fast ranks reach each other.
public struct RankNetwork: Equatable, Sendable {
    /// Bytes a second that a rank sends.
    public var bandwidth: Double
    /// Seconds that an exchange takes however little is sent.
    public var latency: Double

    public init(bandwidth: Double, latency: Double) { (self.bandwidth, self.latency) = (bandwidth, latency) }

    /// Seconds that exchanges take.
    public func seconds(_ bytes: Double, _ exchanges: Double) -> Double { exchanges * latency + bytes / bandwidth }
}

extension Ranks {
    /// Tries how fast the ranks reach each other; nil where there is one.
    /// - Parameter clock: seconds since whenever.
    public func measuredNetwork(clock: () -> Double) throws -> RankNetwork? {
        guard hasCompany else { return nil }
        let large = SliceExchange.portion
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count * large, alignment: 64)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 1)
        func seconds(_ times: Int, _ bytes: Int) throws -> Double {
            func buffer(_ rank: Int) -> UnsafeMutableRawBufferPointer {
                UnsafeMutableRawBufferPointer(rebasing: memory[rank * large..<rank * large + bytes])
            }
            let others = (0..<count).filter { $0 != number }, own = UnsafeRawBufferPointer(buffer(number))
            let receiving = others.map { RankMessage(rank: $0, bytes: buffer($0)) }
            func once() throws {
                try exchange(sending: others.map { RankMessage(rank: $0, bytes: own) }, receiving: receiving)
            }
            try once()
            _ = try meet("trial of the network")
            let began = clock()
            for _ in 0..<times { try once() }
            return (clock() - began) / Double(times)
        }
        let small = try seconds(20, 8), long = try seconds(5, large)
        let own = [small, Double(large * (count - 1)) / max(1e-9, long - small)]
        let first = try numbersFromFirst("trial of the network") { own }
        return RankNetwork(bandwidth: first[1], latency: first[0])
    }
}
