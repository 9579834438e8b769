// A pattern as it is written: the parts of a regular expression.

/// A part of a regular expression over Unicode scalars.
indirect enum PatternNode: Sendable {
    /// One scalar of a set.
    case one(ScalarSet)
    case sequence([PatternNode])
    /// The first that lets the whole match.
    case either([PatternNode])
    case repeated(PatternNode, min: Int, max: Int?, Greed)
    /// What follows or stands before, without being part of the match.
    case look(PatternNode, behind: Bool, negative: Bool)
    /// Its first way to match only.
    case atomic(PatternNode)
    case place(Place)

    enum Greed: Sendable { case greedy, lazy, possessive }

    enum Place: Sendable { case textStart, textEnd, lineStart, lineEnd, lastLineEnd, wordBoundary, noWordBoundary }

    static let empty = PatternNode.sequence([])

    /// Whether it can match no scalar at all.
    var canBeEmpty: Bool {
        switch self {
        case .one: false
        case .sequence(let parts): parts.allSatisfy(\.canBeEmpty)
        case .either(let parts): parts.contains { $0.canBeEmpty }
        case .repeated(let part, let min, _, _): min == 0 || part.canBeEmpty
        case .atomic(let part): part.canBeEmpty
        case .look, .place: true
        }
    }

    /// How many scalars it matches, where that is always the same number.
    var length: Int? {
        switch self {
        case .one: return 1
        case .sequence(let parts):
            return parts.reduce(0) { sum, part in sum.flatMap { sum in part.length.map { sum + $0 } } }
        case .either(let parts):
            guard let first = parts.first?.length, parts.allSatisfy({ $0.length == first }) else { return nil }
            return first
        case .repeated(let part, let min, let max, _):
            guard min == max else { return nil }
            return part.length.map { $0 * min }
        case .atomic(let part): return part.length
        case .look, .place: return 0
        }
    }
}

/// Why a pattern is not read: what in it, and where.
struct PatternError: Error, Equatable {
    /// Goes on after "the pattern": `holds "\R" at character 3, …`.
    var message: String
}
