/// The inverse that influence scores are taken with.
import Curvature
import Language
import Tensors

/// (H + λI)⁻¹ as it is applied, and what became known of it.
final class AppliedInverse {
    var name = ""
    var damping: Double?
    /// The largest residual that was measured: of all solutions where they are iterated for, else of the first one,
    /// since a product with all the data for each would cost more than the scores.
    var residual: Double?
    var products = 0, gradients = 0, bytes = 0
    /// Whether a solution was found for an ill system, and said so.
    private(set) var isIll = false
    private var isMeasured = false
    var apply: (Tensor) throws -> Tensor = { $0 }

    func add(_ answer: InverseSolution) {
        damping = answer.damping
        if let own = answer.residual { residual = max(residual ?? 0, own) }
        products += answer.products
        gradients += answer.gradients
        bytes = max(bytes, answer.bytes)
        switch answer.ending {
        case .singular, .negativeCurvature: isIll = true
        default: break
        }
    }

    /// Measures the first solution.
    func measure(_ x: Tensor, _ system: CurvatureSystem) throws {
        guard !isMeasured else { return }
        isMeasured = true
        guard let (measured, own) = try system.measuredResidual(of: x, damping: damping ?? 0, for: name) else {
            return
        }
        residual = measured
        products += own
    }

    func fields() -> [(String, Value)] {
        [
            ("sign", .string(ScoreFunctions.sign)), ("inverse", .string(name)),
            ("damping", damping.map { .number($0) } ?? .nothing),
            ("residual", residual.map { .number($0) } ?? .nothing), ("products", .number(products)),
            ("gradients", .number(gradients)), ("bytes", .number(bytes)),
        ]
    }
}
