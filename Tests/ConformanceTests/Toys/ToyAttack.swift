// An attack from outside its module.
import Autodiff
import Evaluation
import Foundation
import LanguageModels
import Settings

/// The answers to forget under weights that were made shorter.
struct ToyAttack: Attack {
    static let name = "toy_shrunk"
    static let summary = "A toy: the mean probability of the answers to forget after all weights were multiplied."

    var factor = 0.5
    static var settings: [Setting<Self>] { [.number("factor", \.factor, "what weights are multiplied with")] }

    func value(of subject: MetricSubject) throws -> MetricValue {
        let model = subject.model.detached
        let shrunk = try model.with(weights: Float(factor) * model.weights)
        let other = try MetricSubject(shrunk, on: subject.data)
        return MetricValue(meanOf: try other.tokenScores(.forget, for: Self.name).map { exp(-$0.loss) })
    }
}
