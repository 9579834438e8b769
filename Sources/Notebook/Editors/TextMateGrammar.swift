// A TextMate grammar, which VS Code, Sublime Text, Zed's importer and others read.
import Files

extension EditorWords {
    /// The grammar as JSON.
    public func textMateGrammar() throws -> String {
        try grammar.text(.pretty) + "\n"
    }

    private var grammar: JSON {
        let parts = [
            "cell", "output", "comment", "command", "string", "number", "definition", "control", "operator-word",
            "value", "constant", "option", "function", "operator",
        ]
        return [
            "name": "Lethe", "scopeName": "source.lethe", "fileTypes": ["lethe"], "firstLineMatch": "^#!.*\\blethe\\b",
            "patterns": .array(parts.map { ["include": .string("#" + $0)] }), "repository": repository,
        ]
    }

    private var repository: JSON {
        func match(_ pattern: String, _ name: String) -> JSON {
            ["match": .string(pattern), "name": .string(name + ".lethe")]
        }
        func word(_ words: [String]) -> String { "(?<![\\w.])(?:" + words.joined(separator: "|") + ")\\b" }
        return [
            "cell": match("^# %%.*$", "markup.heading.cell"),
            "output": match("^#>.*$", "markup.quote.output"),
            "comment": match("#.*$", "comment.line.number-sign"),
            "command": [
                "patterns": [
                    match("^\\s*:(?:" + commands.joined(separator: "|") + ")\\b", "keyword.other.command"),
                    match("^\\s*\\?.*$", "keyword.other.help"),
                    match("^\\s*[A-Za-z_]\\w*\\?+\\s*$", "keyword.other.help"),
                    match("^\\s*!.*$", "string.unquoted.shell"),
                ]
            ],
            "string": ["patterns": [string("\"", "double"), string("'", "single")]],
            "number": match(
                "(?<![\\w.])(?:\\d[\\d_]*(?:\\.\\d[\\d_]*)?|\\.\\d+)(?:[eE][+-]?\\d+)?", "constant.numeric"),
            "definition": [
                "match": "(?<![\\w.])(def)\\s+([A-Za-z_]\\w*)",
                "captures": [
                    "1": ["name": "storage.type.function.lethe"], "2": ["name": "entity.name.function.lethe"],
                ],
            ],
            "control": match(word(control), "keyword.control"),
            "operator-word": match(word(operators), "keyword.operator.word"),
            "value": match(word(values), "constant.language"),
            "constant": match(word(constants), "support.constant"),
            "option": match(word(options) + "(?=\\s*=(?!=))", "variable.parameter.option"),
            "function": match(word(functions), "support.function"),
            "operator": match("\\|>|->|[-+*/%^@]=?|[<>=!]=|[<>=]", "keyword.operator"),
        ]
    }

    private func string(_ quote: String, _ kind: String) -> JSON {
        [
            "name": .string("string.quoted.\(kind).lethe"), "begin": .string(quote), "end": .string(quote + "|$"),
            "patterns": [
                ["match": "\\\\(?:u\\{[0-9A-Fa-f]+\\}|.)|\\{\\{|\\}\\}", "name": "constant.character.escape.lethe"],
                [
                    "name": "meta.interpolation.lethe", "begin": "\\{", "end": "\\}|$",
                    "beginCaptures": ["0": ["name": "punctuation.section.interpolation.begin.lethe"]],
                    "endCaptures": ["0": ["name": "punctuation.section.interpolation.end.lethe"]],
                    "patterns": [
                        ["match": ":[^}\"']*(?=\\})", "name": "constant.other.format.lethe"], ["include": "#number"],
                        ["include": "#control"], ["include": "#operator-word"], ["include": "#value"],
                        ["include": "#constant"], ["include": "#option"], ["include": "#function"],
                        ["include": "#operator"],
                    ],
                ],
            ],
        ]
    }
}
