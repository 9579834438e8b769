/// What a model's own answers are like, beside ROUGE.
import Datasets
import Settings

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

public struct Bleu: AnswerMetric {
    public static let name = "bleu"
    public static let summary = """
        The mean BLEU-4 of the model's greedy answers against the right ones (Papineni et al. 2002), each by itself: \
        the geometric mean of the shares of an answer's 1- to 4-grams that the right one has, times exp(1 - r/c) where \
        the answer (c words) is shorter than the right one (r words). Counts of 2-grams and longer are raised by one \
        (Lin and Och 2004), so that short answers have a figure. From 0 to 1.
        """
    public static let unit = "from 0 to 1"
    public var set = MetricRole.forget
    public init() {}

    public func figure(of answer: String, to question: QuestionAnswer) -> Double {
        bleuScore(reference: question.answer, prediction: answer)
    }
}

public struct ContainedAnswer: AnswerMetric {
    public static let name = "contained_answer"
    public static let summary = """
        The share of questions whose right answer stands somewhere in the model's greedy answer, whatever the case of \
        letters; a full stop at the right answer's end does not count. It is how short answers, as those of real \
        authors and world facts, are judged. From 0 to 1.
        """
    public static let unit = "share of questions"
    public var set = MetricRole.forget
    public init() {}

    public func figure(of answer: String, to question: QuestionAnswer) -> Double {
        let right = Array(plain(question.answer).utf8), said = Array(plain(answer).utf8)
        guard right.count <= said.count else { return 0 }
        return (0...(said.count - right.count)).contains { said[$0..<($0 + right.count)].elementsEqual(right) } ? 1 : 0
    }

    /// In lower case, without white space around, and without a full stop in the end.
    private func plain(_ text: String) -> String {
        var scalars = text.lowercased().unicodeScalars[...]
        while let last = scalars.last, last == "." || last.properties.isWhitespace { scalars.removeLast() }
        while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
        return String(String.UnicodeScalarView(scalars))
    }
}

public struct Repetition: AnswerMetric {
    public static let name = "repetition"
    public static let summary = """
        The mean share of n-grams of words that an answer has said before: 1 - different n-grams / n-grams (Welleck et \
        al. 2020), of the model's greedy answers. 0 for answers of fewer than n words. High where unlearning broke the \
        language.
        """
    public static let better = MetricDirection.lower
    public static let unit = "share of n-grams"
    public var set = MetricRole.forget
    var n = 4
    public static var settings: [Setting<Self>] { [.set(\.set), .count("n", \.n, "words of an n-gram")] }
    public init() {}

    public func figure(of answer: String, to _: QuestionAnswer) -> Double { repeatedShare(words(of: answer), n: n) }
}

public struct DegenerateAnswers: AnswerMetric {
    public static let name = "degenerate_rate"
    public static let summary = """
        The share of greedy answers that say nothing: without a letter or digit, or made of so many repetitions (of \
        2-grams of words, see repetition) that more than the threshold has been said before. A model that answers so \
        was broken, not taught to forget.
        """
    public static let better = MetricDirection.lower
    public static let unit = "share of answers"
    public var set = MetricRole.forget
    var threshold = 0.5
    public static var settings: [Setting<Self>] {
        [
            .set(\.set),
            .number(
                "threshold", \.threshold, "the share of repetitions above which an answer counts",
                range: "from 0 to 1", where: { $0 >= 0 && $0 <= 1 }),
        ]
    }
    public init() {}

    public func figure(of answer: String, to _: QuestionAnswer) -> Double {
        let isEmpty = !answer.unicodeScalars.contains {
            $0.properties.isAlphabetic || $0.properties.numericType != nil
        }
        return isEmpty || repeatedShare(words(of: answer), n: 2) > threshold ? 1 : 0
    }
}

// MARK: Of words

/// Words and marks of a text: runs of letters and digits, and every other visible scalar by itself.
func words(of text: String) -> [String] { words(of: text) { _ in } }

/// The same, with an eye on the user.
func words(of text: String, poll: (Int) throws -> Void) rethrows -> [String] {
    var words: [String] = [], word = "", turn = 0
    for scalar in text.unicodeScalars {
        turn &+= 1
        try poll(turn)
        if scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
            word.unicodeScalars.append(scalar)
            continue
        }
        if !word.isEmpty { words.append(word) }
        word = ""
        if !scalar.properties.isWhitespace { words.append(String(scalar)) }
    }
    return word.isEmpty ? words : words + [word]
}

/// The n-grams of words with how often each occurs.
private func grams(_ words: [String], _ n: Int) -> [[String]: Int] {
    guard n > 0, words.count >= n else { return [:] }
    return (0...(words.count - n)).reduce(into: [:]) { $0[Array(words[$1..<($1 + n)]), default: 0] += 1 }
}

/// 1 − different n-grams / n-grams; 0 for fewer than n words.
func repeatedShare(_ words: [String], n: Int) -> Double {
    let grams = grams(words, n), count = grams.values.reduce(0, +)
    return count == 0 ? 0 : 1 - Double(grams.count) / Double(count)
}

/// BLEU-4 of one text, smoothed by adding one to the counts of 2-grams and longer. 0 without a word in common.
public func bleuScore(reference: String, prediction: String) -> Double {
    let reference = words(of: reference), prediction = words(of: prediction)
    guard !prediction.isEmpty, !reference.isEmpty else { return 0 }
    var logs = 0.0
    for n in 1...4 {
        let own = grams(prediction, n), right = grams(reference, n)
        let matches = own.reduce(0) { $0 + min($1.value, right[$1.key] ?? 0) }, all = own.values.reduce(0, +)
        let smoothing = n > 1 ? 1 : 0
        guard matches + smoothing > 0 else { return 0 }
        logs += log(Double(matches + smoothing) / Double(all + smoothing)) / 4
    }
    let brevity = min(0, 1 - Double(reference.count) / Double(prediction.count))
    return exp(logs + brevity)
}
