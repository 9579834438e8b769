/// L-BFGS: steps by a Hessian that the last steps tell of.
import Settings
import Tensors

public struct LimitedMemoryBFGS: RatedOptimizer {
    public static let name = "lbfgs"
    public static let summary = """
        The direction is the gradient times an inverse Hessian built from the last moves and the changes of the \
        gradient they brought (Liu & Nocedal 1989, the two-loop recursion). Both gradients of a pair are of the same \
        data (Schraudolph et al. 2007), so that batches may change: one more gradient a step. Moves along which the \
        gradient did not grow are left out. The first step has the length of min(1, 1/|g|_1) lr gradients, as in \
        PyTorch. With line_search the step is halved until the loss falls as Armijo asks.
        """
    public static let example: String? = """
        f = p -> sum(tensor([1, 9]) * p^2)
        p, s = tensor([1, 1]), none
        for t in range(12) { p, s = lbfgs(p, grad(f, p), s, loss=f) }
        norm(p) < 1e-3
        #> true
        """

    public var learningRate = 1.0
    public var history = 10
    public var lineSearch = true

    public static var settings: [Setting<Self>] {
        [
            .number("lr", \.learningRate, "the longest step, as a multiple of the direction"),
            .count("history", \.history, "how many moves are remembered"),
            .flag("line_search", \.lineSearch, "whether the step is shortened until the loss falls"),
        ]
    }

    public init() {}

    public var needs: Set<StepNeed> { [.loss] }
    /// The changes of shortened gradients would tell nothing of the Hessian.
    public var heedsGradientLimit: Bool { false }

    public func initialState(for parameters: Tensor, _ list: ParameterList) throws -> OptimizerState {
        try OptimizerState(
            tensors: ["moves", "changes"].map {
                .init(name: $0, tensor: try Tensor.zeros([0, parameters.count], on: parameters.device))
            })
    }

    public func advance(
        _ parameters: inout Tensor, gradient: Tensor, state: inout OptimizerState, with supply: StepSupply
    ) throws -> StepFigures {
        try state.checkNames(["moves", "changes"], of: Self.name)
        try gradient.check("gradient", like: parameters)
        let moves = try state.tensors[0].tensor, changes = try state.tensors[1].tensor
        guard moves.shape == changes.shape, moves.rank == 2, moves.shape[1] == parameters.count else {
            throw OptimizerError.state(
                "the state's moves have shape \(moves.shape), which are not of \(parameters.count) parameters")
        }
        let loss = try supply.loss(for: Self.name), point = parameters
        // A gradient that was shortened is not that of the loss.
        let before = supply.gradientLimit > 0 ? try loss.gradient(at: point).gradient : gradient
        var direction = try -Self.inverseProduct(before, moves, changes), slope = try before.dot(direction)
        if !(slope < 0) { (direction, slope) = (try -before, -(try before.dot(before))) }
        var rate = supply.rate(learningRate)
        if moves.shape[0] == 0 {
            let size = try before.map(.abs).sum()
            if size > 0 { rate *= min(1, 1 / size) }
        }
        let length =
            lineSearch && slope < 0
            ? try LineSearch.length(
                from: point, along: direction, slope: slope, rate: rate, value: supply.value, loss) : rate
        let moved = try point.moved(along: direction, by: length)
        let change = try loss.gradient(at: moved).gradient - before, move = try moved - point
        if try move.dot(change) > 1e-10 {
            try state.tensors[0].set(moves.remembering(move, most: history))
            try state.tensors[1].set(changes.remembering(change, most: history))
        }
        parameters = moved
        state.step += 1
        return .none
    }

    /// The inverse Hessian that moves and changes (oldest first) tell of, times the gradient.
    private static func inverseProduct(_ gradient: Tensor, _ moves: Tensor, _ changes: Tensor) throws -> Tensor {
        let count = moves.shape[0]
        guard count > 0 else { return gradient }
        func row(_ history: Tensor, _ index: Int) throws -> Tensor {
            try history.rows(index..<index + 1).reshaped(gradient.shape)
        }
        var q = gradient, shares = [Double](repeating: 0, count: count)
        var curvatures = shares
        for index in (0..<count).reversed() {
            let (s, y) = (try row(moves, index), try row(changes, index))
            curvatures[index] = 1 / (try s.dot(y))
            shares[index] = curvatures[index] * (try s.dot(q))
            q = try q.moved(along: y, by: -shares[index])
        }
        let last = try row(changes, count - 1)
        q = try Float(1 / (curvatures[count - 1] * (try last.dot(last)))) * q
        for index in 0..<count {
            let share = curvatures[index] * (try row(changes, index).dot(q))
            q = try q.moved(along: row(moves, index), by: shares[index] - share)
        }
        return q
    }
}

extension Tensor {
    /// These rows and one more, without the oldest where there would be too many.
    fileprivate func remembering(_ row: Tensor, most: Int) throws -> Tensor {
        let width = row.count, dropped = max(0, shape[0] + 1 - most), kept = shape[0] - dropped
        return try Tensor(shape: [kept + 1, width], on: device) { target in
            withElements { source in
                for place in 0..<(kept * width) { target[place] = source[dropped * width + place] }
            }
            row.withElements { source in
                for place in 0..<width { target[kept * width + place] = source[place] }
            }
        }
    }
}
