// Asks a model questions: what it answers by itself.

import Datasets
import LanguageModels
import Tensors

extension LanguageModel {
    /// What encodes questions and texts for this model. Throws where it has no tokenizer, or one without an end token.
    public func answerEncoder() throws -> AnswerEncoder {
        guard let tokenizer else { throw ModelError.noTokenizer }
        guard let end = tokenizer.endOfText else {
            throw MetricError("this model's tokenizer has no end-of-text token, which ends every answer")
        }
        return AnswerEncoder(
            context: architecture.context, endToken: end, beginning: tokenizer.beginning, prompting: prompting
        ) { try tokenizer.encode($0, addingSpecial: false) }
    }

    /// The ids at which an answer ends: the end of the text, and the token that ends answers in the model's template.
    public var answerEnds: Set<Int> {
        let mark = prompting.template.end
        guard !mark.isEmpty, let tokenizer else { return endTokens }
        if let id = tokenizer.id(mark) { return endTokens.union([id]) }
        // Forms may have blanks between an answer and the special token that ends it.
        guard let id = tokenizer.id(String(mark.unicodeScalars.drop { $0.properties.isWhitespace })),
            tokenizer.decode([id], skippingSpecial: true).isEmpty
        else { return endTokens }
        return endTokens.union([id])
    }

    /// Token ids of an answer as text, without the blank that follows "Answer:", up to where the template ends it.
    public func answerText(_ ids: [Int]) -> String {
        var text = tokenizer?.decode(ids, skippingSpecial: true) ?? ""
        // What ends an answer need not be one token.
        text.cut(before: prompting.template.end)
        let template = prompting.template, scalars = text.unicodeScalars
        let own = template.end.unicodeScalars.prefix { $0.properties.isWhitespace }
        if template.trims.answers {
            let blanks = scalars.reversed().prefix { $0.properties.isWhitespace }.count
            text = String(String.UnicodeScalarView(scalars.dropLast(blanks)))
        } else if !own.isEmpty, scalars.suffix(own.count).elementsEqual(own) {
            text = String(String.UnicodeScalarView(scalars.dropLast(own.count)))
        }
        let gap = template.manner.gap.unicodeScalars
        if !gap.isEmpty, text.unicodeScalars.starts(with: gap) {
            return String(String.UnicodeScalarView(text.unicodeScalars.dropFirst(gap.count)))
        }
        // The blank alone, also before a mark that would combine with it.
        return text.utf8.first == UInt8(ascii: " ") ? String(text.unicodeScalars.dropFirst()) : text
    }
}

extension LanguageModel {
    /// Tokens a model may answer with, at most; TOFU's own evaluation stops at 200 with the question.
    private static let longestAnswer = 200
    /// Questions answered together.
    private static let rowsAnswered = 64
    /// The same where ranks share them out.
    private static let rowsShared = 16

    /// The model's own greedy answers. Questions that are longer than its context are errors.
    /// - Parameter progress: hears how many questions are done, and may throw to stop.
    public func greedyAnswers(
        to questions: [String], progress: (_ done: Int) throws -> Void = { _ in }
    ) throws -> [String] {
        let prompts = try questions.map(answerEncoder().prompt)
        var answers = [String](repeating: "", count: prompts.count)
        var done = 0
        let rows = device.ranks.sharesWork ? Self.rowsShared : Self.rowsAnswered
        let batches = BatchPlan(grouping: prompts.map(\.count), rows: rows).batches
        let tokens = try device.ranks.numbers("answers", of: batches.count) { index in
            let batch = batches[index]
            // Greedy answers draw nothing from it.
            var generator = RandomGenerator(seed: 0)
            let results = try generate(
                batch.map { prompts[$0] }, maximum: Self.longestAnswer, ends: answerEnds, from: &generator)
            done += batch.count
            try progress(done)
            return results.flatMap { [Double($0.count)] + $0.map(Double.init) }
        }
        for (batch, numbers) in zip(batches, tokens) {
            var rest = numbers[...]
            for index in batch {
                let count = Int(rest.popFirst() ?? 0)
                answers[index] = answerText(rest.prefix(count).map { Int($0) })
                rest = rest.dropFirst(count)
            }
        }
        // The others' questions.
        if done < prompts.count { try progress(prompts.count) }
        return answers
    }
}

extension String {
    /// Leaves out all from the first place of `mark` on; nothing where that is empty or does not occur.
    fileprivate mutating func cut(before mark: String) {
        let sought = Array(mark.utf8), bytes = Array(utf8)
        guard !sought.isEmpty, sought.count <= bytes.count,
            let place = (0...(bytes.count - sought.count)).first(where: {
                bytes[$0..<($0 + sought.count)].elementsEqual(sought)
            })
        else { return }
        self = String(decoding: bytes[..<place], as: UTF8.self)
    }
}
