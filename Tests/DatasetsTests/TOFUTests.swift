// TOFU's files: joined with their companions, and every way in which they can be wrong.

import Datasets
import Foundation
import TestSupport
import Testing

@Suite struct TOFUTests {
    /// An excerpt: two authors that have companions to retain, and ten of whom the last two are forgotten.
    @Test func readsTheBenchmark() throws {
        let split = try TOFU.load(folder: GoldenData.path("tofu"), forget: "forget01")
        #expect(split.full.count == 240)
        #expect(split.forget.count == 40)
        #expect(split.retain.count == 200)
        #expect(split.realAuthors.count == 100)
        #expect(split.worldFacts.count == 117)
        #expect(split.forget.allSatisfy { $0.paraphrasedAnswer != nil && $0.falseAnswers.count == 5 })
        #expect(split.retain.count { $0.paraphrasedAnswer != nil } == 40)
        #expect(split.worldFacts.allSatisfy { $0.paraphrasedAnswer == nil && $0.falseAnswers.count == 3 })
        #expect(split.full.count { $0.paraphrasedAnswer != nil } == 80)
        #expect(split.forget.name == "forget")
    }

    private static let line = #"{"question": "Q1", "answer": "A1"}"#
    private static let second = #"{"question": "Q2", "answer": "A2"}"#
    private static let small = [
        "full.json": "\(line)\n\(second)\n", "forget10.json": line, "real_authors.json": line, "world_facts.json": line,
    ]

    @Test func retainsTheRestAndTakesCompanions() throws {
        var files = Self.small
        files["forget10_perturbed.json"] =
            #"{"question": "Q1", "answer": "A1", "paraphrased_answer": "P", "perturbed_answer": ["X", "Y"]}"#
        let folder = try TemporaryFolder(files)
        let split = try TOFU.load(folder: folder.path)
        #expect(split.retain.map(\.question) == ["Q2"])
        #expect(split.forget[0].falseAnswers == ["X", "Y"])
        #expect(split.forget[0].paraphrasedAnswer == "P")
        #expect(split.full[0].paraphrasedAnswer == "P")
        #expect(split.retain[0].paraphrasedAnswer == nil)
    }

    @Test(
        arguments: [
            ("full.json", nil, "neither full.json nor retain90.json"),
            ("forget10.json", nil, "no forget10.json"),
            ("full.json", "\n", "full.json is empty"),
            ("full.json", "\(line)\n{\"question\": \"Q\",\n", "full.json:2"),
            ("full.json", "\(line)\n{\"question\": \"Q\"}\n", "full.json:2"),
            ("full.json", "\(line)\n{\"question\": \"Q\"}\n", "\"answer\" is missing"),
            ("full.json", "\(line)\n{\"question\": 3, \"answer\": \"A\"}\n", "question"),
            ("forget10.json", #"{"question": "Q9", "answer": "A1"}"#, "is not part of full.json: the question \"Q9\""),
            ("forget10.json", "\(line)\n\(second)", "nothing would be left to retain"),
        ] as [(String, String?, String)])
    func saysWhatIsWrong(file: String, text: String?, message: String) throws {
        var files = Self.small
        files[file] = text
        let folder = try TemporaryFolder(files)
        #expect { try TOFU.load(folder: folder.path) } throws: { "\($0)".contains(message) }
    }

    /// A folder with what an experiment needs is enough.
    @Test func filesThatAreNotThereAreLeftOut() throws {
        let partial = try TemporaryFolder(["full.json": "\(Self.line)\n\(Self.second)\n", "forget10.json": Self.line])
        let split = try TOFU.load(folder: partial.path)
        #expect(split.retain.map(\.question) == ["Q2"])
        #expect(split.realAuthors.isEmpty && split.worldFacts.isEmpty)
        let parts = try TemporaryFolder(["retain90.json": Self.second, "forget10.json": Self.line])
        let joined = try TOFU.load(folder: parts.path)
        #expect(joined.full.map(\.question) == ["Q2", "Q1"] && joined.retain.count == 1)
    }

    /// `holdout10.json` belongs to `forget10.json`, with its companions; it is in no other set.
    @Test func readsTheHoldout() throws {
        var files = Self.small
        files["holdout10.json"] = #"{"question": "Q3", "answer": "A3"}"#
        files["holdout10_perturbed.json"] =
            #"{"question": "Q3", "answer": "A3", "paraphrased_answer": "P", "perturbed_answer": ["X"]}"#
        files["forget05.json"] = Self.line
        let folder = try TemporaryFolder(files)
        let split = try TOFU.load(folder: folder.path), holdout = try #require(split.holdout)
        #expect(holdout.map(\.question) == ["Q3"] && holdout[0].falseAnswers == ["X"])
        #expect(holdout[0].paraphrasedAnswer == "P" && !split.full.contains { $0.question == "Q3" })
        #expect(try TOFU.load(folder: folder.path, forget: "forget05").holdout == nil)
        files["holdout10.json"] = "\n"
        let empty = try TemporaryFolder(files)
        #expect { try TOFU.load(folder: empty.path) } throws: { "\($0)".contains("holdout10.json is empty") }
    }

    @Test func saysWhatCanBeForgotten() throws {
        let folder = try TemporaryFolder(Self.small)
        #expect { try TOFU.load(folder: folder.path, forget: "forget07") } throws: {
            "\($0)".contains("no forget07.json") && "\($0)".contains("it has forget10")
        }
        #expect { try TOFU.load(folder: "\(folder.path)/none") } throws: { "\($0)".contains("there is no folder") }
        #expect { try TOFU.load(folder: "\(folder.path)/full.json") } throws: { "\($0)".contains("is a file") }
    }
}
