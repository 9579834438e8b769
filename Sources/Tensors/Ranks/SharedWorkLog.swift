/// What ranks share out, written down while one process does all of it: what a cost model is made of.

/// One call that shared work out: its pieces, and what of them goes from rank to rank.
public struct SharedWork: Codable, Equatable, Sendable {
    /// What becomes of the pieces.
    public enum Way: String, Codable, Sendable {
        /// Tensors that are added up.
        case sums
        /// Numbers in float64 that are added up.
        case doubles
        /// What every rank gets of each piece.
        case results
        /// Memory that every rank has in the end.
        case fill
        /// A vector of which every rank has computed its part, and has the whole in the end.
        case parts
        /// Numbers that each rank has of its part, and all have in the end.
        case joined
        /// A number that each rank says where they meet.
        case said
    }

    /// What it was, without numbers at its end: `gradient of step`.
    public var place: String
    public var way: Way
    /// Seconds of each piece.
    public var pieces: [Double] = []
    /// Seconds of all, with what comes between and after the pieces.
    public var seconds = 0.0
    /// Elements of each tensor, or how many doubles, that are added up or put together.
    public var elements: [Int] = []
    /// Bytes that each piece gives where nothing is added up.
    public var bytes: [Int] = []
    /// Numbers that go with each piece, and those that describe the tensors of a sum.
    public var figures = 0, forms = 0
    /// Whether each rank keeps its part of the sums alone, and then holds but one summand at a time.
    public var isDivided = false, holdsOneSummand = false
    /// Bytes of tensors that were in use when it began, and the most that were meanwhile, in one process.
    public var before = 0, peak = 0
    /// The most bytes that a piece took beside what was in use when that began.
    public var rise = 0

    public init(_ place: String, _ way: Way) { (self.place, self.way) = (place, way) }
}

/// Listens to what is shared out. Inside of a piece nothing is.
public final class SharedWorkLog {
    public private(set) var works: [SharedWork] = []
    let clock: () -> Double
    /// Whose memory is watched.
    private let device: Device?

    /// - Parameter clock: seconds since whenever.
    public init(on device: Device? = nil, clock: @escaping () -> Double) {
        (self.device, self.clock) = (device, clock)
    }

    /// A work that is under way.
    final class Entry {
        var work: SharedWork
        private let clock: () -> Double
        private let device: Device?

        init(_ work: SharedWork, _ device: Device?, _ clock: @escaping () -> Double) {
            (self.work, self.device, self.clock) = (work, device, clock)
        }

        /// Does a piece.
        func piece<R>(_ body: () throws -> R, _ describe: (R, inout SharedWork) -> Void) rethrows -> R {
            let began = clock(), before = device?.memory.live ?? 0
            let (result, peak) = try SharedWorkLog.peak(on: device, body)
            work.rise = max(work.rise, peak - before)
            work.pieces.append(clock() - began)
            describe(result, &work)
            return result
        }
    }

    func write<R>(_ place: String, _ way: SharedWork.Way, _ body: (Entry) throws -> R) rethrows -> R {
        let words = place.reversed().drop(while: { $0.isNumber || $0 == " " }).reversed()
        let entry = Entry(SharedWork(String(words), way), device, clock), began = clock()
        entry.work.before = device?.memory.live ?? 0
        // What it takes is told by its pieces, as ranks share them out.
        let (result, peak) = try Self.peak(on: device, isCounted: false) { try body(entry) }
        (entry.work.seconds, entry.work.peak) = (clock() - began, peak)
        works.append(entry.work)
        return result
    }

    private static func peak<R>(
        on device: Device?, isCounted: Bool = true, _ body: () throws -> R
    ) rethrows -> (R, Int) {
        guard let device else { return (try body(), 0) }
        return try device.peakMemory(isCounted: isCounted, during: body)
    }
}

extension Ranks {
    /// Does something by itself, cut as so many ranks would share it out, and writes down what they would share.
    /// - Parameter ranks: with 1, a process without company cuts nothing.
    public func rehearsing<R>(
        asOneOf ranks: Int, _ log: SharedWorkLog, _ body: () throws -> R
    ) rethrows -> R {
        let outer = (self.log, imagined)
        (self.log, imagined) = (log, max(1, ranks))
        defer { (self.log, imagined) = outer }
        return try apart(body)
    }

    /// Writes a work down if anybody listens; what is inside of it belongs to it.
    func written<R>(
        _ place: String, _ way: SharedWork.Way, to log: SharedWorkLog, _ body: (SharedWorkLog.Entry) throws -> R
    ) rethrows -> R {
        self.log = nil
        defer { self.log = log }
        return try log.write(place, way, body)
    }
}

extension SharedWork {
    /// Notes what a piece adds.
    mutating func note(_ summand: Summand) {
        figures = max(figures, summand.figures.count)
        let counts = summand.tensors.map { $0?.count ?? 0 }
        elements = counts.indices.map { max(counts[$0], elements.indices.contains($0) ? elements[$0] : 0) }
        forms = max(forms, summand.tensors.reduce(0) { $0 + 1 + ($1?.shape.count ?? 0) })
    }
}
