/// A vector of which only some elements are variables.
import Tensors

/// y = x, whose derivatives follow the selected elements only: the others are constants, what they are or what they are
/// elsewhere.
struct RestrictionOperation: PrimitiveOperation {
    let selection: ElementSelection
    var elsewhere: Tensor?
    var name: String { "restriction" }

    func forward(_ x: [Tensor]) throws -> Tensor {
        guard let elsewhere else { return x[0] }
        var y = x[0]
        try selection.restore(&y, from: elsewhere)
        return y
    }
    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        try tx[0].map(selection.projected)
    }
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        [try Variable(ProjectionOperation(selection: selection), [dy])]
    }
}

/// y = x at the selected elements, 0 elsewhere.
struct ProjectionOperation: PrimitiveOperation {
    let selection: ElementSelection
    var name: String { "projection" }

    func forward(_ x: [Tensor]) throws -> Tensor { try selection.projected(x[0]) }
    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        try tx[0].map(selection.projected)
    }
    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        [try Variable(self, [dy])]
    }
}

extension Variable {
    /// A segment of a restricted vector that holds none of the selected elements: a constant, so that no sweep forms
    /// its gradient, or goes below it where nothing that is selected lies. `nil` for every other segment.
    func frozen(_ segment: SegmentOperation) throws -> Variable? {
        guard let restriction = record?.operation as? RestrictionOperation,
            !restriction.selection.touches(segment.range)
        else { return nil }
        return Variable(try segment.forward([value]))
    }

    /// The same vector [total], of which all but the selected elements count as constants.
    public func restricted(to selection: ElementSelection) throws -> Variable {
        guard isTracked, !selection.isWhole else { return self }
        return try Variable(RestrictionOperation(selection: selection), [self])
    }

    /// The same vector at the selected elements, and a constant one at the others.
    public func pinned(outside selection: ElementSelection, at elsewhere: Tensor) throws -> Variable {
        try Variable(RestrictionOperation(selection: selection, elsewhere: elsewhere), [self])
    }
}
