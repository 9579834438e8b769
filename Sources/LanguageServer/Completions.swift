// What may stand at the cursor: the session's own completion, with the names of the script beside it.
import Files
import Language
import Notebook

struct Completions {
    let script: OpenScript
    let session: Session

    private enum Kind: Int {
        case function = 3, field = 5, variable = 6, property = 10, keyword = 14, file = 17, folder = 19, constant = 21
    }

    /// - Parameter offset: the cursor's byte.
    func items(at offset: Int) -> JSON {
        let (text, start) = script.cell(around: offset), cursor = offset - start
        let completion = session.complete(text, at: cursor)
        let bytes = Array(text.utf8)
        let before = String(decoding: bytes[..<min(cursor, bytes.count)], as: UTF8.self)
        let context = LineContext(before)
        var candidates = completion.candidates
        if !context.isInsideComment, context.commandStart == nil, !context.isInsideString {
            let word = String(decoding: bytes[completion.start..<min(cursor, bytes.count)], as: UTF8.self)
            candidates = code(text, context, bytes, wordStart: completion.start, word: word, known: candidates)
        }
        let range = script.document.range((start + completion.start)..<offset)
        var seen: Set<String> = [], items: [JSON] = []
        for candidate in candidates where seen.insert(candidate).inserted {
            items.append(item(candidate, completion, range, order: items.count))
        }
        return ["isIncomplete": false, "items": .array(items)]
    }

    private func code(
        _ text: String, _ context: LineContext, _ bytes: [UInt8], wordStart: Int, word: String, known: [String]
    ) -> [String] {
        let analysis = script.analysis
        if wordStart > 0, bytes[wordStart - 1] == UInt8(ascii: ".") {
            // Nothing was run, so what a value holds is not known: what the script reads elsewhere is offered.
            let isNumber = wordStart > 1 && (bytes[wordStart - 2] ^ 0x30) < 10 && word.isEmpty
            return isNumber ? known : known + analysis.fields.sorted().filter { $0.hasPrefix(word) && $0 != word }
        }
        if let first = word.utf8.first, first ^ 0x30 < 10 { return known }
        var candidates: [String] = []
        if let call = CallContext(text, context, wordStart: wordStart), call.currentName == nil,
            let name = call.callee.name, let function = analysis.function(name)
        {
            let options = function.syntax.parameters.filter { $0.defaultValue != nil && !call.given.contains($0.name) }
            candidates += options.map { $0.name + "=" }.filter { $0.hasPrefix(word) }
        }
        let own = analysis.names.sorted().filter { $0.hasPrefix(word) && $0 != word }
        // Where nothing but options makes sense there is nothing but options.
        let hasOptionsAlone = !known.isEmpty && known.allSatisfy { $0.hasSuffix("=") } && word.isEmpty
        return candidates + (hasOptionsAlone ? known + own : own + known)
    }

    private func item(_ candidate: String, _ completion: Completion, _ range: JSON, order: Int) -> JSON {
        let registry = session.configuration.registry
        var kind = Kind.variable, detail: String?, hasPage = false
        if completion.kind == .paths {
            kind = candidate.hasSuffix("/") ? .folder : .file
        } else if candidate.hasSuffix("=") {
            kind = .property
        } else if let builtin = registry[candidate], script.analysis.bound[candidate] == nil {
            (kind, detail, hasPage) = (.function, builtin.signature, true)
        } else if let function = script.analysis.function(candidate) {
            kind = .function
            detail = script.signature(of: function)
        } else if Keyword(rawValue: candidate) != nil {
            kind = .keyword
        } else if registry.constants.contains(where: { $0.name == candidate }) {
            (kind, hasPage) = (.constant, true)
        } else if script.analysis.bound[candidate] == nil {
            kind = .field
        }
        let digits = String(order)
        var item: [(String, JSON)] = [
            ("label", .string(candidate)), ("kind", .integer(kind.rawValue)),
            ("sortText", .string(String(repeating: "0", count: max(0, 5 - digits.count)) + digits)),
            ("filterText", .string(candidate)),
            ("textEdit", ["range": range, "newText": .string(candidate)]),
        ]
        if let detail { item.append(("detail", .string(detail))) }
        if hasPage { item.append(("data", ["name": .string(candidate)])) }
        return .object(NamedValues(item))
    }

    /// An item with its page of help.
    static func resolved(_ item: JSON, _ book: HelpBook) -> JSON {
        guard case .object(var members) = item, let name = item["data"]?["name"]?.string,
            let page = book.pages(for: name).first
        else { return item }
        members["documentation"] = ["kind": "markdown", "value": .string(HelpMarkdown.text(page))]
        return .object(members)
    }
}

extension OpenScript {
    /// `f(x, k=1)`, as the script defines it.
    func signature(of definition: SyntaxOutline.Definition) -> String {
        HelpMarkdown.signature(definition.syntax, text(of: definition))
    }

    /// The text of spans in the piece that holds a definition.
    func text(of definition: SyntaxOutline.Definition) -> (Span) -> String {
        guard let name = definition.syntax.name, let place = analysis.bound[name]?.last else { return { _ in "" } }
        let start = analysis.pieces[place.piece].bytes.lowerBound
        return { [document] in document.text((start + $0.range.lowerBound)..<(start + $0.range.upperBound)) }
    }
}
