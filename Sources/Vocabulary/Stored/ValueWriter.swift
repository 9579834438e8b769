// Describes values for a workspace file; see StoredValues.swift for the form.
import StandardLibrary
import Tokenizers
import Files
import Autodiff
import Datasets
import Language
import LanguageModels
import Tensors
import Unlearning

/// Collects values, each object once. A value type: who fails with a value goes on with the writer as it was before.
public struct ValueWriter {
    private var objects: [JSON] = []
    private var objectNumbers: [ObjectIdentifier: Int] = [:]
    /// The objects, so that no other gets their identity; nothing else is done with them.
    private var held: [AnyObject] = []
    private var heldValues: [Value] = []
    private var sources: [JSON] = [], sourceNumbers: [ObjectIdentifier: Int] = [:]
    /// The files taken in with `use` that functions among the values stand in; their names are to be written too.
    public private(set) var usedFiles: [Source.UsedFileNumber] = []
    private var usedFileNumbers: [Source.UsedFileNumber: Int] = [:]
    private var tokenizers: [JSON] = [], tokenizerNumbers: [ObjectIdentifier: Int] = [:]
    private var layouts: [JSON] = [], layoutNumbers: [ObjectIdentifier: Int] = [:]
    private var questions: [JSON] = [], questionNumbers: [QuestionAnswer: Int] = [:]
    private(set) var tensors: [(name: String, tensor: Tensor)] = []
    private var tensorNumbers: [Memory: Int] = [:]
    private var tensorNames: Set<String> = []
    /// The name that what is being written has for the user; tensors are called after it.
    private(set) var name = ""
    /// Parts that could not be stored of values that were, a sentence each.
    public internal(set) var remarks: [String] = []

    /// What makes two tensors one.
    private struct Memory: Hashable {
        let storage: ObjectIdentifier
        let offset: Int
        let shape: [Int]
    }

    /// Lists in lists are followed so far: a reader refuses what is nested deeper.
    private static let deepest = 100

    public init() {}

    /// A value's description.
    /// - Throws: ``NotStorable``; the writer is then as it was.
    public mutating func describe(_ value: Value, of name: String) throws(NotStorable) -> JSON {
        let before = self
        self.name = name
        do throws(NotStorable) {
            return try json(value, 0)
        } catch {
            self = before
            throw error
        }
    }

    /// The number of a source text, which functions and names refer to.
    public mutating func number(of source: Source) -> JSON {
        let key = ObjectIdentifier(source)
        if let known = sourceNumbers[key] { return .integer(known) }
        held.append(source)
        var entry: NamedValues<JSON> = ["text": .string(source.text)]
        switch source.origin {
        case .cell(let number): entry["cell"] = .integer(number)
        case .file(let name, let line):
            entry["file"] = .string(name)
            entry["line"] = .integer(line)
        }
        if let file = source.usedFile { entry["used"] = number(of: file) }
        sourceNumbers[key] = sources.count
        sources.append(.object(entry))
        return .integer(sources.count - 1)
    }

    mutating func number(of file: Source.UsedFileNumber) -> JSON {
        if let known = usedFileNumbers[file] { return .integer(known) }
        usedFileNumbers[file] = usedFiles.count
        usedFiles.append(file)
        return .integer(usedFiles.count - 1)
    }

    /// The tables, to stand beside the descriptions in the file's JSON.
    public var tables: [(key: String, value: JSON)] {
        let sums = tensors.map { entry -> JSON in
            var sum = Checksum()
            entry.tensor.withElements { sum.add(UnsafeRawBufferPointer($0)) }
            return [.string(entry.name), .string(String(sum.value, radix: 16))]
        }
        return [
            (StoredTables.sources, .array(sources)), (StoredTables.tokenizers, .array(tokenizers)),
            (StoredTables.layouts, .array(layouts)),
            (StoredTables.questions, .array(questions)), (StoredTables.tensors, .array(sums)),
            (StoredTables.objects, .array(objects)),
        ]
    }

    /// Writes the file: free text pairs and the tensors.
    /// - Parameter poll: is asked before each tensor, and may throw.
    public func write(_ metadata: [(key: String, value: String)], to path: String, poll: () throws -> Void = {}) throws
    {
        try SafetensorsFile.write(tensors.map { ($0.name, $0.tensor.shape) }, metadata: metadata, to: path) {
            index, body in
            try poll()
            try tensors[index].tensor.withElements(body)
        }
    }

    // MARK: Values

    mutating func json(_ value: Value, _ depth: Int) throws(NotStorable) -> JSON {
        if depth > Self.deepest { throw NotStorable(what: "lists or records nested more than \(Self.deepest) deep") }
        switch value {
        case .nothing: return .null
        case .bool(let flag): return .bool(flag)
        case .number(let x): return Self.number(x)
        case .string(let text): return .string(text.string)
        case .list(let list):
            if let range = list.range {
                return ["range": [Self.number(range.start), Self.number(range.step), .integer(range.count)]]
            }
            // What may be shared is written once, and referred to.
            guard list.isNested || list.count > 64 else { return try items(list, depth) }
            return try shared(value) { (writer: inout Self) throws(NotStorable) in
                ["kind": "list", "items": try writer.items(list, depth)]
            }
        case .record(let record):
            guard record.isNested else { return ["r": try fields(record, depth)] }
            return try shared(value) { (writer: inout Self) throws(NotStorable) in
                ["kind": "record", "fields": try writer.fields(record, depth)]
            }
        case .function(let function):
            return try object(function) { (writer: inout Self) throws(NotStorable) in
                try writer.describe(function, depth)
            }
        case .foreign(let foreign):
            return try object(foreign) { (writer: inout Self) throws(NotStorable) in try writer.describe(foreign, depth)
            }
        }
    }

    private mutating func items(_ list: List, _ depth: Int) throws(NotStorable) -> JSON {
        var items: [JSON] = []
        items.reserveCapacity(list.count)
        for item in list { items.append(try json(item, depth + 1)) }
        return .array(items)
    }

    private mutating func fields(_ record: Record, _ depth: Int) throws(NotStorable) -> JSON {
        var fields: [JSON] = []
        for (name, value) in record.fields { fields.append([.string(name), try json(value, depth + 1)]) }
        return .array(fields)
    }

    /// A list or a record in the table of objects.
    private mutating func shared(
        _ value: Value, _ describe: (inout Self) throws(NotStorable) -> JSON
    ) throws(NotStorable) -> JSON {
        guard let key = value.identity else { return try describe(&self) }
        if let known = objectNumbers[key] { return ["o": .integer(known)] }
        let description = try describe(&self)
        heldValues.append(value)
        objectNumbers[key] = objects.count
        objects.append(description)
        return ["o": .integer(objects.count - 1)]
    }

    static func number(_ x: Double) -> JSON {
        x.isFinite ? .number(x) : ["x": .string(x.isNaN ? "nan" : x > 0 ? "inf" : "-inf")]
    }

    static func optional(_ x: Double?) -> JSON { x.map { .array([number($0)]) } ?? [] }
    /// nil for none.
    private static func text(_ bytes: [UInt8]) -> String? {
        bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
    static func optional(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }

    private mutating func object(
        _ object: AnyObject, _ describe: (inout Self) throws(NotStorable) -> JSON
    ) throws(NotStorable) -> JSON {
        let key = ObjectIdentifier(object)
        if let known = objectNumbers[key] { return ["o": .integer(known)] }
        let description = try describe(&self)
        held.append(object)
        objectNumbers[key] = objects.count
        objects.append(description)
        return ["o": .integer(objects.count - 1)]
    }

    private mutating func describe(_ function: Function, _ depth: Int) throws(NotStorable) -> JSON {
        var options: [JSON] = []
        for (name, value) in function.options { options.append([.string(name), try json(value, depth + 1)]) }
        if let builtin = function.builtin {
            return ["kind": "builtin", "name": .string(builtin.name), "options": .array(options)]
        }
        guard let parts = function.parts else { throw NotStorable(what: "a function") }
        var lists: [[JSON]] = []
        for values in [parts.captures, parts.defaults] {
            var list: [JSON] = []
            for value in values {
                if let value { list.append([try json(value, depth + 1)]) } else { list.append([]) }
            }
            lists.append(list)
        }
        return [
            "kind": "function", "source": number(of: parts.source),
            "span": [.integer(Int(parts.span.start)), .integer(Int(parts.span.end))],
            "captures": .array(lists[0]), "defaults": .array(lists[1]), "options": .array(options),
        ]
    }

    private mutating func describe(_ foreign: Foreign, _ depth: Int) throws(NotStorable) -> JSON {
        switch foreign {
        case let value as TensorValue:
            var description: NamedValues<JSON> = ["kind": "tensor", "values": number(of: value.tensor, "")]
            if value.meaning != .numbers { description["meaning"] = .string(value.meaning.rawValue) }
            return .object(description)
        case let value as DirectionValue:
            return [
                "kind": "direction", "layout": number(of: value.direction.layout),
                "values": number(of: value.direction.values.value, ""),
            ]
        case let value as ModelValue: return try describe(value, depth)
        case let value as RunValue: return try describe(value, depth)
        case let value as TokenizerValue: return ["kind": "tokenizer", "tokenizer": try number(of: value.tokenizer)]
        case let value as ExamplesValue: return describe(value)
        case let value as SuiteValue:
            let split = value.split
            return [
                "kind": "suite", "name": .string(split.name), "full": describe(split.full),
                "forget": describe(split.forget), "retain": describe(split.retain),
                "real_authors": describe(split.realAuthors), "world_facts": describe(split.worldFacts),
                "training": split.training.map { describe($0) } ?? .null,
                "training_retain": split.trainingRetain.map { describe($0) } ?? .null,
                "holdout": split.holdout.map { describe($0) } ?? .null,
            ]
        case let value as TableValue: return try describe(value, depth)
        case let value as ExplanationValue: return Self.describe(value.explanation)
        case let value as StudyValue: return ["kind": "study", "parts": try json(value.stored, depth + 1)]
        case let value as TuneValue: return ["kind": "tuning", "parts": try json(value.stored, depth + 1)]
        case let value as any StorableValue:
            return [
                "kind": .string(type(of: value).storedKind), "fields": try fields(value.stored, depth + 1),
            ]
        default: throw NotStorable(what: withArticle(foreign.kind))
        }
    }

    // MARK: What values are made of

    mutating func number(of tensor: Tensor, _ part: String) -> JSON {
        let memory = Memory(storage: ObjectIdentifier(tensor.storage), offset: tensor.offset, shape: tensor.shape)
        if let known = tensorNumbers[memory] { return .integer(known) }
        let stem = part.isEmpty ? name : "\(name).\(part)"
        var name = stem, count = 1
        // A tensor could not be called so in the file.
        while name == "__metadata__" || !tensorNames.insert(name).inserted {
            count += 1
            name = "\(stem) \(count)"
        }
        tensorNumbers[memory] = tensors.count
        tensors.append((name, tensor))
        return .integer(tensors.count - 1)
    }

    mutating func number(of layout: ParameterLayout) -> JSON {
        let key = ObjectIdentifier(layout)
        if let known = layoutNumbers[key] { return .integer(known) }
        held.append(layout)
        layoutNumbers[key] = layouts.count
        layouts.append(.array(layout.entries.map { [.string($0.key), .array($0.value.shape.map { .integer($0) })] }))
        return .integer(layouts.count - 1)
    }

    mutating func number(of tokenizer: any Tokenizer) throws(NotStorable) -> JSON {
        let key = ObjectIdentifier(tokenizer)
        if let known = tokenizerNumbers[key] { return .integer(known) }
        guard let bytes = try? tokenizer.fileContents(), let text = String(validating: bytes, as: UTF8.self) else {
            throw NotStorable(what: "a tokenizer that has no file")
        }
        held.append(tokenizer)
        tokenizerNumbers[key] = tokenizers.count
        var stored: NamedValues<JSON> = [
            "file": .string(text), "end": Self.optional(tokenizer.endOfText.flatMap(tokenizer.token)),
        ]
        if let configuration = tokenizer.configuration { stored["configuration"] = configuration.json }
        tokenizers.append(.object(stored))
        return .integer(tokenizers.count - 1)
    }

    private mutating func describe(_ examples: ExamplesValue) -> JSON {
        func described(_ batch: TokenBatch) -> NamedValues<JSON> {
            [
                "kind": "batch", "rows": .integer(batch.rows), "time": .integer(batch.time),
                "ids": .array(batch.ids.map { .integer(Int($0)) }),
                "labels": .array(batch.labels.map { .integer(Int($0)) }),
                "lengths": .array(batch.lengths.map { .integer($0) }),
            ]
        }
        var description: NamedValues<JSON>
        switch examples.content {
        case .questions(let set): description = ["kind": "questions", "set": describe(set)]
        case .texts(let set):
            description = [
                "kind": "texts", "name": .string(set.name), "documents": .array(set.documents.map { .string($0) }),
            ]
        case .tokens(let batch): description = batch.map(described) ?? ["kind": "batch", "rows": 0]
        }
        if let (reader, tokens) = examples.stepBatch {
            description["read"] = [
                "tokenizer": .string("\(reader.tokenizer)"), "context": .integer(reader.context),
                "prompting": Self.optional(Self.text(reader.prompting)),
                "batch": .object(described(tokens)),
            ]
        }
        return .object(description)
    }

    private mutating func describe(_ set: QuestionSet) -> JSON {
        var numbers: [JSON] = []
        for example in set.examples {
            let number = questionNumbers[example] ?? questions.count
            if number == questions.count {
                questionNumbers[example] = number
                questions.append([
                    .string(example.question), .string(example.answer), Self.optional(example.paraphrasedQuestion),
                    Self.optional(example.paraphrasedAnswer),
                    .array(example.falseAnswers.map { .string($0) }), Self.optional(example.author),
                    Self.optional(example.fact),
                ])
            }
            numbers.append(.integer(number))
        }
        return ["name": .string(set.name), "examples": .array(numbers)]
    }
}
