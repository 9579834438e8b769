// Makes values again from a workspace file; see StoredValues.swift for the form.
import StandardLibrary
import Tokenizers
import Files
import Autodiff
import Datasets
import Language
import LanguageModels
import Optimizers
import Tensors
import Unlearning

/// Reads a file's tables, and then values that refer to them. Whatever does not fit is an error, and nothing has
/// changed.
public struct ValueReader {
    let engine: EngineContext
    let interpreter: Interpreter
    private let file: SafetensorsFile
    /// Values of other modules.
    private let kinds: [StoredKind]
    private var tensorNames: [(name: String, sum: String)] = []
    private var tensors: [Int: Tensor] = [:]
    private var sources: [Source] = []
    private var usedFiles: [Int: Source.UsedFileNumber] = [:]
    /// Where functions of the session itself find the names that they read; nil for the session.
    let home: Source.UsedFileNumber?
    var tokenizers: [any Tokenizer] = []
    private var layouts: [ParameterLayout] = []
    private var questions: [QuestionAnswer] = []
    private var objects: [Value] = []

    /// Reads all tables of the file's JSON.
    ///
    /// - Parameter home: where functions of the session itself find the names that they read; nil for the session.
    public init(
        _ root: JSONNode, _ file: SafetensorsFile, _ engine: EngineContext, _ interpreter: Interpreter,
        kinds: [StoredKind] = [], home: Source.UsedFileNumber? = nil
    ) throws {
        self.kinds = [TemplateValue.restoring] + kinds
        self.home = home
        self.engine = engine
        self.interpreter = interpreter
        self.file = file
        // Tensors of formats that are not read take nothing; the others are no longer than the file.
        try engine.device.require(bytes: file.tensors.values.reduce(0) { $0 + ($1.type == nil ? 0 : 4 * $1.count) })
        for node in try root[StoredTables.tensors].elements() {
            tensorNames.append((try Self.part(node, 0).string(), try Self.part(node, 1).string()))
        }
        for node in try root[StoredTables.sources].elements() {
            let origin: Source.Origin
            if let cell = try node.optional("cell") {
                origin = .cell(try cell.integer(in: 0...StoredLimits.cells))
            } else {
                origin = .file(try node["file"].string(), firstLine: try node["line"].integer(in: 1...1_000_000_000))
            }
            var file = home
            if let number = try node.optional("used")?.integer() { file = usedFile(number) }
            sources.append(Source(try node["text"].string(), origin: origin, usedFile: file))
        }
        for node in try root[StoredTables.tokenizers].elements() {
            let text = try node["file"].string()
            tokenizers.append(
                try TokenizerFile.parse(
                    Array(text.utf8), origin: file.path,
                    configuration: try node.optional("configuration").map { try TokenizerConfiguration($0) },
                    endOfText: try node.optional("end")?.string(),
                    among: engine.catalogue.tokenizerSteps))
        }
        for node in try root[StoredTables.layouts].elements() {
            var count = 0
            var shapes: [(name: String, shape: [Int])] = []
            for entry in try node.elements() {
                let shape = try Self.part(entry, 1).elements().map { try $0.integer(in: 0...StoredLimits.weights) }
                // An axis of 0 hides nothing: the others may be multiplied without it.
                var area = 1
                for side in shape {
                    let (product, overflow) = area.multipliedReportingOverflow(by: max(1, side))
                    guard !overflow, product <= StoredLimits.weights else {
                        throw entry.error("is larger than any model")
                    }
                    area = product
                }
                count += shape.contains(0) ? 0 : area
                guard count <= StoredLimits.weights else { throw entry.error("is larger than any model") }
                shapes.append((try Self.part(entry, 0).string(), shape))
            }
            layouts.append(ParameterLayout(shapes))
        }
        for node in try root[StoredTables.questions].elements() { questions.append(try Self.question(node)) }
        for node in try root[StoredTables.objects].elements() {
            if objects.count & 0x3FF == 0 { try engine.device.cancellation.check() }
            objects.append(try object(node).checkedDepth())
        }
        for (number, node) in try (root.optional("used")?.elements() ?? []).enumerated() {
            guard let file = usedFiles[number] else { continue }
            for (name, value) in try named(node) { interpreter.bind(name, to: value, in: file) }
        }
    }

    mutating func usedFile(_ number: Int) -> Source.UsedFileNumber {
        let file = usedFiles[number] ?? interpreter.newUsedFile()
        usedFiles[number] = file
        return file
    }

    /// The value of a description.
    public func value(_ node: JSONNode) throws -> Value {
        switch node.value {
        case .null: return .nothing
        case .bool(let flag): return .bool(flag)
        case .integer(let x): return .number(Double(x))
        case .number(let x): return .number(x)
        case .string(let text): return .string(text)
        case .array: return try Value.list(try node.elements().map(value)).checkedDepth()
        case .object:
            if let number = try node.optional("o") { return try Self.item(objects, number) }
            if let fields = try node.optional("r") { return try Value.record(try named(fields)).checkedDepth() }
            if let range = try node.optional("range") { return .list(try self.range(range)) }
            return .number(try number(node))
        }
    }

    /// A range, as `range` makes them.
    private func range(_ node: JSONNode) throws -> List {
        let start = try Self.part(node, 0).number(), step = try Self.part(node, 1).number()
        let count = try Self.part(node, 2).integer(in: 0...StoredLimits.range)
        guard step != 0, (start + step * Double(count)).isFinite else { throw node.error("is no range") }
        return List(from: start, by: step, count: count)
    }

    /// A place in a source text.
    public static func span(_ start: JSONNode, _ end: JSONNode, in source: Source) throws -> Span {
        let length = source.text.utf8.count
        let first = try start.integer(in: 0...length)
        return Span(first, try end.integer(in: first...length))
    }

    /// The source of a number.
    public func source(_ node: JSONNode) throws -> Source { try Self.item(sources, node) }

    static func item<T>(_ items: [T], _ number: JSONNode) throws -> T {
        let index = try number.integer(in: 0...Int.max)
        guard index < items.count else { throw number.error("is \(index), and there are only \(items.count)") }
        return items[index]
    }

    static func part(_ node: JSONNode, _ index: Int) throws -> JSONNode {
        let parts = try node.elements()
        guard index < parts.count else { throw node.error("has only \(parts.count) parts") }
        return parts[index]
    }

    /// Pairs of a name and a value.
    func named(_ node: JSONNode) throws -> [(String, Value)] {
        var pairs: [(String, Value)] = []
        for pair in try node.elements() {
            pairs.append((try Self.part(pair, 0).string(), try value(try Self.part(pair, 1))))
        }
        return pairs
    }

    func number(_ node: JSONNode) throws -> Double {
        if node.value.number != nil { return try node.number() }
        switch try node["x"].string() {
        case "nan": return .nan
        case "inf": return .infinity
        case "-inf": return -.infinity
        default: throw node.error("is no number")
        }
    }

    func optional(_ node: JSONNode) throws -> Double? { try node.elements().first.map { try number($0) } }
    func strings(_ node: JSONNode) throws -> [String] { try node.elements().map { try $0.string() } }

    // MARK: Objects

    private mutating func object(_ node: JSONNode) throws -> Value {
        switch try node["kind"].string() {
        case "builtin":
            let name = try node["name"].string()
            guard let function = interpreter.builtin(name) else {
                throw LanguageError(
                    "`\(file.path)` needs the built-in function `\(name)`, which this version of Lethe does not have")
            }
            return .function(try configured(function, node))
        case "list": return .list(try node["items"].elements().map(value))
        case "record": return .record(try named(try node["fields"]))
        case "function":
            let source = try source(node["source"])
            let span = try Self.span(try Self.part(node["span"], 0), try Self.part(node["span"], 1), in: source)
            func values(_ key: String) throws -> [Value?] {
                try node[key].elements().map { try $0.elements().first.map(value) }
            }
            let parts = Function.Parts(
                source: source, span: span, captures: try values("captures"), defaults: try values("defaults"))
            return .function(try configured(try interpreter.function(parts), node))
        case "tensor":
            let meaning = try node.optional("meaning").map { try $0.string() }
            return .foreign(
                TensorValue(
                    Variable(try tensor(node["values"])),
                    meaning: meaning.flatMap(TensorValue.Meaning.init) ?? .numbers))
        case "direction":
            return .foreign(
                DirectionValue(
                    try Direction(try Self.item(layouts, node["layout"]), Variable(try tensor(node["values"])))))
        case "model": return .foreign(try model(node))
        case "run": return .foreign(try run(node))
        case "tokenizer": return .foreign(TokenizerValue(try Self.item(tokenizers, node["tokenizer"])))
        case "batch": return .foreign(ExamplesValue(try node["rows"].integer() == 0 ? nil : batch(node)))
        case "questions": return .foreign(try examples(.questions(questionSet(node["set"])), node))
        case "texts":
            let set = TextSet(name: try node["name"].string(), documents: try strings(node["documents"]))
            return .foreign(try examples(.texts(set), node))
        case "suite":
            return .foreign(
                SuiteValue(
                    QuestionSplit(
                        name: try node["name"].string(), full: try questionSet(node["full"]),
                        forget: try questionSet(node["forget"]),
                        retain: try questionSet(node["retain"]), realAuthors: try questionSet(node["real_authors"]),
                        worldFacts: try questionSet(node["world_facts"]),
                        training: try node.optional("training").map(questionSet),
                        trainingRetain: try node.optional("training_retain").map(questionSet),
                        holdout: try node.optional("holdout").map(questionSet))))
        case "table": return .foreign(try table(node))
        case "explanation": return .foreign(ExplanationValue(try explanation(node)))
        case "study":
            guard let study = StudyValue(stored: try value(node["parts"])) else { throw node.error("is no study") }
            return .foreign(study)
        case "tuning":
            guard let tuning = TuneValue(stored: try value(node["parts"])) else { throw node.error("is no tuning") }
            return .foreign(tuning)
        case let kind:
            if let known = kinds.last(where: { $0.name == kind }) {
                return .foreign(try known.make(Record(try named(node["fields"]))))
            }
            throw LanguageError("`\(file.path)` holds a \(kind), which this version of Lethe does not know")
        }
    }

    private func configured(_ function: Function, _ node: JSONNode) throws -> Function {
        let options = try named(node["options"]).map { (name: $0, value: $1) }
        return options.isEmpty ? function : try function.setting(options)
    }

    mutating func tensor(_ node: JSONNode) throws -> Tensor {
        let index = try node.integer(in: 0...Int.max)
        if let known = tensors[index] { return known }
        let (name, expected) = try Self.item(tensorNames, node)
        guard let entry = file.tensors[name] else { throw node.error("is the tensor `\(name)`, which is not there") }
        try engine.device.cancellation.check()
        var sum = Checksum()
        let file = file
        let tensor = try Tensor(shape: entry.shape, on: engine.device) { buffer in
            try file.read(name, into: buffer)
            sum.add(UnsafeRawBufferPointer(buffer))
        }
        guard entry.type == .float32 else { throw node.error("is the tensor `\(name)`, which is not of float32") }
        guard String(sum.value, radix: 16) == expected else {
            throw node.error("is the tensor `\(name)`, whose numbers have changed since they were written")
        }
        tensors[index] = tensor
        return tensor
    }

    private static func question(_ node: JSONNode) throws -> QuestionAnswer {
        let parts = try node.elements()
        guard parts.count == 7 else { throw node.error("is no question") }
        func optional(_ node: JSONNode) throws -> String? { node.value.isNull ? nil : try node.string() }
        return QuestionAnswer(
            question: try parts[0].string(), answer: try parts[1].string(), paraphrasedQuestion: try optional(parts[2]),
            paraphrasedAnswer: try optional(parts[3]), falseAnswers: try parts[4].elements().map { try $0.string() },
            author: try optional(parts[5]),
            fact: try optional(parts[6]))
    }

    private func questionSet(_ node: JSONNode) throws -> QuestionSet {
        QuestionSet(
            name: try node["name"].string(),
            examples: try node["examples"].elements().map { try Self.item(questions, $0) })
    }

    /// Examples with the batch that a run's model read them as, if they were a step's.
    private func examples(_ content: ExamplesValue.Content, _ node: JSONNode) throws -> ExamplesValue {
        guard let read = try node.optional("read") else { return ExamplesValue(content) }
        guard let tokenizer = Fingerprint(try read["tokenizer"].string()) else {
            throw try read["tokenizer"].error("is no fingerprint")
        }
        let reader = ExampleEncodings.Reader(
            tokenizer: tokenizer, context: try read["context"].integer(in: 1...1_000_000_000),
            prompting: Array(try read.optional("prompting")?.string().utf8 ?? "".utf8))
        return ExamplesValue(content, stepBatch: (reader, try batch(read["batch"])))
    }

    private func batch(_ node: JSONNode) throws -> TokenBatch {
        let rows = try node["rows"].integer(in: 1...1_000_000_000),
            time = try node["time"].integer(in: 1...1_000_000_000)
        let ids = try node["ids"].elements().map { try $0.integer(in: 0...Int(Int32.max)) }
        let labels = try node["labels"].elements().map { try $0.integer(in: TokenBatch.ignored...Int(Int32.max)) }
        let lengths = try node["lengths"].elements().map { try $0.integer(in: 1...time) }
        let (count, overflow) = rows.multipliedReportingOverflow(by: time)
        guard !overflow, ids.count == count, labels.count == count, lengths.count == rows else {
            throw node.error("is a batch of other sizes than it says")
        }
        func cut(_ flat: [Int]) -> [[Int]] { (0..<rows).map { Array(flat[($0 * time)..<(($0 + 1) * time)]) } }
        let mask = lengths.map { length in (0..<time).map { $0 < length ? 1 : 0 } }
        return try TokenBatch(cut(ids), labels: cut(labels), mask: mask)
    }
}
