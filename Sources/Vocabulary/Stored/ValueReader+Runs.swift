// Makes models, runs and what is known of them again from a workspace file; see StoredValues.swift for the form.
import Autodiff
import Files
import Language
import LanguageModels
import Optimizers
import Tensors
import Unlearning

extension ValueReader {
    mutating func model(_ node: JSONNode) throws -> ModelValue {
        let whole = try ArchitectureConfiguration(node["configuration"], among: engine.catalogue.architectures)
            .architecture(on: engine.device)
        let architecture = try node.optional("frozen").map { try adapted(whole, $0) } ?? whole
        let tokenizer = try node.optional("tokenizer").map { try Self.item(tokenizers, $0) }
        var model = try LanguageModel(
            architecture, weights: Variable(try tensor(node["weights"])), tokenizer: tokenizer,
            prompting: try prompting(node))
        model.source = try node.optional("source")?.string()
        if let marks = try node.optional("marks") { model.marks = try ModelMarks(marks) }
        model.recomputes = try node.optional("recompute")?.bool() ?? false
        var log: Record?
        if let stored = try node.optional("log") {
            guard case .record(let record) = try value(stored) else { throw stored.error("is no log") }
            log = record
        }
        let continuation = try node.optional("continuation").map { try run($0["run"]) }
        return ModelValue(model, log: log, continuation: continuation)
    }

    /// A run's recipe is read again from the arguments it was read from, with the seed it had.
    mutating func run(_ node: JSONNode) throws -> RunValue {
        let name = try node["function"].string()
        guard let beginning = RunFunctions.beginning(of: name, engine) else {
            throw try node["function"].error("is `\(name)`, which makes no runs")
        }
        let arguments = try named(node["arguments"])
        guard let seed = UInt64(try node["seed"].string()) else { throw try node["seed"].error("is no seed") }
        let generator = engine.generator
        engine.generator = RandomGenerator(seed: seed)
        defer { engine.generator = generator }
        var names: [(name: String, value: Value?, workspace: Source.UsedFileNumber?)] = []
        for entry in try node.optional("names")?.elements() ?? [] {
            // Earlier versions wrote a name and its value as a pair.
            if case .array = entry.value {
                let value = try entry.elements().dropFirst().first.map(value)
                names.append((try Self.part(entry, 0).string(), value, home))
                continue
            }
            let workspace = try entry.optional("used").map { usedFile(try $0.integer()) }
            if let workspace { interpreter.makeWorkspace(workspace) }
            names.append((try entry["name"].string(), try entry.optional("value").map(value), workspace ?? home))
        }
        let made = try interpreter.with(Environment(names)) {
            try interpreter.call(Function(beginning), [], named: arguments)
        }
        guard case .foreign(let start as RunValue) = made else { throw node.error("is no run") }
        start.source.reads.takeOver(
            try (node.optional("files")?.elements() ?? []).map {
                (try Self.part($0, 0).string(), try Self.part($0, 1).string())
            }, readsClock: try node.optional("clock")?.bool() ?? false)
        let rule = try optimizerState(node["rule"])
        let log = try node["log"].elements().map { node in
            StepRecord(
                step: try Self.part(node, 0).integer(in: 0...StoredLimits.steps),
                loss: try number(try Self.part(node, 1)), forget: try optional(try Self.part(node, 2)),
                retain: try optional(try Self.part(node, 3)), gradientNorm: try number(try Self.part(node, 4)),
                clipped: try number(try Self.part(node, 5)))
        }
        let step = try node["step"].integer(in: 0...StoredLimits.steps)
        guard log.count <= step else { throw node.error("has a log of \(log.count) steps, but has taken \(step)") }
        var loss = LossState.none
        if let stored = try node.optional("loss") {
            let isOwn = try stored.keys().contains("value")
            loss =
                isOwn
                ? .custom(LossMemory(try stored.optional("value").map { try value($0) } ?? .nothing))
                : .numbers(try namedNumbers(stored["numbers"]))
        }
        let state = RunState(
            step: step, weights: try tensor(node["weights"]), rule: rule, loss: loss, log: StepLog(log))
        return start.at(try Run(start.run.recipe, memory: start.run.memory, at: state))
    }

    /// What an optimizer remembers.
    private mutating func optimizerState(_ node: JSONNode) throws -> OptimizerState {
        let step = try node.optional("step")?.integer(in: 0...StoredLimits.steps) ?? 0
        if try node.keys().contains("value") {
            let memory = RuleMemory(try node.optional("value").map { try value($0) } ?? .nothing)
            return try OptimizerState(step: step, custom: memory)
        }
        var tensors: [OptimizerState.Entry] = [], parts: [OptimizerState.Part] = []
        for entry in try node["tensors"].elements() {
            tensors.append(.init(name: try Self.part(entry, 0).string(), tensor: try tensor(try Self.part(entry, 1))))
        }
        for entry in try node.optional("parts")?.elements() ?? [] {
            parts.append(.init(name: try Self.part(entry, 0).string(), state: try optimizerState(Self.part(entry, 1))))
        }
        let numbers = try (node.optional("numbers")?.elements() ?? []).map { entry in
            OptimizerState.Number(name: try Self.part(entry, 0).string(), value: try number(try Self.part(entry, 1)))
        }
        return try OptimizerState(step: step, tensors: tensors, numbers: numbers, parts: parts)
    }
}
