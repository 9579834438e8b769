// JSON-RPC 2.0 as the Model Context Protocol uses it: requests, notifications, answers and error codes.
import Files

/// What a line of the client's means.
enum RPCMessage: Sendable {
    case request(id: JSON, method: String, params: JSONNode)
    case notification(method: String, params: JSONNode)
    /// An answer to a request that was never made.
    case answer

    /// - Throws: ``RPCError`` for what is no message; its id where it can be read.
    init(parsing bytes: [UInt8]) throws(RPCError) {
        let value: JSON
        do { value = try JSON(parsing: bytes) } catch { throw RPCError(.parseError, "not JSON: \(error)") }
        if case .array = value {
            throw RPCError(.invalidRequest, "batches are not part of this protocol; one message a line")
        }
        guard value.object != nil else { throw RPCError(.invalidRequest, "a message must be an object") }
        var id: JSON?
        switch value["id"] {
        case nil: break
        case .integer(let number)?: id = .integer(number)
        case .string(let text)? where text.utf8.count <= 1000: id = .string(text)
        default: throw RPCError(.invalidRequest, "\"id\" must be a string or a whole number")
        }
        guard value["jsonrpc"] == "2.0" else { throw RPCError(.invalidRequest, "\"jsonrpc\" must be \"2.0\"", id: id) }
        guard let method = value["method"] else {
            guard value["result"] != nil || value["error"] != nil else {
                throw RPCError(.invalidRequest, "\"method\" is missing", id: id)
            }
            self = .answer
            return
        }
        guard let name = method.string else { throw RPCError(.invalidRequest, "\"method\" must be a string", id: id) }
        let params = value["params"] ?? [:]
        guard params.object != nil else { throw RPCError(.invalidParams, "\"params\" must be an object", id: id) }
        let node = JSONNode(params, origin: "params")
        self = id.map { .request(id: $0, method: name, params: node) } ?? .notification(method: name, params: node)
    }
}

/// An error that the client is told by its code.
struct RPCError: Error {
    enum Code: Int {
        case parseError = -32700
        case invalidRequest = -32600
        case methodNotFound = -32601
        case invalidParams = -32602
        case tooManyRequests = -32000
        case notInitialized = -32002
    }

    let code: Code
    let message: String
    /// The request's; nil where it has none that could be read.
    var id: JSON?

    init(_ code: Code, _ message: String, id: JSON? = nil) {
        self.code = code
        self.message = message
        self.id = id
    }

    var json: JSON {
        [
            "jsonrpc": "2.0", "id": id ?? .null,
            "error": ["code": .integer(code.rawValue), "message": .string(message)],
        ]
    }
}

enum RPCAnswer {
    static func result(_ result: JSON, id: JSON) -> JSON { ["jsonrpc": "2.0", "id": id, "result": result] }

    static func notification(_ method: String, _ params: JSON) -> JSON {
        ["jsonrpc": "2.0", "method": .string(method), "params": params]
    }
}
