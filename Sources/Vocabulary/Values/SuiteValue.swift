/// A suite of data sets in the language: what `authors()` and `tofu(…)` give, and what `compare` takes.
import Datasets
import Language

public final class SuiteValue: Foreign {
    let split: QuestionSplit
    /// The sets by the names of their fields. Made once, so that encodings are kept.
    private let sets: [(name: String, data: ExamplesValue)]

    init(_ split: QuestionSplit) {
        self.split = split
        var sets = [
            ("full", split.full), ("forget", split.forget), ("retain", split.retain),
            ("real_authors", split.realAuthors), ("world_facts", split.worldFacts),
        ]
        if let training = split.training { sets.append(("training", training)) }
        if let training = split.trainingRetain { sets.append(("training_retain", training)) }
        if let holdout = split.holdout { sets.append(("holdout", holdout)) }
        self.sets = sets.map { ($0, ExamplesValue($1)) }
        super.init()
    }

    public override var kind: String { "suite" }
    public override var summary: String {
        "suite \(split.name): \(split.forget.count) questions to forget, \(split.retain.count) to retain"
    }

    public override func describe(width: Int, digits: Int) -> String {
        let longest = sets.map { $0.name.count }.max() ?? 0
        let lines = sets.map { set in
            let example = set.data.size > 0 ? "\(split(set.name)[0].question) — \(split(set.name)[0].answer)" : ""
            let count = String(set.data.size)
            return
                """
                  \(set.name.padding(to: longest))  \(String(repeating: " ", count: max(0, 5 - count.count)))\(count)  \
                \(example)
                """
        }
        return ([summary] + lines).map { clipped($0, to: width) }.joined(separator: "\n")
    }

    public override func table(digits: Int) -> [[String]]? {
        [[summary], ["set", "questions", "the first of them"]]
            + sets.map { set in
                let example = set.data.size > 0 ? "\(split(set.name)[0].question) — \(split(set.name)[0].answer)" : ""
                return [set.name, String(set.data.size), example]
            }
    }

    private func split(_ name: String) -> QuestionSet {
        if case .questions(let set)? = sets.first(where: { $0.name == name })?.data.content { return set }
        return split.full
    }

    public override var fieldNames: [String] { ["name"] + sets.map(\.name) }
    public override func field(_ name: String) throws -> Value? {
        if name == "name" { return .string(split.name) }
        return sets.first { $0.name == name }.map { .foreign($0.data) }
    }

    /// All questions about the fictitious authors: `len(qa.forget) / len(qa)` is the share to be forgotten.
    public override var count: Int? { split.full.count }
    public override func index(_ indices: [Index]) throws -> Value? { try sets[0].data.index(indices) }

    public override func identify(in parts: inout IdentityParts) throws {
        for (name, data) in sets {
            parts.add(name)
            try parts.add(.foreign(data))
        }
    }

    public override func isEqual(to other: Foreign) -> Bool { (other as? SuiteValue)?.split == split }
}
