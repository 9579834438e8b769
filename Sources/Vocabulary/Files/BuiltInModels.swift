import Files
import Foundation

/// The models that come with the program, beside its executable.
enum BuiltInModels {
    static let names = ["authors", "authors-retain", "authors-retain-2"]

    static func folder(_ name: String) -> String? {
        guard names.contains(name) else { return nil }
        let executable =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments
            .first ?? "lethe"
        let place = URL(fileURLWithPath: executable).deletingLastPathComponent()
        let folder = place.appendingPathComponent("lethe_Vocabulary.resources/BuiltIn/\(name)").path
        return FileBytes.isFolder(folder) ? folder : nil
    }
}
