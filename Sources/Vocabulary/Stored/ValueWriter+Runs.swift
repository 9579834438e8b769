// Describes models, runs and what is known of them for a workspace file; see StoredValues.swift for the form.
import Files
import Language
import LanguageModels
import Optimizers
import Tokenizers
import Unlearning

extension ValueWriter {
    mutating func describe(_ value: ModelValue, _ depth: Int) throws(NotStorable) -> JSON {
        let model = value.model
        guard let configuration = try? ArchitectureConfiguration(model.wholeArchitecture) else {
            throw NotStorable(what: "a model of the architecture \(model.architecture.kind)")
        }
        var description: NamedValues<JSON> = [
            "kind": "model", "configuration": configuration.json(as: .float32),
            "tokenizer": try model.tokenizer.map { (tokenizer: any Tokenizer) throws(NotStorable) in
                try number(of: tokenizer)
            } ?? .null,
            "weights": number(of: model.weights.value, "weights"),
        ]
        if let adapted = model.adapted { description["frozen"] = describe(adapted) }
        if let source = model.source { description["source"] = .string(source) }
        if model.marks != ModelMarks() { description["marks"] = model.marks.json }
        if model.recomputes { description["recompute"] = true }
        if model.prompting != Prompting() { description["prompting"] = Self.described(model.prompting) }
        if let log = value.log { description["log"] = try json(.record(log), depth + 1) }
        if let continuation = value.continuation {
            let before = self
            do throws(NotStorable) {
                let run = try describe(continuation, depth)
                description["continuation"] = ["run": run]
            } catch {
                self = before
                remarks.append(
                    """
                    `\(name)` is stored without the optimizer's state: a further training begins anew (it used \
                    \(error.what))
                    """
                )
            }
        }
        return .object(description)
    }

    mutating func describe(_ value: RunValue, _ depth: Int) throws(NotStorable) -> JSON {
        let run = value.run, origin = value.source
        var arguments: [JSON] = []
        for (name, value) in origin.arguments where name != "seed" && name != "watch" {
            arguments.append([.string(name), try json(value, depth + 1)])
        }
        // What its functions read when it began.
        var names: [JSON] = []
        for ((name, value), workspace) in zip(origin.environment.bindings, origin.environment.workspaces) {
            var entry: NamedValues<JSON> = ["name": .string(name)]
            if let value { entry["value"] = try json(value, depth + 1) }
            if let workspace { entry["used"] = number(of: workspace) }
            names.append(.object(entry))
        }
        guard let whole = try? run.state.wholeRule else {
            throw NotStorable(what: "a run whose state does not fit into memory")
        }
        let rule = try describe(whole, "optimizer", depth)
        let loss: JSON
        switch run.state.loss {
        case .none: loss = .null
        case .numbers(let numbers): loss = ["numbers": Self.named(numbers)]
        case .custom(let state):
            guard let memory = state as? LossMemory else { throw NotStorable(what: "a run") }
            loss = ["value": try json(memory.value, depth + 1)]
        }
        // What its functions read in files is told by fingerprints: a step after the files have changed is refused.
        let files = origin.reads.fingerprints.sorted { $0.key < $1.key }
        return [
            "loss": loss,
            "files": .array(files.map { [.string($0.key), .string($0.value)] }),
            "clock": .bool(origin.reads.readsClock),
            "kind": "run", "function": .string(origin.function), "arguments": .array(arguments), "names": .array(names),
            "seed": .string(String(run.recipe.seed)),
            "step": .integer(run.state.step), "weights": number(of: run.state.weights, "weights"), "rule": rule,
            "log": .array(
                run.state.log.map { step in
                    [
                        .integer(step.step), Self.number(step.loss), Self.optional(step.forget),
                        Self.optional(step.retain), Self.number(step.gradientNorm),
                        Self.number(step.clipped),
                    ]
                }),
        ]
    }
    /// What an optimizer remembers.
    private mutating func describe(
        _ state: OptimizerState, _ title: String, _ depth: Int
    ) throws(NotStorable) -> JSON {
        var description: NamedValues<JSON> = ["step": .integer(state.step)]
        if let custom = state.custom {
            guard let memory = custom as? RuleMemory else { throw NotStorable(what: "a run") }
            description["value"] = try json(memory.value, depth + 1)
            return .object(description)
        }
        var tensors: [JSON] = []
        for entry in state.tensors {
            guard let tensor = try? entry.tensor else {
                throw NotStorable(what: "a run whose state does not fit into memory as float32")
            }
            tensors.append([.string(entry.name), number(of: tensor, "\(title).\(entry.name)")])
        }
        description["tensors"] = .array(tensors)
        if !state.numbers.isEmpty {
            description["numbers"] = .array(state.numbers.map { [.string($0.name), Self.number($0.value)] })
        }
        if !state.parts.isEmpty {
            var parts: [JSON] = []
            for part in state.parts {
                parts.append([.string(part.name), try describe(part.state, "\(title).\(part.name)", depth)])
            }
            description["parts"] = .array(parts)
        }
        return .object(description)
    }
}
