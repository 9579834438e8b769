/// Optimizers that a program gave to a race: built-in ones and the user's own, on a point of the plane.
import Autodiff
import Evaluation
import Language
import Optimizers
import Tensors

/// One optimizer of a race.
package struct Racer {
    package let name: String
    private let function: Function
    private let call: Call
    private let engine: EngineContext
    private let location: LanguageError.Location

    /// - Parameters:
    ///   - position: among the racers.
    ///   - argument: of the call, which may hold several.
    /// - Throws: `LanguageError` when the value is no optimizer.
    package init(_ value: Value, at position: Int, argument: Int, _ call: Call, _ engine: EngineContext) throws {
        guard case .function(let function) = value else {
            throw LanguageError(
                """
                `\(call.builtin.name)` needs optimizers, such as adam(lr=0.1); number \(position + 1) is \(value.phrase)
                """,
                at: .given(argument))
        }
        guard function.builtin == nil || engine.catalogue.optimizer(of: function) != nil else {
            throw LanguageError(
                """
                `\(function.name ?? "this")` is not an optimizer; see ?adamw, or write a function (point, gradient, \
                state)
                """,
                at: .given(argument))
        }
        (self.function, self.call, self.engine, location) = (function, call, engine, .given(argument))
        name = function.name ?? "optimizer \(position + 1)"
    }

    /// The options set, in which optimizers of one name may differ: `lr=0.1`.
    package var options: [String] { function.options.map { "\($0.name)=\($0.value.display)" } }

    /// Its steps from a point on, with a memory of their own.
    package func steps(from start: Tensor) throws -> RaceLane.Step {
        let point = Value.foreign(TensorValue(Variable(start)))
        let form = PointForm(point, try FlatPoint(point, engine), engine)
        let reading = OptimizerReading(
            interpreter: call.interpreter, engine: engine, form: form, unnamed: name)
        return try RaceLane.steps(of: reading.rule(function, at: location), from: start)
    }

    /// Names by which all can be told apart: options are added where names alone do not.
    package static func names(_ racers: [Racer]) -> [String] {
        var names = racers.map { racer in
            let twins = racers.filter { $0.name == racer.name }
            guard twins.count > 1 else { return racer.name }
            let own = racer.options.filter { option in !twins.allSatisfy { $0.options.contains(option) } }
            return ([racer.name] + own).joined(separator: " ")
        }
        for (index, name) in names.enumerated() {
            var other = 1
            while names[..<index].contains(names[index]) {
                other += 1
                names[index] = "\(name) (\(other))"
            }
        }
        return names
    }
}
