/// Saves models as GGUF files, for llama.cpp.
import Files
import Tensors
import Tokenizers

/// How the matrices of a saved model are stored; norms and biases stay float32.
public enum GGUFStorage: String, Sendable, CaseIterable {
    case float32 = "f32", float16 = "f16", bfloat16 = "bf16", q8_0

    var format: GGUFFormat {
        switch self {
        case .float32: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .q8_0: .q8_0
        }
    }

    /// llama.cpp's number for a file of mostly this.
    fileprivate var fileType: UInt32 {
        switch self {
        case .float32: 0
        case .float16: 1
        case .bfloat16: 32
        case .q8_0: 7
        }
    }
}

extension LanguageModel {
    /// Saves the model as a GGUF file that llama.cpp reads.
    /// - Parameters:
    ///   - name: what the file calls the model.
    ///   - steps: those of tokenizers that are known.
    /// - Returns: what is worth saying of it.
    /// - Throws: `FileError` for a model or tokenizer that has no form in GGUF, before anything is written; for weights
    ///   that are not finite, and for a file that cannot be written, of which nothing is left.
    @discardableResult
    public func save(
        gguf path: String, as storage: GGUFStorage = .float32, name: String? = nil,
        among steps: TokenizerSteps = TokenizerSteps()
    ) throws -> [String] {
        if let adapted, !adapted.adapters.isEmpty {
            return try merged().save(gguf: path, as: storage, name: name, among: steps)
        }
        let known = GGUFForm.all.map(\.modelType).joined(separator: ", ")
        guard let family = (wholeArchitecture as? Transformer)?.family, let form = GGUFForm.written(architecture.kind)
        else {
            throw FileError(
                path: path,
                message: """
                    a model of the architecture \(architecture.kind) has no form in GGUF that llama.cpp reads (these \
                    have: \(known)); save it as a folder (a path that does not end in .gguf)
                    """)
        }
        let draft = try GGUFDraft(family, form, path: path)
        let plan = try TensorPlan(self, family, form, draft, storage)
        let name = name ?? path.split(separator: "/").last.map { String($0.dropLast(".gguf".count)) } ?? path
        let (tokenizer, title) = try tokenizerValues(draft, family, [name, "phi-3 \(name)", "model"], steps)
        var values: [(key: String, value: GGUFValue)] = [
            ("general.architecture", .string(form.architecture)), ("general.type", .string("model")),
            ("general.name", .string(title)), ("general.file_type", .uint32(storage.fileType)),
        ]
        if storage == .q8_0 { values.append(("general.quantization_version", .uint32(2))) }
        values += draft.values
        values.append((form.architecture + ".vocab_size", .uint32(UInt32(family.vocabulary))))
        values += tokenizer
        let weights = SavedWeights(of: self)
        try GGUFFile.write(plan.tensors.map(\.tensor), metadata: values, to: path) { index, body in
            try plan.tensors[index].numbers(weights, body)
        }
        return draft.remarks + plan.remarks
    }

    /// What describes the tokenizer, and the model's name. Some tokenizers are known by the name alone, so that several
    /// are tried.
    private func tokenizerValues(
        _ draft: GGUFDraft, _ family: any TransformerFamily, _ names: [String], _ steps: TokenizerSteps
    ) throws -> (values: [(key: String, value: GGUFValue)], name: String) {
        let configured =
            marks.configuration
            ?? SpecialIds(
                beginning: nil, ends: [tokenizer?.endOfText].compactMap { $0 })
        var values: [(key: String, value: GGUFValue)] = [("tokenizer.ggml.model", .string("no_vocab"))]
        var title = names.first ?? ""
        // What the keys of llama.cpp are read back as.
        var back: GGUFTokenizer?
        if let tokenizer {
            do {
                values = try GGUFTokenizer.metadata(
                    of: tokenizer, vocabulary: family.vocabulary, beginning: configured.beginning, ends: marks.ends,
                    padding: configured.padding)
                var refusal: GGUFTokenizerRefusal?
                for name in names where back == nil {
                    title = name
                    do {
                        back = try GGUFTokenizer.verify(
                            NamedValues(values + [("general.name", .string(name))]), against: tokenizer, among: steps)
                    } catch let error as GGUFTokenizerRefusal {
                        refusal = refusal ?? error
                    }
                }
                if back == nil, let refusal { throw refusal }
            } catch let refusal as GGUFTokenizerRefusal {
                throw draft.refusal(refusal.reason)
            }
        }
        let described = try back ?? GGUFTokenizer(NamedValues(values), origin: draft.path, among: steps)
        let read = ModelMarks(described: described)
        let own = ModelMarks(configuration: configured, generation: marks.generation)
        if read != own { values.append((GGUFModel.marksKey, .string(try own.json.text()))) }
        return (values, title)
    }
}

extension ModelMarks {
    /// As a GGUF file's tokenizer says them.
    init(described: GGUFTokenizer) {
        let ends = described.ends
        self.init(
            configuration: SpecialIds(
                beginning: described.beginning, ends: Array(ends.prefix(1)), padding: described.padding),
            generation: ends.count > 1
                ? SpecialIds(beginning: described.beginning, ends: ends, padding: described.padding) : nil)
    }
}

/// The tensors of a model as a file has them.
private struct TensorPlan {
    typealias Numbers = (SavedWeights, (UnsafeBufferPointer<Float>) throws -> Void) throws -> Void

    struct Item {
        var tensor: GGUFTensor
        /// Lends its numbers, given all weights.
        let numbers: Numbers
    }
    private(set) var tensors: [Item] = []
    private(set) var remarks: [String] = []

    init(
        _ model: LanguageModel, _ family: any TransformerFamily, _ form: GGUFForm, _ draft: GGUFDraft,
        _ storage: GGUFStorage
    ) throws {
        if form.isAlwaysTied, !family.tied {
            throw draft.refusal("it has a head of its own, and llama.cpp takes the token embeddings for it")
        }
        var narrow: [String] = []
        func format(_ name: String, _ shape: [Int]) -> GGUFFormat {
            // As llama.cpp's own converter has it.
            if shape.count < 2 || name.hasSuffix("_norm.weight") || name == "position_embd.weight" { return .float32 }
            if (shape.last ?? 1) % storage.format.elements == 0 { return storage.format }
            narrow.append(name)
            return .float16
        }
        func add(_ name: String, _ shape: [Int], numbers: @escaping Numbers) {
            tensors.append(
                Item(tensor: GGUFTensor(name, shape: shape, format: format(name, shape)), numbers: numbers))
        }
        var stacked: [String: (place: GGUFPlace, names: [String])] = [:], order: [String] = []
        let layout = SavedWeights(of: model).layout
        for (name, entry) in layout.entries {
            guard let place = form.places(name).first else {
                throw draft.refusal("llama.cpp has no place for `\(name)`")
            }
            let shape = entry.shape
            switch place.change {
            case .stacked:
                if stacked[place.tensor] == nil { order.append(place.tensor) }
                stacked[place.tensor, default: (place, [])].names.append(name)
            case .none, .queries, .keys, .values:
                add(place.tensor, shape) { weights, body in try weights.pieces(name, body) }
            case .fromOne:
                add(place.tensor, shape) { weights, body in
                    try weights.whole(name) { try $0.map { $0 + 1 }.withUnsafeBufferPointer(body) }
                }
            case .transposed:
                add(place.tensor, shape.reversed()) { weights, body in
                    var turned = [Float](repeating: 0, count: entry.count)
                    try weights.whole(name) { numbers in
                        turned.withUnsafeMutableBufferPointer {
                            GGUFTensors.transpose(
                                UnsafeMutableBufferPointer(mutating: numbers), rows: shape[0], columns: shape[1],
                                into: $0)
                        }
                    }
                    try turned.withUnsafeBufferPointer(body)
                }
            case .turnedQueries, .turnedKeys, .interleaved:
                let heads = place.change == .turnedKeys ? family.groups : family.heads
                let rows = RowOrder(place.change, heads: heads, rows: shape[0])
                add(place.tensor, shape) { weights, body in
                    try weights.whole(name) { numbers in
                        let width = entry.count / max(1, shape[0])
                        let moved = [Float](unsafeUninitializedCapacity: entry.count) { buffer, count in
                            for row in 0..<shape[0] {
                                let source = rows.parameterRow(row) * width
                                for place in 0..<width { buffer[row * width + place] = numbers[source + place] }
                            }
                            count = entry.count
                        }
                        try moved.withUnsafeBufferPointer(body)
                    }
                }
            }
        }
        for name in order {
            guard let (place, names) = stacked[name], let first = layout.entries[names[0]] else { continue }
            add(place.tensor, [names.count, first.count]) { weights, body in
                for name in names { try weights.whole(name, body) }
            }
        }
        let head = model.architecture.headName
        if family.tied, form.needsHead, let entry = layout.entries[head] {
            add(GGUFNames.head, entry.shape) { weights, body in try weights.pieces(head, body) }
        }
        for (name, values) in draft.tensors {
            let item = GGUFTensor(name, shape: [values.count], format: .float32)
            tensors.append(Item(tensor: item) { _, body in try values.withUnsafeBufferPointer(body) })
        }
        if !narrow.isEmpty {
            remarks.append(
                """
                \(narrow.count) matrices have rows that blocks of 32 numbers do not fill (`\(narrow[0])`); they are \
                stored as f16
                """)
        }
    }
}
