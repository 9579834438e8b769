// Reads JSON lines: one JSON value a line.

/// Files with one JSON value a line (`.jsonl`, and TOFU's `.json`).
public enum JSONLines {
    /// The values of a file, each knowing its line: errors about them say `full.json:17`. Empty lines are skipped.
    public static func read(_ file: String) throws -> [JSONNode] {
        let bytes = try FileBytes.read(file)
        try FileKind.refuse(bytes, at: file, wanted: "a file of JSON lines")
        return try parse(bytes, origin: file)
    }

    /// The values of a text in UTF-8 with one value a line.
    public static func parse(_ bytes: [UInt8], origin: String) throws(JSONError) -> [JSONNode] {
        var nodes: [JSONNode] = []
        var line = 1
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            let text = bytes[start..<end]
            if !text.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) {
                let value: JSON
                do throws(JSONError) {
                    value = try JSON.parse(text, origin: origin, firstLine: line)
                } catch {
                    // One array with an object an element is what people make of such a file.
                    guard nodes.isEmpty, case .array(let items)? = try? JSON(parsing: bytes, origin: origin) else {
                        throw error
                    }
                    return items.enumerated().map { JSONNode($1, origin: origin, path: "[\($0)]") }
                }
                nodes.append(JSONNode(value, origin: "\(origin):\(line)"))
            }
            line += 1
            start = end + 1
        }
        if nodes.count == 1, case .array(let items) = nodes[0].value {
            return items.enumerated().map { JSONNode($1, origin: nodes[0].origin, path: "[\($0)]") }
        }
        return nodes
    }
}
