// Learns the merges of a byte-level BPE tokenizer from text.

import Files
import Collections

extension BytePairEncoding {
    /// A tokenizer learned from texts: special tokens first, then the 256 bytes, then one token for each merge of the
    /// most frequent pair. Of equally frequent pairs the one with the smaller ids merges first, so that the same texts
    /// give the same tokenizer.
    /// - Parameters:
    ///   - vocabularySize: number of tokens in all; fewer if the texts have no more pairs worth merging.
    ///   - special: marks that never split; the first is the end of text.
    ///   - minimumFrequency: how often a pair must occur to be merged.
    public static func trained(
        on texts: some Sequence<String>, vocabularySize: Int, special: [String] = ["<|endoftext|>"],
        minimumFrequency: Int = 2
    ) throws -> TokenizerPipeline {
        guard vocabularySize >= special.count + 256 else {
            throw TokenizerError(
                """
                a byte-level vocabulary needs at least \(special.count + 256) tokens (256 bytes and \(special.count) \
                special), not \(vocabularySize)
                """
            )
        }
        guard vocabularySize <= TokenVocabulary.idLimit, Set(special.map(Spelling.init)).count == special.count,
            !special.contains("")
        else {
            throw TokenizerError(
                "special tokens must be distinct and not empty, and the vocabulary at most \(TokenVocabulary.idLimit)")
        }
        // Bytes are ordered by the scalars that spell them, as in published vocabularies.
        let bytes = (0..<256).map { UInt8($0) }.sorted { ByteAlphabet.scalars[Int($0)] < ByteAlphabet.scalars[Int($1)] }
        var vocabulary = special + bytes.map(ByteAlphabet.spelling)
        var byteIds = [Int32](repeating: 0, count: 256)
        for (index, byte) in bytes.enumerated() { byteIds[Int(byte)] = Int32(special.count + index) }

        let marks = AddedTokens(AddedToken.special(special))
        var trainer = BytePairTrainer(counting: texts, without: marks, byteIds: byteIds)
        var merges: [(left: String, right: String)] = []
        var taken = Set(vocabulary.map(Spelling.init))
        while vocabulary.count < vocabularySize,
            let (left, right) = trainer.mostFrequentPair(atLeast: max(1, minimumFrequency))
        {
            let (a, b) = (vocabulary[Int(left)], vocabulary[Int(right)])
            // A merge that spells a special token would take its id.
            guard taken.insert(Spelling(a + b)).inserted else { continue }
            trainer.merge(left, right, into: Int32(vocabulary.count))
            vocabulary.append(a + b)
            merges.append((a, b))
        }
        let byteLevel: JSON = [
            "type": .string(ByteLevelPreTokenizer.name), "add_prefix_space": false, "trim_offsets": true,
            "use_regex": true,
        ]
        return try TokenizerPipeline(
            vocabulary: vocabulary, merges: merges, special: special, preTokenizer: byteLevel, decoder: byteLevel,
            endOfText: special.first)
    }
}

/// Counts of adjacent pairs over a set of distinct words, kept up to date while pairs merge.
private struct BytePairTrainer {
    private struct Pair: Hashable, Comparable {
        var left: Int32
        var right: Int32
        static func < (a: Pair, b: Pair) -> Bool { (a.left, a.right) < (b.left, b.right) }
    }

    /// A pair with its count when it entered the heap; the maximum is the most frequent, then the smallest pair.
    private struct Candidate: Comparable {
        var count: Int
        var pair: Pair
        static func < (a: Candidate, b: Candidate) -> Bool {
            a.count != b.count ? a.count < b.count : a.pair > b.pair
        }
    }

    private var words: [[Int32]] = []
    private var frequencies: [Int] = []
    private var counts: [Pair: Int] = [:]
    /// Words that hold or held a pair.
    private var occurrences: [Pair: [Int]] = [:]
    private var heap = Heap<Candidate>()

    init(counting texts: some Sequence<String>, without marks: AddedTokens, byteIds: [Int32]) {
        var found: OrderedDictionary<Spelling, Int> = [:]
        for text in texts {
            var text = text
            text.withUTF8 { bytes in
                marks.split(
                    bytes,
                    text: { range in
                        WordSplitter(bytes: bytes).words(in: range) {
                            found[Spelling(bytes: UnsafeBufferPointer(rebasing: bytes[$0])), default: 0] += 1
                        }
                    },
                    token: { _ in })
            }
        }
        for (word, frequency) in found {
            words.append(word.text.utf8.map { byteIds[Int($0)] })
            frequencies.append(frequency)
        }
        for index in words.indices { count(index, sign: 1) }
        for (pair, count) in counts { heap.insert(Candidate(count: count, pair: pair)) }
    }

    /// Adds or subtracts the pairs of one word.
    private mutating func count(_ index: Int, sign: Int) {
        let word = words[index]
        guard word.count > 1 else { return }
        for i in 0..<(word.count - 1) {
            let pair = Pair(left: word[i], right: word[i + 1])
            counts[pair, default: 0] += sign * frequencies[index]
            if sign > 0, occurrences[pair]?.last != index { occurrences[pair, default: []].append(index) }
        }
    }

    /// Takes the most frequent pair off the heap.
    mutating func mostFrequentPair(atLeast minimum: Int) -> (Int32, Int32)? {
        while let candidate = heap.popMax() {
            let count = counts[candidate.pair] ?? 0
            if count == candidate.count { return count >= minimum ? (candidate.pair.left, candidate.pair.right) : nil }
            // Counts only fall after a pair entered, or it entered again; the heap learns of a fall here.
            if count > 0 && count < candidate.count { heap.insert(Candidate(count: count, pair: candidate.pair)) }
        }
        return nil
    }

    /// Replaces a pair by a new token in every word.
    mutating func merge(_ left: Int32, _ right: Int32, into token: Int32) {
        let pair = Pair(left: left, right: right)
        let places = occurrences.removeValue(forKey: pair) ?? []
        var changed = Set<Pair>()
        for index in OrderedSet(places) {
            let old = words[index]
            var new: [Int32] = []
            var i = 0
            while i < old.count {
                if i + 1 < old.count, old[i] == left, old[i + 1] == right {
                    new.append(token)
                    i += 2
                } else {
                    new.append(old[i])
                    i += 1
                }
            }
            guard new.count < old.count else { continue }
            count(index, sign: -1)
            words[index] = new
            count(index, sign: 1)
            for i in 0..<(new.count - 1) where new[i] == token || new[i + 1] == token {
                changed.insert(Pair(left: new[i], right: new[i + 1]))
            }
        }
        for pair in changed { heap.insert(Candidate(count: counts[pair] ?? 0, pair: pair)) }
    }
}
