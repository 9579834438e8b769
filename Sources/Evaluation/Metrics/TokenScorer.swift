/// Runs a model over examples, many at a time, and keeps of its predictions what metrics are made of.
import Autodiff
import Datasets
import Glibc
import LanguageModels
import Tensors
import Tokenizers

struct TokenScorer {
    let model: LanguageModel

    init(_ model: LanguageModel) { self.model = model.detached }

    /// A piece of an example: what the model reads, and what it is to predict after which position.
    private struct Piece {
        let example: Int
        let ids: [Int]
        let positions: [Int]
        let labels: [Int]
    }

    // MARK: Scores

    func scores(
        _ examples: MetricExamples, progress: (Int, Int) throws -> Void
    ) throws -> [TokenScores] {
        let sequences: [(ids: [Int], labels: [Int])]
        switch examples {
        case .questions(let set):
            return try scores(set.map { ($0.question, $0.answer) }, statistics: true, progress: progress)
        case .texts(let set): return try documents(set, progress: progress)
        case .tokens(let batch):
            sequences = (0..<batch.rows).map { (batch.ids(ofRow: $0), batch.labels(ofRow: $0)) }
        }
        for (index, sequence) in sequences.enumerated() where sequence.labels.dropFirst().allSatisfy({ $0 < 0 }) {
            throw MetricError(
                "sequence \(index) of the batch has nothing to predict: give it a label other than -100 after its first"
            )
        }
        return try scores(
            sequences.enumerated().map { piece($0, ids: $1.ids, labels: $1.labels) }, count: sequences.count,
            endings: sequences.map { TokenScores.ending(of: $0.labels, model.answerEnds) }, statistics: true,
            progress: progress)
    }

    /// Answers to questions, end token included.
    func scores(
        _ pairs: [(question: String, answer: String)], statistics: Bool, progress: (Int, Int) throws -> Void
    ) throws -> [TokenScores] {
        let encoder = try model.answerEncoder()
        let sequences = try pairs.map { pair in
            try model.device.cancellation.check()
            return try encoder.sequence(question: pair.question, answer: pair.answer)
        }
        return try scores(
            sequences.enumerated().map { piece($0, ids: $1.ids, labels: $1.labels) }, count: pairs.count,
            endings: sequences.map(\.endLength), statistics: statistics, progress: progress)
    }

    /// Documents between their start and an end token. One longer than the context is read in windows, each token predicted once from
    /// as much before it as the window that reaches it first has (as lm-evaluation-harness does it); its end is not
    /// predicted.
    private func documents(_ set: TextSet, progress: (Int, Int) throws -> Void) throws -> [TokenScores] {
        guard let tokenizer = model.tokenizer else { throw ModelError.noTokenizer }
        guard let end = tokenizer.endOfText else {
            throw MetricError("this model's tokenizer has no end-of-text token, which begins every text")
        }
        let context = model.architecture.context, start = try model.answerEncoder().documentStart
        var pieces: [Piece] = [], endings: [Int] = []
        for (index, document) in set.documents.enumerated() {
            try model.device.cancellation.check()
            let ids = start + (try tokenizer.encode(document, addingSpecial: false))
            if ids.count + 1 <= context {
                let unlabelled = Array(repeating: TokenBatch.ignored, count: start.count)
                pieces.append(piece(index, ids: ids + [end], labels: unlabelled + ids.dropFirst(start.count) + [end]))
                endings.append(1)
                continue
            }
            endings.append(0)
            var predicted = start.count - 1
            while predicted < ids.count - 1 {
                let count = min(context, ids.count - 1 - predicted)
                let stop = predicted + count, first = max(0, stop - context)
                pieces.append(
                    Piece(
                        example: index, ids: Array(ids[first..<stop]),
                        positions: Array(predicted - first..<stop - first),
                        labels: Array(ids[(predicted + 1)...stop])))
                predicted = stop
            }
        }
        return try scores(pieces, count: set.count, endings: endings, statistics: true, progress: progress)
    }

    private func piece(_ example: Int, ids: [Int], labels: [Int]) -> Piece {
        let positions = ids.indices.dropLast().filter { labels[$0 + 1] >= 0 }
        return Piece(example: example, ids: ids, positions: positions, labels: positions.map { labels[$0 + 1] })
    }

    private func scores(
        _ pieces: [Piece], count: Int, endings: [Int], statistics: Bool, progress: (Int, Int) throws -> Void
    ) throws -> [TokenScores] {
        try model.weights.constant("a model that is judged").device.cancellation.check()
        var parts = [TokenScores?](repeating: nil, count: pieces.count), done = 0
        // Logits of a batch stay below 64 MB.
        let ranks = model.device.ranks, vocabulary = max(1, model.architecture.vocabulary)
        let most = max(256, min(ranks.sharesWork ? 512 : 4096, (1 << 24) / vocabulary))
        let groups = BatchPlan(grouping: pieces.map(\.ids.count), tokens: most).batches
        let numbers = try ranks.numbers("scores of tokens", of: groups.count) { index in
            let group = groups[index], chosen = group.map { pieces[$0] }
            let batch = try TokenBatch(chosen.map(\.ids))
            let positions = chosen.enumerated().flatMap { row, piece in
                piece.positions.map { Int32(row * batch.time + $0) }
            }
            let labels = chosen.flatMap { $0.labels.map { Int32(clamping: $0) } }
            let all = try predictions(model.targetLogits(batch, positions), labels, statistics: statistics)
            done += group.count
            try progress(count * done / max(1, pieces.count), count)
            return all.flatMap(\.numbers)
        }
        for (group, numbers) in zip(groups, numbers) {
            var rest = numbers[...]
            let width = statistics ? TokenScores.width : 1
            for index in group {
                var scores = TokenScores()
                for _ in pieces[index].labels {
                    scores.append(TokenScores(numbers: rest.prefix(width)))
                    rest = rest.dropFirst(width)
                }
                parts[index] = scores
            }
        }
        // What others did.
        if done < pieces.count { try progress(count, count) }
        var result = endings.map { TokenScores(endLength: $0) }
        for (piece, part) in zip(pieces, parts) {
            if let part { result[piece.example].append(part) }
        }
        return result
    }

    /// What each row of logits [n, vocabulary] says of its label.
    private func predictions(_ logits: Variable, _ labels: [Int32], statistics: Bool) throws -> [TokenScores] {
        guard statistics else {
            return try logits.crossEntropy(labels).value.elements.map { TokenScores(logProbabilities: [-Double($0)]) }
        }
        let rows = try logits.logSoftmax(), vocabulary = rows.shape[1]
        let shares = try rows.apply(.exp).value
        return rows.value.withElements { logs in
            shares.withElements { shares in
                labels.indices.map { row in
                    let start = row * vocabulary
                    guard labels[row] >= 0, labels[row] < vocabulary else {
                        return TokenScores(logProbabilities: [.nan], hits: [false], means: [.nan], deviations: [.nan])
                    }
                    var best = start, mean = 0.0, square = 0.0
                    for i in start..<(start + vocabulary) {
                        let log = Double(logs[i]), share = Double(shares[i])
                        if logs[i] > logs[best] { best = i }
                        // A share of zero is one of nothing, also where its logarithm is -infinity.
                        if share > 0 {
                            mean += share * log
                            square += share * log * log
                        }
                    }
                    // Below this spread the quotient of min-k++ would be rounding error (the bound of its public code).
                    let deviation = max(square - mean * mean, 1e-6).squareRoot()
                    return TokenScores(
                        logProbabilities: [Double(logs[start + Int(labels[row])])],
                        hits: [best == start + Int(labels[row])], means: [mean], deviations: [deviation])
                }
            }
        }
    }

    // MARK: Gradients

    /// Each example in a batch of its own.
    func batches(_ examples: MetricExamples) throws -> [TokenBatch] { try withEndings(examples).map(\.batch) }

    /// The same with how many of its last tokens only end it.
    private func withEndings(_ examples: MetricExamples) throws -> [(batch: TokenBatch, ending: Int)] {
        func each(_ sequences: [TokenSequence]) throws -> [(TokenBatch, Int)] {
            try sequences.map { (try TokenBatch([$0]), $0.endLength) }
        }
        switch examples {
        case .questions(let set): return try each(model.answerEncoder().sequences(set))
        case .texts(let set):
            let encoder = try model.answerEncoder()
            return try each(set.documents.map { try encoder.sequence(document: $0) })
        case .tokens(let batch):
            return try batch.rowsApart().map { ($0, TokenScores.ending(of: $0.labels(ofRow: 0), model.answerEnds)) }
        }
    }

    func gradientNorms(_ examples: MetricExamples, progress: (Int, Int) throws -> Void) throws -> [Double] {
        let batches = try withEndings(examples).map { batch, ending in
            var labels = batch.labels(ofRow: 0)
            let places = labels.indices.dropFirst().filter { labels[$0] >= 0 }
            let left = TokenScores.ending(ending, of: places.count)
            guard left > 0 else { return batch }
            for place in places.suffix(left) { labels[place] = TokenBatch.ignored }
            return try TokenBatch([batch.ids(ofRow: 0)], labels: [labels])
        }
        var norms: [Double] = []
        // A row of gradients is as large as the model.
        for start in stride(from: 0, to: batches.count, by: 16) {
            let part = Array(batches[start..<min(start + 16, batches.count)])
            let rows = try model.exampleGradients(part)
            for row in part.indices {
                let gradient = rows.segment(row * model.layout.count, shape: [model.layout.count])
                let each = model.layout.entries.values.map { entry in
                    gradient.segment(entry.offset, shape: [entry.count]).norm()
                }
                norms.append(mean(each))
            }
            try progress(norms.count, batches.count)
        }
        return norms
    }
}
