// "Did you mean": the nearest of some names, if it is near enough.

/// The candidate a misspelt name most likely meant: one equal but for case, else the nearest within
/// max(1, length/3) edits, counting a transposition as one; nil when none is that near.
///
/// Earlier candidates win ties, so callers put the likelier ones first.
public func suggestion(for name: String, among candidates: [String]) -> String? {
    let lowered = name.lowercased()
    if let same = candidates.first(where: { $0 != name && $0.lowercased() == lowered }) { return same }
    let limit = max(1, name.count / 3)
    let word = Array(name.unicodeScalars)
    var best: (name: String, distance: Int)?
    for candidate in candidates where candidate != name {
        let other = Array(candidate.unicodeScalars)
        guard abs(other.count - word.count) <= limit else { continue }
        let distance = editDistance(word, other)
        // One edit makes anything of a one-letter name.
        guard distance <= limit, distance < word.count else { continue }
        if distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.name
}

/// Restricted Damerau–Levenshtein distance: insertions, deletions, substitutions and swaps of neighbours, each one edit
/// (optimal string alignment).
func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 0..<a.count {
        var row = [i + 1]
        for j in 0..<b.count {
            var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforeLast[j - 1] + 1) }
            row.append(cost)
        }
        (beforeLast, last) = (last, row)
    }
    return last[b.count]
}
