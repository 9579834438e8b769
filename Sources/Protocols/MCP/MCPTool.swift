// What an agent can have done: each tool with its words, its arguments and what it does.
import Files
import Language
import Notebook

/// A tool of the Model Context Protocol.
struct MCPTool: Sendable {
    /// What a tool answers.
    struct Answer {
        var content: [JSON]
        var isError = false

        static func text(_ text: String, isError: Bool = false) -> Answer {
            Answer(content: [["type": "text", "text": .string(text)]], isError: isError)
        }
    }

    let name: String
    let title: String
    let description: String
    /// Arguments by name, as JSON Schema has them, and which of them must be given.
    let properties: JSON
    let required: [String]
    /// It looks, and changes nothing.
    let onlyReads: Bool
    let body: @Sendable (MCPServer, JSONNode) throws -> Answer

    static let all = [run, complete, inspect, isComplete, reset]

    /// As `tools/list` shows it.
    var json: JSON {
        [
            "name": .string(name), "title": .string(title), "description": .string(description),
            "inputSchema": [
                "type": "object", "properties": properties, "required": .array(required.map { .string($0) }),
                "additionalProperties": false,
            ],
            "annotations": [
                "title": .string(title), "readOnlyHint": .bool(onlyReads), "openWorldHint": false,
            ],
        ]
    }

    /// What is wrong with the arguments; nil for nothing.
    func complaint(about arguments: JSONNode) -> String? {
        guard let given = arguments.value.object else { return "\"arguments\" must be an object" }
        if let unknown = given.keys.first(where: { properties[$0] == nil }) {
            return "`\(name)` takes no argument \"\(unknown)\""
        }
        if let missing = required.first(where: { given[$0] == nil }) { return "`\(name)` needs \"\(missing)\"" }
        return nil
    }
}

extension MCPTool {
    private static let code: JSON = ["type": "string", "description": "Program text of one cell."]
    private static let cursor: JSON = [
        "type": "integer", "minimum": 0, "description": "Unicode code points before the cursor; the end if left out.",
    ]

    private static let run = MCPTool(
        name: "run", title: "Run a cell",
        description: """
            Runs Lethe code as the next cell of the session and returns what it prints. Names keep their values from \
            call to call. `?name` as code explains a function, `:help` lists what there is.
            """,
        properties: [
            "code": code,
            "pictures": ["type": "boolean", "description": "Also return each picture as SVG; text only if left out."],
        ],
        required: ["code"], onlyReads: false
    ) { server, arguments in
        try server.run(
            arguments["code"].string(), withPictures: arguments.optional("pictures")?.bool() ?? false)
    }

    private static let complete = MCPTool(
        name: "complete", title: "Complete a word",
        description: "Names, options, fields and files that may stand at the cursor, one a line.",
        properties: ["code": code, "cursor": cursor], required: ["code"], onlyReads: true
    ) { server, arguments in
        let code = try arguments["code"].string()
        let cursor = try arguments.optional("cursor")?.integer(in: 0...) ?? code.unicodeScalars.count
        let completion = server.session.complete(code, at: CodePoints.byte(of: cursor, in: code))
        return .text(
            completion.candidates.isEmpty ? "nothing fits here" : completion.candidates.joined(separator: "\n"))
    }

    private static let inspect = MCPTool(
        name: "inspect", title: "Explain a name",
        description: "Help for a function, a `:` command or a topic, or what a name of the session holds.",
        properties: ["name": ["type": "string", "description": "As in `adamw`, `:step`, `slices`, `run.log`."]],
        required: ["name"], onlyReads: true
    ) { server, arguments in
        let name = try arguments["name"].string()
        guard let text = server.session.inspect(name) else {
            return .text("there is no help for `\(name)`; run ?\"words\" to search", isError: true)
        }
        return .text(visible(text))
    }

    private static let isComplete = MCPTool(
        name: "is_complete", title: "Whether a cell is whole",
        description: "Says `complete`, `incomplete` (more lines are needed) or `invalid`.",
        properties: ["code": code], required: ["code"], onlyReads: true
    ) { _, arguments in
        switch Completeness(of: try arguments["code"].string()) {
        case .complete: .text("complete")
        case .incomplete: .text("incomplete")
        case .invalid: .text("invalid")
        }
    }

    private static let reset = MCPTool(
        name: "reset", title: "Begin anew",
        description: "Forgets all names, cells and random numbers: the session is as it was at the start.",
        properties: [:], required: [], onlyReads: false
    ) { server, _ in
        server.reset()
        return .text("a new session")
    }
}
