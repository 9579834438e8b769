// Outputs of a session as JSON.
import Files
import Language
import Notebook

extension Output {
    /// As `docs/protocols.md` describes it; one for each form that a notebook would show apart.
    public var json: JSON {
        switch self {
        case .text(let stream, let text):
            return ["kind": "text", "stream": stream == .results ? "stdout" : "stderr", "text": .string(text)]
        case .interrupted(let text): return ["kind": "interrupted", "message": .string(text)]
        case .failure(let diagnostic): return diagnostic.json
        case .value(let rendering): return rendering.json
        }
    }
}

extension Rendering {
    fileprivate var json: JSON {
        var members: NamedValues<JSON> = ["kind": "value", "text": .string(text)]
        if let data { members["data"] = data }
        if let caption { members["caption"] = .string(caption) }
        if let savedAs { members["saved_as"] = .string(savedAs) }
        if let table { members["table"] = .array(table.map { .array($0.map { .string($0) }) }) }
        for form in bundles.flatMap(\.forms) {
            switch form.type {
            case "image/svg+xml": members["svg"] = .string(form.text)
            case "image/png": members["png"] = .string(form.text)
            case "text/html": members["html"] = .string(form.text)
            default: break
            }
        }
        return .object(members)
    }
}

extension Diagnostic {
    fileprivate var json: JSON {
        [
            "kind": "error", "message": .string(visible(message)), "note": note.map { .string(visible($0)) } ?? .null,
            "advice": .array(advice.map { .string(visible($0)) }), "place": place(of: span, in: source),
            "calls": .array(
                frames.prefix(frameLimit ?? frames.count).map { frame in
                    [
                        "function": frame.function.map { .string($0) } ?? .null,
                        "place": place(of: frame.span, in: frame.source),
                    ]
                }),
            "rendered": .string(rendered()),
        ]
    }

    /// Where it is: `start` and `end` count code points of the cell or file, lines and columns begin at 1.
    private func place(of span: Span, in source: Source) -> JSON {
        let from = source.position(of: Int(span.start)), to = source.position(of: Int(span.end))
        let before = source.text(Span(0, Int(span.start))).unicodeScalars.count
        var members: NamedValues<JSON> = [
            "line": .integer(from.line), "column": .integer(from.column), "end_line": .integer(to.line),
            "end_column": .integer(to.column), "start": .integer(before),
            "end": .integer(before + source.text(span).unicodeScalars.count),
        ]
        switch source.origin {
        case .cell(let number): members["cell"] = .integer(number)
        case .file(let name, _): members["file"] = .string(visible(name))
        }
        return .object(members)
    }
}
