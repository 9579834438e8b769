// What inputs are made from: programs and files of the repository.
import Foundation

/// Programs, texts and files to begin with, in a fixed order.
struct Corpus: Sendable {
    /// Programs of the language: its tests, and the examples of help.
    let programs: [String]
    /// The examples of help.
    let examples: [String]
    /// Scripts with the outputs they record.
    let scripts: [String]
    /// Small JSON files.
    let json: [[UInt8]]
    /// Names of built-ins, keywords, operators and literals.
    let vocabulary: [String]
    let builtins: [String]

    init(package: String, examples: [(name: String, examples: [String])]) {
        func files(_ folder: String, _ ending: String, most: Int) -> [[UInt8]] {
            let names =
                FileManager.default.enumerator(atPath: package + "/" + folder)?.compactMap { $0 as? String } ?? []
            return names.filter { $0.hasSuffix(ending) }.sorted().compactMap { name in
                guard let data = FileManager.default.contents(atPath: "\(package)/\(folder)/\(name)"),
                    data.count <= most
                else { return nil }
                return [UInt8](data)
            }
        }
        func texts(_ folder: String, _ ending: String) -> [String] {
            files(folder, ending, most: 40_000).map { String(decoding: $0, as: UTF8.self) }
        }
        scripts = texts("Tests/Language", ".lethe") + texts("Examples", ".lethe") + texts("Tests/Conformance", ".lethe")
        // The examples that load a model take long; what is tried here is the machine, not the models.
        let helpful = examples.sorted { $0.name < $1.name }.flatMap(\.examples).filter { !$0.contains("authors") }
        self.examples = helpful
        programs = texts("Tests/Language", ".lethe").flatMap { Self.pieces($0) } + helpful
        json = files("Tests/Golden", ".json", most: 20_000)
        builtins = examples.map(\.name).sorted()
        vocabulary =
            builtins + Mutation.numbers
            + "def return for in while if else break continue and or not true false none nothing try catch use ans out"
            .split(separator: " ").map(String.init)
            + "+ - * / ^ @ % == != < <= > >= = |> -> ( ) [ ] { } , ; : . \" # \n ... => ** // ! ? ' ` $ & ~ \\".split(
                separator: " "
            ).map(String.init)
            + [
                "range(9e14)", "range(900000000000000)", "\"{x}\"", "\"\\u{1b}]0;x\\u{7}\"", "zeros(0)", "ones(2, 3)",
                "x -> x", "(a=1, b=2)", "[]", "\"\"",
            ]
    }

    /// Runs of lines without the outputs that a script records.
    private static func pieces(_ script: String) -> [String] {
        let lines = script.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("#>") }
        return stride(from: 0, to: lines.count, by: 12).map {
            lines[$0..<min(lines.count, $0 + 12)].joined(separator: "\n")
        }
    }
}
