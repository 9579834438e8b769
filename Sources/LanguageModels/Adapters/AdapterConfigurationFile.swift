// adapter_config.json of peft's folders.

import Files

extension LoRAConfiguration {
    /// Reads an `adapter_config.json`.
    /// - Throws: `JSONError` that names the key: another kind of adapter, or an option that changes the mathematics and
    ///   is not supported.
    public init(_ root: JSONNode) throws {
        try Self.refuseOthers(root)
        let rank = try root.optional("r")?.integer(in: 1...1_000_000) ?? 8
        let alpha = try root.optional("lora_alpha")?.number() ?? 8
        guard alpha.isFinite else { throw try root["lora_alpha"].error("is \(alpha); it must be a finite number") }
        guard let named = try root.optional("target_modules") else {
            throw root.error("\"target_modules\" is missing: which layers the adapter belongs to")
        }
        self.init(
            rank: rank, alpha: alpha, isRankStabilized: try root.optional("use_rslora")?.bool() ?? false,
            targets: try Self.targets(named))
        excluded = try root.optional("exclude_modules").flatMap { node in
            if node.value.array?.isEmpty ?? false { return nil }
            return try Self.targets(node, allowsAll: false)
        }
        layers = try root.optional("layers_to_transform").flatMap { node in
            let layers = try (node.value.array == nil ? [node] : node.elements()).map { try $0.integer(in: 0...) }
            return layers.isEmpty ? nil : layers
        }
        if layers != nil, case .expression = targets {
            throw try root["layers_to_transform"].error(
                "goes with a list of names in target_modules, not with a regular expression, as in peft")
        }
        if let node = try root.optional("layers_pattern") {
            let names = node.value.array == nil ? [try node.string()] : try node.elements().map { try $0.string() }
            layerNames = names.filter { !$0.isEmpty }
        }
        for (key, node) in try root.optional("rank_pattern")?.members() ?? [] {
            ranks[key] = try node.integer(in: 1...1_000_000)
        }
        for (key, node) in try root.optional("alpha_pattern")?.members() ?? [] { alphas[key] = try node.number() }
    }

    private static func targets(_ node: JSONNode, allowsAll: Bool = true) throws -> Targets {
        if node.value.array != nil { return .names(try node.elements().map { try $0.string() }) }
        let text = try node.string()
        return allowsAll && text == "all-linear" ? .allLinear : .expression(text)
    }

    /// What of peft is not read.
    private static func refuseOthers(_ root: JSONNode) throws {
        let type = try root["peft_type"]
        guard try type.string() == "LORA" else {
            throw type.error("is \(try type.string()); adapters of the kind LORA are read, merge others with peft")
        }
        if let task = try root.optional("task_type"), try task.string() != "CAUSAL_LM" {
            throw task.error("is \(try task.string()); adapters of language models (CAUSAL_LM) are read")
        }
        if let bias = try root.optional("bias"), try bias.string() != "none" {
            throw bias.error(
                """
                is "\(try bias.string())": the adapter moves biases of its model, too, which is not supported; merge \
                it with peft (merge_and_unload)
                """)
        }
        if let saved = try root.optional("modules_to_save"), try !saved.elements().isEmpty {
            let names = try saved.elements().map { try $0.string() }.joined(separator: ", ")
            throw saved.error(
                """
                names \(names): the adapter brings whole layers of its own, which is not supported; merge it with peft \
                (merge_and_unload)
                """)
        }
        for key in ["use_dora", "lora_bias", "use_qalora"] {
            if let node = try root.optional(key), try node.bool() {
                throw node.error("is set, which is not supported; merge the adapter with peft (merge_and_unload)")
            }
        }
        for key in [
            "layer_replication", "megatron_config", "trainable_token_indices", "target_parameters",
            "alora_invocation_tokens", "use_bdlora", "kasa_config", "arrow_config", "monteclora_config",
            "velora_config",
        ] {
            guard let node = try root.optional(key) else { continue }
            if node.value.array?.isEmpty ?? node.value.object?.isEmpty ?? (node.value == false) { continue }
            throw node.error("is set, which is not supported; merge the adapter with peft (merge_and_unload)")
        }
        // These begin with other weights of the model itself.
        if let node = try root.optional("init_lora_weights"), case .string(let text) = node.value,
            ["pissa", "olora", "corda", "loftq", "lora_ga"].contains(where: text.lowercased().hasPrefix)
        {
            throw node.error(
                """
                is "\(text)", which changes the model's own weights as well; save the adapter as a plain one with peft \
                (path_initial_model_for_weight_conversion)
                """)
        }
    }
}

extension Adapted {
    /// The `adapter_config.json` that peft reads.
    /// - Parameter baseName: the folder or name of the model that the adapters belong to.
    public func adapterConfiguration(baseName: String?) -> JSON {
        let given = configuration ?? LoRAConfiguration(targets: .allLinear), (names, layers) = targetModules
        var ranks: NamedValues<JSON> = [:], alphas: NamedValues<JSON> = [:]
        for adapter in adapters {
            if adapter.rank != given.rank { ranks[adapter.module] = .integer(adapter.rank) }
            if adapter.alpha != given.alpha { alphas[adapter.module] = Self.json(adapter.alpha) }
        }
        return [
            "alpha_pattern": .object(alphas), "auto_mapping": .null,
            "base_model_name_or_path": baseName.map { .string($0) } ?? .null, "bias": "none",
            "fan_in_fan_out": .bool(adapters.contains { !$0.isTransposed }), "inference_mode": true,
            "init_lora_weights": true, "layers_pattern": .null,
            "layers_to_transform": layers.map { .array($0.map { .integer($0) }) } ?? .null,
            "lora_alpha": Self.json(given.alpha), "lora_dropout": 0.0, "modules_to_save": .null, "peft_type": "LORA",
            "r": .integer(given.rank), "rank_pattern": .object(ranks), "revision": .null,
            "target_modules": .array(names.map { .string($0) }), "task_type": "CAUSAL_LM", "use_dora": false,
            "use_rslora": .bool(given.isRankStabilized),
        ]
    }

    private static func json(_ number: Double) -> JSON {
        Int(exactly: number).map { .integer($0) } ?? .number(number)
    }

    /// The shortest way to name the adapted layers: by the ends of their names, these and the numbers of blocks, or in
    /// full.
    public var targetModules: (names: [String], layers: [Int]?) {
        let all = base.linearModules, adapted = Set(adapters.map(\.module))
        var names: [String] = []
        for module in all where adapted.contains(module.name) && !names.contains(module.shortName) {
            names.append(module.shortName)
        }
        let named = all.filter { names.contains($0.shortName) }
        if named.allSatisfy({ adapted.contains($0.name) }) { return (names.sorted(), nil) }
        let layers = Set(all.filter { adapted.contains($0.name) }.map(\.layer))
        if !layers.contains(nil),
            named.filter({ layers.contains($0.layer) }).allSatisfy({ adapted.contains($0.name) })
        {
            return (names.sorted(), layers.compactMap { $0 }.sorted())
        }
        return (all.map(\.name).filter(adapted.contains), nil)
    }
}
