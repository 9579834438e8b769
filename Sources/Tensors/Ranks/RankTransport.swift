/// What carries bytes between the processes of one computation.

/// A run of bytes to or from another rank.
public struct RankMessage<Buffer> {
    public let rank: Int
    public let bytes: Buffer

    public init(rank: Int, bytes: Buffer) {
        self.rank = rank
        self.bytes = bytes
    }
}

/// Processes numbered 0 ..< `count` that can send each other bytes; MPI is one way to do it. All of them call the same
/// functions in the same order.
public protocol RankTransport: AnyObject {
    /// This process's number.
    var rank: Int { get }
    var count: Int { get }
    /// Gives every rank `own`, and takes what all gave, equally long, in the order of ranks.
    /// - Parameter waiting: is called now and then, and may throw to stop.
    func allGather(
        _ own: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer, waiting: () throws -> Void) throws
    /// Sends and receives; what one rank sends another by one channel arrives in its order.
    ///
    /// Where `waiting` throws, nothing that was to be received is written any more, and what was sent and not taken is
    /// never taken by another channel.
    func exchange(
        sending: [RankMessage<UnsafeRawBufferPointer>], receiving: [RankMessage<UnsafeMutableRawBufferPointer>],
        channel: Int, waiting: () throws -> Void) throws
    /// Sends one rank a note, which it takes when it looks for one.
    func post(_ note: [UInt8], to rank: Int) throws
    /// A note that has arrived, and from whom; nil where there is none.
    func takeNote() throws -> (rank: Int, bytes: [UInt8])?
    /// Whether a rank is known to have ended.
    func isLost(_ rank: Int) -> Bool
    /// Goes on without a rank.
    func forget(_ rank: Int)
}

/// Another rank was lost, or failed alone; in words.
public struct RankError: Error, Equatable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
