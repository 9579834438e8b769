// Runs programs whose `#>` lines say what they print, errors included.
import Foundation
import Language
import StandardLibrary

/// An interpreter with the language's own built-ins that keeps what it prints.
final class Bench: InterpreterHost {
    var output = ""
    var warnings: [String] = []
    var commands: [SessionCommand] = []
    var isInterrupted = false
    var isAbandoned = false
    /// Polls of the flag so far; lets a test interrupt a computation after some.
    var onPoll: (() -> Void)?
    private(set) lazy var interpreter = Interpreter(registry: registry, host: self)
    private let registry: Registry

    init(_ more: [Builtin] = []) {
        registry = Registry(Basics.builtins + StandIns.builtins + more, constants: Basics.constants)
    }

    func show(_ value: Value) { output += value.describe(width: width, digits: digits) + "\n" }
    func write(_ text: String) { output += text }
    /// Files that `use` finds, by path.
    var files: [String: String] = [:]
    func text(ofUsedFile path: String) throws -> String {
        guard let text = files[path] else { throw LanguageError("cannot read `\(path)`: there is no such file") }
        return text
    }
    func warn(_ message: String) { warnings.append(message) }
    func command(_ command: SessionCommand, in source: Source) throws { commands.append(command) }

    /// Runs text; what it prints, with the message of an error at the end.
    func run(_ text: String, origin: Source.Origin) -> String {
        output = ""
        do {
            try interpreter.run(Source(text, origin: origin))
        } catch let diagnostic as Diagnostic {
            output += diagnostic.rendered() + "\n"
        } catch let interruption as Interruption {
            output += interruption.message + "\n"
        } catch {
            output += "unexpected: \(error)\n"
        }
        return output
    }

    func cell(_ number: Int, _ text: String) -> String { run(text, origin: .cell(number)) }
}

/// A script with expectations: cells end with their `#>` lines, or with an empty line outside brackets.
struct Script {
    struct Cell {
        var number: Int
        /// Line of the file it starts on.
        var line: Int
        var source: String
        var expected: String
    }

    let name: String
    var cells: [Cell]

    init(name: String, text: String) {
        self.name = name
        var cells: [Cell] = []
        var source: [String] = []
        var expected: [String] = []
        var start = 1
        func finish() {
            let text = source.joined(separator: "\n")
            if !text.allSatisfy(\.isWhitespace) || !expected.isEmpty {
                cells.append(
                    Cell(
                        number: cells.count + 1, line: start, source: text,
                        expected: expected.map { $0 + "\n" }.joined()))
            }
            source = []
            expected = []
        }
        for (index, line) in text.components(separatedBy: "\n").enumerated() {
            if line.hasPrefix("#>") {
                expected.append(String(line.dropFirst(line.hasPrefix("#> ") ? 3 : 2)))
            } else {
                // Code after expectations starts the next cell.
                if !expected.isEmpty { finish() }
                if line.isEmpty {
                    if source.isEmpty { continue }
                    guard case .incomplete = Completeness(of: source.joined(separator: "\n")) else {
                        finish()
                        continue
                    }
                }
                if source.isEmpty { start = index + 1 }
                source.append(line)
            }
        }
        while source.last?.isEmpty == true { source.removeLast() }
        finish()
        self.cells = cells
    }

    static let updatesGoldens = ProcessInfo.processInfo.environment["LETHE_UPDATE_GOLDENS"] != nil

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Language")

    /// Writes the script's file anew.
    func write() throws {
        let text = cells.map { cell in
            let lines = cell.expected.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            return cell.source + "\n"
                + (lines.isEmpty ? "\n" : lines.map { ($0.isEmpty ? "#>" : "#> \($0)") + "\n" }.joined())
        }.joined()
        try text.write(to: Self.root.appendingPathComponent(name), atomically: true, encoding: .utf8)
    }

    /// All scripts below Tests/Language.
    static let all: [Script] = {
        let files =
            FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        return files.filter { $0.pathExtension == "lethe" }
            .compactMap { url in
                (try? String(contentsOf: url, encoding: .utf8)).map {
                    Script(name: url.path.replacingOccurrences(of: root.path + "/", with: ""), text: $0)
                }
            }
            .sorted { $0.name < $1.name }
    }()
}
