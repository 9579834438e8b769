// What tells Jupyter that there is this kernel: a folder with a file `kernel.json`.
import Files
import Foundation

/// Writes the kernel's description to where Jupyter looks for it.
public struct KernelSpec {
    /// Where it is to go.
    public enum Place {
        /// For this user.
        case user
        /// Into a Python environment or a system: `prefix/share/jupyter`.
        case prefix(String)
    }

    private let program: String

    /// - Parameter program: the absolute path of the kernel.
    public init(program: String) { self.program = program }

    public var text: String {
        let spec: JSON = [
            "argv": [.string(program), "-f", "{connection_file}"], "display_name": "Lethe", "language": "lethe",
            "interrupt_mode": "message", "kernel_protocol_version": .string(Sender.protocolVersion),
            "metadata": ["debugger": false],
        ]
        return ((try? spec.text(.pretty)) ?? "{}") + "\n"
    }

    /// Writes it. Returns the folder.
    public func install(in place: Place, environment: [String: String]) throws -> String {
        let folder = Self.data(place, environment) + "/kernels/lethe"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileBytes.write(text, to: folder + "/kernel.json")
        return folder
    }

    private static func data(_ place: Place, _ environment: [String: String]) -> String {
        if case .prefix(let prefix) = place { return prefix + "/share/jupyter" }
        if let own = environment["JUPYTER_DATA_DIR"], !own.isEmpty { return own }
        let shared = environment["XDG_DATA_HOME"].flatMap { $0.isEmpty ? nil : $0 }
        return (shared ?? (environment["HOME"] ?? NSHomeDirectory()) + "/.local/share") + "/jupyter"
    }
}
