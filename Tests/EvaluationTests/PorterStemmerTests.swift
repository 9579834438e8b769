// The stemmer against NLTK's on every word of TOFU's questions and answers, and on the words its rules are about.

import Evaluation
import TestSupport
import Testing

@Suite struct PorterStemmerTests {
    @Test func agreesWithNLTK() throws {
        let lines = String(decoding: try GoldenData.data("stems.txt"), as: UTF8.self).split(separator: "\n")
        var wrong: [String] = []
        for line in lines {
            let words = line.split(separator: " ").map(String.init)
            let stem = PorterStemmer.stem(words[0])
            if stem != words[1] { wrong.append("\(words[0]): \(stem) instead of \(words[1])") }
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(10))")
        #expect(lines.count > 6900)
    }

    @Test func leavesShortWordsToTheTokenizer() {
        #expect(Rouge.words("The cats' RUNNING, 1957 isn't") == ["the", "cat", "run", "1957", "isn", "t"])
        #expect(Rouge.words("was ies").map { $0 } == ["was", "ies"])
        #expect(Rouge.words("  …  ").isEmpty)
    }
}
