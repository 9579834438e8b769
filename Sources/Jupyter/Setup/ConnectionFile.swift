// Where a front end wants to meet the kernel: the file that it starts it with.
import Files

/// Addresses and key of one kernel.
public struct ConnectionFile: Sendable {
    /// `tcp`, or `ipc` with the beginning of a path for an address.
    private let transport: String
    private let address: String
    private let ports: [String: Int]
    public let key: [UInt8]

    static let sockets = ["shell", "control", "stdin", "iopub", "hb"]

    /// - Throws: ``JSONError`` or `FileError` for what is missing or wrong in it.
    public init(_ path: String) throws { try self.init(JSONNode(file: path)) }

    init(_ root: JSONNode) throws {
        transport = try root.optional("transport")?.string() ?? "tcp"
        guard ["tcp", "ipc"].contains(transport) else {
            throw root.error("\"transport\" is `\(transport)`, neither tcp nor ipc")
        }
        address = try root["ip"].string()
        var ports: [String: Int] = [:]
        for socket in Self.sockets { ports[socket] = try root[socket + "_port"].integer(in: 0...65535) }
        self.ports = ports
        key = Array(try root.optional("key")?.string().utf8 ?? "".utf8)
        let scheme = try root.optional("signature_scheme")?.string() ?? "hmac-sha256"
        guard key.isEmpty || scheme == "hmac-sha256" else {
            throw root.error("\"signature_scheme\" is `\(scheme)`; this kernel signs by hmac-sha256")
        }
    }

    /// The address of `shell`, `control`, `stdin`, `iopub` or `hb`.
    public func address(of socket: String) -> String {
        "\(transport)://\(address)\(transport == "tcp" ? ":" : "-")\(ports[socket] ?? 0)"
    }
}
