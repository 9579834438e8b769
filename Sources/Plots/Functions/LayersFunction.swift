// `layers`: where in the model the next update goes.
import Language
import LanguageModels
import Unlearning
import Vocabulary

enum LayersFunction {
    static func builtin(_ engine: EngineContext, isUnicode: @escaping () -> Bool) -> Builtin {
        .engine(
            "layers", family: "plots",
            [
                .positional("run", .run, "see start"),
                .option(
                    "by", .choice(["module", "block", "parameter"]), default: "module",
                    """
                    what has a row of its own, by the names of the checkpoint: weight and bias together, a whole \
                    transformer block, or each tensor
                    """
                ),
                PictureOptions.save,
            ],
            """
            The next step of a run layer by layer, before it is taken: the length of the update, its length relative \
            to that of the weights, and the fraction of weights whose update is clipped, for optimizers that clip.
            """,
            examples: [
                """
                f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]])
                run = start(gpt(5, layers=1, width=8, seed=1), f, r, optimizer=adamw(lr=1e-2))
                l = layers(run, by="block")
                l.names
                #> ["transformer.wte", "transformer.wpe", "transformer.h.0", "transformer.ln_f"]
                abs(norm(l.update) - explain(run).update) < 1e-6
                #> true
                """
            ], seeAlso: ["explain", "step", "curves"]
        ) { call in
            let run = try call.foreign("run", as: RunValue.self).run
            let part = try call.choice("by")
            let layers = try run.layerUpdates { name in
                switch part {
                case "parameter": name
                case "module": ParameterLayout.module(of: name)
                default: ParameterLayout.block(of: name)
                }
            }
            let value = LayersValue(layers, run, isUnicode: isUnicode)
            value.path = try PictureOptions(call: call, isUnicode: isUnicode).save(value.svg ?? "")
            return .foreign(value)
        }
    }
}

/// What `layers` gives.
final class LayersValue: Foreign {
    let layers: [LayerUpdate]
    let heading: String
    private let bars: BarTable
    private let isUnicode: () -> Bool
    /// The file it was written to.
    var path = ""

    convenience init(_ layers: [LayerUpdate], _ run: Run, isUnicode: @escaping () -> Bool) {
        let whole = layers.reduce(0) { $0 + $1.update * $1.update }.squareRoot()
        self.init(
            layers,
            heading: "step \(run.step + 1) with \(run.recipe.rule.name): update \(formatNumber(whole, digits: 3))",
            isUnicode: isUnicode)
    }

    init(_ layers: [LayerUpdate], heading: String, isUnicode: @escaping () -> Bool) {
        (self.layers, self.heading, self.isUnicode) = (layers, heading, isUnicode)
        func number(_ x: Double) -> String { formatNumber(x, digits: 3) }
        func percent(_ x: Double) -> String {
            fixedNumber(100 * x, places: x > 0 && x < 0.001 ? 2 : x < 0.1 ? 1 : 0) + " %"
        }
        var columns = [
            BarTable.Column(
                name: "update", full: layers.map(\.update).max(), values: layers.map(\.update), text: number),
            BarTable.Column(name: "relative", full: nil, values: layers.map(Self.relative), text: percent),
        ]
        if layers.contains(where: { $0.clipped != nil }) {
            columns.append(BarTable.Column(name: "clipped", full: 1, values: layers.map(\.clipped), text: percent))
        }
        bars = BarTable(
            heading: heading, rows: withoutSharedPrefix(layers.map(\.name)),
            columns: columns)
        super.init()
    }

    private static func relative(_ layer: LayerUpdate) -> Double? {
        layer.weights > 0 ? layer.update / layer.weights : nil
    }

    override var kind: String { "table of layers" }
    override func describe(width: Int, digits: Int) -> String {
        bars.text(width: width, isUnicode: isUnicode(), footnote: path)
    }
    override var svg: String? { bars.svg }
    override var savedAs: String? { path.isEmpty ? nil : path }
    override func table(digits: Int) -> [[String]]? { bars.cells }

    override var fieldNames: [String] { ["names", "weights", "update", "relative", "clipped"] }
    override func field(_ name: String) throws -> Value? {
        func list(_ value: (LayerUpdate) -> Double?) -> Value {
            .list(layers.map { value($0).map { .number($0) } ?? .nothing })
        }
        return switch name {
        case "names": .list(layers.map { .string($0.name) })
        case "weights": list { Double($0.count) }
        case "update": list(\.update)
        case "relative": list(Self.relative)
        case "clipped": list(\.clipped)
        default: nil
        }
    }
}
