// Golden numbers: copies beside the tests, and the large ones in a folder beside the package, where present.

import Foundation

enum Golden {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()

    /// A file copied into the tests.
    static func data(_ name: String) throws -> Data {
        try Data(contentsOf: folder.appending(path: "Golden/\(name)"))
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
        try JSONDecoder().decode(type, from: data(name))
    }

    /// The folder of shared fixtures beside the package's root.
    static let shared = folder.appending(path: "../../../shared/fixtures").standardizedFileURL

    static let hasShared = FileManager.default.fileExists(atPath: shared.appending(path: "tofu_log_phi.json").path)
}

/// Whether two numbers agree to a relative tolerance (absolute below 1).
func agree(_ value: Double, _ expected: Double, _ tolerance: Double) -> Bool {
    abs(value - expected) <= tolerance * max(1, abs(expected))
}
