/// Shampoo: a preconditioner for each side of a matrix.
import Glibc
import Settings
import Tensors

public struct Shampoo: RatedOptimizer {
    public static let name = "shampoo"
    public static let example: String? = """
        p, s = shampoo(lr=0.1)(tensor([1, 2]), tensor([1, -2]), none)
        p
        #> tensor [0.9553, 2.089]
        """
    public static let summary = """
        For a matrix G of gradients L sums G G^T and R sums G^T G, both from eps I on; the step is \
        L^(-1/4) G R^(-1/4) (Gupta et al., arXiv 1802.09568), averaged with momentum. A vector has one side, and the \
        power -1/2: the full Adagrad. A side longer than largest has no preconditioner; then the other takes -1/2, and \
        where both are too long each element is divided by the root of its sum of squares. The roots are computed \
        anew every k steps.
        """

    public var learningRate = 0.1
    public var momentum = 0.0
    public var epsilon = 1e-4
    public var every = 1
    public var largest = 1024

    public static var settings: [Setting<Self>] {
        [
            .number("lr", \.learningRate, "learning rate"),
            .average("momentum", \.momentum, "share of the past in the step"),
            .number("eps", \.epsilon, "what the sums begin with on their diagonals", range: "above 0") { $0 > 0 },
            .count("k", \.every, "steps from one computation of the roots to the next"),
            .count("largest", \.largest, "the longest side that has a preconditioner"),
        ]
    }

    public init() {}

    /// One parameter as a matrix [rows, columns], and the sides that are preconditioned.
    private struct Sides {
        let entry: NamedParameter
        let rows, columns: Int
        let left, right: Bool

        init(_ entry: NamedParameter, largest: Int) {
            self.entry = entry
            rows = entry.shape.first ?? 1
            columns = rows == 0 ? 0 : entry.count / rows
            left = rows <= largest && (rows > 1 || columns <= 1)
            right = columns <= largest && columns > 1
        }

        /// The names of its state's tensors, with the sides they have.
        var names: [(name: String, side: Int)] {
            func named(_ what: String) -> String { entry.name.isEmpty ? what : "\(what) \(entry.name)" }
            var names: [(String, Int)] = []
            if left { names += [(named("left"), rows), (named("left_root"), rows)] }
            if right { names += [(named("right"), columns), (named("right_root"), columns)] }
            return names.isEmpty ? [(named("square"), 0)] : names
        }
    }

    private func sides(_ list: ParameterList) -> [Sides] {
        list.entries.filter { $0.count > 0 }.map { Sides($0, largest: largest) }
    }

    public func initialState(for parameters: Tensor, _ list: ParameterList) throws -> OptimizerState {
        let device = parameters.device
        var tensors: [OptimizerState.Entry] =
            momentum == 0 ? [] : [.init(name: "momentum", tensor: try .zeros(parameters.shape, on: device))]
        for part in sides(list) {
            for (name, side) in part.names {
                let tensor =
                    side == 0
                    ? try Tensor(repeating: Float(epsilon), shape: [part.rows, part.columns], on: device)
                    : try Tensor.diagonal(Float(epsilon), side, on: device)
                tensors.append(.init(name: name, tensor: tensor))
            }
        }
        return try OptimizerState(tensors: tensors)
    }

    public func advance(
        _ parameters: inout Tensor, gradient: Tensor, state: inout OptimizerState, with supply: StepSupply
    ) throws -> StepFigures {
        let sides = sides(supply.parameters)
        try state.checkNames(
            (momentum == 0 ? [] : ["momentum"]) + sides.flatMap { $0.names.map(\.name) }, of: Self.name)
        try gradient.check("gradient", like: parameters)
        var next = state
        let direction = try Tensor.zeros(parameters.shape, on: parameters.device)
        var place = momentum == 0 ? 0 : 1
        for part in sides {
            try parameters.device.cancellation.check()
            let matrix = try part.entry.tensor(of: gradient).reshaped([part.rows, part.columns])
            let step = try precondition(matrix, part, &next, &place)
            direction.write(step, at: part.entry.offset)
        }
        var step = direction
        if momentum > 0 {
            step = try next.tensors[0].tensor.combined(Float(momentum), direction, 1)
            try next.tensors[0].set(step)
        }
        parameters = try parameters.moved(along: step, by: -supply.rate(learningRate))
        next.step += 1
        state = next
        return .none
    }

    /// L^(−p) G R^(−p), with the sums and roots in the state from `place` on brought up to date.
    private func precondition(
        _ gradient: Tensor, _ part: Sides, _ state: inout OptimizerState, _ place: inout Int
    ) throws -> Tensor {
        guard part.left || part.right else {
            let sum = try state.tensors[place].tensor + gradient.map(.square)
            try state.tensors[place].set(sum)
            place += 1
            return try gradient / sum.map(.sqrt)
        }
        let power = part.left && part.right ? -0.25 : -0.5
        var step = gradient
        for isLeft in [true, false] where isLeft ? part.left : part.right {
            let own = try gradient.matrixProduct(gradient, transposed: !isLeft, otherTransposed: isLeft)
            let sum = try state.tensors[place].tensor + own
            try state.tensors[place].set(sum)
            if state.step % every == 0 { try state.tensors[place + 1].set(sum.symmetricPower(power)) }
            let root = try state.tensors[place + 1].tensor
            step = isLeft ? try root.matrixProduct(step) : try step.matrixProduct(root)
            place += 2
        }
        return step
    }
}

extension Tensor {
    static func diagonal(_ value: Float, _ side: Int, on device: Device) throws -> Tensor {
        try Tensor(shape: [side, side], on: device) { target in
            for place in target.indices { target[place] = place % (side + 1) == 0 ? value : 0 }
        }
    }

    /// A symmetric positive matrix to a power, in float64.
    fileprivate func symmetricPower(_ power: Double) throws -> Tensor {
        let size = shape[0]
        let eigen = try SymmetricEigen(elements.map(Double.init), size: size, on: device)
        // Rounding may leave an eigenvalue below those that the sum began with.
        let least = max((eigen.values.last ?? 0) * 1e-12, 1e-30)
        let vectors = try Tensor(eigen.vectors.map { Float($0) }, shape: [size, size], on: device)
        let scaled = try Tensor(shape: [size, size], on: device) { target in
            for row in 0..<size {
                let factor = pow(max(eigen.values[row], least), power)
                for column in 0..<size {
                    target[row * size + column] = Float(factor * eigen.vectors[row * size + column])
                }
            }
        }
        return try vectors.matrixProduct(scaled, transposed: true)
    }

    /// Writes another tensor's numbers from a place on; only for tensors nobody else sees.
    func write(_ other: Tensor, at start: Int) {
        withWritable { target in
            other.withElements { source in for place in source.indices { target[start + place] = source[place] } }
        }
    }

    /// - Throws: `OptimizerError.shape` for another shape than the parameters'.
    func check(_ role: String, like parameters: Tensor) throws {
        guard shape == parameters.shape else {
            throw OptimizerError.shape(role: role, shape, parameters: parameters.shape)
        }
    }
}
