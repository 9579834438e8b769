/// Reverse mode: cotangents flow from an output back to the variables asked for.
import Tensors

/// What a reverse sweep computes.
public enum SweepKind {
    /// Cotangents: the gradient.
    case gradient
    /// Tangents of cotangents: the Hessian times the direction that the leaves' tangents hold.
    case hessianProduct
    /// Both.
    case gradientAndHessianProduct
    /// Like `hessianProduct`, but below `networkOutput` the curvature of the network is left out.
    case gaussNewtonProduct
}

/// The gradient and its tangent at one leaf, as far as they were asked for.
public struct SweepResult {
    public let gradient: Tensor?
    public let product: Tensor?
}

extension Variable {
    /// A leaf that stands for this variable at the border of a graph.
    func renamed() throws -> Variable { try Variable(IdentityOperation(), [self]) }

    /// Everything between this variable and `leaves` that needs a gradient, deepest first.
    fileprivate func graph(downTo leaves: Set<ObjectIdentifier>) -> [Variable] {
        var seen: Set<ObjectIdentifier> = [], order: [Variable] = [], stack = [self]
        while let node = stack.popLast() {
            guard node.requiresGradient, seen.insert(ObjectIdentifier(node)).inserted else { continue }
            order.append(node)
            if leaves.contains(ObjectIdentifier(node)) { continue }
            if let record = node.record { stack.append(contentsOf: record.inputs) }
        }
        // Stable: variables of one depth keep the order in which they were met.
        return order.enumerated().sorted { ($1.element.depth, $0.offset) < ($0.element.depth, $1.offset) }.map(\.element)
    }

    /// Vector-Jacobian products as variables, to be differentiated again.
    func gradients(withRespectTo leaves: [Variable], seed: Variable, recording: Bool) throws -> [Variable?] {
        let ids = leaves.map(ObjectIdentifier.init)
        var cotangents: [ObjectIdentifier: Variable] = [ObjectIdentifier(self): seed]
        let border = Set(ids)
        for node in graph(downTo: border) where !border.contains(ObjectIdentifier(node)) {
            guard let record = node.record, let dy = cotangents.removeValue(forKey: ObjectIdentifier(node)) else {
                continue
            }
            let results = try record.operation.reverse(recorded: record.inputs, node, dy)
            for (input, result) in zip(record.inputs, results) {
                guard let result, input.requiresGradient else { continue }
                let id = ObjectIdentifier(input)
                cotangents[id] = try cotangents[id].map { try $0 + result } ?? result
            }
        }
        return ids.map { cotangents[$0] }
    }

    /// Sweeps back from this scalar (or with `seed` as its cotangent) to `leaves`. Leaves that are not reached give zeros.
    public func sweep(_ kind: SweepKind, to leaves: [Variable], seed: Tensor? = nil) throws -> [SweepResult] {
        try sweep(kind, to: leaves, seed: seed, apart: nil)
    }

    /// The same, with the parameters' gradients kept `apart` by example where that is asked for; the results are then of no use.
    func sweep(_ kind: SweepKind, to leaves: [Variable], seed: Tensor?, apart: ExamplePlaces?) throws -> [SweepResult] {
        let border = Set(leaves.map(ObjectIdentifier.init))
        var sinks: [ObjectIdentifier: Cotangent] = [:]
        for leaf in leaves {
            sinks[ObjectIdentifier(leaf)] = Cotangent(
                wantsValue: kind == .gradient || kind == .gradientAndHessianProduct, wantsTangent: kind != .gradient)
        }
        let output = ObjectIdentifier(self)
        if requiresGradient {
            let root = sinks[output] ?? Cotangent(wantsValue: true, wantsTangent: kind != .gradient)
            sinks[output] = root
            if root.wantsValue {
                try root.add(seed ?? Tensor(repeating: 1, shape: shape, on: device), .value)
            }
        }
        for node in graph(downTo: border) where !border.contains(ObjectIdentifier(node)) {
            guard let record = node.record, let cotangent = sinks.removeValue(forKey: ObjectIdentifier(node)) else {
                continue
            }
            try device.interruption.check()
            if apart != nil, !record.operation.separatesExamples(record.inputs.map(\.value)) { throw InseparableExamples() }
            try node.reverse(record, cotangent, kind, border, &sinks, apart)
        }
        if apart != nil { return [] }
        return try leaves.map { leaf in
            guard let sink = sinks[ObjectIdentifier(leaf)] else { return SweepResult(gradient: nil, product: nil) }
            return SweepResult(
                gradient: sink.wantsValue ? try sink.finished(.value, like: leaf.value) : nil,
                product: sink.wantsTangent ? try sink.finished(.tangent, like: leaf.value) : nil)
        }
    }

    private func reverse(
        _ record: Record, _ cotangent: Cotangent, _ kind: SweepKind, _ border: Set<ObjectIdentifier>,
        _ sinks: inout [ObjectIdentifier: Cotangent], _ apart: ExamplePlaces?
    ) throws {
        let forward = kind != .gradient
        // `below`: a Gauss-Newton cotangent, which sees the network as linear and lands in the leaves' tangents.
        func sink(_ input: Variable, below: Bool) throws -> (any CotangentSink)? {
            guard input.requiresGradient else { return nil }
            // A segment's cotangent belongs straight into its place in the whole.
            if let inner = input.record, let segment = inner.operation as? SegmentOperation,
                !border.contains(ObjectIdentifier(input))
            {
                let whole = inner.inputs[0]
                if let apart, border.contains(ObjectIdentifier(whole)) { return ExampleSink(apart, segment) }
                let target = cotangentOf(whole)
                return SegmentSink(target, segment, whole: whole.value, below: below)
            }
            if apart != nil, border.contains(ObjectIdentifier(input)) { throw InseparableExamples() }
            let target = cotangentOf(input)
            return below ? BelowSink(target) : target
        }
        func cotangentOf(_ variable: Variable) -> Cotangent {
            let id = ObjectIdentifier(variable)
            if let known = sinks[id] { return known }
            let new = Cotangent(wantsValue: true, wantsTangent: forward)
            sinks[id] = new
            return new
        }
        let x = record.inputs.map(\.value)
        if let dy = try cotangent.take(.value, shape: shape) {
            let tdy = forward ? try cotangent.take(.tangent, shape: shape) : nil
            if kind == .gaussNewtonProduct, record.operation is NetworkOutputOperation {
                // From here on the curvature is the loss's alone: its cotangent's tangent goes down a linear network.
                if let tdy { try sink(record.inputs[0], below: true)?.add(tdy, .value) }
            } else {
                let r = Reversal(
                    x: x, tx: forward ? record.inputs.map(\.tangent) : x.map { _ in nil }, y: value,
                    ty: forward ? tangent : nil, dy: dy, tdy: tdy, kind: kind,
                    sinks: try record.inputs.map { try sink($0, below: false) }, examples: apart?.rows)
                try record.operation.reverse(r)
            }
        }
        if let dy = try cotangent.take(.below, shape: shape) {
            let r = Reversal(
                x: x, tx: x.map { _ in nil }, y: value, ty: nil, dy: dy, tdy: nil, kind: .gradient,
                sinks: try record.inputs.map { try sink($0, below: true) }, examples: nil)
            try record.operation.reverse(r)
        }
    }
}
