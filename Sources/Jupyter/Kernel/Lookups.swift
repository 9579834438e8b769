// What front ends ask while a cell is typed. Their cursors count Unicode code points.
import Files
import Language
import Notebook
import Protocols

extension Kernel {
    private func cursor(_ content: JSONNode, in code: String) throws -> Int {
        let end = code.unicodeScalars.count
        return min(max(0, try content.optional("cursor_pos")?.integer() ?? end), end)
    }

    /// `complete_request`
    func complete(_ content: JSONNode) throws -> JSON {
        let code = try content["code"].string()
        let cursor = try cursor(content, in: code)
        let completion = session.complete(code, at: CodePoints.byte(of: cursor, in: code))
        return [
            "status": "ok", "matches": .array(completion.candidates.map { .string($0) }),
            "cursor_start": .integer(CodePoints.point(of: completion.start, in: code)), "cursor_end": .integer(cursor),
            "metadata": [:],
        ]
    }

    /// `inspect_request`
    func inspect(_ content: JSONNode) throws -> JSON {
        let code = try content["code"].string()
        let cursor = try cursor(content, in: code)
        let help = session.inspect(code, at: CodePoints.byte(of: cursor, in: code))
        return [
            "status": "ok", "found": .bool(help != nil),
            "data": help.map { ["text/plain": .string(visible($0))] } ?? [:], "metadata": [:],
        ]
    }

    /// `is_complete_request`
    func isComplete(_ content: JSONNode) throws -> JSON {
        switch Completeness(of: try content["code"].string()) {
        case .complete: ["status": "complete"]
        case .invalid: ["status": "invalid"]
        case .incomplete(let depth):
            ["status": "incomplete", "indent": .string(String(repeating: " ", count: 2 * depth))]
        }
    }
}
