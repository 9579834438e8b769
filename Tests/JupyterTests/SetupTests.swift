// The connection file that the kernel is started with, and the description that Jupyter finds it by.
import Files
import Foundation
import Jupyter
import TestSupport
import Testing

@Suite struct SetupTests {
    private let whole = """
        {"transport": "tcp", "ip": "127.0.0.1", "shell_port": 1, "control_port": 2, "stdin_port": 3, "iopub_port": 4, \
        "hb_port": 5, "key": "secret", "signature_scheme": "hmac-sha256", "kernel_name": "lethe"}
        """

    private func connection(_ text: String) throws -> ConnectionFile {
        let folder = try TemporaryFolder()
        let path = folder.path + "/connection.json"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return try ConnectionFile(path)
    }

    @Test func addressesComeFromTheFile() throws {
        let tcp = try connection(whole)
        #expect(tcp.address(of: "iopub") == "tcp://127.0.0.1:4")
        #expect(tcp.key == Array("secret".utf8))
        let ipc = try connection(whole.replacing("tcp", with: "ipc").replacing("127.0.0.1", with: "/run/x"))
        #expect(ipc.address(of: "hb") == "ipc:///run/x-5")
    }

    @Test(arguments: [
        ("tcp", "udp"), ("\"hb_port\": 5", "\"hb_port\": 70000"), ("hmac-sha256", "hmac-md5"),
        ("\"hb_port\"", "\"hb\""),
        ("{", "["),
    ])
    func aDamagedFileIsRefused(part: String, other: String) {
        #expect(throws: (any Error).self) { try connection(whole.replacing(part, with: other)) }
    }

    @Test func theDescriptionLiesWhereJupyterLooks() throws {
        let folder = try TemporaryFolder()
        let spec = KernelSpec(program: "/opt/lethe-kernel")
        let places = [
            try spec.install(in: .prefix(folder.path), environment: [:]),
            try spec.install(in: .user, environment: ["HOME": folder.path + "/home"]),
            try spec.install(in: .user, environment: ["JUPYTER_DATA_DIR": folder.path + "/data"]),
        ]
        let ends = ["/share/jupyter/kernels/lethe", "/home/.local/share/jupyter/kernels/lethe", "/data/kernels/lethe"]
        #expect(places == ends.map { folder.path + $0 })
        let root = try JSONNode(file: places[0] + "/kernel.json")
        #expect(
            try root["argv"].elements().map { try $0.string() } == ["/opt/lethe-kernel", "-f", "{connection_file}"])
    }
}
