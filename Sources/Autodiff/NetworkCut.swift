/// Where a loss leaves its network: the cut of Gauss-Newton products.
import Tensors

/// The network's outputs from which a loss is computed, found in its graph.
struct NetworkCut {
    /// The marks (`NetworkOutputOperation`) nearest to the loss.
    let outputs: [Variable]

    /// How a variable above the cut depends on the leaves other than through an output.
    private enum Dependence { case none, linear, curved }

    /// - Throws: `DerivativeError` where there is no output, or where leaves reach the loss through a network without
    ///   one.
    init(_ y: Variable, leaves: [Variable], levels: UInt64) throws {
        let ids = Set(leaves.map(ObjectIdentifier.init))
        var outputs: [Variable] = [], seen: Set<ObjectIdentifier> = [], above: [Variable] = [], stack = [y],
            hasOutput = false
        while let node = stack.popLast() {
            guard node.requiresGradient, node.levels & levels != 0, seen.insert(ObjectIdentifier(node)).inserted else {
                continue
            }
            if ids.contains(ObjectIdentifier(node)) { continue }
            guard let record = node.record else { continue }
            if record.operation is NetworkOutputOperation {
                outputs.append(node)
                hasOutput = true
            } else if record.operation.containsNetworkOutput {
                hasOutput = true
            } else {
                above.append(node)
                stack.append(contentsOf: record.inputs)
            }
        }
        guard hasOutput else { throw DerivativeError.noNetworkOutput }
        self.outputs = outputs
        // From the leaves up: what depends on them beside the outputs must not be a network.
        var dependence: [ObjectIdentifier: Dependence] = [:]
        for id in ids { dependence[id] = .linear }
        for node in above.sorted(by: { $0.depth < $1.depth }) {
            guard let record = node.record else { continue }
            let inputs = record.inputs.map { dependence[ObjectIdentifier($0)] ?? .none }
            dependence[ObjectIdentifier(node)] = try NetworkCut.dependence(record.operation, inputs)
        }
    }

    private static func dependence(_ operation: any Operation, _ inputs: [Dependence]) throws -> Dependence {
        let direct = inputs.filter { $0 != .none }
        guard !direct.isEmpty else { return .none }
        switch operation {
        case is AttentionOperation, is NormOperation, is RecomputedOperation:
            throw DerivativeError.networkBesideOutput(operation.name)
        case is LinearMapOperation
        where direct.count > 1 || inputs.first == .curved && inputs.count > 1 && inputs[1] != .none:
            throw DerivativeError.networkBesideOutput(operation.name)
        case let binary as BinaryOperation:
            switch binary.function {
            case .add, .subtract: return direct.contains(.curved) ? .curved : .linear
            case .multiply, .divide, .power:
                // A square of weights is a penalty; weights times a function of weights is a network.
                if direct.count > 1, direct.contains(.curved) { throw DerivativeError.networkBesideOutput(binary.name) }
                return direct.count == 1 && binary.function == .multiply ? direct[0] : .curved
            default: return .curved
            }
        case is DotOperation:
            if direct.count > 1, direct.contains(.curved) { throw DerivativeError.networkBesideOutput(operation.name) }
            return direct.count == 1 ? direct[0] : .curved
        case is LinearMapOperation, is LinearOperation, is ConcatenateOperation, is OverwriteOperation,
            is ScaleOperation, is ShiftOperation, is IdentityOperation, is RestrictionOperation,
            is ProjectionOperation:
            return direct.contains(.curved) ? .curved : .linear
        default: return .curved
        }
    }
}
