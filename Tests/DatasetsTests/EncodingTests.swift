// Prompt and answer as tokens, and the grouping of sequences into batches.

import Tokenizers
import Datasets
import Testing

@Suite struct EncodingTests {
    /// A token a character; "A" and a space after it merge into one token, as a byte-pair tokenizer merges across
    /// borders.
    private func encode(_ text: String) -> [Int] {
        var ids: [Int] = []
        var rest = text.unicodeScalars.map { Int($0.value) }[...]
        while let first = rest.popFirst() {
            if first == 58, rest.first == 32 {
                rest.removeFirst()
                ids.append(1000)
            } else {
                ids.append(first)
            }
        }
        return ids
    }

    @Test func lossIsOnTheAnswerAndTheEnd() throws {
        let encoder = AnswerEncoder(context: 64, endToken: 7) { $0.unicodeScalars.map { Int($0.value) } }
        let sequence = try encoder.sequence(question: "Who?", answer: "I.")
        #expect(sequence.ids == "Question: Who?\nAnswer: I.".unicodeScalars.map { Int($0.value) } + [7])
        #expect(sequence.promptLength == "Question: Who?\nAnswer:".count)
        #expect(sequence.answerLength == 4)
        #expect(sequence.labels.suffix(5) == [-100, 32, 73, 46, 7])
        #expect(sequence.labels.prefix(sequence.promptLength).allSatisfy { $0 == TokenSequence.ignored })
        #expect(try encoder.prompt("Who?") == Array(sequence.ids.prefix(sequence.promptLength)))
    }

    @Test func onlyTheCommonPrefixIsMasked() throws {
        let encoder = AnswerEncoder(context: 64, endToken: 7, encode: encode)
        let sequence = try encoder.sequence(question: "Who?", answer: "I.")
        // The prompt's last token is ":", the whole text's is ": ", which belongs to the answer.
        #expect(sequence.ids[sequence.promptLength] == 1000)
        #expect(sequence.promptLength == encode("Question: Who?\nAnswer").count)
    }

    @Test func refusesWhatIsLongerThanTheContext() throws {
        let encoder = AnswerEncoder(context: 25, endToken: 7) { $0.unicodeScalars.map { Int($0.value) } }
        #expect(try encoder.sequence(question: "W?", answer: "I.").ids.count == 24)
        #expect { try encoder.sequence(question: "Who is it?", answer: "I.") } throws: {
            "\($0)".contains("\"Who is it?\"") && "\($0)".contains("32 tokens") && "\($0)".contains("context is 25")
        }
        #expect { try encoder.sequence(document: String(repeating: "a", count: 24)) } throws: {
            "\($0)".contains("26 tokens")
        }
        #expect(try encoder.sequence(document: "ab").labels == [-100, 97, 98, 7])
    }

    @Test func groupsByLengthWithinBounds() {
        let plan = BatchPlan(grouping: [5, 3, 9, 3, 5, 20], rows: 2, tokens: 12)
        #expect(plan.batches == [[1, 3], [0, 4], [2], [5]])
        #expect(BatchPlan(grouping: []).batches.isEmpty)
    }

    @Test func anEpochHoldsEverySequenceOnce() {
        var first = Counter(), second = Counter()
        let plan = BatchPlan(epochOf: 103, rows: 4, using: &first)
        #expect(plan == BatchPlan(epochOf: 103, rows: 4, using: &second))
        #expect(plan.batches.flatMap(\.self).sorted() == Array(0..<103))
        #expect(plan.batches.count { $0.count == 4 } == 25)
        #expect(plan.batches != BatchPlan(epochOf: 103, rows: 4, using: &first).batches)
    }
}
