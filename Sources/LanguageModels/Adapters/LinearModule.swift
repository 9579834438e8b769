/// The linear layers of a transformer, as those name them who add something to them.

/// One linear layer.
struct LinearModule {
    /// Its name in a checkpoint: "model.layers.0.self_attn.q_proj".
    let name: String
    /// The name that its weight has in the architecture.
    let weight: String
    let inputs, outputs: Int
    /// Whether the weight is stored [out, in]; GPT-2's `Conv1D` is [in, out].
    let isTransposed: Bool
    /// Whether its result are the logits.
    let isHead: Bool

    /// The last part of its name: "q_proj".
    var shortName: String { String(name.split(separator: ".").last ?? "") }
    /// The number of its block, counted as peft counts it; `nil` for a layer in no block.
    var layer: Int? {
        let parts = name.split(separator: ".")
        // The last number that has two parts before it and one behind.
        guard let place = parts.indices.dropLast().last(where: { $0 > 1 && parts[$0].allSatisfy(\.isNumber) }) else {
            return nil
        }
        return Int(parts[place])
    }
}

extension Transformer {
    /// All linear layers, the head among them where it has a weight of its own.
    var linearModules: [LinearModule] {
        func module(_ projection: Projection, inside prefix: String = "") -> LinearModule {
            let weight = prefix + projection.name + ".weight"
            return LinearModule(
                name: moduleName(weight), weight: weight, inputs: projection.inputs, outputs: projection.outputs,
                isTransposed: projection.isTransposed, isHead: false)
        }
        var modules = [embedding.projection, head.projection].compactMap { $0 }.map { module($0) }
        for block in blocks {
            let feeding = block.feedForward.projections
            for projection in block.attention.inputProjections + [block.attention.output] + feeding.inner
                + [feeding.output]
            {
                modules.append(module(projection, inside: block.prefix))
            }
        }
        if head.name != embedding.name {
            modules.append(
                LinearModule(
                    name: moduleName(head.name), weight: head.name, inputs: head.projection?.outputs ?? width,
                    outputs: vocabulary, isTransposed: true, isHead: true))
        }
        return modules
    }

    /// The tables of embeddings, as a checkpoint names them.
    var embeddingModules: [String] {
        ([embedding.name] + (embedding.positions.map { [$0.name] } ?? [])).map(moduleName)
    }

    /// The names of its linear layers, the head among them where it has a weight of its own.
    public var linearLayerNames: [String] { linearModules.map(\.name) }
    /// The names of its tables of embeddings.
    public var embeddingNames: [String] { embeddingModules }

    /// The ends of the names of what makes queries and values, or of what makes them with the keys.
    public var queriesAndValues: [String] {
        var names: [String] = []
        for block in blocks {
            let projections: [Projection] =
                switch block.attention.input {
                case .apart(let query, _, let value): [query, value]
                case .packed(let all, _): [all]
                }
            for case let name? in projections.map({ $0.name.split(separator: ".").last.map(String.init) })
            where !names.contains(name) {
                names.append(name)
            }
        }
        return names
    }

    /// The parameters that may be held in fewer bits than float32: linear layers' weights, token embeddings and head.
    var matrixNames: Set<String> { Set(linearModules.map(\.weight) + [embedding.name]) }

    private func moduleName(_ weight: String) -> String {
        weight.hasSuffix(".weight") ? String(weight.dropLast(".weight".count)) : weight
    }
}
