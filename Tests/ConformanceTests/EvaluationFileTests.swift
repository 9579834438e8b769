// Files of measures: those of open-unlearning are read, and what is read is written back.
import Foundation
import TestSupport
import Testing

@Suite struct EvaluationFileTests {
    /// As open-unlearning writes it: indices as names, in any order; the AUC of an attack with both sides.
    @Test func filesOfOpenUnlearningAreRead() throws {
        let folder = try TemporaryFolder(), path = folder.path + "/TOFU_EVAL.json", bench = Bench()
        let text = """
            {"forget_Q_A_Prob": {"agg_value": 0.5, "value_by_index": {
                "10": {"prob": 0.75, "avg_loss": 0.25}, "2": {"prob": 0.25, "avg_loss": 1.5}}},
             "mia_loss": {"auc": 0.9, "agg_value": 0.9, "forget": {"agg_value": 1, "value_by_index": {"0": {"score": \
            1}}}},
             "forget_quality": {"agg_value": null}}
            """
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        bench("e = evaluation(\"\(path)\")")
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        for condition in [
            "e.forget_Q_A_Prob.by_example == [0.25, 0.75] and e.forget_Q_A_Prob.avg_loss == [1.5, 0.25]",
            "e.forget_Q_A_Prob.index == [2, 10] and e.forget_Q_A_Prob.value == 0.5",
            "e.mia_loss.auc == 0.9 and e.mia_loss.forget.by_example == [1] and e.forget_quality.value == none",
        ] { #expect(bench(condition) == "true\n", "\(condition): \(bench.messages)") }
    }

    @Test(arguments: [
        ("[1, 2]", "no object"), ("{\"a\": {\"value_by_index\": {\"x\": 1}}}", "no whole number"),
        ("{\"a\": \"b\"}", "the string"),
    ])
    func otherFilesAreRefused(_ text: String, _ word: String) throws {
        let folder = try TemporaryFolder(), path = folder.path + "/e.json", bench = Bench()
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        bench("evaluation(\"\(path)\")")
        #expect(bench.messages.contains(word), "\(bench.messages)")
    }

    /// What was read is written back as it was.
    @Test func whatIsReadIsWrittenBack() throws {
        let folder = try TemporaryFolder(), path = folder.path + "/TOFU_EVAL.json", bench = Bench()
        let text = """
            {"forget_Q_A_Prob": {"agg_value": 0.5, "value_by_index": {
                "10": {"prob": 0.75, "avg_loss": 0.25}, "2": {"prob": 0.25, "avg_loss": 1.5}}},
             "forget_Q_A_PERT_Prob": {"agg_value": null, "value_by_index": {
                "0": [{"prob": 0.1, "avg_loss": 2.5}, {"prob": 0.2, "avg_loss": 1.5}]}},
             "mia_loss": {"auc": 0.9, "agg_value": 0.9, "forget": {"agg_value": 1, "value_by_index": {"0": {"score": \
            1}}}, "holdout": {"value_by_index": {"0": {"score": 2}}}},
             "truth": {"agg_value": NaN, "value_by_index": {"0": {"score": null}, "1": {"score": 0.5}}},
             "forget_quality": {"agg_value": null}}
            """
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        bench("e = evaluation(\"\(path)\"); x = evaluation(\"\(folder.path)/B_EVAL.json\", results=e)")
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        #expect(bench("repr(x) == repr(e) and repr(evaluation(\"\(folder.path)/B_EVAL.json\")) == repr(e)") == "true\n")
        bench("a, b = read_json(\"\(path)\"), read_json(\"\(folder.path)/B_EVAL.json\")")
        for name in ["forget_Q_A_PERT_Prob", "forget_quality"] {
            #expect(bench("repr(a.\(name)) == repr(b.\(name))") == "true\n", "\(name): \(bench("print(b)"))")
        }
        #expect(
            bench(
                "b.forget_Q_A_Prob.value_by_index[\"2\"].avg_loss == 1.5 and b.mia_loss.holdout == a.mia_loss.holdout")
                == "true\n", "\(bench.messages)")
        #expect(bench("keys(read_json(\"\(folder.path)/B_SUMMARY.json\"))").contains("forget_Q_A_Prob"))
    }

    @Test func whatIsNoResultIsRefused() throws {
        let bench = Bench()
        bench("evaluation(\"/tmp/never.json\", (a=\"b\"))")
        #expect(bench.messages.contains("`a` of `results`"), "\(bench.messages)")
    }
}
