// Optimizers that look at more than one element: golden trajectories of other programs, and what follows by hand.
import Autodiff
import Optimizers
import Settings
import Tensors
import TestSupport
import Testing

/// An optimizer that is not elementwise, with settings under which it should minimise a small quadratic.
struct GeneralRow: CustomTestStringConvertible, Sendable {
    let name: String
    var settings: [(String, SettingValue)] = []
    var testDescription: String { name + settings.map { " \($0.0)=\($0.1)" }.joined() }

    static let all: [GeneralRow] = [
        GeneralRow(name: "adahessian", settings: [("lr", .number(0.1))]),
        GeneralRow(name: "newton_cg"), GeneralRow(name: "newton_cg", settings: [("cubic", .number(1))]),
        GeneralRow(name: "lbfgs"), GeneralRow(name: "shampoo", settings: [("lr", .number(0.5))]),
        GeneralRow(name: "muon", settings: [("lr", .number(0.05)), ("weight_decay", .number(0))]),
        GeneralRow(name: "natural_gradient"), GeneralRow(name: "natural_gradient", settings: [("every", .number(3))]),
        GeneralRow(name: "zeroth_order", settings: [("lr", .number(0.1)), ("q", .number(20))]),
        GeneralRow(name: "alternate", settings: [("every", .number(5))]), GeneralRow(name: "sam"),
        GeneralRow(name: "sam", settings: [("on", .choice("forget"))]), GeneralRow(name: "dualoptim"),
        GeneralRow(name: "dualoptim_plus", settings: [("lr", .number(0.02)), ("weight_decay", .number(0))]),
        GeneralRow(name: "gru"), GeneralRow(name: "blur"), GeneralRow(name: "clipped"),
        GeneralRow(name: "scheduled", settings: [("steps", .number(300))]),
        GeneralRow(name: "decayed", settings: [("weight_decay", .number(0))]),
    ]

    func optimizer() throws -> any Optimizer {
        var made = try #require(Optimizers.named(name)).init()
        for (key, value) in settings { try made.set(key, to: value) }
        // Composed ones of rules that come to rest, with rates of the problem's size.
        guard var wrapper = made as? any OptimizerWrapper else { return made }
        var inner = AdamW()
        (inner.learningRate, inner.weightDecay) = (0.05, 0)
        for index in wrapper.rules.indices { wrapper.rules[index] = inner }
        return wrapper
    }
}

/// Σ cᵢ (xᵢ − tᵢ)² / 2 with all that an optimizer may ask for; a part of the sum is the forget term.
private struct Quadratic {
    let device = Device(threads: 2)
    let c, t: Tensor
    let forget: Tensor

    init(_ shape: [Int] = [6, 4]) throws {
        let count = shape.reduce(1, *)
        c = try Tensor((0..<count).map { 0.5 + Float($0 % 5) }, shape: [count], on: device)
        t = try Tensor((0..<count).map { Float($0 % 7) / 7 - 0.4 }, shape: [count], on: device)
        forget = try Tensor((0..<count).map { $0 % 3 == 0 ? 1 : 0 }, shape: [count], on: device)
    }

    func gradient(_ x: Tensor) throws -> Tensor { try c * (x - t) }

    func supply(_ list: ParameterList, step: Int) -> StepSupply {
        var supply = StepSupply(parameters: list)
        supply.loss = LossAccess(of: "a quadratic", Differentiator()) { x in
            let difference = try x - Variable(t)
            return try 0.5 * (Variable(c) * difference * difference).sum()
        }
        supply.estimate = { _, _ in c }
        supply.part = { part, x in
            let whole = try gradient(x), own = try whole * forget
            return (0, part == .forget ? own : try whole - own)
        }
        supply.naturalGradient = { request, kept, gradient, _ in
            let diagonal = try kept?.tensors.first?.tensor ?? c.combined(.add, scalar: Float(request.damping ?? 0))
            return (try gradient / diagonal, FisherFactors(tensors: [.init(name: "F", tensor: diagonal)], damping: 0))
        }
        supply.draws = { RandomGenerator(seed: 7).stream(UInt64(step)) }
        return supply
    }
}

@Suite struct GeneralOptimizerTests {
    let device = Device(threads: 2)

    func tensor(_ elements: [Double], _ shape: [Int]? = nil) throws -> Tensor {
        try Tensor(elements.map { Float($0) }, shape: shape ?? [elements.count], on: device)
    }

    @Test(arguments: GeneralRow.all) func minimisesAQuadratic(_ row: GeneralRow) throws {
        let problem = try Quadratic(), optimizer = try row.optimizer()
        let list = ParameterList(shapes: [("w", [5, 4]), ("b", [4])])
        var x = try Tensor(repeating: -0.3, shape: [24], on: problem.device)
        var state = try optimizer.initialState(for: x, list)
        let before = try (x - problem.t).norm()
        for step in 0..<300 {
            var supply = problem.supply(list, step: step)
            supply.rateFactor = ["newton_cg", "lbfgs"].contains(row.name) ? 1 : 1 - Double(step) / 300
            _ = try optimizer.advance(&x, gradient: problem.gradient(x), state: &state, with: supply)
        }
        #expect(state.step == 300)
        let after = try (x - problem.t).norm()
        #expect(after < 0.03 * before, "\(row.name): \(after) of \(before)")
    }

    /// A state through its parts, as a file holds them, goes on to the same bits.
    @Test(arguments: GeneralRow.all) func aSavedStateContinuesToTheBit(_ row: GeneralRow) throws {
        let problem = try Quadratic(), optimizer = try row.optimizer()
        let list = ParameterList(shapes: [("w", [5, 4]), ("b", [4])])
        var x = try Tensor(repeating: -0.3, shape: [24], on: problem.device)
        var state = try optimizer.initialState(for: x, list)
        func advance(_ x: inout Tensor, _ state: inout OptimizerState) throws {
            let supply = problem.supply(list, step: state.step)
            _ = try optimizer.advance(&x, gradient: problem.gradient(x), state: &state, with: supply)
        }
        func copy(_ state: OptimizerState) throws -> OptimizerState {
            try OptimizerState(
                step: state.step,
                tensors: state.tensors.map { .init(name: $0.name, tensor: try $0.tensor.copied()) },
                numbers: state.numbers, parts: state.parts.map { .init(name: $0.name, state: try copy($0.state)) })
        }
        for _ in 0..<4 { try advance(&x, &state) }
        var again = try copy(state), y = try x.copied()
        let kept = state, keptNumbers = try state.allTensors.map { try $0.tensor.elements }
        for _ in 0..<5 {
            try advance(&x, &state)
            try advance(&y, &again)
        }
        #expect(x.elements == y.elements)
        // The state somebody keeps stays as it was.
        #expect(try kept.allTensors.map { try $0.tensor.elements } == keptNumbers)
        let stranger = try OptimizerState(tensors: [.init(name: "luck", tensor: x)])
        var lost = stranger
        #expect(throws: OptimizerError.self) { try advance(&y, &lost) }
    }

    @Test(arguments: GeneralRow.all.filter { $0.settings.isEmpty }) func whatIsMissingIsNamed(_ row: GeneralRow) throws
    {
        let optimizer = try row.optimizer(), list = ParameterList.single([3])
        guard !optimizer.needs.isEmpty else { return }
        var x = try tensor([1, 2, 3]), state = try optimizer.initialState(for: x, list)
        #expect(throws: OptimizerError.self) {
            try optimizer.advance(&x, gradient: x, state: &state, with: StepSupply(parameters: list))
        }
        #expect(x.elements == [1, 2, 3] && state.step == 0)
    }

    /// With nothing added to what is divided by, a parameter that never had a gradient stays where it is, whatever
    /// divides by its average square; a gradient that is not a number is still seen.
    @Test(arguments: Optimizers.all.map { $0.name }) func nothingThroughNothingIsNoStep(_ name: String) throws {
        let device = device, list = ParameterList(shapes: [("w", [5, 4])])
        let c = try tensor((0..<20).map { $0 % 3 == 0 ? 0 : 0.5 + Double($0 % 5) })
        func advanced(_ start: Tensor, poisoned place: Int? = nil) throws -> Tensor? {
            var optimizer = try #require(Optimizers.named(name)).init()
            do { try optimizer.set("eps", to: .number(0)) } catch { return nil }
            for (name, value) in [("weight_decay", 0), ("lr", 0.01)] { try? optimizer.set(name, to: .number(value)) }
            var x = start, state = try optimizer.initialState(for: x, list)
            for step in 0..<3 {
                var supply = StepSupply(parameters: list)
                func gradient(_ x: Tensor) throws -> Tensor {
                    let whole = try c * x
                    guard let place else { return whole }
                    return try Tensor(
                        whole.elements.enumerated().map { $0 == place ? .nan : $1 }, shape: [20], on: device)
                }
                supply.estimate = { _, _ in c }
                supply.part = { part, x in (0, part == .forget ? try -gradient(x) : try 2 * gradient(x)) }
                supply.rateFactor = 1 / Double(step + 1)
                _ = try optimizer.advance(&x, gradient: gradient(x), state: &state, with: supply)
            }
            return x
        }
        let start = try tensor((0..<20).map { 1 + Double($0) / 8 })
        guard let moved = try advanced(start) else { return }
        for (place, (old, new)) in zip(start.elements, moved.elements).enumerated() {
            #expect(place % 3 == 0 ? new == old : new.isFinite && new != old, "element \(place): \(old) to \(new)")
        }
        for place in [0, 1, 18] {
            let found = try #require(try advanced(start, poisoned: place)).elements
            #expect(found.indices.allSatisfy { found[$0].isNaN == ($0 == place) }, "NaN at \(place)")
        }
    }

    // MARK: other programs

    private struct Golden: Decodable {
        struct Quasi: Decodable {
            let curvatures, target, start: [Double]
            let trajectory: [[Double]]
        }
        struct Rule: Decodable {
            let trajectory: [[Double]]
            let diagonals: [[Double]]?
        }
        let lbfgs: Quasi
        let muon: [String: Numbers]
        let shampoo, adahessian: Rule

        /// A number, a list, or a list of lists.
        enum Numbers: Decodable {
            case number(Double), row([Double]), rows([[Double]])

            init(from decoder: any Decoder) throws {
                let value = try decoder.singleValueContainer()
                if let number = try? value.decode(Double.self) {
                    self = .number(number)
                } else if let row = try? value.decode([Double].self) {
                    self = .row(row)
                } else {
                    self = .rows(try value.decode([[Double]].self))
                }
            }
        }

        func row(_ name: String) -> [Double] { if case .row(let row)? = muon[name] { row } else { [] } }
        func rows(_ name: String) -> [[Double]] { if case .rows(let rows)? = muon[name] { rows } else { [] } }

        static func read() throws -> Golden { try GoldenData.decode(Golden.self, "general_optimizers.json") }
    }

    private func compare(_ found: Tensor, _ expected: [Double], _ tolerance: Double, _ what: String) {
        let largest = expected.map(abs).max() ?? 1
        #expect(found.count == expected.count && !expected.isEmpty)
        for (a, e) in zip(found.elements, expected) {
            #expect(abs(Double(a) - e) <= tolerance * max(1, largest), "\(what): \(a), expected \(e)")
        }
    }

    @Test func lbfgsIsPyTorchs() throws {
        let golden = try Golden.read().lbfgs
        let c = try tensor(golden.curvatures), t = try tensor(golden.target)
        var optimizer = LimitedMemoryBFGS()
        (optimizer.learningRate, optimizer.history, optimizer.lineSearch) = (0.5, 4, false)
        var x = try tensor(golden.start), state = try optimizer.initialState(for: x)
        let differentiator = Differentiator()
        var supply = StepSupply(parameters: .single([6]))
        let loss = LossAccess(of: "a test", differentiator) { x in
            let d = try x - Variable(t), square = try x * x
            return try 0.5 * (Variable(c) * d * d).sum() + 0.1 * (square * square).sum()
        }
        supply.loss = loss
        for (step, expected) in golden.trajectory.enumerated() {
            _ = try optimizer.advance(&x, gradient: loss.gradient(at: x).gradient, state: &state, with: supply)
            compare(x, expected, 1e-4, "step \(step)")
        }
        #expect(try state["moves"]?.shape == [4, 6])
    }

    @Test(arguments: [false, true], Muon.Scale.allCases) func muonIsPyTorchs(isTall: Bool, scale: Muon.Scale) throws {
        let golden = try Golden.read(), shape = isTall ? [5, 3] : [3, 5], name = isTall ? "tall" : "wide"
        func matrix(_ numbers: [Double]) throws -> Tensor {
            let wide = try tensor(numbers, [3, 5])
            return isTall ? try wide.transposed() : wide
        }
        var muon = Muon()
        (muon.learningRate, muon.weightDecay, muon.scale) = (0.1, 0.2, scale)
        var x = try matrix(golden.row("start")), state = try muon.initialState(for: x, .single(shape))
        for (step, gradient) in golden.rows("gradients").enumerated() {
            let supply = StepSupply(parameters: .single(shape))
            _ = try muon.advance(&x, gradient: matrix(gradient), state: &state, with: supply)
            compare(x, golden.rows("\(name) \(scale)")[step], 1e-4, "\(name) \(scale) \(step)")
            if scale == .original { compare(x, golden.rows("\(name) torch")[step], 1e-2, "\(name) torch \(step)") }
        }
    }

    @Test func shampooIsItsPapers() throws {
        let golden = try Golden.read()
        var shampoo = Shampoo()
        (shampoo.learningRate, shampoo.momentum) = (0.1, 0.9)
        let list = ParameterList.single([3, 5])
        var x = try tensor(golden.row("start")), state = try shampoo.initialState(for: x, list)
        for (step, gradient) in golden.rows("gradients").enumerated() {
            _ = try shampoo.advance(
                &x, gradient: tensor(gradient), state: &state, with: StepSupply(parameters: list))
            compare(x, golden.shampoo.trajectory[step], 1e-3, "step \(step)")
        }
    }

    @Test func adahessianIsItsPapers() throws {
        let golden = try Golden.read()
        var optimizer = AdaHessian()
        (optimizer.learningRate, optimizer.weightDecay, optimizer.block) = (0.05, 0.1, 4)
        let list = ParameterList.single([3, 5])
        var x = try tensor(golden.row("start")), state = try optimizer.initialState(for: x, list)
        for (step, gradient) in golden.rows("gradients").enumerated() {
            var supply = StepSupply(parameters: list)
            supply.diagonal = try tensor(golden.adahessian.diagonals?[step] ?? [])
            _ = try optimizer.advance(&x, gradient: tensor(gradient), state: &state, with: supply)
            compare(x, golden.adahessian.trajectory[step], 1e-4, "step \(step)")
        }
    }
}
