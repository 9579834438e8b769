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
/// Lin, "ROUGE: A Package for Automatic Evaluation of Summaries" (2004). An empty text scores 0. `poll` is called with
/// the number of a turn again and again; what it throws ends the work.
public enum Rouge {
    /// Lower-case words of ASCII letters and digits; those longer than three characters are stemmed.
    public static func words(_ text: String) -> [String] { words(text) { _ in } }

    /// The same, with an eye on the user.
    public static func words(_ text: String, poll: (Int) throws -> Void) rethrows -> [String] {
        var words: [String] = [], word = "", turn = 0
        func add(_ scalar: Unicode.Scalar) {
            switch scalar {
            case "a"..."z", "0"..."9": word.unicodeScalars.append(scalar)
            default:
                if !word.isEmpty { words.append(word.utf8.count > 3 ? PorterStemmer.stem(word) : word) }
                word = ""
            }
        }
        for scalar in text.unicodeScalars {
            turn &+= 1
            try poll(turn)
            if scalar.value < 0x80 {
                add(("A"..."Z").contains(scalar) ? Unicode.Scalar(UInt8(scalar.value) | 0x20) : scalar)
            } else {
                // The Kelvin sign is a k in lower case.
                scalar.properties.lowercaseMapping.unicodeScalars.forEach(add)
            }
        }
        add(" ")
        return words
    }

    /// ROUGE-1: words in common, each as often as it is in both.
    public static func rouge1(reference: String, prediction: String) -> OverlapScore {
        rouge1(reference: reference, prediction: prediction) { _ in }
    }

    /// The same, with an eye on the user.
    public static func rouge1(
        reference: String, prediction: String, poll: (Int) throws -> Void
    ) rethrows -> OverlapScore {
        let reference = try words(reference, poll: poll)
        let prediction = try words(prediction, poll: poll)
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
        rougeL(reference: reference, prediction: prediction) { _ in }
    }

    /// The same, with an eye on the user.
    public static func rougeL(
        reference: String, prediction: String, poll: (Int) throws -> Void
    ) rethrows -> OverlapScore {
        // Words as numbers, which compare faster.
        var numbers: [String: Int] = [:]
        func numbered(_ words: [String]) -> [Int] {
            words.map { word in
                let next = numbers.count
                return numbers[word]
                    ?? {
                        numbers[word] = next; return next
                    }()
            }
        }
        let reference = numbered(try words(reference, poll: poll))
        let prediction = numbered(try words(prediction, poll: poll))
        return OverlapScore(
            matches: try longestCommonSubsequence(reference, prediction, poll), predicted: prediction.count,
            reference: reference.count)
    }

    /// The length of the longest common subsequence, with one row of the usual table.
    private static func longestCommonSubsequence(
        _ first: [Int], _ second: [Int], _ poll: (Int) throws -> Void
    ) rethrows -> Int {
        var row = Array(repeating: 0, count: second.count + 1)
        for word in first {
            var diagonal = 0
            for (column, other) in second.enumerated() {
                try poll(column)
                let above = row[column + 1]
                row[column + 1] = word == other ? diagonal + 1 : max(above, row[column])
                diagonal = above
            }
        }
        return row[second.count]
    }
}
