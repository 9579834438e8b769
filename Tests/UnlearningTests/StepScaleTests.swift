// How far influence unlearning goes.
import Foundation
import Testing
import Unlearning

@Suite struct StepScaleTests {
    /// On a parabola the prediction is what happens.
    @Test(arguments: [(0.5, 2.0), (-0.3, 4.0), (0.0, 1.0), (0.2, 0.0)]) func theParabolaIsFollowed(
        _ slope: Double, _ curvature: Double
    ) throws {
        let step = try StepScale.withinLimit(slope: slope, curvature: curvature, limit: 0.1) {
            1.5 + slope * $0 + curvature * $0 * $0 / 2
        }
        #expect(abs(step.predictedRise - 0.099) < 1e-9 && abs(step.rise - 0.099) < 1e-9 && step.scale > 0)
        #expect(step.before == 1.5 && step.limit == 0.1)
    }

    /// Where the loss rises faster than its parabola the step is shortened until what is measured is within the limit.
    @Test func whatIsMeasuredCounts() throws {
        var tries = 0
        let step = try StepScale.withinLimit(slope: 0.1, curvature: 0.01, limit: 0.1) {
            tries += 1
            return exp(9 * $0) + 0.1 * $0
        }
        // Near to the limit, though the first steps back were too long.
        #expect(step.rise <= 0.1 && step.rise > 0.06 && step.scale > 0 && tries < 40)
        #expect(step.predictedRise < 0.01)
        // A loss that becomes infinite or NaN is no reason to go there.
        let wild = try StepScale.withinLimit(slope: 0, curvature: 1, limit: 0.5) { $0 > 0.01 ? .nan : $0 }
        #expect(wild.scale <= 0.01 && wild.scale > 0 && wild.rise <= 0.5)
    }

    @Test func whatNothingHoldsBackEnds() throws {
        let step = try StepScale.withinLimit(slope: -1, curvature: 0, limit: 0.1) { -$0 }
        #expect(step.scale.isFinite && step.rise < 0)
        let still = try StepScale.withinLimit(slope: 0, curvature: 0, limit: 0.1) { _ in 3 }
        #expect(still.scale.isFinite && still.rise == 0)
    }

    @Test func aGivenScaleIsTaken() throws {
        let step = try StepScale.given(2, slope: 1, curvature: 3, limit: 0.1) { $0 * 10 }
        #expect(step.scale == 2 && step.predictedRise == 8 && step.rise == 20)
    }
}
