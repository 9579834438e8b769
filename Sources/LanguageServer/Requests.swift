// What can be asked about an open script, by the protocol's names.
import Files
import Language
import Notebook

/// A request about one script.
struct Request {
    let script: OpenScript
    let session: Session
    let book: HelpBook
    let parameters: JSON

    /// The byte at `position`.
    func offset() throws -> Int {
        guard let position = Position(parameters["position"]) else {
            throw Server.Failure.badParameters("`position` needs `line` and `character`, numbers from 0")
        }
        return script.document.offset(of: position)
    }

    func range() throws -> Range<Int> {
        guard let range = script.document.offsets(parameters["range"]) else {
            throw Server.Failure.badParameters("`range` needs `start` and `end`, which does not stand before it")
        }
        return range
    }

    var places: NamePlaces { NamePlaces(script: script, session: session) }
    var outlines: Outlines { Outlines(script: script) }
    var hovers: Hovers { Hovers(script: script, session: session, book: book) }

    /// Replaces a misspelt name by the one that was probably meant.
    func fixes() -> JSON {
        let fixes = (parameters["context"]?["diagnostics"]?.array ?? []).compactMap { problem -> JSON? in
            guard let word = problem["data"]?["replacement"]?.string, let range = problem["range"],
                script.document.offsets(range) != nil
            else { return nil }
            let edit: JSON = ["range": range, "newText": .string(word)]
            return [
                "title": .string("write `\(word)`"), "kind": "quickfix", "diagnostics": .array([problem]),
                "isPreferred": true,
                "edit": ["changes": .object(NamedValues([(script.uri, .array([edit]))]))],
            ]
        }
        return .array(fixes)
    }
}

extension Server {
    /// A new request is one line here, and one in the capabilities.
    static var requests: [String: (Request) throws -> JSON] {
        [
            "textDocument/completion": {
                Completions(script: $0.script, session: $0.session).items(at: try $0.offset())
            },
            "textDocument/hover": { $0.hovers.hover(at: try $0.offset()) },
            "textDocument/signatureHelp": { $0.hovers.signature(at: try $0.offset()) },
            "textDocument/definition": { $0.places.definition(at: try $0.offset()) },
            "textDocument/references": {
                let isWanted = $0.parameters["context"]?["includeDeclaration"]?.bool ?? true
                return $0.places.references(at: try $0.offset(), withDefinition: isWanted)
            },
            "textDocument/documentHighlight": { $0.places.highlights(at: try $0.offset()) },
            "textDocument/prepareRename": {
                let name = try $0.places.renamable(at: try $0.offset())
                return ["range": $0.script.document.range(name.bytes), "placeholder": .string(name.occurrence.name)]
            },
            "textDocument/rename": {
                guard let new = $0.parameters["newName"]?.string else {
                    throw Failure.badParameters("`newName` is missing")
                }
                return try $0.places.rename(at: try $0.offset(), to: new)
            },
            "textDocument/documentSymbol": { $0.outlines.symbols() },
            "textDocument/foldingRange": { $0.outlines.folds() },
            "textDocument/codeLens": { $0.outlines.lenses() },
            "textDocument/codeAction": { $0.fixes() },
            "textDocument/formatting": { FormattingEdits(script: $0.script).all() ?? .null },
            "textDocument/rangeFormatting": { FormattingEdits(script: $0.script).cells(try $0.range()) ?? .null },
        ]
    }
}
