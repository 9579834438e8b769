// Where `use` looks for files: the folders of LETHE_PATH, then the recipes that come with Lethe.
import Foundation

enum SearchPath {
    /// Absolute folders that are there, in order.
    static func folders(environment: [String: String]) -> [String] {
        let own = (environment["LETHE_PATH"] ?? "").split(separator: ":").map { folder -> String in
            let path = String(folder)
            return path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        }
        return (own + [recipes].compactMap(\.self)).filter {
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: $0, isDirectory: &isFolder) && isFolder.boolValue
        }
    }

    /// `Examples/recipes` of the tree that the program was built in, or `share/lethe/recipes` beside where it was
    /// installed.
    private static var recipes: String? {
        guard let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            return nil
        }
        var folder = URL(fileURLWithPath: program).deletingLastPathComponent()
        for _ in 0..<5 {
            for name in ["Examples/recipes", "share/lethe/recipes"] {
                let path = folder.appendingPathComponent(name).path
                if FileManager.default.fileExists(atPath: path) { return path }
            }
            folder.deleteLastPathComponent()
        }
        return nil
    }
}
