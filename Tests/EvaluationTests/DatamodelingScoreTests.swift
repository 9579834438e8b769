// Rank correlations, and the linear datamodeling score with its interval.
import Evaluation
import Tensors
import Testing

@Suite struct DatamodelingScoreTests {
    @Test func ranksAreCorrelated() {
        #expect(abs(spearman([1, 2, 3], [10, 100, 1000]) - 1) < 1e-12)
        #expect(abs(spearman([1, 2, 3], [3, 2, 1]) + 1) < 1e-12)
        // Ties share their mean rank: ranks 0.5, 0.5, 2 and 0, 1, 2, by hand 1.5 / sqrt(1.5 * 2).
        #expect(abs(spearman([1, 1, 2], [1, 2, 3]) - 0.75.squareRoot()) < 1e-12)
        #expect(spearman([1, 1, 1], [1, 2, 3]).isNaN)
    }

    @Test func theMeanOverQueriesHasAnInterval() throws {
        var generator = RandomGenerator(seed: 1)
        let score = try DatamodelingScore(
            predicted: [[1, 2, 3, 4, 5], [1, 2, 3, 4, 5]], actual: [[2, 4, 6, 8, 10], [1, 1, 1, 1, 1]],
            from: &generator)
        // The query that nothing moves has no say.
        #expect(score.value == 1 && score.byQuery[0] == 1 && score.byQuery[1].isNaN)
        #expect(score.interval == 1...1)
        let mixed = try DatamodelingScore(
            predicted: [[1, 2, 3, 4, 5, 6]], actual: [[1, 3, 2, 5, 4, 6]], from: &generator)
        #expect(mixed.interval.contains(mixed.value) && mixed.interval.lowerBound < mixed.value)
    }

    @Test(arguments: [
        ([[1.0, 2]], [[1.0, 2]], "at least three sets"), ([[1, 2, 3]], [[1, 2, .nan]], "not finite"),
        ([[1, 2, 3]], [[4, 4, 4]], "no query's losses differ"), ([[1, 2]], [[1, 2, 3]], "one prediction"),
    ])
    func whatCannotBeRankedIsSaid(_ predicted: [[Double]], _ actual: [[Double]], _ words: String) {
        var generator = RandomGenerator(seed: 1)
        #expect {
            try DatamodelingScore(predicted: predicted, actual: actual, from: &generator)
        } throws: { "\($0)".contains(words) }
    }
}
