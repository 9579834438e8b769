/// What identifies a training: its examples, loss, optimizer and settings by value. One goes on where another stopped
/// only if all of it is the same.
import Files
import Language
import LanguageModels
import Unlearning

extension FingerprintHash: IdentityHash {}

extension Environment {
    /// Names of the session, then those of files.
    fileprivate var all: [(name: String, value: Value?)] { bindings + fileBindings }
}

extension IdentityParts {
    mutating func add(_ source: RunSource) throws {
        add(source.function)
        for part in RunSource.Part.allCases { add("\(try source.fingerprint(part))") }
    }
}

/// The call that a recipe was read from, with what its functions read of the top level: the recipe can be stored and
/// read again, and compared with another.
public final class RunSource {
    let function: String
    let arguments: [(name: String, value: Value)]
    /// What all its functions read.
    let environment: Environment
    /// Files that its functions read.
    let reads: FilesRead
    private let seed: UInt64
    /// What stands for an option that was not given.
    private let defaults: [String: Value]
    /// What each argument's functions read.
    private let environments: [String: Environment]
    /// Computed when first asked for: values never change.
    private var fingerprints: [Part: Result<Fingerprint, any Error>] = [:]

    /// - Parameter defaults: names of the built-ins that stand for options not given.
    init(_ call: Call, seed: UInt64, defaults: [String: String], reads: FilesRead) throws {
        self.reads = reads
        function = call.builtin.name
        arguments = try call.builtin.parameters.map { ($0.name, try call.value($0.name)) }
        self.seed = seed
        self.defaults = defaults.compactMapValues { call.interpreter.builtin($0).map { .function($0) } }
        let kept = arguments.filter { $0.name != "watch" }
        environment = call.interpreter.environment(of: kept.map(\.value))
        environments = Dictionary(
            uniqueKeysWithValues: kept.map { ($0.name, call.interpreter.environment(of: [$0.value])) })
    }

    /// What must be the same for one training to go on where another stopped.
    enum Part: String, CaseIterable {
        case data, forget, retain, loss, optimizer, batch, accumulate, clip_norm, trainable, rates, decay, seed,
            schedule

        var phrase: String {
            switch self {
            case .data: "the data"
            case .forget: "the data to forget"
            case .retain: "the data to retain"
            case .loss: "the loss"
            case .optimizer: "the optimizer"
            case .batch: "the batch size"
            case .accumulate: "accumulate"
            case .clip_norm: "clip_norm"
            case .trainable: "what is trainable"
            case .rates: "the learning rates of parts"
            case .decay: "the decay of parts"
            case .seed: "the seed"
            case .schedule: "the schedule"
            }
        }
    }

    private func value(_ part: Part) -> Value? {
        guard let value = arguments.first(where: { $0.name == part.rawValue })?.value else { return nil }
        return value.isNothing ? defaults[part.rawValue] ?? value : value
    }

    /// What a part's functions read.
    private func environment(_ part: Part) -> [(name: String, value: Value?)] { environments[part.rawValue]?.all ?? [] }

    fileprivate func fingerprint(_ part: Part) throws -> Fingerprint {
        if let known = fingerprints[part] { return try known.get() }
        let result = Result { try makeFingerprint(part) }
        fingerprints[part] = result
        return try result.get()
    }

    private func makeFingerprint(_ part: Part) throws -> Fingerprint {
        if part == .seed { return Fingerprint((0, seed)) }
        return Fingerprint(
            try ValueIdentifier({ FingerprintHash() }).identity { parts in
                if let value = value(part) { try parts.add(value) }
                for (name, value) in environment(part) {
                    parts.add(name)
                    if let value { try parts.add(value) } else { parts.add("no value") }
                }
            })
    }

    /// Names whose values differ between the environments of a part that both have.
    private func changedNames(_ part: Part, from earlier: RunSource) throws -> [String] {
        let own = environment(part), others = earlier.environment(part)
        guard own.map(\.name) == others.map(\.name) else { return [] }
        let identifier = ValueIdentifier { FingerprintHash() }
        func identity(_ value: Value?) throws -> Fingerprint {
            Fingerprint(
                try identifier.identity { parts in
                    if let value { try parts.add(value) }
                })
        }
        return try zip(own, others).filter { try identity($0.value) != identity($1.value) }.map(\.0.name)
    }

    /// Whether both do the same.
    func isSame(as other: RunSource) throws -> Bool {
        if self === other { return true }
        return try Part.allCases.allSatisfy { try fingerprint($0) == other.fingerprint($0) }
    }

    /// Why a training that `self` describes cannot go on where `earlier` stopped, in words; nil where it can.
    func difference(from earlier: RunSource) throws -> String? {
        let differing = try Part.allCases.filter { try fingerprint($0) != earlier.fingerprint($0) }
        guard !differing.isEmpty else { return nil }
        var phrases: [String] = []
        for part in differing {
            let names = try changedNames(part, from: earlier)
            phrases.append(part.phrase + (names.isEmpty ? "" : " (by \(listed(names.map { "`\($0)`" })))"))
        }
        let isOne = differing.count == 1 && ![.data, .forget, .retain, .rates].contains(differing[0])
        return
            """
            \(listed(phrases)) \(isOne ? "differs from that" : "differ from those") of the earlier \
            \(function == "train" ? "training" : "unlearning")
            """
    }
}
