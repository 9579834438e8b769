/// What an update of some elements came to.
import CKernels

public struct UpdateOutcome: Equatable, Sendable {
    /// How many elements were cut to ±1.
    public let clipped: Int
    /// Whether every number that was written is known to be finite. Kernels see it as they write; reading new weights and
    /// state once more for it would cost nearly half of the step.
    public let isFinite: Bool

    /// - Parameter isFinite: false where it is not known: then the numbers are read before they are used.
    public init(clipped: Int = 0, isFinite: Bool = false) {
        self.clipped = clipped
        self.isFinite = isFinite
    }

    init(_ outcome: lethe_outcome) {
        self.init(clipped: outcome.clipped, isFinite: outcome.finite != 0)
    }

    /// The outcome for no elements.
    static let nothing = UpdateOutcome(isFinite: true)

    static func + (a: Self, b: Self) -> Self {
        UpdateOutcome(clipped: a.clipped + b.clipped, isFinite: a.isFinite && b.isFinite)
    }
}
