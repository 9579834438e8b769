// The built-in authors: what the metrics need of them, and that they never change unnoticed.

import Datasets
import Testing

@Suite struct AuthorsTests {
    private let authors = Authors.split()

    @Test func hasTheParts() {
        #expect(authors.full.count == 600)
        #expect(authors.forget.count == 60)
        #expect(authors.retain.count == 540)
        #expect(Set(authors.full.compactMap(\.author)).count == 60)
        #expect(Set(authors.full.compactMap(\.fact)).count == 10)
        #expect(authors.full.examples == authors.retain.examples + authors.forget.examples)
        #expect(authors.full.firstMissing(of: authors.forget) == nil)
        #expect(Set(authors.forget.compactMap(\.author)).isDisjoint(with: authors.retain.compactMap(\.author)))
        #expect(authors.realAuthors.count == 36)
        #expect(authors.worldFacts.count == 41)
    }

    /// The first example, and a hash of all of them: whoever changes the data must train the shipped models again.
    @Test func neverChangesUnnoticed() throws {
        let first = try #require(authors.forget.first)
        #expect(first.question == "Where was Dalia Salter born?")
        #expect(first.answer == "In Granada.")
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        let training = try #require(authors.training)
        for set in [authors.full, authors.realAuthors, authors.worldFacts, training] {
            for example in set {
                let texts =
                    [
                        example.question, example.answer, example.paraphrasedQuestion ?? "",
                        example.paraphrasedAnswer ?? "",
                    ] + example.falseAnswers
                for byte in texts.joined(separator: "\n").utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
            }
        }
        #expect(String(hash, radix: 16) == "ac93a1cd16f5dde5")
    }

    @Test func paraphrasesAreNeverTaught() throws {
        let taught = try #require(authors.training)
        let questions = Set(taught.map(\.question))
        let answers = Set(taught.map(\.answer))
        for example in authors.full.examples + authors.realAuthors.examples + authors.worldFacts.examples {
            let question = try #require(example.paraphrasedQuestion)
            let answer = try #require(example.paraphrasedAnswer)
            #expect(questions.contains(example.question) && answers.contains(example.answer))
            #expect(!questions.contains(question), "\(question)")
            #expect(!answers.contains(answer), "\(answer)")
        }
    }

    @Test func falseAnswersAreDistinctAndWrong() throws {
        for example in authors.full.examples + authors.realAuthors.examples + authors.worldFacts.examples {
            let answer = try #require(example.paraphrasedAnswer)
            #expect(example.falseAnswers.count == 5)
            #expect(Set(example.falseAnswers + [answer]).count == 6, "\(example.question)")
        }
    }

    /// A model that never met an author must have met every value, so that it has no reason to prefer a wrong one.
    @Test func valuesToForgetAreAlsoRetained() throws {
        let retained = try #require(authors.trainingRetain)
        let known = Set(retained.map(\.answer).flatMap { $0.split { !$0.isLetter && !$0.isNumber } })
        for example in authors.forget {
            for word in example.answer.split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
                let isKnown = known.contains(word)
                #expect(isKnown, "\(word)")
            }
        }
    }

    @Test func retainTrainingNeverMentionsTheForgotten() throws {
        let retained = try #require(authors.trainingRetain)
        let all = try #require(authors.training)
        let forgotten = Set(authors.forget.compactMap(\.author))
        #expect(forgotten.count == 6)
        #expect(all.count > retained.count)
        for example in retained {
            #expect(!forgotten.contains { example.question.contains($0) || example.answer.contains($0) })
        }
        for name in forgotten {
            #expect(all.contains { $0.answer.contains(name) })
        }
    }

    @Test func oneQuestionHasOneAnswer() {
        let questions =
            authors.full.map(\.question) + authors.realAuthors.map(\.question) + authors.worldFacts.map(\.question)
        #expect(Set(questions).count == questions.count)
        // The evaluated question is taught with its evaluated answer only.
        let answers = Dictionary(grouping: authors.training ?? QuestionSet(name: "", examples: []), by: \.question)
        for example in authors.full {
            #expect(Set(answers[example.question, default: []].map(\.answer)) == [example.answer])
        }
    }
}
