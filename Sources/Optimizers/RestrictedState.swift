/// States of optimizers that move, or are of, a part of the parameters.
import Tensors

extension OptimizerState {
    /// Sets what is remembered of elements outside of a selection to 0, as at the start: weight decay must not gather
    /// there. Only tensors of one element for each parameter are of that kind.
    public mutating func restrict(to selection: ElementSelection) throws {
        for index in tensors.indices where tensors[index].count == selection.total {
            let tensor = try tensors[index].tensor
            if selection.isZeroOutside(tensor) { continue }
            try tensors[index].set(selection.projected(tensor))
        }
        for index in parts.indices { try parts[index].state.restrict(to: selection) }
    }

    /// The state of the selected parameters alone, one after the other.
    public func compacted(to selection: ElementSelection) throws -> OptimizerState {
        var result = self
        for index in tensors.indices where tensors[index].count == selection.total {
            try result.tensors[index].set(selection.compacted(tensors[index].tensor))
        }
        for index in parts.indices { result.parts[index].state = try parts[index].state.compacted(to: selection) }
        return result
    }

    /// The same state of more or fewer parameters: each tensor is what `change` makes of it, kept as it was.
    public func changed(_ change: (Tensor) throws -> Tensor) throws -> OptimizerState {
        var result = self
        for index in tensors.indices { try result.tensors[index].set(change(tensors[index].tensor)) }
        for index in parts.indices { result.parts[index].state = try parts[index].state.changed(change) }
        return result
    }
}
