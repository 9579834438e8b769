// TOFU's published evaluation logs of Phi-1.5 give the utility and forget quality that its public recipe gives.

import Evaluation
import Foundation
import TestSupport
import Testing

/// One log of TOFU: losses and ROUGE-L recalls by question number.
private struct Log: Decodable {
    let avg_gt_loss: [String: Double]
    let average_perturb_loss: [String: [Double]]
    let avg_paraphrased_loss: [String: Double]
    let rougeL_recall: [String: Double]

    func scores() throws -> [AnswerScores] {
        try avg_gt_loss.keys.sorted { (Int($0) ?? 0) < (Int($1) ?? 0) }.map { key in
            AnswerScores(
                answerLoss: try #require(avg_gt_loss[key]), paraphraseLoss: avg_paraphrased_loss[key],
                falseLosses: try #require(average_perturb_loss[key]), rougeL: try #require(rougeL_recall[key]))
        }
    }
}

private struct Expected: Decodable {
    let full, retain: [String: Double]
    let forget_quality_full_vs_retain: [String: Double]
}

@Suite struct PublishedLogTests {
    private let logs: [String: [String: Log]]
    private let expected: Expected

    init() throws {
        logs = try GoldenData.decode([String: [String: Log]].self, "tofu_log_phi.json")
        expected = try GoldenData.decode(Expected.self, "tofu_log_phi_expected.json")
    }

    private func scores(_ model: String, _ file: String) throws -> [AnswerScores] {
        try #require(logs[model]?[file]).scores()
    }

    private func check(_ set: SetScores, _ name: String, _ expected: [String: Double]) throws {
        #expect(agree(set.probability, try #require(expected["\(name).probability"]), 1e-9))
        #expect(agree(set.rougeL, try #require(expected["\(name).rougeL_recall"]), 1e-9))
        #expect(agree(set.truthRatio, try #require(expected["\(name).truth_ratio"]), 1e-9))
    }

    @Test(arguments: ["full", "retain"]) func utilityAndItsComponents(model: String) throws {
        let numbers = model == "full" ? expected.full : expected.retain
        let utility = try ModelUtility(
            retain: scores(model, "eval_log.json"),
            realAuthors: scores(model, "eval_real_author_wo_options.json"),
            worldFacts: scores(model, "eval_real_world_wo_options.json"))
        try check(utility.retain, "retain", numbers)
        try check(utility.realAuthors, "real_authors", numbers)
        try check(utility.worldFacts, "world_facts", numbers)
        let forget = try SetScores(
            scores(model, "eval_log_forget.json"), name: "forget", probability: .ofAnswer,
            truthRatio: .closerToOneBetter)
        try check(forget, "forget", numbers)
        #expect(agree(utility.value, try #require(numbers["model_utility"]), 1e-9))
    }

    @Test func forgetQualityOfTheFullModel() throws {
        let quality = try forgetQuality(
            unlearned: scores("full", "eval_log_forget.json").compactMap(\.truthRatio),
            retrained: scores("retain", "eval_log_forget.json").compactMap(\.truthRatio))
        let pValue = try #require(expected.forget_quality_full_vs_retain["pvalue"])
        #expect(abs(quality.pValue / pValue - 1) < 1e-9)
        #expect(agree(quality.statistic, try #require(expected.forget_quality_full_vs_retain["statistic"]), 1e-12))
    }
}
