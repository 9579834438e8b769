/// The machines that a plan is for.
import Language
import Tensors

struct PlanMachines {
    /// Processes, and threads of each.
    var ranks, cores: Int
    /// Bytes that a rank may use.
    var memory: Double
    var network: RankNetwork
    /// Whether the network is one that nobody gave or measured.
    var assumesNetwork = true

    /// Ten gigabits a second, and what waiting for a message costs.
    private static let usual = RankNetwork(bandwidth: 1.25e9, latency: 1e-4)
    private static let names = ["ranks", "cores", "memory", "bandwidth", "latency"]

    /// Reads the argument `machines` of a call; what it does not say is as here.
    init(_ call: Call, on device: Device) throws {
        (ranks, cores) = (device.ranks.count, device.workers.threads)
        (memory, network) = (Double(device.memoryLimit), Self.usual)
        switch try call.value("machines") {
        case .nothing: break
        case .record(let record): try read(record)
        case .number(let x): ranks = try Self.count(x, "machines", 1...1024)
        case let other: throw call.wrong("machines", other, mustBe: "a number of ranks, or a record of \(Self.known)")
        }
    }

    private static var known: String { listed(names) }

    private mutating func read(_ record: Record) throws {
        var speed: Double?, wait: Double?
        for (name, value) in record.fields {
            guard Self.names.contains(name) else {
                throw LanguageError(
                    "`machines` has no \(name); it has \(Self.known)",
                    note: suggestion(for: name, among: Self.names).map { "did you mean \($0)?" },
                    at: .argument("machines"))
            }
            guard case .number(let x) = value else {
                throw LanguageError(
                    "`\(name)` of `machines` must be a number; it is \(value.phrase)", at: .argument("machines"))
            }
            switch name {
            case "ranks": ranks = try Self.count(x, "ranks", 1...1024)
            case "cores": cores = try Self.count(x, "cores", 1...4096)
            case "memory": memory = try Self.positive(x, name, "bytes")
            case "bandwidth": speed = try Self.positive(x, name, "bytes a second")
            default: wait = try Self.positive(x, name, "seconds")
            }
        }
        if speed != nil || wait != nil {
            network = RankNetwork(
                bandwidth: speed ?? Self.usual.bandwidth, latency: wait ?? Self.usual.latency)
            assumesNetwork = false
        }
    }

    private static func count(_ x: Double, _ name: String, _ range: ClosedRange<Int>) throws -> Int {
        guard let count = Int(exactly: x), range.contains(count) else {
            throw LanguageError(
                """
                `\(name)` of \(name == "machines" ? "`plan`" : "`machines`") must be a whole number from \
                \(range.lowerBound) to \(range.upperBound); it is \(formatNumber(x, digits: 6))
                """, at: .argument("machines"))
        }
        return count
    }

    private static func positive(_ x: Double, _ name: String, _ unit: String) throws -> Double {
        guard x > 0, x.isFinite else {
            throw LanguageError(
                "`\(name)` of `machines` is in \(unit) and above 0; it is \(formatNumber(x, digits: 6))",
                at: .argument("machines"))
        }
        return x
    }

    /// The same with a network that was measured, where none was given.
    func with(measured network: RankNetwork?) -> PlanMachines {
        guard assumesNetwork, let network else { return self }
        var machines = self
        (machines.network, machines.assumesNetwork) = (network, false)
        return machines
    }

    func with(ranks: Int) -> PlanMachines {
        var machines = self
        machines.ranks = ranks
        return machines
    }

    /// As it stands in a sentence.
    var words: String {
        "\(ranks) \(ranks == 1 ? "rank" : "ranks") of \(cores) \(cores == 1 ? "core" : "cores")"
    }
}
