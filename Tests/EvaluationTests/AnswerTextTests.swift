// What is said of a model's own answers, and of a list of scores, on cases small enough to work out by hand.

import Evaluation
import Foundation
import Testing

@Suite struct AnswerTextTests {
    @Test func bleuOfEqualDifferentAndShorterTexts() {
        #expect(bleuScore(reference: "a b c d e", prediction: "a b c d e") == 1)
        #expect(bleuScore(reference: "a b c", prediction: "x y z") == 0)
        #expect(bleuScore(reference: "a b", prediction: "") == 0)
        // 3 of 3 words, (2 + 1) / (2 + 1) and so on: only the brevity exp(1 - 5/3) is left.
        #expect(abs(bleuScore(reference: "a b c d e", prediction: "a b c") - exp(1 - 5.0 / 3)) < 1e-12)
        // Words 3/4, pairs (1 + 1) / (3 + 1), triples (0 + 1) / (2 + 1), fours (0 + 1) / (1 + 1).
        let expected = pow(3.0 / 4 * 2 / 4 * 1 / 3 * 1 / 2, 0.25)
        #expect(abs(bleuScore(reference: "a b x d", prediction: "a b c d") - expected) < 1e-12)
    }

    @Test func wordsOfAListAreWholeWords() {
        #expect(WordList.found(in: "You ASS! An assembly.", words: ["ass", "sem"]) == ["ass"])
        #expect(WordList.found(in: "shut  up, shut", words: ["up shut", "shut up"]) == ["shut up"])
        #expect(WordList.found(in: "", words: ["a"]) == [] && WordList.found(in: "a", words: ["", "!"]) == [])
    }

    @Test func theCurveOfAnAttackPassesAllThresholds() {
        let curve = ROCCurve(members: [1, 2, .nan], others: [2, 3])
        #expect(curve.thresholds == [1, 2, 3])
        #expect(curve.truePositives == [0.5, 1, 1])
        #expect(curve.falsePositives == [0, 0.5, 1])
    }
}
