/// How far influence unlearning goes along its direction, by what the retained loss may rise.
import LanguageModels
import Tensors

/// The scale s of a step s x, and what it does to the retained loss (in nats a token).
public struct StepScale: Equatable, Sendable {
    public let scale: Double
    /// s gᵀx + s²/2 xᵀGx, with g the gradient of the retained loss and G its Gauss-Newton matrix.
    public let predictedRise: Double
    /// What it came to.
    public let rise: Double
    /// The retained loss before the step.
    public let before: Double
    /// What it may rise.
    public let limit: Double

    /// The largest scale whose predicted rise is within `limit`, made smaller until the rise that is measured is so, too:
    /// far from θ₀ the parabola promises too much.
    /// - Parameters:
    ///   - slope: gᵀx.
    ///   - curvature: xᵀGx; what rounding leaves below 0 counts as 0.
    ///   - loss: the retained loss at θ₀ + s x.
    public static func withinLimit(
        slope: Double, curvature: Double, limit: Double, loss: (_ scale: Double) throws -> Double
    ) throws -> StepScale {
        let curvature = max(0, curvature), before = try loss(0)
        // The larger root of curvature/2 s² + slope s = limit, in the form that does not cancel.
        let root = (slope * slope + 2 * curvature * limit).squareRoot()
        let denominator = slope + root
        var scale = denominator > 2 * limit / StepScale.largest ? 2 * limit / denominator : StepScale.largest
        var rise = try loss(scale) - before
        // Each try is shorter by a tenth at least: two hundred reach below any float32's last digit.
        // Rounding of the limit itself is no excess.
        for _ in 0..<200 where !(rise <= limit * (1 + 1e-9)) {
            let share = rise.isFinite ? (limit / rise).squareRoot() : 0.1
            scale *= min(0.9, max(0.1, share))
            rise = try loss(scale) - before
        }
        return StepScale(
            scale: scale, predictedRise: slope * scale + curvature * scale * scale / 2, rise: rise, before: before,
            limit: limit)
    }

    /// A scale that is given, with the same figures.
    public static func given(
        _ scale: Double, slope: Double, curvature: Double, limit: Double, loss: (_ scale: Double) throws -> Double
    ) throws -> StepScale {
        let before = try loss(0)
        return StepScale(
            scale: scale, predictedRise: slope * scale + max(0, curvature) * scale * scale / 2,
            rise: try loss(scale) - before, before: before, limit: limit)
    }

    /// Beyond any step that means something.
    private static let largest = 1e6
}
