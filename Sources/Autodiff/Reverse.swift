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
    /// - Parameter level: the derivative that is taken with respect to it, where a further one is.
    func renamed(at level: UInt64 = 0) throws -> Variable {
        try Variable(IdentityOperation(), [self], levels: levels | level)
    }

    /// The result of a derivative that has been taken: what is left depends on those around it alone. Those inside it
    /// have ended too, though the history that was differentiated still bears their marks.
    func closed(_ level: UInt64) throws -> Variable {
        let rest = levels & (level - 1)
        return rest == levels
            ? self : rest == 0 ? Variable(value) : try Variable(IdentityOperation(), [self], levels: rest)
    }

    /// Everything between `roots` and `leaves` that depends on one of the derivatives of `levels`, deepest first.
    static func graph(from roots: [Variable], downTo leaves: Set<ObjectIdentifier>, levels: UInt64) -> [Variable] {
        var seen: Set<ObjectIdentifier> = [], order: [Variable] = [], stack = roots
        while let node = stack.popLast() {
            guard node.requiresGradient, node.levels & levels != 0, seen.insert(ObjectIdentifier(node)).inserted else {
                continue
            }
            order.append(node)
            if leaves.contains(ObjectIdentifier(node)) { continue }
            if let record = node.record { stack.append(contentsOf: record.inputs) }
        }
        // Stable: variables of one depth keep the order in which they were met.
        return order.enumerated().sorted { ($1.element.depth, $0.offset) < ($0.element.depth, $1.offset) }.map(
            \.element)
    }

    /// The derivatives that any of `variables` depends on.
    private static func levels(_ variables: [Variable]) -> UInt64 { variables.reduce(0) { $0 | $1.levels } }

    /// Vector-Jacobian products as variables, to be differentiated again: Σ over outputs of seedᵀ ∂output/∂leaf, `nil`
    /// where no output depends on a leaf. Leaves may be any variables of the graph; none is looked through.
    static func gradients(
        of outputs: [(output: Variable, seed: Variable)], withRespectTo leaves: [Variable], levels: UInt64? = nil
    ) throws -> [Variable?] {
        let ids = leaves.map(ObjectIdentifier.init), border = Set(ids)
        var cotangents: [ObjectIdentifier: Variable] = [:]
        func add(_ cotangent: Variable, to variable: Variable) throws {
            let id = ObjectIdentifier(variable)
            cotangents[id] = try cotangents[id].map { try $0 + cotangent } ?? cotangent
        }
        for (output, seed) in outputs { try add(seed, to: output) }
        let levels = levels ?? Variable.levels(leaves)
        let roots = outputs.map(\.output)
        for node in graph(from: roots, downTo: border, levels: levels) where !border.contains(ObjectIdentifier(node)) {
            guard let record = node.record, let dy = cotangents.removeValue(forKey: ObjectIdentifier(node)) else {
                continue
            }
            let results = try record.operation.reverse(recorded: record.inputs, node, dy)
            for (input, result) in zip(record.inputs, results) {
                guard let result, input.requiresGradient, input.levels & levels != 0 else { continue }
                try add(result, to: input)
            }
        }
        return ids.map { cotangents[$0] }
    }

    /// Sweeps back from this scalar (or with `seed` as its cotangent) to `leaves`. Leaves that are not reached give
    /// zeros. The graph between is used up: what it holds is let go on the way.
    public func sweep(_ kind: SweepKind, to leaves: [Variable], seed: Tensor? = nil) throws -> [SweepResult] {
        try sweep(kind, to: leaves, seed: seed, apart: nil)
    }

    /// The same, with the parameters' gradients kept `apart` by example where that is asked for, or not formed at all
    /// where only the linear `maps` are to be met; the results are then of no use.
    /// - Parameter gathering: where the cotangents of several sweeps meet, of which this is one.
    func sweep(
        _ kind: SweepKind, to leaves: [Variable], seed: Tensor?, apart: ExamplePlaces?, maps: LinearMapObserver? = nil,
        gathering: SweepGathering? = nil
    ) throws -> [SweepResult] {
        let border = Set(leaves.map(ObjectIdentifier.init))
        var sinks = gathering?.sinks ?? [:]
        for leaf in leaves where sinks[ObjectIdentifier(leaf)] == nil {
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
        let levels = Variable.levels(leaves)
        // Shallowest first, to be taken from the end: each variable goes once its cotangent has passed, and its memory
        // serves what is computed next. Nothing sweeps through a graph twice.
        var waiting = Array(Variable.graph(from: [self], downTo: border, levels: levels).reversed())
        while true {
            // What all sweeps have in common at the leaves comes when the last has passed.
            guard let node = waiting.popLast() ?? gathering?.next() else { break }
            if border.contains(ObjectIdentifier(node)) { continue }
            if let gathering, gathering.holds(node, border, levels) { continue }
            defer { node.forgetHistory() }
            guard let record = node.record, let cotangent = sinks.removeValue(forKey: ObjectIdentifier(node)) else {
                continue
            }
            try device.cancellation.check()
            if let part = record.operation as? RecomputedOperation {
                // The graph inside takes its place: it ends in the same inputs, whose turn is later.
                var again = try part.body(record.inputs)
                if record.inputs.contains(where: { $0 === again }) { again = try again.renamed() }
                sinks[ObjectIdentifier(again)] = cotangent
                let ends = border.union(record.inputs.map { ObjectIdentifier($0) })
                waiting += Variable.graph(from: [again], downTo: ends, levels: levels).reversed().filter {
                    !ends.contains(ObjectIdentifier($0))
                }
                continue
            }
            if apart != nil, !record.operation.separatesExamples(record.inputs.map(\.value)) {
                throw InseparableExamples()
            }
            try node.reverse(record, cotangent, kind, border, levels, &sinks, apart, maps)
        }
        if apart != nil || maps != nil { return [] }
        if let gathering, !gathering.isLast {
            // Names of variables that are gone may be given to others.
            let kept = border.union(gathering.held.map { ObjectIdentifier($0) })
            gathering.sinks = sinks.filter { kept.contains($0.key) }
            return []
        }
        return try leaves.map { leaf in
            guard let sink = sinks[ObjectIdentifier(leaf)] else { return SweepResult(gradient: nil, product: nil) }
            return SweepResult(
                gradient: sink.wantsValue ? try sink.finished(.value, like: leaf.value) : nil,
                product: sink.wantsTangent ? try sink.finished(.tangent, like: leaf.value) : nil)
        }
    }

    private func reverse(
        _ record: Record, _ cotangent: Cotangent, _ kind: SweepKind, _ border: Set<ObjectIdentifier>, _ levels: UInt64,
        _ sinks: inout [ObjectIdentifier: Cotangent], _ apart: ExamplePlaces?, _ maps: LinearMapObserver?
    ) throws {
        let forward = kind != .gradient
        // `below`: a Gauss-Newton cotangent, which sees the network as linear and lands in the leaves' tangents.
        func sink(_ input: Variable, below: Bool) throws -> (any CotangentSink)? {
            guard input.requiresGradient, input.levels & levels != 0 else { return nil }
            // A segment's cotangent belongs straight into its place in the whole.
            if let inner = input.record, let segment = inner.operation as? SegmentOperation,
                !border.contains(ObjectIdentifier(input))
            {
                let whole = inner.inputs[0]
                if maps != nil, border.contains(ObjectIdentifier(whole)) { return nil }
                if let apart, border.contains(ObjectIdentifier(whole)) { return ExampleSink(apart, segment) }
                let target = cotangentOf(whole)
                return SegmentSink(target, segment, whole: whole.value, below: below)
            }
            if apart != nil, border.contains(ObjectIdentifier(input)) { throw InseparableExamples() }
            if maps != nil, border.contains(ObjectIdentifier(input)) { return nil }
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
            try maps?.meet(record, dy, border)
            let tdy = forward ? try cotangent.take(.tangent, shape: shape) : nil
            if kind == .gaussNewtonProduct, record.operation is NetworkOutputOperation {
                // From here on the curvature is the loss's alone: its cotangent's tangent goes down a linear network.
                if let tdy { try sink(record.inputs[0], below: true)?.add(tdy, .value) }
            } else {
                let below = kind == .gaussNewtonProduct && record.operation.endsNetwork
                let r = Reversal(
                    x: x, tx: forward ? record.inputs.map(\.tangent) : x.map { _ in nil }, y: value,
                    ty: forward ? tangent : nil, dy: dy, tdy: tdy, kind: kind,
                    sinks: try record.inputs.map { try sink($0, below: below) }, examples: apart?.rows)
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
