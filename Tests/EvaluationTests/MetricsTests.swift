// The metrics against numbers that SciPy, scikit-learn and rouge-score computed.

import Evaluation
import Foundation
import TestSupport
import Testing

private struct Metrics: Decodable {
    struct RougeCase: Decodable {
        let target, prediction: String
        let rouge1_recall, rougeL_recall, rougeL_f1: Double
    }
    struct Samples: Decodable {
        let x, y: [Double]
        let statistic, pvalue: Double
    }
    struct Ranking: Decodable {
        let labels: [Int]
        let scores: [Double]
        let roc_auc: Double
    }
    struct Mean: Decodable {
        let x: [Double]
        let value: Double
    }
    struct Ratios: Decodable {
        let x: [Double]
        let closer_to_1_better, true_better: Double
    }
    struct Lowest: Decodable {
        let log_probs: [Double]
        let k, score: Double
    }
    let rouge: [RougeCase]
    let ks_2samp: [Samples]
    let auc: Ranking
    let harmonic_mean: Mean
    let truth_ratio: Ratios
    let min_k: [Lowest]
}

@Suite struct MetricsTests {
    private let golden: Metrics

    init() throws {
        golden = try GoldenData.decode(Metrics.self, "metrics.json")
    }

    @Test func rougeAgreesWithTheReferencePackage() {
        for text in golden.rouge {
            let one = Rouge.rouge1(reference: text.target, prediction: text.prediction)
            let long = Rouge.rougeL(reference: text.target, prediction: text.prediction)
            #expect(agree(one.recall, text.rouge1_recall, 1e-12), "\(text.target)")
            #expect(agree(long.recall, text.rougeL_recall, 1e-12), "\(text.target)")
            #expect(agree(long.f1, text.rougeL_f1, 1e-12), "\(text.target)")
        }
        #expect(golden.rouge.count == 17)
    }

    @Test func kolmogorovSmirnovAgreesWithSciPy() throws {
        for samples in golden.ks_2samp {
            let test = try KolmogorovSmirnov(samples.x, samples.y)
            #expect(agree(test.statistic, samples.statistic, 1e-12))
            #expect(abs(test.pValue - samples.pvalue) <= 1e-9 * samples.pvalue, "\(samples.x.count) \(samples.y.count)")
        }
        #expect(golden.ks_2samp.count == 6)
    }

    @Test func kolmogorovSmirnovOfEqualAndOfDisjointSamples() throws {
        let values = (0..<20).map(Double.init)
        #expect(try KolmogorovSmirnov(values, values).pValue == 1)
        // All of one below all of the other: 2 of the C(40, 20) orders.
        let apart = try KolmogorovSmirnov(values, values.map { $0 + 100 })
        #expect(apart.statistic == 1)
        #expect(agree(apart.pValue / (2 / 137_846_528_820), 1, 1e-9))
    }

    /// Large samples, near to each other and not: the limit, whose two forms meet, against its known quantiles.
    @Test func kolmogorovSmirnovOfLargeSamples() throws {
        let values = (0..<200_000).map(Double.init)
        #expect(try KolmogorovSmirnov(values, values.map { $0 + 1 }).pValue == 1)
        #expect(try KolmogorovSmirnov((0..<100_000).map(Double.init), (0...100_000).map(Double.init)).pValue == 1)
        for (x, p) in [(0.04, 1), (0.8275735551, 0.5), (1.2238478702, 0.1), (1.3580986393, 0.05), (1.6276236115, 0.01)]
        {
            #expect(abs(KolmogorovSmirnov.limit(x) - p) < 1e-9, "\(x)")
        }
        #expect(abs(KolmogorovSmirnov.limit(1 - 1e-12) - KolmogorovSmirnov.limit(1)) < 1e-10)
        #expect(throws: CancellationError.self) {
            try KolmogorovSmirnov(values, values.map { $0 + 1 }) { throw CancellationError() }
        }
    }

    @Test func kolmogorovSmirnovRefusesEmptySamplesAndNaN() {
        #expect { try KolmogorovSmirnov([], [1]) } throws: { "\($0)".contains("empty") }
        #expect { try KolmogorovSmirnov([1], [2, .nan]) } throws: { "\($0)".contains("second sample at 1") }
    }

    @Test func areaUnderTheCurveCountsTiesHalf() throws {
        let pairs = Array(zip(golden.auc.labels, golden.auc.scores))
        let positives = pairs.filter { $0.0 == 1 }.map(\.1)
        let negatives = pairs.filter { $0.0 == 0 }.map(\.1)
        #expect(agree(try rocAUC(positives: positives, negatives: negatives), golden.auc.roc_auc, 1e-12))
        #expect(try rocAUC(positives: [1, 1], negatives: [1]) == 0.5)
        #expect { try rocAUC(positives: [], negatives: [1]) } throws: { "\($0)".contains("empty") }
        #expect { try rocAUC(positives: [.nan], negatives: [1]) } throws: { "\($0)".contains("not a number") }
    }

    @Test func meansAndTruthRatios() throws {
        #expect(agree(harmonicMean(golden.harmonic_mean.x), golden.harmonic_mean.value, 1e-12))
        #expect(harmonicMean([0.5, 0]) == 0)
        let ratios = golden.truth_ratio
        #expect(agree(try TruthRatioRule.closerToOneBetter.average(ratios.x), ratios.closer_to_1_better, 1e-9))
        #expect(agree(try TruthRatioRule.trueBetter.average(ratios.x), ratios.true_better, 1e-12))
        let scores = AnswerScores(answerLoss: 0.5, paraphraseLoss: 1, falseLosses: [2, 4], rougeL: 1)
        #expect(agree(scores.truthRatio ?? 0, exp(-2.0), 1e-12))
        #expect(AnswerScores(answerLoss: 0.5, rougeL: 1).truthRatio == nil)
    }

    @Test func minKAgrees() throws {
        for text in golden.min_k {
            #expect(agree(try minK(logProbabilities: text.log_probs, fraction: text.k), text.score, 1e-9))
        }
        let plus = try minKPlusPlus(logProbabilities: [-1, -5], means: [-3, -3], deviations: [2, 4], fraction: 1)
        #expect(agree(plus, -0.25, 1e-12))
        #expect { try minK(logProbabilities: [], fraction: 0.2) } throws: { "\($0)".contains("at least one token") }
        #expect { try minK(logProbabilities: [-1], fraction: 0) } throws: { "\($0)".contains("fraction") }
    }

    @Test func memorization() {
        #expect(exactMemorization(hits: [true, false, true, true]) == 0.75)
        #expect(extractionStrength(hits: [true, false, true, true]) == 0.5)
        #expect(extractionStrength(hits: [true, true]) == 1)
        #expect(extractionStrength(hits: [true, false]) == 0)
        #expect(agree(privacyLeak(auc: 0.3, oracleAUC: 0.5), 40, 1e-12))
    }
}
