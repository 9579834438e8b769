// One derivative in several sweeps: parts of a sum whose graphs are never in memory together.

/// Where the cotangents of several sweeps meet.
///
/// Contributions to one place of a leaf are added in the order in which a single sweep through all parts would add them,
/// so that the sum has the same bits: what is made of leaves alone, such as rows of a table of embeddings that is the
/// head's weight as well, waits until all that lies deeper has passed.
final class SweepGathering {
    /// At the leaves, and at what waits.
    var sinks: [ObjectIdentifier: Cotangent] = [:]
    /// What waits, in the order in which it was met.
    private(set) var held: [Variable] = []
    /// Whether the sweep under way is the last one.
    var isLast = false
    private var isReleasing = false

    /// Whether a variable waits for the last sweep's end.
    func holds(_ node: Variable, _ border: Set<ObjectIdentifier>, _ levels: UInt64) -> Bool {
        guard !isReleasing, let record = node.record else { return false }
        let isMadeOfLeaves = record.inputs.allSatisfy { input in
            guard input.requiresGradient, input.levels & levels != 0, !border.contains(ObjectIdentifier(input)) else {
                return true
            }
            guard let inner = input.record, inner.operation is SegmentOperation else { return false }
            return border.contains(ObjectIdentifier(inner.inputs[0]))
        }
        if isMadeOfLeaves { held.append(node) }
        return isMadeOfLeaves
    }

    /// What waited, one after the other, deepest first, once the last sweep has nothing else left.
    func next() -> Variable? {
        guard isLast else { return nil }
        if !isReleasing {
            isReleasing = true
            held = held.enumerated().sorted { ($0.element.depth, $1.offset) < ($1.element.depth, $0.offset) }
                .map(\.element)
        }
        return held.popLast()
    }
}
