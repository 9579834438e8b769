/// Derivatives as recorded operations: what a derivative inside another one consists of.
import Tensors

/// A function applied to leaves of its own, as a graph.
struct RecordedFunction {
    let leaves: [Variable]
    let y: Variable
    /// The derivative that is taken of it.
    let level: UInt64

    /// ∇y.
    func gradient() throws -> [Variable] {
        let one = Variable(try Tensor(repeating: 1, shape: y.shape, on: y.device))
        return try whole(Variable.gradients(of: [(y, one)], withRespectTo: leaves, levels: level))
    }

    /// ∇²y v from ∇y, which is symmetric: the gradient's vector-Jacobian product.
    func hessianProduct(_ gradient: [Variable], _ v: [Variable]) throws -> [Variable] {
        try whole(Variable.gradients(of: Array(zip(gradient, v)), withRespectTo: leaves, levels: level))
    }

    /// J v for outputs of the graph. A vector-Jacobian product Jᵀu is linear in u; what it does to v is its own
    /// transpose.
    /// - Parameters:
    ///   - level: the derivative with respect to the leaves.
    ///   - inner: a further one, with respect to u.
    static func directional(
        _ outputs: [Variable], _ leaves: [Variable], along v: [Variable], _ level: UInt64, _ inner: UInt64
    ) throws -> [Variable] {
        let u = try outputs.map {
            Variable(try Tensor.zeros($0.shape, on: $0.device), tangent: nil, requiresGradient: true, levels: inner)
        }
        let pulled = try Variable.gradients(of: Array(zip(outputs, u)), withRespectTo: leaves, levels: level)
        let pairs = zip(pulled, v).compactMap { pulled, v in pulled.map { ($0, v) } }
        return try zip(outputs, Variable.gradients(of: pairs, withRespectTo: u, levels: inner)).map { output, result in
            try result ?? Variable(Tensor.zeros(output.shape, on: output.device))
        }
    }

    /// Jᵀ H J v, with J from the leaves to where the loss leaves the network, and H the Hessian of what follows.
    func gaussNewtonProduct(_ v: [Variable], level inner: UInt64) throws -> [Variable] {
        let cut = try NetworkCut(y, leaves: leaves, levels: level)
        // What reaches the loss beside the network is an output of its own, with J = 1.
        let outputs = cut.outputs + leaves
        let one = Variable(try Tensor(repeating: 1, shape: y.shape, on: y.device))
        let partials = try Variable.gradients(of: [(y, one)], withRespectTo: outputs, levels: level)
        let moved = try RecordedFunction.directional(cut.outputs, leaves, along: v, level, inner) + v
        let pairs = zip(partials, moved).compactMap { partial, moved in partial.map { ($0, moved) } }
        let curved = try Variable.gradients(of: pairs, withRespectTo: outputs, levels: level)
        let below = zip(cut.outputs, curved).compactMap { output, curved in curved.map { (output, $0) } }
        let through = try Variable.gradients(of: below, withRespectTo: leaves, levels: level)
        return try whole(
            zip(through, curved[cut.outputs.count...]).map { a, b in
                if let a, let b { return try a + b }
                return a ?? b
            })
    }

    private func whole(_ parts: [Variable?]) throws -> [Variable] {
        try zip(leaves, parts).map { leaf, part in
            try part?.reshaped(leaf.shape) ?? Variable(Tensor.zeros(leaf.shape, on: leaf.device))
        }
    }
}
