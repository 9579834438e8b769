/// A study's file: a line that says what is studied, and a line for each run that has ended.
import Files
import Glibc
import Language
import Tensors

/// What one run of a study came to.
struct StudyResult {
    /// What the function gave; nil where it failed.
    var result: JSON?
    /// Why it failed.
    var error: String?
    var seconds: Double
    /// What identifies the content of the files that it read, by path.
    var files: [String: String] = [:]

    /// As a line of a file, or a copy of the process, has it.
    init(_ json: JSON) {
        result = json["result"]
        error = json["error"]?.string
        seconds = json["seconds"]?.number ?? .nan
        for (path, value) in json["files"]?.object ?? [:] { files[path] = value.string }
    }

    init(result: JSON? = nil, error: String? = nil, seconds: Double) {
        (self.result, self.error, self.seconds) = (result, error, seconds)
    }

    /// nil where it read none.
    var filesJSON: JSON? {
        files.isEmpty
            ? nil : .object(NamedValues(files.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }
}

final class StudyFile {
    /// The file, which the first rank has open.
    private let log: LineLog?
    private let host: any InterpreterHost
    /// What is known of runs, by what identifies them.
    private(set) var results: [String: StudyResult] = [:]

    /// Opens the file of a study, or begins it.
    /// - Parameters:
    ///   - extends: a grid that has grown or shrunk is taken up.
    ///   - ranks: the first of them has the file, the others hear what is in it.
    ///   - outer: the files of the studies of which this one is a part, "" for one without a file. Their runs that go on
    ///     side by side may share this file, and take it in turn.
    ///   - host: writes, and may ask to stop while another has the file.
    /// - Throws: `LanguageError` where it belongs to another study, and says what differs.
    init(
        _ path: String, _ study: StudyIdentity, extends: Bool, ranks: Ranks, within outer: [String],
        host: any InterpreterHost
    ) throws {
        var opened: LineLog?
        let text = try ranks.fromFirst("file of a study") {
            let log = try Self.log(path, within: outer) { if host.isInterrupted { throw Interruption() } }
            opened = log
            var bytes: [UInt8] = []
            for line in log.lines { bytes += line + [0x0A] }
            return bytes + log.torn
        }
        (self.log, self.host) = (opened, host)
        let end = text.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        let lines = text[..<end].split(separator: 0x0A), torn = text[end...]
        var header: JSON?
        for (index, line) in lines.enumerated() {
            guard let json = try? JSON(parsing: Array(line), origin: path), json.object != nil else {
                if header == nil { break }
                throw LanguageError(
                    "line \(index + 1) of `\(path)` is damaged",
                    advice: ["remove that line: what stood there is computed again"], at: .argument("path"))
            }
            if json["lethe_study"] != nil {
                header = json
            } else if header == nil {
                break
            } else if let fingerprint = json["fingerprint"]?.string {
                results[fingerprint] = StudyResult(json)
            }
        }
        guard let header else {
            // Its first line may have been cut off; somebody else's file is left alone.
            let mark = StudyIdentity.mark.utf8
            guard lines.isEmpty, torn.starts(with: mark) || mark.starts(with: torn) else {
                throw LanguageError(
                    "`\(path)` is no file of a study", advice: ["give a path of which there is no file yet"],
                    at: .argument("path"))
            }
            try append(study.header)
            return
        }
        let difference = study.difference(from: header)
        if difference.isEmpty { return }
        guard difference.code.isEmpty, extends else {
            var advice = ["give another path, or remove the file, to begin anew"]
            if difference.code.isEmpty { advice.insert("extend=true keeps what both have in common", at: 0) }
            throw LanguageError(
                "`\(path)` holds the results of another study: \(difference.words)", advice: advice,
                at: .argument("path"))
        }
        try append(study.header)
    }

    private static func log(_ path: String, within outer: [String], poll: () throws -> Void) throws -> LineLog {
        func place(_ path: String) -> String? {
            guard let real = realpath(path, nil) else { return nil }
            defer { free(real) }
            return String(cString: real)
        }
        // What an outer study has open it would wait for without end.
        if let own = place(path), outer.contains(where: { place($0) == own }) {
            throw LanguageError(
                "`\(path)` is the file of the study that this one is a part of", advice: ["give another path"],
                at: .argument("path"))
        }
        // Who has a file and waits for another does so in the order of their names, so that no two wait for each other.
        // The outermost study's file nobody waits for.
        let held = outer.dropFirst().compactMap(place)
        while true {
            do {
                return try LineLog(path)
            } catch {
                guard error.isInUse, !outer.isEmpty, held.allSatisfy({ $0 < place(path) ?? path }) else { throw error }
                try poll()
                usleep(20_000)
            }
        }
    }

    /// For processes made from this one.
    var openDescriptor: Int32? { log?.openDescriptor }

    /// Keeps what a run came to: it is on the disk when this returns.
    func add(_ result: StudyResult, fingerprint: String, variant: StudyVariant, seed: Int) throws {
        results[fingerprint] = result
        var line: NamedValues<JSON> = [
            "variant": variant.shown, "seed": .integer(seed), "fingerprint": .string(fingerprint),
        ]
        if let error = result.error { line["error"] = .string(error) } else { line["result"] = result.result ?? .null }
        line["seconds"] = .number((result.seconds * 1000).rounded() / 1000)
        line["files"] = result.filesJSON
        try append(.object(line))
    }

    private func append(_ json: JSON) throws {
        let line = try json.text(nonFinite: .python)
        try host.writing { try log?.append(line) }
    }
}
