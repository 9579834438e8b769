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
    /// far from θ₀ the parabola promises too much. It aims a hundredth below the limit, so that where the parabola is
    /// right no rounding decides whether the step is within it.
    /// - Parameters:
    ///   - slope: gᵀx.
    ///   - curvature: xᵀGx; what rounding leaves below 0 counts as 0.
    ///   - loss: the retained loss at θ₀ + s x.
    public static func withinLimit(
        slope: Double, curvature: Double, limit: Double, loss: (_ scale: Double) throws -> Double
    ) throws -> StepScale {
        let curvature = max(0, curvature), before = try loss(0)
        // The larger root of curvature/2 s² + slope s = limit, in the form that does not cancel.
        let aim = StepScale.aim * limit, root = (slope * slope + 2 * curvature * aim).squareRoot()
        let denominator = slope + root
        var scale = denominator > 2 * aim / StepScale.largest ? 2 * aim / denominator : StepScale.largest
        var rise = try loss(scale) - before, beyond: Double?
        // Each try is shorter by a twentieth at least: four hundred reach below any float32's last digit.
        for _ in 0..<400 where !(rise <= limit) {
            beyond = scale
            let share = rise.isFinite ? (aim / rise).squareRoot() : 0.1
            scale *= min(0.95, max(0.1, share))
            rise = try loss(scale) - before
        }
        // Losses rise faster than parabolas: the last try may have been far too short. Halving what is between.
        for _ in 0..<6 where rise < StepScale.near * limit {
            guard let far = beyond else { break }
            let middle = (scale * far).squareRoot(), tried = try loss(middle) - before
            if tried <= limit { (scale, rise) = (middle, tried) } else { beyond = middle }
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

    /// The share of the limit that is aimed at.
    private static let aim = 0.99
    /// The share of the limit that is near enough.
    private static let near = 0.8
    /// Beyond any step that means something.
    private static let largest = 1e6
}
