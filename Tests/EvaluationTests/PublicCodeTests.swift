// The metrics of a whole model against open-unlearning's and lm-evaluation-harness's own code.

import Datasets
import Evaluation
import Files
import Foundation
import LanguageModels
import Settings
import Tensors
import TestSupport
import Testing

private struct Attack: Decodable {
    let auc: Double
    let forget, holdout: [Double]
}

private struct OpenUnlearning: Decodable {
    let probability, avg_loss, exact_memorization, extraction_strength: [Double]
    let exact_memorization_holdout, extraction_strength_holdout: [Double]
    let mia_loss, mia_zlib, mia_min_k, mia_gradnorm: Attack
    let minKPlusPlus: Attack
    let leak: Double

    enum CodingKeys: String, CodingKey {
        case probability, avg_loss, exact_memorization, extraction_strength
        case exact_memorization_holdout, extraction_strength_holdout
        case mia_loss, mia_zlib, mia_min_k, mia_gradnorm
        case minKPlusPlus = "mia_min_k++"
        case leak = "privleak_min_k_with_retain_auc_0.5"
    }
}

private struct Harness: Decodable {
    struct Question: Decodable {
        let question: String
        let choices: [String]
        let label: Int
        let log_likelihoods: [Double]
    }
    let questions: [Question]
    let texts: [String]
    let results: [String: [String: Double]]
}

@Suite struct PublicCodeTests {
    private static func model(_ name: String) throws -> LanguageModel {
        try LanguageModel.load(
            GoldenData.path("checkpoints/tofu200-\(name)"), on: Device(threads: TestThreads.count))
    }

    private static func questions(_ file: String, _ count: Int) throws -> QuestionSet {
        let lines = try JSONLines.read(GoldenData.path("tofu/\(file).json")).prefix(count)
        return QuestionSet(
            name: file,
            examples: try lines.map {
                QuestionAnswer(question: try $0["question"].string(), answer: try $0["answer"].string())
            })
    }

    /// Whether all numbers agree to 1e-4, relative above 1 and absolute below, or relative to a small one.
    private func expectAgreement(
        _ values: [Double], _ expected: [Double], _ what: String, place: SourceLocation = #_sourceLocation
    ) {
        #expect(values.count == expected.count, "\(what)", sourceLocation: place)
        for (index, (value, other)) in zip(values, expected).enumerated() {
            let bound = 1e-4 * max(1, abs(other))
            #expect(abs(value - other) <= bound, "\(what), \(index): \(value) and \(other)", sourceLocation: place)
        }
    }

    @Test(arguments: ["llama", "gpt2"]) func openUnlearning(_ name: String) throws {
        let golden = try GoldenData.decode(OpenUnlearning.self, "open_unlearning_metrics_\(name).json")
        let subject = try MetricSubject(
            Self.model(name),
            on: MetricData([
                .forget: .questions(Self.questions("forget01", 40)), .holdout: .questions(Self.questions("full", 40)),
            ]))
        func each(_ metric: any Metric) throws -> [Double] { try metric.value(of: subject).byExample ?? [] }
        func held(_ metric: inout some Metric) throws -> [Double] {
            try metric.set("set", to: .choice("holdout"))
            return try each(metric)
        }
        expectAgreement(try each(AnswerProbability()), golden.probability, "probability")
        expectAgreement(try each(ExactMemorization()), golden.exact_memorization, "memorization")
        expectAgreement(try each(ExtractionStrength()), golden.extraction_strength, "extraction")
        var memorization = ExactMemorization(), extraction = ExtractionStrength()
        expectAgreement(try held(&memorization), golden.exact_memorization_holdout, "memorization, holdout")
        expectAgreement(try held(&extraction), golden.extraction_strength_holdout, "extraction, holdout")
        let attacks: [(any Metric, Attack)] = [
            (LossAttack(), golden.mia_loss), (ZlibAttack(), golden.mia_zlib), (MinKAttack(), golden.mia_min_k),
            (MinKPlusPlusAttack(), golden.minKPlusPlus), (GradientNormAttack(), golden.mia_gradnorm),
        ]
        for (attack, expected) in attacks {
            let name = type(of: attack).name, result = try attack.value(of: subject)
            func detail(_ name: String) -> [Double] { result.details.first { $0.name == name }?.values ?? [] }
            expectAgreement(detail("forget"), expected.forget, "\(name), forget")
            expectAgreement(detail("holdout"), expected.holdout, "\(name), holdout")
            #expect(abs(result.value - expected.auc) < 1e-9, "\(name)")
            // Scores near zero tell nothing by an absolute distance; zlib's bytes must be right to one.
            for (value, other) in zip(detail("holdout"), expected.holdout) where name == "mia_zlib" {
                #expect(abs(value / other - 1) < 1e-4, "\(name)")
            }
        }
        #expect(abs(privacyLeak(auc: golden.mia_min_k.auc, oracleAUC: 0.5) - golden.leak) < 1e-4)
    }

    @Test func harness() throws {
        let golden = try GoldenData.decode(Harness.self, "lm_eval_tofu200-llama.json")
        let model = try Self.model("llama")
        let set = QuestionSet(
            name: "choices",
            examples: golden.questions.map { question in
                QuestionAnswer(
                    question: question.question, answer: question.choices[question.label],
                    falseAnswers: question.choices.indices.filter { $0 != question.label }.map { question.choices[$0] })
            })
        let subject = try MetricSubject(model, on: MetricData(.questions(set)))
        var choice = MultipleChoice()
        let plain = try choice.value(of: subject)
        expectAgreement(
            plain.details.first { $0.name == "right" }?.values ?? [],
            golden.questions.map { $0.log_likelihoods[$0.label] }, "log-likelihoods")
        let wrong = golden.questions.map { question in
            question.choices.indices.filter { $0 != question.label }.map { question.log_likelihoods[$0] }.max() ?? 0
        }
        expectAgreement(plain.details.first { $0.name == "best_false" }?.values ?? [], wrong, "false log-likelihoods")
        #expect(abs(plain.value - (golden.results["local_mc"]?["acc,none"] ?? .nan)) < 1e-9)
        try choice.set("per_byte", to: .flag(true))
        #expect(
            abs(try choice.value(of: subject).value - (golden.results["local_mc"]?["acc_norm,none"] ?? .nan)) < 1e-9)

        let texts = try MetricSubject(
            model, on: MetricData(.texts(TextSet(name: "texts", documents: golden.texts))))
        var perplexity = Perplexity()
        for (unit, key) in [("word", "word_perplexity,none"), ("byte", "byte_perplexity,none")] {
            try perplexity.set("per", to: .choice(unit))
            let expected = golden.results["local_ppl"]?[key] ?? .nan
            // In logarithms, in which the harness's own numbers agree to 1e-4.
            #expect(abs(log(try perplexity.value(of: texts).value) - log(expected)) < 1e-4 * log(expected), "\(unit)")
        }
    }

    @Test func zlibLengthsAreThoseOfPython() throws {
        struct Golden: Decodable {
            struct Case: Decodable {
                let text: String
                let bytes: Int
            }
            let zlib_length: [Case]
        }
        let golden = try GoldenData.decode(Golden.self, "metrics.json").zlib_length
        for one in golden { #expect(try zlibLength(one.text) == one.bytes, "\(one.text.prefix(40))") }
        #expect(!golden.isEmpty)
    }
}
