/// One table of optimizers, one battery: golden trajectories, a quadratic, states, threads, zeros and NaN.
import Settings
import Foundation
import Optimizers
import Tensors
import TestSupport
import Testing

/// An elementwise optimizer with settings under which it should minimise a small quadratic.
struct Row: CustomTestStringConvertible, Sendable {
    let optimizer: any ElementwiseOptimizer
    var name: String { optimizer.name }
    var testDescription: String { name }

    init(_ name: String, _ settings: [String: SettingValue]) throws {
        let type = try #require(Optimizers.named(name) as? any ElementwiseOptimizer.Type)
        var made = type.init()
        for (key, value) in settings { try made.set(key, to: value) }
        optimizer = made
    }

    /// Each row's optimizer; nil where the list of optimizers has none of that name.
    static let tried: [(name: String, row: Row?)] = {
        let settings: [(String, [String: SettingValue])] = [
            ("sgd", ["lr": .number(0.1)]),
            ("sgd", ["lr": .number(0.05), "momentum": .number(0.9), "nesterov": .flag(true)]),
            ("sgd", ["lr": .number(0.05), "momentum": .number(0.9), "dampening": .number(0.1)]),
            ("adam", ["lr": .number(0.05)]),
            ("adamw", ["lr": .number(0.05), "weight_decay": .number(0)]),
            ("sophia", ["lr": .number(0.05), "rho": .number(1), "k": .number(2), "weight_decay": .number(0)]),
            (
                "sophia",
                ["lr": .number(0.05), "rho": .number(1), "estimator": .choice("gradient"), "weight_decay": .number(0)]
            ),
            ("soul_released", ["lr": .number(0.05), "bs": .number(1), "weight_decay": .number(0)]),
            ("lion", ["lr": .number(0.05)]),
            ("adagrad", ["lr": .number(0.5)]),
            ("rmsprop", ["lr": .number(0.05)]), ("sign_sgd", ["lr": .number(0.05)]),
            ("sign_sgd", ["lr": .number(0.05), "momentum": .number(0.9)]),
        ]
        return settings.map { ($0.0, try? Row($0.0, $0.1)) }
    }()
    static let all: [Row] = tried.compactMap(\.row)
}

@Suite struct OptimizerTests {
    let device = Device(threads: 2)

    func tensor(_ elements: [Float], on device: Device? = nil) throws -> Tensor {
        try Tensor(elements, shape: [elements.count], on: device ?? self.device)
    }

    @Test func everyOptimizerIsInTheTable() {
        for (name, row) in Row.tried where row == nil {
            Issue.record("there is no optimizer \(name), or it does not know its settings")
        }
        let others = GeneralRow.all.map(\.name)
        #expect(Set(Row.all.map(\.name) + others) == Set(Optimizers.all.map { $0.name }))
    }

    // MARK: golden trajectories

    struct Golden: Decodable {
        struct Case: Decodable {
            struct Arguments: Decodable {
                let lr: Double
                let betas: [Double]?
                let eps, alpha, momentum, weight_decay, rho, batch_size: Double?
                let nesterov: Bool?
                let hessian_every: Int?
            }
            let args: Arguments
            let trajectory: [[Double]]
        }
        let initial: [Float]
        let gradients, hessian_gradients: [[Float]]
        let cases: [String: Case]

        static func read() throws -> Golden {
            try GoldenData.decode(Golden.self, "optimizers.json")
        }
    }

    static let goldenNames: [String: String] = [
        "sgd": "sgd", "sgd_momentum": "sgd", "sgd_nesterov": "sgd", "adam": "adam", "adamw": "adamw",
        "adagrad": "adagrad", "rmsprop": "rmsprop", "lion": "lion", "sophia_g": "sophia",
        "soul_released": "soul_released",
    ]

    @Test(arguments: goldenNames.keys.sorted()) func goldenTrajectory(_ key: String) throws {
        let golden = try Golden.read(), test = try #require(golden.cases[key]), given = test.args
        let name = try #require(Self.goldenNames[key])
        var optimizer = try #require(Optimizers.named(name)).init()
        let numbers: [(String, Double?)] = [
            ("lr", given.lr), ("beta1", given.betas?[0]), ("beta2", given.betas?[1]), ("eps", given.eps),
            ("alpha", given.alpha), ("momentum", given.momentum), ("weight_decay", given.weight_decay),
            ("rho", given.rho), ("bs", given.batch_size), ("k", given.hessian_every.map(Double.init)),
        ]
        for (setting, value) in numbers { if let value { try optimizer.set(setting, to: .number(value)) } }
        if let nesterov = given.nesterov { try optimizer.set("nesterov", to: .flag(nesterov)) }
        var parameters = try tensor(golden.initial), state = try optimizer.initialState(for: parameters)
        // Rounding is relative to the largest value a parameter has had on its way.
        var largest = golden.initial.map { Double(abs($0)) }
        for (step, expected) in test.trajectory.enumerated() {
            var curvature: Tensor?
            if let request = optimizer.curvature, request.isDue(after: state.step) {
                #expect(request.estimator == .gaussNewtonBartlett(scaled: false))
                curvature = try tensor(golden.hessian_gradients[step]).map(.square)
            }
            (parameters, state) = try optimizer.step(
                parameters, gradient: tensor(golden.gradients[step]), state: state, curvature: curvature)
            for (index, (a, e)) in zip(parameters.elements, expected).enumerated() {
                largest[index] = max(largest[index], abs(e))
                #expect(abs(Double(a) - e) <= 1e-6 * largest[index], "\(key) step \(step): \(a), expected \(e)")
            }
            #expect(state.step == step + 1)
        }
        #expect(Set(golden.cases.keys) == Set(Self.goldenNames.keys))
    }

    /// ρ·bs with plain squares and ρ with B-fold ones are the same steps.
    @Test func bothConventionsOfSophiaAgree() throws {
        let golden = try Golden.read()
        var plain = Sophia(), scaled = Sophia()
        plain.batchTokens = 32
        #expect(plain.curvature?.estimator == .gaussNewtonBartlett(scaled: false))
        #expect(scaled.curvature?.estimator == .gaussNewtonBartlett(scaled: true))
        plain.learningRate = 0.01
        scaled.learningRate = 0.01
        var (p, s) = (try tensor(golden.initial), try plain.initialState(for: tensor(golden.initial)))
        var (q, t) = (p, try scaled.initialState(for: p))
        for step in 0..<10 {
            let gradient = try tensor(golden.gradients[step])
            let square = try tensor(golden.hessian_gradients[step]).map(.square)
            (p, s) = try plain.step(p, gradient: gradient, state: s, curvature: square)
            (q, t) = try scaled.step(q, gradient: gradient, state: t, curvature: 32 * square)
        }
        for (a, b) in zip(p.elements, q.elements) { #expect(abs(a - b) <= 1e-6 * abs(b)) }
    }

    // MARK: the battery

    /// Σ cᵢ (xᵢ − tᵢ)² / 2 has the gradient c (x − t) and the curvature c.
    @Test(arguments: Row.all) func minimisesAQuadratic(_ row: Row) throws {
        let c = try tensor((0..<40).map { 0.5 + Float($0 % 5) }),
            target = try tensor((0..<40).map { Float($0 % 7) / 7 })
        var x = try tensor([Float](repeating: -0.3, count: 40)), state = try row.optimizer.initialState(for: x)
        func distance() throws -> Double { try (x - target).norm() / target.norm() }
        let before = try distance()
        for step in 0..<300 {
            let due = row.optimizer.curvature?.isDue(after: step) ?? false
            // A falling rate lets the optimizers with steps of constant length settle.
            try row.optimizer.advance(
                &x, gradient: c * (x - target), state: &state, curvature: due ? c : nil,
                learningRate: row.optimizer.learningRate * (1 - Double(step) / 300))
        }
        let after = try distance()
        #expect(after < 0.01 * before, "\(row.name)")
    }

    @Test(arguments: Row.all) func aSavedStateContinuesToTheBit(_ row: Row) throws {
        let gradients = try (0..<6).map { step in try tensor((0..<100).map { sinf(Float($0 * 7 + step)) }) }
        var p = try tensor((0..<100).map { cosf(Float($0)) }), s = try row.optimizer.initialState(for: p)
        for gradient in gradients[..<3] { (p, s) = try row.optimizer.step(p, gradient: gradient, state: s) }
        // Through plain numbers, as a file would hold them.
        let numbers = try s.tensors.map { ($0.name, try $0.tensor.elements) }
        var restored = try OptimizerState(
            step: s.step, tensors: numbers.map { OptimizerState.Entry(name: $0.0, tensor: try tensor($0.1)) })
        var q = try tensor(p.elements)
        for gradient in gradients[3...] {
            (p, s) = try row.optimizer.step(p, gradient: gradient, state: s)
            (q, restored) = try row.optimizer.step(q, gradient: gradient, state: restored)
        }
        #expect(p.elements == q.elements)
        #expect(try s.tensors.map { try $0.tensor.elements } == restored.tensors.map { try $0.tensor.elements })
    }

    @Test(arguments: Row.all) func threadsAndPlacesDoNotChangeBits(_ row: Row) throws {
        let n = 100_003
        func run(threads: Int, inPlace: Bool) throws -> [[Float]] {
            let device = Device(threads: threads)
            var p = try tensor((0..<n).map { sinf(Float($0)) }, on: device), s = try row.optimizer.initialState(for: p)
            for step in 0..<3 {
                let gradient = try tensor((0..<n).map { cosf(Float($0 + step)) }, on: device)
                let curvature = step == 0 ? try gradient.map(.square) : nil
                if inPlace {
                    let figures = try row.optimizer.advance(&p, gradient: gradient, state: &s, curvature: curvature)
                    #expect(figures.clipped >= 0 && figures.clipped <= 1)
                } else {
                    (p, s) = try row.optimizer.step(p, gradient: gradient, state: s, curvature: curvature)
                }
            }
            return try [p.elements] + s.tensors.map { try $0.tensor.elements }
        }
        let one = try run(threads: 1, inPlace: false)
        #expect(try run(threads: 2, inPlace: false) == one)
        #expect(try run(threads: 3, inPlace: true) == one)
    }

    @Test(arguments: Row.all) func aStepInPlaceAllocatesNothing(_ row: Row) throws {
        let device = Device(threads: 1)
        var p = try tensor([Float](repeating: 1, count: 1000), on: device), s = try row.optimizer.initialState(for: p)
        let gradient = try tensor([Float](repeating: 0.1, count: 1000), on: device)
        let before = device.memory
        for _ in 0..<5 { try row.optimizer.advance(&p, gradient: gradient, state: &s) }
        #expect(device.memory.allocations == before.allocations && device.memory.peak == before.peak)
        // A value somebody keeps stays as it was.
        let kept = p, keptState = s
        let numbers = p.elements, stateNumbers = try s.tensors.map { try $0.tensor.elements }
        try row.optimizer.advance(&p, gradient: gradient, state: &s)
        #expect(kept.elements == numbers && p.elements != numbers)
        #expect(try keptState.tensors.map { try $0.tensor.elements } == stateNumbers)
    }

    @Test(arguments: Row.all) func aZeroGradientMovesNothing(_ row: Row) throws {
        let start = try tensor([-2, 0, 0.5]), zero = try Tensor.zeros([3], on: device)
        let (p, s) = try row.optimizer.step(start, gradient: zero, state: row.optimizer.initialState(for: start))
        #expect(p.elements == start.elements)
        #expect(try s.tensors.allSatisfy { try $0.tensor.elements == [0, 0, 0] })
        // Nor does a learning rate of 0, whatever the gradient.
        let (q, _) = try row.optimizer.step(
            start, gradient: tensor([1, -1, 3]), state: row.optimizer.initialState(for: start), learningRate: 0)
        #expect(q.elements == start.elements)
    }

    @Test(arguments: Row.all) func aNaNStaysWhereItIs(_ row: Row) throws {
        for place in [0, 16, 18] {
            var gradient = [Float](repeating: 0.5, count: 19)
            gradient[place] = .nan
            let start = try tensor([Float](repeating: 1, count: 19))
            let (p, s) = try row.optimizer.step(
                start, gradient: tensor(gradient), state: row.optimizer.initialState(for: start))
            for (index, x) in p.elements.enumerated() { #expect(x.isNaN == (index == place)) }
            for entry in s.tensors where entry.name != "curvature" { #expect(try entry.tensor.elements[place].isNaN) }
        }
    }

    @Test(arguments: Set(Row.all.map(\.name)).sorted()) func decayPullsUnmaskedParameters(_ name: String) throws {
        var optimizer = try Row(name, [:]).optimizer
        optimizer.learningRate = 0.1
        try optimizer.set("weight_decay", to: .number(0.5))
        let start = try tensor([Float](repeating: 2, count: 20)), zero = try Tensor.zeros([20], on: device)
        let even = (0..<10).map { 2 * $0..<2 * $0 + 1 }
        let state = try optimizer.initialState(for: start)
        let masked = try optimizer.step(start, gradient: zero, state: state, decaying: even).parameters.elements
        let plain = try optimizer.step(start, gradient: zero, state: state).parameters.elements
        #expect(plain.allSatisfy { $0 < 2 })
        for index in 0..<20 { #expect(masked[index] == (index % 2 == 0 ? plain[index] : 2)) }
        if ["adamw", "sophia", "soul_released", "lion", "sign_sgd"].contains(name) {
            #expect(plain.allSatisfy { abs($0 - 2 * (1 - 0.1 * 0.5)) < 1e-6 })
        }
    }

    @Test(arguments: Row.all) func anyShapeWorks(_ row: Row) throws {
        for shape in [[], [0], [2, 3], [1, 1, 1]] {
            let p = try Tensor(repeating: 1, shape: shape, on: device)
            let step = try row.optimizer.step(p, gradient: p, state: row.optimizer.initialState(for: p))
            #expect(step.parameters.shape == shape)
            #expect(step.parameters.elements.allSatisfy { $0 < 1 })
        }
    }

    @Test(arguments: Row.all) func misfitsAreErrors(_ row: Row) throws {
        let p = try tensor([1, 2]), three = try tensor([1, 2, 3]), state = try row.optimizer.initialState(for: p)
        #expect(throws: OptimizerError.shape(role: "gradient", [3], parameters: [2])) {
            try row.optimizer.step(p, gradient: three, state: state)
        }
        #expect(throws: OptimizerError.shape(role: "curvature", [3], parameters: [2])) {
            try row.optimizer.step(p, gradient: p, state: state, curvature: three)
        }
        for ranges in [[0..<3], [1..<2, 0..<1], [-1..<1]] {
            #expect(throws: OptimizerError.self) {
                try row.optimizer.step(p, gradient: p, state: state, decaying: ranges)
            }
        }
        if !state.tensors.isEmpty {
            #expect(throws: OptimizerError.self) {
                try row.optimizer.step(three, gradient: three, state: state)
            }
        }
        let foreign = try OptimizerState(step: 0, tensors: [.init(name: "luck", tensor: p)])
        #expect(throws: OptimizerError.self) { try row.optimizer.step(p, gradient: p, state: foreign) }
        #expect(throws: OptimizerError.self) { try OptimizerState(step: -1, tensors: []) }
    }

    // MARK: what a step says of its numbers

    /// A step says that all it wrote is finite, or that nobody may rely on it: with one infinity anywhere in many blocks,
    /// in a rest shorter than a register, and beside elements without decay.
    @Test(arguments: Row.all, [5, 70_001]) func infinitiesAreSeenAsTheyAreWritten(_ row: Row, count: Int) throws {
        let good = [Float](repeating: 0.5, count: count)
        for (place, bad) in [(nil, 0), (0, Float.nan), (count - 1, .nan), (count / 2, .infinity)] as [(Int?, Float)] {
            var gradient = good
            if let place { gradient[place] = bad }
            var p = try tensor(good), state = try row.optimizer.initialState(for: p)
            let figures = try row.optimizer.advance(
                &p, gradient: tensor(gradient), state: &state, decaying: [0..<2, 3..<4])
            let isFinite = try p.isFinite && state.tensors.allSatisfy { try $0.tensor.isFinite }
            #expect(figures.isFinite == isFinite, "\(bad) at \(place ?? -1)")
            if place == nil { #expect(figures.isFinite) }
        }
    }
}
