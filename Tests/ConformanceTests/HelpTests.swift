// The help of every built-in: its examples print what they say, and what it refers to exists.
import Foundation
import Language
import Tensors
import Testing
import Vocabulary

@Suite struct HelpTests {
    static func registry() -> Registry { Vocabulary.registry(Workshop(device: Device(threads: 1))) }
    static let names = registry().builtins.map(\.name).sorted()

    /// Models that come with the program, where they have been built.
    static let modelsAreThere = FileManager.default.fileExists(atPath: Places.package + "/Sources/Vocabulary/BuiltIn/authors/config.json")

    @Test(arguments: names) func examplesPrintWhatTheySay(_ name: String) throws {
        let builtin = try #require(Self.registry().builtins.first { $0.name == name })
        #expect(builtin.summary.hasSuffix("."), "\(builtin.summary)")
        for other in builtin.seeAlso { #expect(Self.names.contains(other), "\(name) refers to \(other)") }
        for example in builtin.examples where Self.modelsAreThere || !example.contains("load(\"authors") {
            let bench = Bench()
            var source = "", expected = ""
            func check() {
                guard !source.isEmpty else { return }
                #expect(bench(source) == expected, "\(name): \(source)\(bench.messages)")
                (source, expected) = ("", "")
            }
            for line in example.split(separator: "\n", omittingEmptySubsequences: false) {
                if line.hasPrefix("#>") {
                    expected += line.dropFirst(line.hasPrefix("#> ") ? 3 : 2) + "\n"
                } else {
                    if !expected.isEmpty { check() }
                    source += line + "\n"
                }
            }
            check()
        }
    }
}
