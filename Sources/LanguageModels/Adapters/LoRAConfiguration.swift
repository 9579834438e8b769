/// Which linear layers get adapters, and of what rank and scale.
import Files
import Tokenizers

/// What an adapter's `adapter_config.json` says.
public struct LoRAConfiguration: Equatable, Sendable {
    public enum Targets: Equatable, Sendable {
        /// All linear layers but the head.
        case allLinear
        /// Names of layers, or what they end with: "q_proj".
        case names([String])
        /// A regular expression for whole names.
        case expression(String)
    }
    public var rank: Int
    public var alpha: Double
    /// Whether adapters are multiplied with alpha / √rank (Kalajdzievski, arXiv 2312.03732) instead of alpha / rank.
    public var isRankStabilized = false
    public var targets: Targets
    /// What `targets` leave out.
    public var excluded: Targets?
    /// The blocks that get adapters; `nil` for all. Layers named in full get them in any case, as in peft.
    public var layers: [Int]?
    /// What stands before a block's number; any name if there is none.
    public var layerNames: [String] = []
    /// Ranks and alphas of layers that have others, by the ends of their names (regular expressions).
    public var ranks: NamedValues<Int> = [:]
    public var alphas: NamedValues<Double> = [:]

    public init(
        rank: Int = 8, alpha: Double = 16, isRankStabilized: Bool = false, targets: Targets, layers: [Int]? = nil
    ) {
        self.rank = rank
        self.alpha = alpha
        self.isRankStabilized = isRankStabilized
        self.targets = targets
        self.layers = layers
    }

    /// The adapters beside a model's layers, in the order of its checkpoint.
    /// - Throws: `AdapterError` where there would be none, or where they are asked for beside something else.
    func adapters(of model: Transformer) throws -> [Adapter] {
        let modules = model.linearModules
        guard rank > 0 else { throw AdapterError.rank(rank) }
        if let layer = layers?.first(where: { !(0..<model.layers).contains($0) }) {
            throw AdapterError.noLayer(layer, count: model.layers)
        }
        let isChosen = try chooser()
        if let table = model.embeddingModules.first(where: { targets != .allLinear && isChosen($0, nil) }) {
            throw AdapterError.embedding(table)
        }
        // peft adds one there, and warns: merged into the weight that both share, it changes the embeddings too.
        if case .names(let names) = targets, names.contains("lm_head"), model.head.name == model.embedding.name {
            throw AdapterError.tiedHead
        }
        var chosen = modules.filter { isChosen($0.name, $0.layer) }
        if targets == .allLinear { chosen.removeAll(where: \.isHead) }
        guard !chosen.isEmpty else { throw misfit(model) }
        return try chosen.map { module in
            let rank = try value(of: module.name, in: ranks) ?? self.rank
            guard rank > 0 else { throw AdapterError.rank(rank) }
            return Adapter(
                module, rank: rank, alpha: try value(of: module.name, in: alphas) ?? alpha,
                isRankStabilized: isRankStabilized)
        }
    }

    /// Whether a layer of a name, in a block, gets an adapter.
    private func chooser() throws -> (String, Int?) -> Bool {
        let fits = try Self.test(targets), isExcluded = try excluded.map(Self.test)
        let prefixes = try layerNames.map { name in
            guard let expression = NameExpression(".*\\.\(name)\\.\\d+\\..*") else {
                throw AdapterError.expression(name)
            }
            return expression
        }
        return { name, layer in
            guard fits(name), isExcluded?(name) != true else { return false }
            guard let layers, !layers.isEmpty, case .names(let names) = targets, !names.contains(name) else {
                return true
            }
            guard prefixes.isEmpty || prefixes.contains(where: { $0.fits(name) }) else { return false }
            return layer.map(layers.contains) ?? false
        }
    }

    private static func test(_ targets: Targets) throws -> (String) -> Bool {
        switch targets {
        case .allLinear: return { _ in true }
        case .names(let names): return { name in names.contains { name == $0 || name.hasSuffix("." + $0) } }
        case .expression(let text):
            guard let expression = NameExpression(text) else { throw AdapterError.expression(text) }
            return expression.fits
        }
    }

    /// What of `values` counts for a layer: the first whose key its name ends with.
    private func value<Value>(of module: String, in values: NamedValues<Value>) throws -> Value? {
        for (key, value) in values {
            // Python's `match` looks from the start on, but not to the end.
            let pattern = key.hasPrefix("^") ? key.dropFirst() + ".*" : "(?:.*\\.)?(?:\(key))"
            guard let expression = NameExpression(pattern) else { throw AdapterError.expression(key) }
            if expression.fits(module) { return value }
        }
        return nil
    }

    private func misfit(_ model: Transformer) -> AdapterError {
        var everywhere = self
        everywhere.layers = nil
        let shown =
            switch targets {
            case .allLinear: "all-linear"
            case .names(let names): names.joined(separator: "|")
            case .expression(let text): text
            }
        if layers != nil, (try? everywhere.adapters(of: model)) != nil { return .noLayersLeft(targets: shown) }
        var known: [String] = []
        for module in model.linearModules where !known.contains(module.shortName) { known.append(module.shortName) }
        return .noTarget(shown, known: known)
    }
}
