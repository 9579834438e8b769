// Cutting, joining and filtering question sets and texts.

import Datasets
import Testing

@Suite struct QuestionSetTests {
    private let set = QuestionSet(
        name: "five", examples: (0..<5).map { QuestionAnswer(question: "q\($0)", answer: "a\($0)") })

    @Test func partsAndSums() {
        let part = set[1..<3]
        #expect(part.map(\.question) == ["q1", "q2"])
        #expect(part[0].answer == "a1")
        #expect(set.without(part).map(\.question) == ["q0", "q3", "q4"])
        #expect(part.concatenated(with: set[4..<5]).count == 3)
        #expect(set.filtered { $0.answer > "a2" }.count == 2)
        #expect(set.firstMissing(of: part) == nil)
        let stranger = QuestionSet(name: "x", examples: [QuestionAnswer(question: "q1", answer: "other")])
        #expect(set.firstMissing(of: stranger)?.answer == "other")
    }

    @Test func shufflingIsAPermutationOfTheGenerators() {
        var first = Counter(), second = Counter()
        let shuffled = set.shuffled(using: &first)
        #expect(shuffled == set.shuffled(using: &second))
        #expect(Set(shuffled.examples) == Set(set.examples))
        #expect(shuffled != set)
    }
}

/// A generator of well-mixed bits (SplitMix64) for tests.
struct Counter: RandomNumberGenerator {
    var state: UInt64 = 7

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var x = state
        x = (x ^ (x >> 30)) &* 0xbf58_476d_1ce4_e5b9
        x = (x ^ (x >> 27)) &* 0x94d0_49bb_1331_11eb
        return x ^ (x >> 31)
    }
}
