/// From a function of the language to what takes steps: a built-in optimizer with its settings and the optimizers it is
/// made of, or the user's own.
import Curvature
import Language
import Optimizers
import Settings

struct OptimizerReading {
    let interpreter: Interpreter
    let engine: EngineContext
    /// What the steps move.
    let form: PointForm
    /// What messages call a function that has no name.
    var unnamed = "the optimizer"

    /// - Parameter location: where the function was given.
    /// - Throws: `LanguageError` for a built-in that is no optimizer, or a composition that would be wrong.
    func rule(_ function: Function, at location: LanguageError.Location) throws -> any StepRule {
        let rule: any StepRule
        if let type = engine.catalogue.optimizer(of: function) {
            rule = try optimizer(type) { function.option($0) ?? .nothing }
        } else if engine.catalogue.solver(of: function) == KroneckerFactored.self {
            rule = try naturalGradient(function, at: location)
        } else if function.builtin != nil {
            throw LanguageError(
                """
                `\(function.name ?? "this")` is not an optimizer; see ?adamw, or write a function (model, gradient, \
                state)
                """, at: location)
        } else {
            rule = try FunctionRule(
                RunFunction(function, interpreter, engine), form, called: function.name ?? unnamed, at: location)
        }
        do { try rule.check() } catch let error as OptimizerError { throw LanguageError("\(error)", at: location) }
        return rule
    }

    /// The solver kfac in an optimizer's place.
    private func naturalGradient(_ kfac: Function, at location: LanguageError.Location) throws -> NaturalGradient {
        var rule = NaturalGradient()
        for (name, value) in kfac.options {
            switch name {
            case "damping": if let number = value.number { rule.damping = number }
            case "labels": rule.labels = value.string.flatMap { NaturalGradient.Labels(rawValue: $0) } ?? .sampled
            default:
                throw LanguageError(
                    "`kfac` as an optimizer takes damping and labels, and has no `\(name)`",
                    advice: ["natural_gradient has a learning rate, too"], at: location)
            }
        }
        return rule
    }

    /// A built-in optimizer with the settings that `value` gives by name.
    func optimizer(_ type: any Optimizer.Type, _ value: (String) throws -> Value) throws -> any Optimizer {
        let made = try type.configured(value)
        guard var wrapper = made as? any OptimizerWrapper else { return made }
        try fill(&wrapper, value)
        return wrapper
    }

    private func fill(_ wrapper: inout any OptimizerWrapper, _ value: (String) throws -> Value) throws {
        for (index, slot) in type(of: wrapper).slots.enumerated() {
            let given = try value(slot.name)
            if given.isNothing { continue }
            guard case .function(let function) = given else {
                throw LanguageError(
                    "`\(slot.name)` of `\(wrapper.name)` must be an optimizer; it is \(given.phrase)",
                    at: .argument(slot.name))
            }
            wrapper.rules[index] = try rule(function, at: .argument(slot.name))
        }
    }
}
