// An optimizer from outside its module: everything it needs is public.
import CKernels
import Optimizers
import Settings

/// Gradient descent with a momentum of one half.
struct ToyOptimizer: ElementwiseOptimizer {
    static let name = "toy"
    static let summary = "A toy: every parameter moves by lr against m, and m becomes m / 2 plus the gradient."

    var learningRate = 0.25
    var weightDecay = 0.0
    var stateFormat = StateFormat.float32

    static var settings: [Setting<Self>] {
        [
            .number("lr", \.learningRate, "learning rate of the toy"),
            .number("weight_decay", \.weightDecay, "pull of the parameters towards 0, times lr"),
        ]
    }

    var stateNames: [String] { ["momentum"] }

    func update(
        _ arrays: UnsafePointer<lethe_update>, start: Int, count: Int, at context: StepContext
    ) -> UpdateOutcome {
        let a = arrays.pointee
        guard let old = a.first, let new = a.new_first, let gradient = a.gradient, let parameters = a.parameters,
            let moved = a.new_parameters
        else { return UpdateOutcome() }
        let rate = Float(context.learningRate), decay = Float(context.learningRate * weightDecay)
        for i in start..<(start + count) {
            new[i] = 0.5 * old[i] + gradient[i]
            moved[i] = parameters[i] - decay * parameters[i] - rate * new[i]
        }
        return UpdateOutcome()
    }
}
