/// Solvers of (H + λI) x = v against golden numbers, dense float64 solves, and each other.
import Settings
import Curvature
import Optimizers
import Tensors
import Testing

@Suite struct SolverTests {
    let device = Device(threads: 2)

    func tensor(_ numbers: [Double]) throws -> Tensor {
        try Tensor(numbers.map { Float($0) }, shape: [numbers.count], on: device)
    }

    func expectClose(
        _ actual: Tensor, _ expected: [Double], _ tolerance: Double = 1e-5, _ context: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let scale = expected.map(abs).max() ?? 1
        for (a, e) in zip(actual.elements, expected) {
            #expect(
                abs(Double(a) - e) <= tolerance * scale, "\(context): \(a), expected \(e)",
                sourceLocation: sourceLocation)
        }
        #expect(actual.count == expected.count, sourceLocation: sourceLocation)
    }

    // MARK: golden numbers

    @Test(arguments: ["cg", "exact", "lissa"]) func influenceOfTheForgotten(_ name: String) throws {
        let problem = try LogisticRegression.read(), n = Double(problem.x.count), all = Array(problem.x.indices)
        var solver = try #require(InverseSolvers.named(name)).init()
        solver.damping = 0
        if name == "lissa" { try solver.set("steps", to: .number(1000)) }
        if name != "exact" { try solver.set("tolerance", to: .number(1e-7)) }
        let v = try tensor(problem.gradientSum(problem.forget).map { $0 / n })
        let answer = try solver.solve(CurvatureSystem(vector: v, product: { try problem.product(all, $0) }))
        let theta = zip(problem.theta_full, answer.solution.elements).map { $0 + Double($1) }
        expectClose(try tensor(theta), problem.influence_one_shot_full_hessian)
        #expect(try #require(answer.residual) < 1e-5)
        if name == "cg" {
            // Six unknowns: six iterations, a few more for float32, and the products that measure.
            #expect(answer.iterations <= 12 && answer.products > answer.iterations)
            #expect(answer.history.first == 1 && answer.history.count == answer.iterations + 1)
        }
    }

    @Test func newtonStepOnTheRetained() throws {
        let problem = try LogisticRegression.read(), retain = problem.retain, count = Double(retain.count)
        let v = zip(problem.gradientSum(retain), problem.theta_full).map { $0 / count + problem.l2 * $1 }
        let answer = try ConjugateGradients().solve(
            CurvatureSystem(vector: tensor(v), product: { try problem.product(retain, $0) }))
        let theta = zip(problem.theta_full, answer.solution.elements).map { $0 - Double($1) }
        expectClose(try tensor(theta), problem.newton_step_on_retain)
        // One Newton step lands near the optimum of a retraining.
        expectClose(try tensor(theta), problem.theta_retrained_on_retain, 0.01)
    }

    @Test func woodFisherInBothForms() throws {
        let problem = try LogisticRegression.read(), v = try tensor(problem.forget_gradient_sum)
        expectClose(v, problem.gradientSum(problem.forget), 1e-6)
        let rows = try problem.perExample(problem.retain, on: device)
        expectClose(try WoodFisher.woodbury(rows, v, damping: 1e-2), problem.woodfisher, 1e-5, "Woodbury")
        expectClose(try WoodFisher.recursion(rows, v, damping: 1e-2), problem.woodfisher, 1e-5, "recursion")
        var solver = WoodFisher()
        solver.damping = 1e-2
        let answer = try solver.solve(
            CurvatureSystem(
                vector: v,
                perExample: { most in
                    #expect(most == 128)
                    return rows
                }))
        expectClose(answer.solution, problem.woodfisher)
        #expect(try #require(answer.residual) < 1e-5)
        #expect(answer.gradients == problem.retain.count && answer.products == 0)
        // With products, the residual tells how far this Fisher is from the Hessian.
        let honest = try solver.solve(
            CurvatureSystem(
                vector: v, product: { try problem.product(problem.retain, $0) }, perExample: { _ in rows }))
        #expect(honest.solution.elements == answer.solution.elements)
        #expect(try #require(honest.residual) > 0.01 && honest.products == 1)
    }

    /// The identities hold for many parameters and few examples too, with dampings far below the Fisher's values.
    @Test(arguments: [1.0, 1e-2, 1e-4]) func woodburyEqualsTheRecursion(_ damping: Double) throws {
        var generator = RandomGenerator(seed: 4)
        let rows = try Tensor.normal([9, 5000], deviation: 0.1, from: &generator, on: device)
        let v = try Tensor.normal([5000], from: &generator, on: device)
        let a = try WoodFisher.woodbury(rows, v, damping: damping)
        let b = try WoodFisher.recursion(rows, v, damping: damping)
        #expect(try (a - b).norm() < 1e-4 * a.norm())
        // (λI + GᵀG/M) x is v again.
        let x = a.elements.map(Double.init), g = rows.elements.map(Double.init)
        var image = x.map { damping * $0 }
        for row in 0..<9 {
            let along = (0..<5000).reduce(0.0) { $0 + g[row * 5000 + $1] * x[$1] } / 9
            for k in 0..<5000 { image[k] += along * g[row * 5000 + k] }
        }
        expectClose(try tensor(image), v.elements.map(Double.init), 1e-4)
    }

    @Test func theReleasedVariantStaysAlongTheFirstGradient() throws {
        let problem = try LogisticRegression.read(), v = problem.forget_gradient_sum
        let gradients = problem.retain.map(problem.gradient), rows = try problem.perExample(problem.retain, on: device)
        for m in [1000, 20] {
            // The released loop, line by line, in float64.
            func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
            var k = v, o: [Double]?
            for (index, g) in gradients.enumerated() {
                if let old = o {
                    let t = dot(old, g), s = dot(k, g) / (Double(m) + t)
                    k = zip(k, old).map { $0 - s * $1 }
                    o = old.map { $0 - t / (Double(m) + t) * $0 }
                } else {
                    o = g
                }
                if index > m { break }
            }
            var solver = WoodFisherReleased()
            solver.examples = m
            let answer = try solver.solve(CurvatureSystem(vector: tensor(v), perExample: { _ in rows }))
            expectClose(answer.solution, k, 1e-6)
            // Along the first gradient only, and far from the inverse.
            let moved = zip(answer.solution.elements, v).map { Double($0) - $1 }
            let cosine =
                abs(dot(moved, gradients[0])) / (dot(moved, moved) * dot(gradients[0], gradients[0])).squareRoot()
            #expect(cosine > 0.9999)
            #expect(try #require(answer.residual) > 0.01)
        }
    }

    // MARK: dense systems

    /// A symmetric matrix with given eigenvalues, and its product.
    struct Dense {
        let size: Int
        let matrix: [Double]

        init(eigenvalues: [Double], seed: UInt64 = 1) {
            let n = eigenvalues.count
            size = n
            var generator = RandomGenerator(seed: seed), basis: [[Double]] = []
            for _ in 0..<n {
                var vector = (0..<n).map { _ in generator.normal() }
                for other in basis {
                    let along = zip(vector, other).reduce(0) { $0 + $1.0 * $1.1 }
                    vector = zip(vector, other).map { $0 - along * $1 }
                }
                let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
                basis.append(vector.map { $0 / norm })
            }
            var sums = [Double](repeating: 0, count: n * n)
            for (value, vector) in zip(eigenvalues, basis) {
                for i in 0..<n { for j in 0..<n { sums[i * n + j] += value * vector[i] * vector[j] } }
            }
            matrix = sums
        }

        func product(_ p: Tensor) throws -> Tensor {
            let x = p.elements.map(Double.init)
            let image = (0..<size).map { i in Float((0..<size).reduce(0.0) { $0 + matrix[i * size + $1] * x[$1] }) }
            return try Tensor(image, shape: p.shape, on: p.device)
        }

        func solved(_ v: Tensor, damping: Double) -> [Double] {
            var damped = matrix
            for i in 0..<size { damped[i * size + i] += damping }
            return LinearAlgebra.solve(damped, v.elements.map(Double.init)) ?? []
        }
    }

    @Test(arguments: ["cg", "minres", "exact", "lissa"], [0.0, 0.5]) func solvesADenseSystem(
        _ name: String, _ damping: Double
    ) throws {
        let dense = Dense(eigenvalues: (0..<24).map { 0.5 + Double($0) })
        var generator = RandomGenerator(seed: 2)
        // Vectors may have any shape.
        let v = try Tensor.normal([4, 6], from: &generator, on: device)
        var solver = try #require(InverseSolvers.named(name)).init()
        solver.damping = .value(damping)
        if name == "lissa" { try solver.set("steps", to: .number(2000)) }
        if name != "exact" { try solver.set("tolerance", to: .number(1e-6)) }
        let answer = try solver.solve(CurvatureSystem(vector: v, product: dense.product))
        #expect(answer.solution.shape == [4, 6])
        expectClose(answer.solution, dense.solved(v, damping: damping), 1e-5, name)
        #expect(try #require(answer.residual) < 3e-6)
        #expect(answer.ending == .finished || answer.ending == .precision)
    }

    @Test func negativeCurvatureIsReported() throws {
        let dense = Dense(eigenvalues: [-0.5, 1, 2, 3, 4, 5])
        var generator = RandomGenerator(seed: 5)
        let v = try Tensor.normal([6], from: &generator, on: device)
        var solver = ConjugateGradients()
        let answer = try solver.solve(CurvatureSystem(vector: v, product: dense.product))
        guard case .negativeCurvature(let value) = answer.ending else {
            Issue.record("\(answer.ending)")
            return
        }
        #expect(value >= -0.5001 && value <= 0)
        #expect(answer.iterations > 0 && answer.solution.isFinite)
        // More damping than the lowest eigenvalue cures it; the exact solver does not mind.
        solver.damping = 0.7
        solver.tolerance = 1e-6
        #expect(try solver.solve(CurvatureSystem(vector: v, product: dense.product)).ending == .finished)
        let exact = try ExactInverse().solve(CurvatureSystem(vector: v, product: dense.product))
        expectClose(exact.solution, dense.solved(v, damping: 0))
        // Negative from the first direction on: nothing was gained, and 0 says so.
        let upside = try ConjugateGradients().solve(CurvatureSystem(vector: v, product: { try -$0 }))
        #expect(upside.ending == .negativeCurvature(-1) && upside.iterations == 0)
        #expect(upside.residual == 1 && upside.solution.norm() == 0)
    }

    @Test func progressCanStopIt() throws {
        let dense = Dense(eigenvalues: (1...30).map(Double.init))
        var generator = RandomGenerator(seed: 6)
        let v = try Tensor.normal([30], from: &generator, on: device)
        for (name, products) in [("cg", 3), ("minres", 3), ("lissa", 13)] {
            var seen: [SolverProgress] = []
            var solver = try #require(InverseSolvers.named(name)).init()
            solver.damping = 0.01
            let answer = try solver.solve(
                CurvatureSystem(
                    vector: v, product: dense.product,
                    progress: {
                        seen.append($0)
                        return $0.iteration < 3
                    }))
            #expect(answer.ending == .stopped && answer.iterations == 3, "\(name)")
            #expect(seen.map(\.iteration) == [1, 2, 3])
            #expect(answer.products == products && answer.solution.norm() > 0)
            let residual = try #require(answer.residual)
            #expect(residual == answer.history.last && residual < 1)
        }
        #expect(throws: TensorError.interrupted) {
            try ExactInverse().solve(
                CurvatureSystem(vector: v, product: dense.product, progress: { $0.iteration < 3 }))
        }
        // A product that the user stops ends the solve with what it had.
        device.cancellation.request()
        defer { device.cancellation.reset() }
        let stopped = try ConjugateGradients().solve(
            CurvatureSystem(
                vector: v,
                product: {
                    try device.cancellation.check()
                    return $0
                }))
        #expect(stopped.ending == .stopped && stopped.iterations == 0)
    }

    @Test func fewStepsGiveTheBestOfTheirSubspace() throws {
        let dense = Dense(eigenvalues: (1...40).map { Double($0 * $0) })
        var generator = RandomGenerator(seed: 7)
        let v = try Tensor.normal([40], from: &generator, on: device)
        var solver = ConjugateGradients()
        solver.steps = 5
        let answer = try solver.solve(CurvatureSystem(vector: v, product: dense.product))
        #expect(answer.ending == .limit && answer.iterations == 5 && answer.products == 6)
        #expect(answer.history.count == 6)
        // The energy xᵀHx/2 − vᵀx falls with every step.
        func energy(_ x: Tensor) throws -> Double { try 0.5 * x.dot(dense.product(x)) - v.dot(x) }
        var before = 0.0
        for steps in 1...8 {
            solver.steps = steps
            let now = try energy(solver.solve(CurvatureSystem(vector: v, product: dense.product)).solution)
            #expect(now < before)
            before = now
        }
    }

    @Test func lissaSaysThatItDiverges() throws {
        let dense = Dense(eigenvalues: [1, 2, 30])
        var solver = LiSSA()
        solver.scale = 5
        #expect(throws: SolverError.self) {
            try solver.solve(CurvatureSystem(vector: tensor([1, 2, 3]), product: dense.product))
        }
    }

    // MARK: what is refused

    @Test(arguments: InverseSolvers.all.map { $0.name }) func refusals(_ name: String) throws {
        let type = try #require(InverseSolvers.named(name)), solver = type.init(), v = try tensor([1, 2, 3])
        let rows = try Tensor(repeating: 1, shape: [2, 3], on: device), bad = try tensor([1, .nan, 2])
        func examples(_ number: Float = 1) -> ToyExamples { ToyExamples(device: device, outputs: 3, number: number) }
        if type.need != .nothing {
            #expect(throws: SolverError.self) { try solver.solve(CurvatureSystem(vector: v)) }
        }
        #expect(throws: SolverError.self) {
            try solver.solve(
                CurvatureSystem(vector: bad, product: { $0 }, perExample: { _ in rows }, examples: examples()))
        }
        #expect(throws: SolverError.self) {
            try solver.solve(
                CurvatureSystem(
                    vector: v, product: { _ in bad }, perExample: { _ in try bad.reshaped([1, 3]) },
                    examples: examples(.nan)))
        }
        #expect(throws: SolverError.self) {
            try solver.solve(
                CurvatureSystem(
                    vector: v, product: { try $0.reshaped([1, 3]) }, perExample: { _ in try rows.reshaped([3, 2]) },
                    examples: ToyExamples(device: device, outputs: 4)))
        }
        // Zero in, zero out.
        let zero = try solver.solve(
            CurvatureSystem(
                vector: Tensor.zeros([3], on: device), product: { try 2 * $0 }, perExample: { _ in rows },
                examples: examples()))
        #expect(zero.solution.elements == [0, 0, 0])
        #expect(zero.residual ?? 0 == 0)
        #expect(throws: SettingError.self) {
            var other = solver
            try other.set("speed", to: .number(1))
        }
    }

    @Test func largeExactProblemsAreRefusedWithTheFigure() throws {
        let v = try Tensor.zeros([5000], on: device)
        do {
            _ = try ExactInverse().solve(CurvatureSystem(vector: v, product: { $0 }))
            Issue.record("5000 parameters were accepted")
        } catch let error as SolverError {
            #expect(error.description.contains("5000 products and 191 MiB"))
        }
        let singular = try tensor([1, 2])
        #expect(throws: SolverError.self) {
            try ExactInverse().solve(CurvatureSystem(vector: singular, product: { try 0 * $0 }))
        }
        var undamped = WoodFisher()
        undamped.damping = 0
        #expect(throws: SolverError.self) {
            try undamped.solve(
                CurvatureSystem(vector: singular, perExample: { _ in try Tensor.zeros([1, 2], on: device) }))
        }
    }

    @Test func threadsDoNotChangeBits() throws {
        let answers = try [1, 2, 3].map { threads -> [Float] in
            let device = Device(threads: threads)
            var generator = RandomGenerator(seed: 9)
            let rows = try Tensor.normal([40, 30_000], from: &generator, on: device)
            let v = try Tensor.normal([30_000], from: &generator, on: device)
            return try WoodFisher.woodbury(rows, v, damping: 0.1).elements
        }
        #expect(answers[1] == answers[0] && answers[2] == answers[0])
    }
}
