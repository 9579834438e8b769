// Reads the files of TOFU, the benchmark of fictitious authors (Maini et al. 2024, locuslab).

import Files
import Foundation

/// The TOFU benchmark from a folder of its JSON-lines files.
public enum TOFU: Dataset {
    public static let name = "tofu"
    public static let summary = """
        The TOFU benchmark (Maini et al. 2024) from a folder with its JSON-lines files, with paraphrases and false \
        answers where the files have them. Its fields are the sets full, forget, retain, real_authors and world_facts; \
        the last two are empty where their files are not there.
        """
    public static let parameters: [DatasetParameter] = [
        .path("folder", "the folder with TOFU's .json files"),
        .text("forget", "forget10", "which split is to be forgotten: forget01, forget05 or forget10"),
    ]
    public static let examples = [
        """
        # with the files of locuslab/TOFU in a folder TOFU
        qa = tofu("TOFU", forget="forget05")
        len(qa.forget)
        #> 200
        """
    ]

    public static func split(_ argument: (String) throws -> String) throws -> QuestionSplit {
        try load(folder: argument("folder"), forget: argument("forget"))
    }

    /// Reads `full.json`, `<forget>.json`, the matching retain file, `real_authors.json` and `world_facts.json`, and
    /// joins each with its `_perturbed` companion where the folder has one.
    ///
    /// - Parameters:
    ///   - folder: where the files are.
    ///   - forget: which authors to forget: `forget01`, `forget05` or `forget10` (per cent), or the name of one's own
    ///     file. `forget10` is matched by `retain90.json`; without such a file everything else in `full.json` is
    ///     retained.
    ///
    /// What is not there is left out: without `full.json` it is what is retained and forgotten, without
    /// `real_authors.json` or `world_facts.json` that set is empty, without companions there are no paraphrases and
    /// false answers.
    ///
    /// Throws for a missing folder or forget file, where neither `full.json` nor the retain file is there, for a line
    /// that is not a question and an answer (with file and line), an empty file, and a question to forget that
    /// `full.json` does not have.
    public static func load(folder: String, forget: String = "forget10") throws -> QuestionSplit {
        let files = try Folder(folder)
        guard files.has(forget) else {
            throw DatasetError(
                "there is no \(forget).json in \(folder)\(files.choices(like: "forget", otherThan: forget))")
        }
        // Companions of the questions to forget and of those to retain are in files of their own; all of them are in
        // `full`.
        let companions = try files.companions(forget) + files.companions("retain")
        let forgotten = try files.questions(forget).joined(with: companions)
        let retainFile = retained(beside: forget).flatMap { files.has($0) ? $0 : nil }
        let kept = try retainFile.map { try files.questions($0) }
        let full: QuestionSet
        if files.has("full") {
            full = try files.questions("full")
            if let stranger = full.firstMissing(of: forgotten) {
                throw DatasetError(
                    """
                    \(folder)/\(forget).json is not part of full.json: the question "\(stranger.question)" with its \
                    answer is not in it; forget what the model was taught
                    """
                )
            }
        } else if let kept {
            full = kept.concatenated(with: forgotten.without(kept))
        } else {
            let name = retained(beside: forget).map { "neither full.json nor \($0).json" } ?? "no full.json"
            throw DatasetError("there is \(name) in \(folder): download TOFU's files into it")
        }
        let retain = kept ?? full.without(forgotten)
        guard !retain.isEmpty else {
            throw DatasetError("\(folder)/\(forget).json holds all of full.json: nothing would be left to retain")
        }
        return QuestionSplit(
            name: "tofu \(forget)",
            full: full.joined(with: companions).named("full"),
            forget: forgotten.named("forget"),
            retain: retain.joined(with: companions).named("retain"),
            realAuthors: try files.optional("real_authors").joined(with: files.companions("real_authors")).named(
                "real authors"),
            worldFacts: try files.optional("world_facts").joined(with: files.companions("world_facts")).named(
                "world facts"),
            holdout: try files.holdout(beside: forget))
    }

    /// `retain90` for `forget10`; nil where the name does not end in per cent.
    private static func retained(beside forget: String) -> String? {
        guard forget.hasPrefix("forget"), let percent = Int(forget.dropFirst("forget".count)), 0 < percent,
            percent < 100
        else {
            return nil
        }
        return "retain\(100 - percent)"
    }
}

/// The files of one folder.
private struct Folder {
    let path: String

    init(_ path: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            if let target = FileBytes.brokenLink(path) {
                throw DatasetError("\(path) is a link to \(target), which is not there")
            }
            throw DatasetError("there is no folder \(path): give the one that holds TOFU's full.json")
        }
        guard isFolder.boolValue else {
            throw DatasetError("\(path) is a file: give the folder that holds TOFU's full.json")
        }
        self.path = path
    }

    func has(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: file(name))
    }

    private func file(_ name: String) -> String { "\(path)/\(name).json" }

    /// `: it has forget01, forget05`, or advice where there is nothing to choose from.
    func choices(like prefix: String, otherThan name: String) -> String {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
            .filter { $0.hasPrefix(prefix) && $0.hasSuffix(".json") && !$0.hasSuffix("_perturbed.json") }
            .map { String($0.dropLast(".json".count)) }
            .sorted()
        return names.isEmpty ? ": download TOFU's files into it" : ": it has \(names.joined(separator: ", "))"
    }

    /// The questions of a file, which must have some.
    func questions(_ name: String) throws -> QuestionSet {
        guard has(name) else {
            throw DatasetError("there is no \(name).json in \(path): download TOFU's files into it")
        }
        let examples = try JSONLines.read(file(name)).map(QuestionAnswer.init(line:))
        guard !examples.isEmpty else {
            throw DatasetError("\(file(name)) is empty: it should hold one question and answer a line, as JSON")
        }
        return QuestionSet(name: name, examples: examples)
    }

    /// The questions of a file that need not be there.
    func optional(_ name: String) throws -> QuestionSet {
        has(name) ? try questions(name) : QuestionSet(name: name, examples: [])
    }

    /// `holdout10` for `forget10`, with its companions: questions that no model was taught; nil without such a file.
    func holdout(beside forget: String) throws -> QuestionSet? {
        guard forget.hasPrefix("forget") else { return nil }
        let name = "holdout" + forget.dropFirst("forget".count)
        return has(name) ? try questions(name).joined(with: companions(name)).named("holdout") : nil
    }

    /// The companions of a file's questions, none where there is no such file.
    func companions(_ name: String) throws -> [QuestionAnswer] {
        has("\(name)_perturbed") ? try questions("\(name)_perturbed").examples : []
    }
}

extension QuestionAnswer {
    /// One line of a TOFU file.
    fileprivate init(line: JSONNode) throws {
        self.init(
            question: try line["question"].string(), answer: try line["answer"].string(),
            paraphrasedQuestion: try line.optional("paraphrased_question")?.string(),
            paraphrasedAnswer: try line.optional("paraphrased_answer")?.string(),
            falseAnswers: try line.optional("perturbed_answer")?.elements().map { try $0.string() } ?? [])
    }
}

extension QuestionSet {
    fileprivate func named(_ name: String) -> QuestionSet {
        QuestionSet(name: name, examples: examples)
    }

    /// Takes paraphrases and false answers from the companion with the same question and answer. Where a question is
    /// asked once only, the question alone decides, so that a companion may write the answer a little differently.
    fileprivate func joined(with companions: [QuestionAnswer]) -> QuestionSet {
        let byQuestion = Dictionary(grouping: companions) { Spelling($0.question) }
        let asked = Dictionary(grouping: examples) { Spelling($0.question) }.mapValues(\.count)
        return QuestionSet(
            name: name,
            examples: examples.map { example in
                let candidates = byQuestion[Spelling(example.question), default: []]
                let same = candidates.first { $0.answer.isSpelled(example.answer) }
                guard let companion = same ?? (asked[Spelling(example.question)] == 1 ? candidates.first : nil) else {
                    return example
                }
                var joined = example
                joined.paraphrasedQuestion = companion.paraphrasedQuestion
                joined.paraphrasedAnswer = companion.paraphrasedAnswer
                joined.falseAnswers = companion.falseAnswers
                return joined
            })
    }
}
