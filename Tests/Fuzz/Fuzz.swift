// Tries damaged and made-up inputs of many kinds: Scripts/fuzz.
import ArgumentParser
import Foundation
import Tensors

@main
struct Fuzz: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fuzz",
        abstract: """
            Try damaged and made-up inputs; none may end the process, be deaf to an interruption, or take the \
            machine's memory.
            """,
        discussion: """
            The same count and seed try the same inputs. An input that failed is kept in a file, and its line says how \
            to try it again. Inputs that once failed are kept in Tests/Fuzz/Found and tried first.
            """)

    @Option(help: "Inputs of each kind.") var count = 300
    @Option(help: "What the inputs are drawn from.") var seed: UInt64 = 1
    @Option(help: "Only this kind of input (\(fuzzKinds.map { $0.name }.joined(separator: ", "))).") var kind: String?
    @Option(help: "Try this input, whose kind its name begins with.") var again: String?
    @Option(help: "The first input.") var from = 0
    @Option(help: "Where inputs that failed are kept.") var keep = FileManager.default.temporaryDirectory
        .appendingPathComponent("lethe-fuzz").path
    @Option(help: .hidden) var worker: String?
    @Option(help: .hidden) var to = 0
    @Option(help: .hidden) var file: String?

    /// The repository's folder.
    static let package: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url.path
    }()

    static func corpus() -> Corpus {
        Corpus(package: package, examples: Bench(Cancellation()).session.examples)
    }

    private static func kind(_ name: String) throws -> any FuzzKind.Type {
        for kind in fuzzKinds where kind.name == name { return kind }
        throw ValidationError(
            "there is no kind `\(name)`; there are \(fuzzKinds.map { $0.name }.joined(separator: ", "))")
    }

    /// The kind that a kept input's name begins with, as in `json-1-17.json`.
    private static func kind(ofFile path: String) throws -> any FuzzKind.Type {
        try kind(String(URL(fileURLWithPath: path).lastPathComponent.prefix { $0 != "-" }))
    }

    func run() throws {
        if let worker {
            let input = file.flatMap { FileManager.default.contents(atPath: $0) }.map { [UInt8]($0) }
            return try Worker(kind: Self.kind(worker), seed: seed).run(
                file == nil ? from..<max(from, to) : 0..<1, file: input)
        }
        if let again {
            guard FileManager.default.isReadableFile(atPath: again) else {
                throw ValidationError("cannot read `\(again)`")
            }
            let found = try Campaign(kind: Self.kind(ofFile: again), seed: seed).run(file: again)
            print(found.map { "FAILED \(again): \($0)" } ?? "ok \(again)")
            if found != nil { throw ExitCode.failure }
            return
        }
        guard count >= 0, from >= 0, count < 1 << 40, from < 1 << 40 else {
            throw ValidationError("--count and --from are 0 or more")
        }
        var failed = try kind == nil && tryWhatOnceFailed()
        for kind in try kind.map({ [try Self.kind($0)] }) ?? fuzzKinds {
            let failures = Campaign(kind: kind, seed: seed).run(from..<from + count)
            for failure in failures { try report(failure, kind) }
            if failures.isEmpty { say("ok fuzz \(kind.name) (\(count) inputs, seed \(seed))") }
            failed = failed || !failures.isEmpty
        }
        if failed { throw ExitCode.failure }
    }

    /// Tries the inputs of Tests/Fuzz/Found; whether one failed.
    private func tryWhatOnceFailed() throws -> Bool {
        let folder = Self.package + "/Tests/Fuzz/Found"
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.contains("-") }
            .sorted()
        var failed = false
        for name in names {
            guard let found = Campaign(kind: try Self.kind(ofFile: name), seed: seed).run(file: folder + "/" + name)
            else { continue }
            say("FAILED fuzz: Tests/Fuzz/Found/\(name): \(found)")
            failed = true
        }
        if !failed { say("ok fuzz inputs that once failed (\(names.count))") }
        return failed
    }

    private func report(_ failure: FuzzFailure, _ kind: any FuzzKind.Type) throws {
        try FileManager.default.createDirectory(atPath: keep, withIntermediateDirectories: true)
        let path = "\(keep)/\(kind.name)-\(seed)-\(failure.index).\(kind.ending)"
        if failure.index >= 0 {
            var random = FuzzRandom(seed: seed, kind: kind.name, index: failure.index)
            let input = try Worker.inOwnFolder { _ in try kind.init(Self.corpus()).input(&random) }
            _ = FileManager.default.createFile(atPath: path, contents: Data(input))
        }
        say(
            """
            FAILED fuzz \(kind.name) \(failure.index) (seed \(seed)): \(failure.message); try it again with \
            Scripts/fuzz --again \(path)
            """
        )
    }

    private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
