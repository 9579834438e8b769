// ROUGE: how much of a reference text a generated text repeats.

/// Precision, recall and their harmonic mean, each between 0 and 1.
public struct OverlapScore: Hashable, Sendable {
    public let precision: Double
    public let recall: Double

    public var f1: Double {
        precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0
    }

    init(matches: Int, predicted: Int, reference: Int) {
        precision = predicted > 0 ? Double(matches) / Double(predicted) : 0
        recall = reference > 0 ? Double(matches) / Double(reference) : 0
    }
}

/// ROUGE with stemming, as the rouge-score package computes it with `use_stemmer=True`.
///
/// Lin, "ROUGE: A Package for Automatic Evaluation of Summaries" (2004). An empty text scores 0.
public enum Rouge {
    /// Lower-case words of ASCII letters and digits; those longer than three characters are stemmed.
    public static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        func finish() {
            if !word.isEmpty { words.append(word.utf8.count > 3 ? PorterStemmer.stem(word) : word) }
            word = ""
        }
        for scalar in text.lowercased().unicodeScalars {
            switch scalar {
            case "a"..."z", "0"..."9": word.unicodeScalars.append(scalar)
            default: finish()
            }
        }
        finish()
        return words
    }

    /// ROUGE-1: words in common, each as often as it is in both.
    public static func rouge1(reference: String, prediction: String) -> OverlapScore {
        let reference = words(reference)
        let prediction = words(prediction)
        var counts: [String: Int] = [:]
        for word in reference { counts[word, default: 0] += 1 }
        var matches = 0
        for word in prediction {
            if let left = counts[word], left > 0 {
                matches += 1
                counts[word] = left - 1
            }
        }
        return OverlapScore(matches: matches, predicted: prediction.count, reference: reference.count)
    }

    /// ROUGE-L: the longest common subsequence of words.
    public static func rougeL(reference: String, prediction: String) -> OverlapScore {
        let reference = words(reference)
        let prediction = words(prediction)
        return OverlapScore(
            matches: longestCommonSubsequence(reference, prediction), predicted: prediction.count,
            reference: reference.count)
    }

    /// The length of the longest common subsequence, with one row of the usual table.
    private static func longestCommonSubsequence(_ first: [String], _ second: [String]) -> Int {
        var row = Array(repeating: 0, count: second.count + 1)
        for word in first {
            var diagonal = 0
            for (column, other) in second.enumerated() {
                let above = row[column + 1]
                row[column + 1] = word == other ? diagonal + 1 : max(above, row[column])
                diagonal = above
            }
        }
        return row[second.count]
    }
}
