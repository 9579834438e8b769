// Reads JSON lines: one JSON value a line.

/// Files with one JSON value a line (`.jsonl`, and TOFU's `.json`).
public enum JSONLines {
    /// The values of a file, each knowing its line: errors about them say `full.json:17`. Empty lines are skipped.
    public static func read(_ file: String) throws -> [JSONNode] {
        try parse(try FileBytes.read(file), origin: file)
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
                let value = try JSON.parse(text, origin: origin, firstLine: line)
                nodes.append(JSONNode(value, origin: "\(origin):\(line)"))
            }
            line += 1
            start = end + 1
        }
        return nodes
    }
}
