/// What an optimizer remembers, as a record: how many steps it has taken, tensors built like the parameters or as they
/// are, numbers, and the records of the optimizers it is made of.
import Autodiff
import Language
import Optimizers
import Tensors

enum StateRecord {
    static func record(_ state: OptimizerState, like point: FlatPoint) throws -> Value {
        var fields: [(String, Value)] = [("step", .number(state.step))]
        if let memory = state.custom as? RuleMemory { fields.append(("state", memory.value)) }
        for entry in state.tensors {
            let tensor = try entry.tensor
            fields.append(
                (
                    entry.name,
                    tensor.shape == point.flat.shape
                        ? try point.direction(tensor) : .foreign(TensorValue(Variable(tensor)))
                ))
        }
        fields += state.numbers.map { ($0.name, .number($0.value)) }
        for part in state.parts { fields.append((part.name, try record(part.state, like: point))) }
        return .record(fields)
    }

    /// - Parameter template: the optimizer's state before its first step, which tells what is what.
    static func state(
        _ value: Value, _ template: OptimizerState, _ call: Call, _ engine: EngineContext
    ) throws -> OptimizerState {
        guard case .record(let record) = value, let step = try record["step"]?.asNumber.flatMap({ Int(exactly: $0) })
        else {
            throw call.wrong("state", value, mustBe: "the state that the last step returned, or none")
        }
        if template.custom != nil {
            return try OptimizerState(step: step, custom: RuleMemory(record["state"] ?? .nothing))
        }
        var tensors: [OptimizerState.Entry] = [], numbers: [OptimizerState.Number] = []
        var parts: [OptimizerState.Part] = []
        for (name, value) in record.fields where name != "step" {
            if let part = template.parts.first(where: { $0.name == name }) {
                parts.append(.init(name: name, state: try state(value, part.state, call, engine)))
            } else if template.numbers.contains(where: { $0.name == name }), let x = value.number {
                numbers.append(.init(name: name, value: x))
            } else if let tensor = (value.foreign as? TensorValue)?.variable,
                let own = template.tensors.first(where: { $0.name == name }), own.shape.count != 1
            {
                tensors.append(.init(name: name, tensor: try tensor.constant("the state of an optimizer")))
            } else {
                tensors.append(.init(name: name, tensor: try FlatPoint(value, engine).flat))
            }
        }
        return try OptimizerState(step: step, tensors: tensors, numbers: numbers, parts: parts)
    }
}
