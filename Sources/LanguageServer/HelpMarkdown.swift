// Pages of help and the script's own names as Markdown, for hovers and completion.
import Language
import Notebook

enum HelpMarkdown {
    /// A page of help.
    static func text(_ page: HelpPage) -> String {
        var lines = code(page.signature) + ["", ReferenceManual.escaped(page.summary)]
        if !page.rows.isEmpty {
            lines.append("")
            lines += page.rows.map { "- `\($0.name)` — \(ReferenceManual.escaped($0.text))" }
        }
        for example in page.examples { lines += [""] + code(example) }
        if !page.seeAlso.isEmpty {
            lines += ["", "See also " + page.seeAlso.map { "`\($0)`" }.joined(separator: ", ")]
        }
        return lines.joined(separator: "\n")
    }

    static func code(_ text: String) -> [String] {
        let fence = text.contains("```") ? "~~~~" : "```"
        return [fence + "lethe", text, fence]
    }

    /// `def f(x, k=1)` as it was written.
    static func signature(_ function: FunctionSyntax, _ text: (Span) -> String) -> String {
        let words = parameters(of: function, text)
        return "\(function.name ?? "")(\(words.joined(separator: ", ")))"
    }

    static func parameters(of function: FunctionSyntax, _ text: (Span) -> String) -> [String] {
        function.parameters.map { parameter in
            parameter.name
                + (parameter.defaultValue.map {
                    "=" + clipped(text($0.span).split(whereSeparator: \.isWhitespace).joined(separator: " "), to: 40)
                } ?? "")
        }
    }
}
