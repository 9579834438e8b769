// One line that another program sends to `lethe --json`.
import Files

/// A request: what to do, and the id that its answers bear.
struct JSONLinesRequest: Sendable {
    enum Action: Sendable {
        /// - Parameter streams: outputs go out one by one, as they come.
        case run(String, streams: Bool)
        /// - Parameter cursor: code points before the cursor.
        case complete(String, cursor: Int)
        case inspect(String, cursor: Int)
        case isComplete(String)
        /// - Parameter target: the id of the request to be stopped; nil for the one that runs.
        case interrupt(target: JSON?, abandoning: Bool)
    }

    /// What there is, for error messages.
    static let methods = ["run", "complete", "inspect", "is_complete", "interrupt"]

    let id: JSON
    let action: Action

    /// - Throws: ``Refusal`` with the id, if there is one to be read.
    init(parsing bytes: [UInt8]) throws(Refusal) {
        var id = JSON.null
        do {
            let root = JSONNode(try JSON(parsing: bytes), origin: "request")
            guard root.value.object != nil else { throw root.error("must be an object") }
            id = root.value["id"] ?? .null
            guard Self.isID(id) else {
                id = .null
                throw root.error("\"id\" must be a string or a whole number")
            }
            self.id = id
            action = try Self.action(root)
        } catch {
            throw Refusal(id: id, message: error is JSONError ? "no request: \(error)" : "\(error)")
        }
    }

    static func isID(_ id: JSON) -> Bool {
        switch id {
        case .null, .integer: true
        case .string(let text): text.utf8.count <= 1000
        default: false
        }
    }

    private static func action(_ root: JSONNode) throws -> Action {
        let method = try root["method"].string()
        switch method {
        case "run": return .run(try root["code"].string(), streams: try root.optional("stream")?.bool() ?? false)
        case "complete":
            let code = try root["code"].string()
            return .complete(code, cursor: try cursor(root, in: code))
        case "inspect":
            if let name = try root.optional("name")?.string() {
                return .inspect(name, cursor: name.unicodeScalars.count)
            }
            let code = try root["code"].string()
            return .inspect(code, cursor: try cursor(root, in: code))
        case "is_complete": return .isComplete(try root["code"].string())
        case "interrupt":
            return .interrupt(
                target: try root.optional("target")?.value, abandoning: try root.optional("abandon")?.bool() ?? false)
        default: throw root.error("\"method\" is none of \(methods.joined(separator: ", "))")
        }
    }

    /// Where the cursor stands; at the end where nothing is said.
    private static func cursor(_ root: JSONNode, in code: String) throws -> Int {
        let end = code.unicodeScalars.count
        return try root.optional("cursor")?.integer(in: 0...end) ?? end
    }

    /// Why a line is no request.
    struct Refusal: Error {
        var id: JSON
        let message: String
    }
}
