/// Continuing texts, greedily or by sampling, with a cache of keys and values.
import Autodiff
import Tensors

/// How the next token is chosen.
public struct Sampling: Equatable, Sendable {
    /// 0 takes the most likely token.
    public var temperature: Double
    /// Only the k most likely tokens; 0 for all.
    public var top: Int
    /// Only the fewest tokens whose probabilities add up to this (nucleus sampling, Holtzman et al. 2020); 1 for all.
    public var topP: Double
    /// Logits of tokens that the text already has are divided by this where they are positive, and multiplied where
    /// they are negative (Keskar et al. 2019); 1 leaves them.
    public var repetitionPenalty: Double

    public static let greedy = Sampling(temperature: 0)
    public init(temperature: Double, top: Int = 0, topP: Double = 1, repetitionPenalty: Double = 1) {
        self.temperature = temperature
        self.top = top
        self.topP = topP
        self.repetitionPenalty = repetitionPenalty
    }
}

extension LanguageModel {
    /// Texts that go on together where ranks share them out.
    private static let rowsShared = 16

    /// Continues each prompt by at most `maximum` tokens, up to a token of `ends`, which is part of the result if it is
    /// `keptEnds`. All prompts advance together, so that each step is one product of matrices.
    /// - Parameter stops: hears the tokens that a prompt has got so far, and says whether they are enough.
    /// - Returns: the new tokens of each prompt.
    public func generate(
        _ prompts: [[Int]], maximum: Int, ends: Set<Int> = [], keptEnds: Set<Int> = [], sampling: Sampling = .greedy,
        stops: ((_ row: Int, _ tokens: [Int]) throws -> Bool)? = nil, from generator: inout RandomGenerator
    ) throws -> [[Int]] {
        guard let shortest = prompts.map(\.count).min(), let longest = prompts.map(\.count).max() else { return [] }
        guard shortest > 0 else {
            throw ModelError.raggedBatch("a prompt is empty; give at least one token to continue from")
        }
        if longest > architecture.context {
            throw ModelError.tooLong(length: longest, context: architecture.context)
        }
        var results = [[Int]](repeating: [], count: prompts.count)
        guard maximum > 0 else { return results }
        // What is drawn at random depends on all that was drawn before it, and every rank draws it.
        if device.ranks.sharesWork, sampling.temperature == 0, prompts.count > Self.rowsShared {
            var unused = generator
            let starts = Array(stride(from: 0, to: prompts.count, by: Self.rowsShared))
            return try device.ranks.numbers("greedy texts", of: starts.count) { piece in
                let rows = starts[piece]..<min(starts[piece] + Self.rowsShared, prompts.count)
                return try generate(
                    Array(prompts[rows]), maximum: maximum, ends: ends, keptEnds: keptEnds, sampling: sampling,
                    stops: stops.map { stops in { try stops(rows.lowerBound + $0, $1) } }, from: &unused
                ).flatMap { [Double($0.count)] + $0.map(Double.init) }
            }.flatMap { numbers in
                var rest = numbers[...], texts: [[Int]] = []
                while let count = rest.popFirst() {
                    texts.append(rest.prefix(Int(count)).map { Int($0) })
                    rest = rest.dropFirst(Int(count))
                }
                return texts
            }
        }
        // Where positions depend on a text's length, only texts of one length share them.
        let isShared = longest + maximum <= architecture.fixedPositions ?? .max
        let groups = isShared ? [Array(prompts.indices)] : Self.byLength(prompts)
        for rows in groups {
            let found = try together(
                rows.map { prompts[$0] }, maximum: maximum, ends: ends, keptEnds: keptEnds, sampling: sampling,
                stops: stops.map { stops in { try stops(rows[$0], $1) } }, from: &generator)
            for (row, tokens) in zip(rows, found) { results[row] = tokens }
        }
        return results
    }

    /// Prompts of equal length, the groups in the order of their first.
    private static func byLength(_ prompts: [[Int]]) -> [[Int]] {
        var groups: [[Int]] = [], places: [Int: Int] = [:]
        for (row, prompt) in prompts.enumerated() {
            if let place = places[prompt.count] {
                groups[place].append(row)
            } else {
                places[prompt.count] = groups.count
                groups.append([row])
            }
        }
        return groups
    }

    /// The same for prompts none of which is empty, in one batch.
    private func together(
        _ prompts: [[Int]], maximum: Int, ends: Set<Int>, keptEnds: Set<Int>, sampling: Sampling,
        stops: ((_ row: Int, _ tokens: [Int]) throws -> Bool)?, from generator: inout RandomGenerator
    ) throws -> [[Int]] {
        var results = [[Int]](repeating: [], count: prompts.count)
        let shortest = prompts.map(\.count).min() ?? 0
        let capacity = min(architecture.context, (prompts.map(\.count).max() ?? 0) + maximum)
        let cache = try KeyValueCache(architecture, rows: prompts.count, capacity: capacity, on: device)
        let shared = Weights(of: self, weights.detached)
        var done = [Bool](repeating: false, count: prompts.count)
        // The first run takes what all prompts have; then one position at a time.
        var next = prompts.map { Array($0[..<shortest]) }
        // What has been read so far, where it may have to be read again.
        let turn = architecture.cachedPositions
        var read = turn == nil ? [] : [[Int]](repeating: [], count: prompts.count)
        while true {
            if let turn {
                for row in prompts.indices { read[row] += next[row] }
                if cache.length > 0, cache.length <= turn, cache.length + next[0].count > turn {
                    cache.clear()
                    next = read
                }
            }
            let time = next[0].count
            let pass = try ForwardPass(
                shared, ids: next.flatMap { $0.map { Int32(clamping: $0) } }, rows: prompts.count, time: time,
                architecture: architecture, cache: cache)
            let hidden = try architecture.hidden(pass)
            cache.advance(time)
            let position = cache.length
            let last = (0..<prompts.count).map { Int32($0 * time + time - 1) }
            let logits = try architecture.logits(hidden.gather(last), shared).value
            next = []
            for (row, prompt) in prompts.enumerated() {
                if row & 63 == 0 { try device.cancellation.check() }
                if position < prompt.count {
                    next.append([prompt[position]])
                    continue
                }
                if done[row] {
                    next.append([prompt[0]])
                    continue
                }
                let scores = try logits.rows(row..<(row + 1))
                if sampling.repetitionPenalty != 1 {
                    scores.penalize(Set(prompt + results[row]), by: Float(sampling.repetitionPenalty))
                }
                let token = scores.withElements { choose($0, sampling, &generator) }
                if ends.contains(token) {
                    done[row] = true
                    if keptEnds.contains(token) { results[row].append(token) }
                } else {
                    results[row].append(token)
                    done[row] = try results[row].count >= maximum || stops?(row, results[row]) ?? false
                }
                next.append([token])
            }
            if position >= capacity || !done.contains(false) { return results }
        }
    }

    private func choose(
        _ logits: UnsafeBufferPointer<Float>, _ sampling: Sampling, _ generator: inout RandomGenerator
    ) -> Int {
        guard sampling.temperature > 0 else {
            var best = 0
            for i in logits.indices where logits[i] > logits[best] { best = i }
            return best
        }
        var candidates = Array(logits.indices)
        if sampling.top > 0 && sampling.top < candidates.count || sampling.topP < 1 {
            candidates.sort { (logits[$0], $1) > (logits[$1], $0) }
        }
        if sampling.top > 0, sampling.top < candidates.count { candidates.removeSubrange(sampling.top...) }
        let largest = candidates.map { logits[$0] }.max() ?? 0
        var weights = candidates.map { exp(Double(logits[$0] - largest) / sampling.temperature) }
        if sampling.topP < 1 {
            // The likeliest one always stays.
            var left = sampling.topP * weights.reduce(0, +), count = 0
            repeat {
                left -= weights[count]
                count += 1
            } while left > 0 && count < weights.count
            candidates.removeSubrange(count...)
            weights.removeSubrange(count...)
        }
        var draw = generator.uniform() * weights.reduce(0, +)
        for (candidate, weight) in zip(candidates, weights) {
            draw -= weight
            if draw < 0 { return candidate }
        }
        return candidates.last ?? 0
    }
}

extension Tensor {
    /// Makes some logits less likely.
    fileprivate func penalize(_ tokens: Set<Int>, by penalty: Float) {
        withWritable { logits in
            for token in tokens where (0..<count).contains(token) {
                logits[token] = logits[token] > 0 ? logits[token] / penalty : logits[token] * penalty
            }
        }
    }
}

import Glibc
