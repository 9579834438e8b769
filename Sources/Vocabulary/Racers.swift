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
        (self.function, self.call, self.engine) = (function, call, engine)
        name = function.name ?? "optimizer \(position + 1)"
    }

    /// The options set, in which optimizers of one name may differ: `lr=0.1`.
    package var options: [String] { function.options.map { "\($0.name)=\($0.value.display)" } }

    /// Its steps from a point on, with a memory of their own.
    package func steps(from start: Tensor) throws -> RaceLane.Step {
        if let optimizer = engine.catalogue.optimizer(of: function) {
            return try RaceLane.steps(of: optimizer.configured(by: function), from: start)
        }
        let parameters = function.parameters
        let hasState = parameters.count > 2
        var state = hasState ? parameters[2].defaultValue ?? .nothing : .nothing
        return { point, gradient, _ in
            let arguments: [Value] =
                [.foreign(TensorValue(point)), .foreign(TensorValue(gradient))] + (hasState ? [state] : [])
            let result = try call.call(function, arguments)
            var moved = result
            if case .list(let pair) = result, pair.count == 2, pair[0].number == nil {
                (moved, state) = (pair[0], pair[1])
            }
            guard let next = try engine.variable(moved), next.shape == [2] else {
                throw LanguageError(
                    """
                    \(function.name.map { "`\($0)`" } ?? name) must return a point and a state, as in `return p - lr * \
                    g, s`; it returned \(result.phrase)
                    """
                )
            }
            point = try next.constant("the point that an optimizer returned")
        }
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
