/// Adapters of low rank: put beside a model's weights, and merged into them.
import Language
import LanguageModels
import Settings
import StandardLibrary
import Tensors

enum AdapterFunctions {
    static func builtins(_ engine: EngineContext) -> [Builtin] { [lora(engine), merge] }

    private static func lora(_ engine: EngineContext) -> Builtin {
        .engine(
            "lora", family: "models",
            [
                .positional("model", .model, "whose weights stay as they are"),
                .option("rank", .count(min: 1, max: 1_000_000), default: 8, "of each adapter"),
                .option("alpha", .number, default: 16, "adapters are multiplied with alpha / rank"),
                .option(
                    "targets", .described("patterns of layers' names such as \"q_proj|v_proj\", or \"all-linear\""),
                    default: .nothing, shown: "queries and values",
                    """
                    which linear layers get adapters: the ends of their names in the checkpoint, divided by `|` (`*` \
                    is any letters), a list of these, or "all-linear" for all but the head
                    """),
                .option(
                    "layers", .described("numbers of blocks"), default: .nothing, shown: "all",
                    "the blocks that get adapters: a number, or a list; -1 is the last"),
                .option("rslora", .flag, default: false, "alpha / √rank instead of alpha / rank (arXiv 2312.03732)"),
                seedOption,
            ],
            """
            The model with adapters of low rank beside its linear layers (LoRA, Hu et al., arXiv 2106.09685): \
            W x becomes W x + alpha / rank · B A x. Its own weights are frozen; the weights that gradients, runs and \
            directions see are those of A and B alone, under peft's names. A begins at random, B at zero, so that the \
            model begins as it was. merge(m) makes a plain model of it, save(m, folder) writes an adapter that peft \
            reads, and load(folder, base=m) reads one. m.adapters says what it has. A head that is tied to the token \
            embeddings takes none, since no weight is its own to merge into.
            """,
            examples: [
                """
                m = gpt(5, layers=1, width=8, seed=1)
                a = lora(m, rank=2, targets="c_attn")
                keys(parameters(a))[0]
                #> "base_model.model.transformer.h.0.attn.c_attn.lora_A.weight"
                """,
                """
                qa = authors()
                m = lora(load("authors"), rank=4, targets="all-linear")
                u = unlearn(m, qa.forget[0:4], qa.retain[0:4], loss=npo(beta=0.1), steps=2)
                [u.weights == m.weights, nll(merge(u), qa.forget[0:4]) - nll(u, qa.forget[0:4]) < 1e-4]
                #> [true, true]
                """,
            ], seeAlso: ["merge", "load", "save", "parameters"]
        ) { call in
            let model = try call.foreign("model", as: ModelValue.self).model
            guard let transformer = model.transformer else {
                throw AdapterError.noTransformer(model.architecture.kind)
            }
            let alpha = try call.number("alpha")
            guard alpha.isFinite else { throw call.wrong("alpha", .number(alpha), mustBe: "a finite number") }
            let configuration = LoRAConfiguration(
                rank: try call.integer("rank"), alpha: alpha, isRankStabilized: try call.bool("rslora"),
                targets: try targets(call, transformer), layers: try layers(call, transformer))
            do {
                return .foreign(ModelValue(try engine.drawing(call) { try model.adapted(configuration, from: &$0) }))
            } catch let error as AdapterError {
                throw LanguageError("\(error)", at: .argument(parameter(error)))
            }
        }
    }

    /// The argument that is to blame.
    private static func parameter(_ error: AdapterError) -> String {
        switch error {
        case .alreadyAdapted, .noTransformer: "model"
        case .noLayer, .noLayersLeft: "layers"
        case .rank: "rank"
        default: "targets"
        }
    }

    private static func targets(_ call: Call, _ model: Transformer) throws -> LoRAConfiguration.Targets {
        let value = try call.value("targets")
        let given: [String]
        switch value {
        case .nothing: return .names(model.queriesAndValues)
        case .string: given = [try call.string("targets")]
        case .list: given = try call.strings("targets")
        default:
            throw call.wrong(
                "targets", value, mustBe: "a pattern such as \"q_proj|v_proj\", a list of names, or \"all-linear\"")
        }
        if given == ["all-linear"] { return .allLinear }
        let names = model.linearLayerNames, tables = model.embeddingNames
        var found: [String] = []
        for part in given.flatMap({ NamePattern($0).parts }) {
            // A name, or what one ends with after a dot.
            let pattern = NamePattern(part.text), end = NamePattern("*." + part.text)
            guard (names + tables).contains(where: { pattern.fits($0) || end.fits($0) }) else {
                let short = names.compactMap { $0.split(separator: ".").last.map(String.init) }
                let near = suggestion(for: part.text, among: short)
                if part.text == "lm_head" { throw AdapterError.tiedHead }
                throw LanguageError(
                    "\(AdapterError.noTarget(part.text, known: unique(short)))",
                    note: near.map { "did you mean `\($0)`?" }, at: .argument("targets"))
            }
            if part.text.contains("*") || part.text.contains("?") {
                found += names.filter { pattern.fits($0) || end.fits($0) }
            } else {
                found.append(part.text)
            }
        }
        return .names(unique(found))
    }

    private static func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    private static func layers(_ call: Call, _ model: Transformer) throws -> [Int]? {
        let value = try call.value("layers")
        if value.isNothing { return nil }
        let numbers: [Double]
        if case .list = value { numbers = try call.numbers("layers") } else { numbers = [try call.number("layers")] }
        guard !numbers.isEmpty else { throw call.wrong("layers", value, mustBe: "the number of a block, or a list") }
        return try numbers.map { number in
            guard let layer = Int(exactly: number) else {
                throw call.wrong("layers", .number(number), mustBe: "made of whole numbers")
            }
            guard (-model.layers..<model.layers).contains(layer) else {
                throw LanguageError("\(AdapterError.noLayer(layer, count: model.layers))", at: .argument("layers"))
            }
            return layer < 0 ? model.layers + layer : layer
        }
    }

    /// Of records, which the language's own `merge` puts together, and of models.
    private static var merge: Builtin {
        Builtin(
            "merge", family: "models",
            [
                .positional(
                    "first", .either(.record, .model), "a record, or a model with adapters or frozen weights"),
                .positional("second", .record, default: .nothing, shown: "none", "what is added to a record"),
            ],
            summary: """
                The fields of two records together; the second one's win. Or a plain model that computes the same as \
                one with adapters: W + alpha / rank · B A in the place of each W, all of it in float32, whatever the \
                weights were stored as. All of its weights may move.
                """,
            examples: [
                "merge((a=1, b=2), (b=3, c=4))\n#> (a=1, b=3, c=4)",
                """
                m = gpt(5, layers=1, width=8, seed=1)
                merge(lora(m, rank=2, targets="c_attn")) == m
                #> true
                """,
            ], seeAlso: ["lora", "save", "to_record"], mergesInto: { $0.add($1) }
        ) { call in
            guard case .foreign(let value as ModelValue) = try call.value("first") else {
                guard call.isGiven("second") else {
                    throw LanguageError("`merge` needs two records; it was given one", at: .argument("first"))
                }
                return try RecordFunctions.merged(call)
            }
            if call.isGiven("second") {
                throw LanguageError("a model is merged with its own adapters alone", at: .argument("second"))
            }
            try call.refuseTracked()
            guard value.model.adapted != nil else {
                throw LanguageError(
                    "this model has nothing to merge: all of its weights are its own", at: .argument("first"))
            }
            return try worded { .foreign(ModelValue(try value.model.merged())) }
        }
    }
}

extension LanguageModel {
    /// What a program may read of a model's adapters.
    var adapterRecord: Value {
        guard let adapted, !adapted.adapters.isEmpty, let configuration = adapted.configuration else { return .nothing }
        let (names, layers) = adapted.targetModules
        return .record([
            ("rank", .number(configuration.rank)), ("alpha", .number(Double(configuration.alpha))),
            ("rslora", .bool(configuration.isRankStabilized)), ("targets", .list(names.map { .string($0) })),
            ("layers", layers.map { .list($0.map { .number($0) }) } ?? .nothing),
            ("modules", .list(adapted.adapters.map { .string($0.module) })),
        ])
    }
}
