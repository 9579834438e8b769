// Where the golden data lies that tests of several modules compare with.

import Foundation

/// The folder `Tests/Golden`; its README says what each file is.
public enum GoldenData {
    /// The package's folder.
    public static let package: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url.path
    }()

    public static let folder = package + "/Tests/Golden"

    /// The path of a file or folder, as in `GoldenData.path("checkpoints/gpt2")`.
    public static func path(_ name: String) -> String { folder + "/" + name }

    public static func data(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path(name))) }

    public static func decode<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
        try JSONDecoder().decode(type, from: data(name))
    }
}
