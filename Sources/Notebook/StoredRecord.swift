// Records of cells as JSON, for workspaces.
import Collections
import Files
import Language
import LanguageModels
import Tensors
import Vocabulary

enum StoredRecord {
    static func json(_ generator: RandomGenerator) -> JSON {
        // As text: a JSON number holds no more than 63 bits here.
        ["seed": .string(String(generator.seed)), "position": .string(String(generator.position))]
    }

    static func generator(_ node: JSONNode) throws -> RandomGenerator {
        guard let seed = UInt64(try node["seed"].string()), let position = UInt64(try node["position"].string()) else {
            throw node.error("is no state of random numbers")
        }
        return RandomGenerator(seed: seed, position: position)
    }

    static func json(_ record: CellRecord) -> JSON {
        var entry: NamedValues<JSON> = ["number": .integer(record.number), "source": .string(record.source)]
        switch record.origin {
        case .file(let name, let line): entry["file"] = [.string(name), .integer(line)]
        // Another one where it was run again.
        case .cell(let first): if first != record.number { entry["first"] = .integer(first) }
        }
        switch record.ending {
        case .finished: break
        case .failed: entry["failed"] = true
        case .interrupted(let message): entry["interrupted"] = .string(message)
        }
        for (key, flag) in [("partial", record.isPartial), ("whole", record.isWhole), ("rerun", record.isRerun)]
        where flag { entry[key] = true }
        entry["reads"] = .array(record.reads.sorted().map { .string($0) })
        entry["binds"] = .array(record.binds.sorted().map { .string($0) })
        if let before = record.randomBefore { entry["before"] = json(before) }
        if let after = record.randomAfter { entry["after"] = json(after) }
        entry["pieces"] = .array(
            record.pieces.map { piece in
                var entry: NamedValues<JSON> = ["source": .string(piece.source), "output": .string(piece.output)]
                if let start = piece.valueStart { entry["value"] = .integer(start) }
                if piece.isLook { entry["look"] = true }
                // Plain text is in the output already.
                if piece.items.contains(where: \.isRich) { entry["items"] = .array(piece.items.map(json)) }
                return .object(entry)
            })
        return .object(entry)
    }

    static func record(_ node: JSONNode) throws -> CellRecord {
        func flag(_ key: String) throws -> Bool { try node.optional(key)?.bool() ?? false }
        let number = try node["number"].integer(in: 0...StoredLimits.cells)
        let origin: Source.Origin
        if let file = try node.optional("file")?.elements(), file.count == 2 {
            origin = .file(try file[0].string(), firstLine: try file[1].integer(in: 0...1_000_000_000))
        } else {
            origin = .cell(try node.optional("first")?.integer(in: 0...StoredLimits.cells) ?? number)
        }
        var record = CellRecord(number: number, origin: origin, source: try node["source"].string())
        if try flag("failed") { record.ending = .failed }
        if let message = try node.optional("interrupted") { record.ending = .interrupted(try message.string()) }
        record.isPartial = try flag("partial")
        record.isWhole = try flag("whole")
        record.isRerun = try flag("rerun")
        record.reads = Set(try node["reads"].elements().map { try $0.string() })
        record.binds = Set(try node["binds"].elements().map { try $0.string() })
        record.randomBefore = try node.optional("before").map(generator)
        record.randomAfter = try node.optional("after").map(generator)
        record.pieces = try node["pieces"].elements().map { node in
            let source = try node["source"].string(), output = try node["output"].string()
            var piece = CellRecord.Piece(source: source, output: output)
            piece.valueStart = try node.optional("value")?.integer(in: 0...source.utf8.count)
            piece.isLook = try node.optional("look")?.bool() ?? false
            piece.items = try node.optional("items")?.elements().map(item) ?? (output.isEmpty ? [] : [.text(output)])
            return piece
        }
        return record
    }

    private static func json(_ item: ExportedDocument.Item) -> JSON {
        switch item {
        case .text(let text): return ["text": .string(text)]
        case .failure(let message, let text): return ["failure": .string(message), "text": .string(text)]
        case .value(let rendering):
            func optional(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }
            return [
                "value": .string(rendering.text), "svg": optional(rendering.svg), "file": optional(rendering.savedAs),
                "caption": optional(rendering.caption),
                "table": rendering.table.map { .array($0.map { .array($0.map { .string($0) }) }) } ?? .null,
            ]
        }
    }

    private static func item(_ node: JSONNode) throws -> ExportedDocument.Item {
        if let message = try node.optional("failure") {
            return .failure(message: try message.string(), text: try node["text"].string())
        }
        guard let value = try node.optional("value") else { return .text(try node["text"].string()) }
        var rendering = Rendering(
            try value.string(), svg: try node.optional("svg")?.string(), savedAs: try node.optional("file")?.string(),
            table: try node.optional("table")?.elements().map { try $0.elements().map { try $0.string() } })
        rendering.caption = try node.optional("caption")?.string()
        return .value(rendering)
    }
}

extension ExportedDocument.Item {
    /// It shows more than its text.
    fileprivate var isRich: Bool {
        if case .value(let rendering) = self {
            return rendering.svg != nil || rendering.table != nil || rendering.savedAs != nil
        }
        return false
    }
}
