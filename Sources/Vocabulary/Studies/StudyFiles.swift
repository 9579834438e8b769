/// The files that a study's runs read: results of one content are never mixed with those of another.
import Language

struct StudyFiles {
    /// What identifies the content of each, by path.
    private(set) var known: [String: String] = [:]

    /// Takes in what a run read whose result stands.
    mutating func add(_ result: StudyResult) {
        for (path, content) in result.files where known[path] == nil { known[path] = content }
    }

    /// - Parameter place: the study's own file.
    /// - Throws: `LanguageError` for a file that is not what runs have read whose results stand.
    func requireUnchanged(_ place: String) throws {
        for (path, content) in known.sorted(by: { $0.key < $1.key }) {
            let now = try FilesRead.fingerprint(path)
            guard now != content else { continue }
            throw LanguageError(
                """
                `\(place)` holds results of runs that read `\(path)`, which \
                \(now == "absent" ? "is no longer there" : content == "absent" ? "was not there" : "has changed since")
                """,
                advice: ["give another path, or remove the file, to begin anew", "put back what \(path) was"],
                at: .argument("path"))
        }
    }

    /// Takes in what a run has just read.
    /// - Throws: `LanguageError` where it found another content than a run before it.
    mutating func require(_ result: StudyResult, alike place: String) throws {
        for (path, content) in result.files.sorted(by: { $0.key < $1.key }) {
            if let before = known[path], before != content {
                throw LanguageError(
                    """
                    `\(path)`, which the runs of this study read, changed while it went on: its results would not be \
                    those of one study
                    """,
                    advice: [
                        place.isEmpty
                            ? "run it again" : "remove `\(place)`, or give another path, to begin anew",
                        "a run that writes a file for itself alone gives it a name of its own",
                    ])
            }
            known[path] = content
        }
    }
}
