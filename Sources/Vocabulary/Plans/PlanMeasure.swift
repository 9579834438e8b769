/// What a trial of a recipe found, as it goes from rank to rank.
import Foundation
import Tensors

/// A part of a trial, and how often what is planned holds it.
struct PlanStretch: Codable {
    var works: [SharedWork]
    /// In all, with what is not shared out.
    var seconds: Double
    var weight: Double
    /// Whether what is planned may do without it: a solver may be done before its last iteration.
    var isAtMost = false

    /// What it takes on one of so many ranks, each time.
    func seconds(on ranks: Int) -> Double { works.reduce(seconds) { $0 - $1.seconds + $1.cost(on: ranks).seconds } }
}

/// The memory of a part of a trial.
struct PlanPeak: Codable {
    let weight: Double
    /// The most bytes of tensors at once while nothing was shared out.
    private let outside: Int
    /// Of each work that is shared out the one that takes most.
    private let works: [SharedWork]

    init(_ weight: Double, outside: Int, _ works: some Sequence<SharedWork>) {
        (self.weight, self.outside) = (weight, outside)
        var largest: [String: SharedWork] = [:]
        for work in works {
            let key = "\(work.place) \(work.way)"
            if largest[key].map({ $0.before + $0.rise < work.before + work.rise }) ?? true { largest[key] = work }
        }
        self.works = largest.sorted { $0.key < $1.key }.map(\.value)
    }

    /// The most bytes at once on one of so many ranks.
    func bytes(on ranks: Int) -> Double {
        Double(works.reduce(outside) { max($0, $1.cost(on: ranks).memory) })
    }
}

struct PlanMeasure: Codable {
    /// What is planned, as in a sentence: `200 steps of graddiff with sophia`.
    var what = ""
    var stretches: [PlanStretch] = []
    /// Steps, or 1 for what has none.
    var units = 1.0
    /// Half of the interval of the time, as a share of it.
    var spread = 0.05
    /// Whose weighted sum is the most memory at once.
    var peaks: [PlanPeak] = []
    /// Bytes that the trial had beside what is planned.
    var surplus = 0.0
    /// Bytes of earlier states that a run keeps.
    var kept = 0.0
    /// Seconds of a step whatever its batch, and of each example of it.
    var fixed: Double?, perExample: Double?
    /// Whether it ended before its end could be seen, so that it takes this at least.
    var isLowerBound = false
    /// What was tried, and what is not counted.
    var notes: [String] = []

    /// Why nothing could be measured.
    struct Missing: Error, Codable {
        let message: String
        let advice: [String]
    }
    var missing: Missing?

    var bytes: [UInt8] { get throws { Array(try JSONEncoder().encode(self)) } }
    init() {}
    init(missing: Missing) { self.missing = missing }
    init(bytes: [UInt8]) throws { self = try JSONDecoder().decode(PlanMeasure.self, from: Data(bytes)) }

    var total: Double { stretches.reduce(0) { $0 + $1.weight * $1.seconds } }
}

/// Time as a plan counts it.
struct PlanClock {
    let device: Device
    /// Whether it is the processors' time instead of that on the wall.
    let isProcessor: Bool

    /// Seconds since whenever; what was asked for before has been done.
    func seconds() -> Double {
        device.finishWaitingWork()
        return Self.read(isProcessor ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC)
    }

    static func wall() -> Double { read(CLOCK_MONOTONIC) }

    private static func read(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }
}
