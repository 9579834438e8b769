/// Sequences of token ids, padded on the right to one length, with the labels to predict.

import Tokenizers

public struct TokenBatch: Equatable, Sendable {
    /// Number of sequences, and positions in each.
    public let rows, time: Int
    /// Token ids, row by row. Padding is 0, or what it was given as: some published losses look at padding, too.
    public let ids: [Int32]
    /// Labels as Hugging Face has them: the token itself at its own position, -100 where it is not to be predicted.
    public let labels: [Int32]
    /// Real length of each sequence.
    public let lengths: [Int]

    /// The label of a position that is not to be predicted, as in Hugging Face.
    public static let ignored = -100

    /// Pads sequences of different lengths. Without labels, every token but the first is predicted.
    /// - Throws: `ModelError` if the batch is empty, or labels do not have their sequence's length.
    public init(_ sequences: [[Int]], labels: [[Int]]? = nil) throws {
        guard let longest = sequences.map(\.count).max(), longest > 0 else { throw ModelError.emptyBatch }
        if let labels {
            guard labels.count == sequences.count else {
                throw ModelError.raggedBatch("\(labels.count) rows of labels do not fit \(sequences.count) sequences")
            }
            for (i, (ids, row)) in zip(sequences, labels).enumerated() where ids.count != row.count {
                throw ModelError.raggedBatch(
                    """
                    row \(i) has \(ids.count) tokens but \(row.count) labels; give each token one, -100 where nothing \
                    is to be predicted
                    """
                )
            }
        }
        for (i, row) in (labels ?? []).enumerated() {
            if let position = row.firstIndex(where: { $0 < 0 && $0 != TokenBatch.ignored }) {
                throw ModelError.raggedBatch(
                    """
                    row \(i) has the label \(row[position]) at position \(position); a label is a token id, or -100 \
                    where nothing is to be predicted
                    """
                )
            }
        }
        rows = sequences.count
        time = longest
        lengths = sequences.map(\.count)
        var ids: [Int32] = [], flat: [Int32] = []
        ids.reserveCapacity(rows * time)
        flat.reserveCapacity(rows * time)
        for (i, sequence) in sequences.enumerated() {
            let padding = time - sequence.count
            ids += sequence.map { Int32(clamping: $0) } + [Int32](repeating: 0, count: padding)
            flat += (labels?[i] ?? sequence).map { Int32(clamping: $0) } + [Int32](repeating: -100, count: padding)
        }
        self.ids = ids
        self.labels = flat
    }

    /// With a mask of ones and zeros instead of lengths. Padding on the left is taken away, and positions are counted
    /// from the first real token on. Padding on the right stays as it is, and so do labels that are given for it, which
    /// count as Hugging Face counts them; without labels nothing of it is to be predicted.
    public init(_ sequences: [[Int]], labels: [[Int]]?, mask: [[Int]]) throws {
        guard mask.count == sequences.count else {
            throw ModelError.raggedBatch("\(mask.count) rows of mask do not fit \(sequences.count) sequences")
        }
        var cut: [[Int]] = [], cutLabels: [[Int]] = [], padding: [(ids: [Int], labels: [Int])] = []
        for (i, (sequence, row)) in zip(sequences, mask).enumerated() {
            let start = row.firstIndex(of: 1) ?? row.count
            let length = row[start...].firstIndex(of: 0) ?? row.count
            guard row.count == sequence.count, row.allSatisfy({ $0 == 0 || $0 == 1 }), !row[length...].contains(1)
            else {
                throw ModelError.raggedBatch(
                    """
                    row \(i) of the mask must be ones, with zeros only before or after them (padding), one for each \
                    token
                    """
                )
            }
            if start == row.count {
                throw ModelError.raggedBatch(
                    "row \(i) of the mask has no ones: the sequence is all padding; leave it out")
            }
            guard labels.map({ i < $0.count && $0[i].count == sequence.count }) ?? true else {
                throw ModelError.raggedBatch(
                    """
                    row \(i) has \(sequence.count) tokens but not as many labels; give each token one, -100 where \
                    nothing is to be predicted
                    """
                )
            }
            // What is taken away cannot be kept. Labels of padding on the right stay.
            if let row = labels?[i], let place = row[..<start].firstIndex(where: { $0 != TokenBatch.ignored }) {
                throw ModelError.raggedBatch(
                    """
                    row \(i) has the label \(row[place]) at position \(place), where its mask is 0: padding is not \
                    predicted; write -100 there
                    """)
            }
            cut.append(Array(sequence[start..<length]))
            cutLabels.append(Array((labels?[i] ?? sequence)[start..<length]))
            padding.append(
                start == 0 ? (Array(sequence[length...]), labels.map { Array($0[i][length...]) } ?? []) : ([], []))
        }
        try self.init(cut, labels: cutLabels, padding: padding, time: sequences.map(\.count).max() ?? 0)
    }

    /// Padded to `time` even if every sequence is shorter, with what padding there is and 0 after it.
    private init(
        _ sequences: [[Int]], labels: [[Int]], padding: [(ids: [Int], labels: [Int])], time: Int
    ) throws {
        let tight = try TokenBatch(sequences, labels: labels)
        rows = tight.rows
        lengths = tight.lengths
        let width = max(time, tight.time), more = width - tight.time
        self.time = width
        func widen(_ values: [Int32], with filler: Int32) -> [Int32] {
            (0..<tight.rows).flatMap {
                values[($0 * tight.time)..<(($0 + 1) * tight.time)] + [Int32](repeating: filler, count: more)
            }
        }
        var ids = more == 0 ? tight.ids : widen(tight.ids, with: 0)
        var flat = more == 0 ? tight.labels : widen(tight.labels, with: -100)
        for (row, given) in padding.enumerated() {
            let places = tight.lengths[row]..<width
            for (t, id) in zip(places, given.ids) { ids[row * width + t] = Int32(clamping: max(0, id)) }
            for (t, label) in zip(places, given.labels) {
                guard label >= 0 || label == TokenBatch.ignored else {
                    throw ModelError.raggedBatch(
                        """
                        row \(row) has the label \(label) at position \(t); a label is a token id, or -100 where \
                        nothing is to be predicted
                        """)
                }
                flat[row * width + t] = Int32(clamping: label)
            }
        }
        self.ids = ids
        self.labels = flat
    }

    /// Positions (row · time + t) whose next token is to be predicted, with that token.
    public var targets: (positions: [Int32], labels: [Int32]) {
        var positions: [Int32] = [], targets: [Int32] = []
        for row in 0..<rows {
            for t in 0..<max(0, time - 1) where labels[row * time + t + 1] >= 0 {
                positions.append(Int32(row * time + t))
                targets.append(labels[row * time + t + 1])
            }
        }
        return (positions, targets)
    }

    /// How many targets each row has.
    public var targetCounts: [Int] {
        (0..<rows).map { row in (row * time + 1..<(row + 1) * time).count { labels[$0] >= 0 } }
    }

    /// The ids, with padding that is no token of the vocabulary as 0: only real tokens must be ones.
    func ids(below vocabulary: Int) -> [Int32] {
        guard lengths.contains(where: { $0 < time }), ids.contains(where: { Int($0) >= vocabulary }) else { return ids }
        var ids = ids
        for (row, length) in lengths.enumerated() {
            for i in row * time + length..<(row + 1) * time where Int(ids[i]) >= vocabulary { ids[i] = 0 }
        }
        return ids
    }

    /// `nil` if no sequence is padded.
    var paddedLengths: [Int]? { lengths.allSatisfy { $0 == time } ? nil : lengths }
}

extension TokenBatch {
    /// Each sequence in a batch of its own, in order.
    public func rowsApart() throws -> [TokenBatch] {
        try (0..<rows).map { try selecting([$0]) }
    }

    /// Each sequence with something to predict in a batch of its own.
    public func split() throws -> [TokenBatch] { try rowsApart().filter { $0.targetCounts[0] > 0 } }
}

extension TokenBatch {
    /// Token ids of a row without its padding.
    public func ids(ofRow row: Int) -> [Int] { ids[row * time..<row * time + lengths[row]].map { Int($0) } }

    /// Labels of a row without its padding.
    public func labels(ofRow row: Int) -> [Int] { labels[row * time..<row * time + lengths[row]].map { Int($0) } }

    /// What of a row comes before its first token to be predicted, and the tokens that are.
    public func promptAndAnswer(ofRow row: Int) -> (prompt: [Int], answer: [Int]) {
        let labels = labels(ofRow: row)
        let first = labels.indices.dropFirst().first { labels[$0] >= 0 } ?? labels.count
        return (Array(ids(ofRow: row)[..<first]), labels[first...].filter { $0 >= 0 })
    }

    /// Some of the rows, padded to the longest of them.
    public func selecting(_ rows: [Int]) throws -> TokenBatch {
        try TokenBatch(rows.map(written))
    }

    /// Rows that follow each other, as wide as the whole: padding that some published losses look at stays.
    public func slice(_ range: Range<Int>) -> TokenBatch {
        let range = range.clamped(to: 0..<rows)
        let places = range.lowerBound * time..<range.upperBound * time
        return TokenBatch(
            rows: range.count, time: time, ids: Array(ids[places]), labels: Array(labels[places]),
            lengths: Array(lengths[range]))
    }

    private init(rows: Int, time: Int, ids: [Int32], labels: [Int32], lengths: [Int]) {
        (self.rows, self.time, self.ids, self.labels, self.lengths) = (rows, time, ids, labels, lengths)
    }

    /// A row as it can be given again: without its padding, but for as much of it as bears labels.
    public func written(_ row: Int) -> (ids: [Int], labels: [Int], mask: [Int]) {
        let all = row * time..<(row + 1) * time
        let labelled = labels[all].lastIndex { $0 >= 0 }.map { $0 + 1 - row * time } ?? 0
        let range = all.prefix(max(lengths[row], labelled))
        return (
            ids[range].map { Int($0) }, labels[range].map { Int($0) },
            range.map { $0 - row * time < lengths[row] ? 1 : 0 }
        )
    }

    private init(_ rows: [(ids: [Int], labels: [Int], mask: [Int])]) throws {
        let longest = rows.map(\.ids.count).max() ?? 0
        if rows.allSatisfy({ !$0.mask.contains(0) }) {
            try self.init(rows.map(\.ids), labels: rows.map(\.labels))
        } else {
            func widened(_ values: [Int], _ filler: Int) -> [Int] {
                values + Array(repeating: filler, count: longest - values.count)
            }
            try self.init(
                rows.map { widened($0.ids, 0) }, labels: rows.map { widened($0.labels, TokenBatch.ignored) },
                mask: rows.map { widened($0.mask, 0) })
        }
    }

    /// These rows, then another batch's, padded to the longest of all.
    public func followed(by other: TokenBatch) throws -> TokenBatch {
        try TokenBatch((0..<rows).map(written) + (0..<other.rows).map(other.written))
    }

    /// Sequences side by side, padded on the right, with the loss on what each is to predict.
    ///
    /// Throws where there are none.
    public init(_ sequences: [TokenSequence]) throws {
        try self.init(sequences.map(\.ids), labels: sequences.map(\.labels))
    }
}
