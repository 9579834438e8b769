/// The loss over a whole data set, one batch in memory at a time.
import Autodiff
import Tensors

/// Σ c_b · nll_b over many batches as one operation on the weights. Every rule runs batch by batch and keeps no graph,
/// so memory is that of one batch.
struct DataLossOperation: Operation {
    let model: LanguageModel
    let batches: [TokenBatch]
    /// One factor a batch: its share of all targets.
    let shares: [Double]
    var name: String { "nll of data" }
    var containsNetworkOutput: Bool { true }

    private func loss(_ weights: Variable, _ index: Int) throws -> Variable {
        try model.with(weights: weights).nll(batches[index])
    }

    func forward(_ x: [Tensor]) throws -> Tensor {
        try sum(on: x[0].device) { try loss(Variable(x[0]), $0).value }
    }

    func tangent(_ x: [Tensor], _ tx: [Tensor?], _ y: Tensor) throws -> Tensor? {
        try sum(on: x[0].device) { try loss(Variable(x[0], tangent: tx[0]), $0).tangent }
    }

    /// Σ share · number over the batches.
    private func sum(on device: Device, _ number: (Int) throws -> Tensor?) throws -> Tensor {
        let numbers = try device.ranks.numbers("loss of data", of: shares.count) {
            [Double(try number($0)?.item() ?? 0)]
        }
        return try Tensor(scalar: Float(zip(shares, numbers).reduce(0) { $0 + $1.0 * $1.1[0] }), on: device)
    }

    func reverse(_ r: borrowing Reversal) throws {
        // With L = Σ c_b L_b: dw = dy ∇L, and its tangent tdy ∇L + dy ∇²L tw.
        let dy = try r.dy.item(), tdy = try r.tdy?.item()
        let kind: SweepKind =
            r.tx[0] == nil
            ? .gradient
            : r.kind == .gaussNewtonProduct
                ? .gaussNewtonProduct : .gradientAndHessianProduct
        if kind == .gaussNewtonProduct, r.wantsValue(0) {
            // Below the logits the network counts as linear: its cotangent has a tangent but no value, so that what
            // computed the weights adds no curvature of its own.
            try r.contribute(0, Tensor.zeros(r.x[0].shape, on: r.x[0].device))
        }
        let (x, tx) = (r.x[0], r.tx[0])
        /// What a batch contributes: to the cotangent's value, to its tangent by the slope, and by the curvature.
        func parts(_ index: Int) throws -> [Tensor?] {
            let leaf = Variable(x, tangent: tx, requiresGradient: true)
            let result = try loss(leaf, index).sweep(kind, to: [leaf])[0]
            let factor = Float(shares[index]) * dy, needsSlope = (tdy ?? 0) != 0
            let gradient =
                try result.gradient ?? (needsSlope ? loss(leaf, index).sweep(.gradient, to: [leaf])[0].gradient : nil)
            return [
                kind == .gaussNewtonProduct ? nil : try gradient.map { try factor * $0 },
                needsSlope ? try gradient.map { try Float(shares[index]) * (tdy ?? 0) * $0 } : nil,
                try result.product.map { try factor * $0 },
            ]
        }
        func contribute(_ parts: [Tensor?]) throws {
            guard parts.count == 3 else { return }
            if parts[0] != nil || parts[1] != nil { try r.contribute(0, parts[0], parts[1]) }
            try r.contribute(0, nil, parts[2])
        }
        let ranks = x.device.ranks
        guard ranks.sharesWork || ranks.isLogged else {
            for index in shares.indices { try contribute(parts(index)) }
            return
        }
        try contribute(
            ranks.sums("gradient of data", of: shares.count, on: x.device) { Summand(tensors: try parts($0)) }.tensors)
    }

    func reverse(recorded x: [Variable], _ y: Variable, _ dy: Variable) throws -> [Variable?] {
        // Inside another derivative: the whole sum as one graph.
        var sum: Variable?
        for (i, share) in shares.enumerated() {
            let term = try Float(share) * loss(x[0], i)
            sum = try sum.map { try $0 + term } ?? term
        }
        guard let sum else { return [nil] }
        return try Differentiator.recordedGradient(of: sum, withRespectTo: [x[0]], seed: dy)
    }
}

extension LanguageModel {
    /// Mean NLL over all targets of all batches, with the memory of one batch.
    public func nll(_ batches: [TokenBatch]) throws -> Variable {
        if batches.count == 1 { return try nll(batches[0]) }
        let counts = batches.map { Double($0.targetCounts.reduce(0, +)) }
        let total = counts.reduce(0, +)
        guard total > 0 else { throw batches.isEmpty ? ModelError.emptyBatch : ModelError.nothingToPredict }
        let used = batches.indices.filter { counts[$0] > 0 }
        if weights.isInNestedDerivative {
            // Recorded in any case, and then as what it is.
            let terms = try used.map { try Float(counts[$0] / total) * nll(batches[$0]) }
            return try terms.dropFirst().reduce(terms[0]) { try $0 + $1 }
        }
        return try Variable(
            DataLossOperation(
                model: detached, batches: used.map { batches[$0] }, shares: used.map { counts[$0] / total }),
            [weights])
    }
}
