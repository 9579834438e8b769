/// Which weights move: from patterns of names, layers or a mask to a selection of a model's weights.
import Autodiff
import Language
import LanguageModels
import Settings
import Tensors
import Unlearning

/// The option `trainable` of everything that moves weights.
var trainableOption: Parameter {
    .option(
        "trainable", .described("patterns of names such as \"*.mlp.*\", layers, or a mask of zeros and ones"),
        default: .nothing, shown: "all weights",
        """
        which weights move, the others stay to the bit: a pattern of the names in parameters(model) (`*` is any \
        letters, `|` divides several), layers by their number in these names ([0, 3], -1 the last), a list of both, or \
        a mask, a direction or record of 0 and 1
        """)
}

/// The option `rates` of everything that takes steps.
var ratesOption: Parameter {
    .option(
        "rates", .described("a list of pairs [pattern, factor]"), default: .nothing, shown: "1 for all",
        """
        learning rates by parts of the model, [["*.wte.*", 0.1], [0, 2]]: each pattern or layer, as in trainable=, and \
        what multiplies its update; the first that fits counts, and 0 keeps the part as it is
        """)
}

/// The option `decay` of everything that takes steps.
var decayOption: Parameter {
    .option(
        "decay", .described("a list of pairs [pattern, decay]"), default: .nothing, shown: "the optimizer's",
        """
        weight decay by parts of the model, [["*.mlp.*", 0.1], ["*", 0]]: each pattern or layer, as in trainable=, and \
        the decay that its parameters have in the place of the optimizer's own, biases and norms too: they shrink by \
        lr times it in every step. The first that fits counts
        """)
}

/// Reads what an option says of a model's weights.
struct TrainableReading {
    let call: Call
    let engine: EngineContext
    let layout: ParameterLayout
    /// The option's name.
    var option = "trainable"

    /// The weights that move; nil for all.
    func selection() throws -> ElementSelection? {
        let value = try call.value(option)
        let selection: ElementSelection
        switch value {
        case .nothing: return nil
        case .foreign(let mask as DirectionValue):
            try worded { try mask.direction.checkFits(layout) }
            selection = try checked(mask.direction.values.constant("the mask `\(option)`"))
        case .record(let record): selection = try checked(mask(record))
        default: selection = ElementSelection(try ranges(value), of: layout.count)
        }
        guard selection.count > 0 else {
            throw LanguageError(
                "`\(option)` leaves no weight that could move: the mask is 0 everywhere", at: .argument(option))
        }
        return selection.isWhole ? nil : selection
    }

    /// Parts of the weights with a learning rate or decay of their own, apart from each other.
    func rates() throws -> [ParameterRate] {
        let value = try call.value(option)
        if value.isNothing { return [] }
        let shape = "a list of pairs such as [[\"*.wte.*\", 0.1]]"
        guard case .list(let list) = value else { throw call.wrong(option, value, mustBe: shape) }
        var rates: [ParameterRate] = [], taken: Set<Int> = []
        for item in try list.written() {
            guard case .list(let pair) = item, pair.count == 2, let factor = pair[1].number else {
                throw call.wrong(option, item, mustBe: shape)
            }
            guard factor.isFinite, factor >= 0 else {
                throw LanguageError(
                    "a factor of `\(option)` must be 0 or more; it is \(pair[1].phrase)", at: .argument(option))
            }
            for range in try ranges(pair[0]) where taken.insert(range.lowerBound).inserted {
                rates.append(ParameterRate(range: range, factor: factor))
            }
        }
        return rates
    }

    /// Where the parameters lie that a pattern, a layer or a list of them means: a range each.
    private func ranges(_ value: Value) throws -> [Range<Int>] {
        switch value {
        case .string(let text): return try NamePattern(text.string).parts.flatMap(ranges)
        case .number(let number): return try ranges(layer: number, value)
        case .list(let list) where !list.isEmpty: return try list.written().flatMap(ranges)
        default:
            throw call.wrong(
                option, value,
                mustBe: "a pattern such as \"*.mlp.*\", a layer's number, a list of them, or a mask of 0 and 1")
        }
    }

    private func ranges(layer number: Double, _ value: Value) throws -> [Range<Int>] {
        let layers = Set(layout.entries.keys.compactMap(ParameterLayout.layer)), count = (layers.max() ?? -1) + 1
        guard let given = Int(exactly: number), layers.contains(given < 0 ? count + given : given) else {
            throw LanguageError(
                "`\(option)` asks for layer \(value.display), and the model has \(Self.layers(count))",
                at: .argument(option))
        }
        return layout.ranges { ParameterLayout.layer(of: $0) == (given < 0 ? count + given : given) }
    }

    private static func layers(_ count: Int) -> String {
        switch count {
        case 0: "no numbered layers"
        case 1: "layer 0 only"
        default: "layers 0 to \(count - 1)"
        }
    }

    private func ranges(_ pattern: NamePattern) throws -> [Range<Int>] {
        let found = layout.ranges(where: pattern.fits)
        guard found.isEmpty else { return found }
        let near = NearNames(Array(layout.entries.keys)).near(pattern)
        throw LanguageError(
            "no parameter of the model is called like `\(pattern.text)`",
            note: near.map { "did you mean `\($0)`?" },
            advice: near == nil
                ? ["parts of their names are \(NearNames(Array(layout.entries.keys)).shown); see keys(parameters(m))"]
                : [],
            at: .argument(option))
    }

    // MARK: Masks

    /// A mask from parts by the names of parameters; what is not named does not move.
    private func mask(_ record: Record) throws -> Tensor {
        if let unknown = record.keys.first(where: { layout.entries[$0] == nil }) {
            let near = suggestion(for: unknown, among: Array(layout.entries.keys))
            throw LanguageError(
                "the model has no parameter `\(unknown)`", note: near.map { "did you mean `\($0)`?" },
                at: .argument(option))
        }
        let parts = try layout.entries.map { name, entry -> Variable in
            guard let value = record[name] else {
                return Variable(try Tensor.zeros([entry.count], on: engine.device))
            }
            guard let part = try engine.variable(value)?.constant("the mask `\(option)`"),
                part.shape == entry.shape || part.count == 1
            else {
                throw LanguageError(
                    "the mask of `\(name)` must be a tensor \(entry.shape); it is \(value.phrase)",
                    at: .argument(option))
            }
            return part.count == 1
                ? Variable(try Tensor(repeating: part.item(), shape: [entry.count], on: engine.device))
                : Variable(try part.reshaped([entry.count]))
        }
        return try Variable.concatenated(parts).value
    }

    private func checked(_ mask: Tensor) throws -> ElementSelection {
        let strange = mask.withElements { x in x.firstIndex { $0 != 0 && $0 != 1 } }
        guard let strange else { return ElementSelection(mask: mask) }
        let place = layout.entries.first { strange < $0.value.offset + $0.value.count }
        let number = formatNumber(Double(mask.number(at: strange)), digits: 4)
        throw LanguageError(
            "a mask holds zeros and ones; `\(option)` holds \(number)\(place.map { " in `\($0.key)`" } ?? "")",
            note: "compare, as in `saliency > 0.1`", at: .argument(option))
    }
}

/// What a mistyped pattern of dotted names may have meant.
struct NearNames {
    private let names: [String]
    /// The parts between their dots that are no numbers, each once, in their order.
    private let parts: [String]

    init(_ names: [String]) {
        self.names = names
        var seen: Set<String> = []
        parts = names.flatMap { $0.split(separator: ".").map(String.init) }
            .filter { !$0.allSatisfy(\.isNumber) && seen.insert($0).inserted }
    }

    /// Some of the parts, for whoever has to choose.
    var shown: String { listed(parts.prefix(12).map { "`\($0)`" }) + (parts.count > 12 ? ", …" : "") }

    /// The pattern with mistyped parts put right, or a name near it; nil where neither fits.
    func near(_ pattern: NamePattern) -> String? {
        let mended = pattern.text.split(separator: ".", omittingEmptySubsequences: false).map { part -> String in
            let part = String(part)
            if part.isEmpty || part.contains("*") || part.contains("?") || parts.contains(part) { return part }
            return suggestion(for: part, among: parts) ?? part
        }.joined(separator: ".")
        if mended != pattern.text, names.contains(where: NamePattern(mended).fits) { return mended }
        // A part alone, which means every parameter that has it.
        if names.contains(where: NamePattern("*\(mended)*").fits), !mended.isEmpty { return "*\(mended)*" }
        return suggestion(for: pattern.text, among: names)
    }
}
