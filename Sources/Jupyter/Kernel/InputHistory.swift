// The cells that front ends ask for again: at an arrow key, by number, by a pattern.
import Files
import Glibc

/// The latest cells of this kernel, with what they printed as their value.
struct InputHistory {
    private static let most = 5000

    private struct Entry {
        /// Counts cells; those of the session count back with `:undo`.
        let number: Int
        let source: String
        let output: String?
    }

    private var entries: [Entry] = []

    mutating func append(_ source: String, output: String?) {
        entries.append(Entry(number: (entries.last?.number ?? 0) + 1, source: source, output: output))
        if entries.count >= 2 * Self.most { entries.removeFirst(entries.count - Self.most) }
    }

    /// The answer to a `history_request`.
    func answer(_ request: JSONNode) throws -> JSON {
        let withOutput = try request.optional("output")?.bool() ?? false
        let count = try request.optional("n")?.integer(in: 0...)
        var found: [Entry]
        switch try request["hist_access_type"].string() {
        case "tail": found = entries
        case "range":
            // There is one session, the running one: 0.
            let session = try request.optional("session")?.integer() ?? 0
            let start = try request.optional("start")?.integer() ?? 0
            let stop = try request.optional("stop")?.integer() ?? .max
            found = session == 0 || session == 1 ? entries.filter { $0.number >= start && $0.number < stop } : []
        case "search":
            let pattern = try request.optional("pattern")?.string() ?? "*"
            found = entries.filter { fnmatch(pattern, $0.source, 0) == 0 }
            if try request.optional("unique")?.bool() ?? false {
                var seen: Set<String> = []
                found = found.reversed().filter { seen.insert($0.source).inserted }.reversed()
            }
        case let other: throw request.error("\"hist_access_type\" is `\(other)`, not tail, range or search")
        }
        if let count { found = found.suffix(count) }
        return [
            "status": "ok",
            "history": .array(
                found.map { entry in
                    let source = JSON.string(entry.source)
                    let output = entry.output.map { JSON.string($0) } ?? .null
                    return [1, .integer(entry.number), withOutput ? [source, output] : source]
                }),
        ]
    }
}
