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
        func seconds(_ times: Int, _ bytes: Int) throws -> Double {
            let sent = [UInt8](repeating: 1, count: bytes)
            _ = try gather(sent)
            _ = try meet("trial of the network")
            let began = clock()
            for _ in 0..<times { _ = try gather(sent) }
            return (clock() - began) / Double(times)
        }
        // A gathering is two exchanges.
        let large = 8 << 20, small = try seconds(20, 8), long = try seconds(3, large)
        let own = [small / 2, Double(large * (count - 1)) / max(1e-9, long - small)]
        let first = try numbersFromFirst("trial of the network") { own }
        return RankNetwork(bandwidth: first[1], latency: first[0])
    }
}
