// What becomes of a match where text is cut: the five behaviors of the Hugging Face libraries.

import Files

/// What becomes of the matches at which a text is cut.
enum CutBehavior: String, CaseIterable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"

    init(_ node: JSONNode) throws {
        let name = try node.string()
        guard let behavior = CutBehavior(rawValue: name) else {
            throw node.error(
                "is \(name), which is not known; \(Self.allCases.map(\.rawValue).joined(separator: ", ")) are")
        }
        self = behavior
    }
}

/// Makes pieces of the parts of a text, which are matches and what is between them.
private struct Cutter {
    let behavior: CutBehavior
    /// What the next part may belong to.
    private var held: Range<Int>?
    private var wasMatch = false

    init(_ behavior: CutBehavior) { self.behavior = behavior }

    /// Takes the next part.
    /// - Returns: a piece that is complete.
    mutating func take(_ range: Range<Int>, isMatch: Bool) -> Range<Int>? {
        defer { wasMatch = isMatch }
        switch behavior {
        case .removed: return isMatch ? nil : range
        case .isolated: return range
        case .mergedWithPrevious, .contiguous:
            let joins = behavior == .contiguous ? isMatch == wasMatch : isMatch && !wasMatch
            let before = held
            held = joins && before != nil ? (before?.lowerBound ?? 0)..<range.upperBound : range
            return joins ? nil : before
        case .mergedWithNext:
            let before = held
            held = isMatch ? range : nil
            return isMatch ? before : (before?.lowerBound ?? range.lowerBound)..<range.upperBound
        }
    }

    /// What is left at the end of the text.
    func rest() -> Range<Int>? { held }
}

extension TextPattern {
    /// Calls `emit` with the pieces of a text that is cut at the pattern's matches.
    /// - Parameter isInverted: whether it is cut at what is between them instead.
    func cut(
        _ text: TextPiece, _ behavior: CutBehavior, isInverted: Bool = false, _ emit: (TextPiece) throws -> Void
    ) rethrows {
        var cutter = Cutter(behavior)
        try forEachPart(of: text.bytes) { range, isMatch in
            if let piece = cutter.take(range, isMatch: isMatch != isInverted), !piece.isEmpty { try emit(text[piece]) }
        }
        if let piece = cutter.rest(), !piece.isEmpty { try emit(text[piece]) }
    }
}
