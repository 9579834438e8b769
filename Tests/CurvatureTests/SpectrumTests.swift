// Eigenvalues, traces and inverses that come from products, against dense matrices whose eigenvalues are known.
import Curvature
import Tensors
import Testing

@Suite struct SpectrumTests {
    let device = Device(threads: 2)
    typealias Dense = SolverTests.Dense

    func source(_ dense: Dense, seed: UInt64 = 0) -> CurvatureSource {
        CurvatureSource(shape: [dense.size], on: device, product: dense.product, seed: seed)
    }

    func number(_ report: CurvatureReport, _ name: String) throws -> Double {
        guard case .number(let value)? = report.parts.first(where: { $0.name == name })?.part else {
            throw SolverError("no number \(name)")
        }
        return value
    }

    func numbers(_ report: CurvatureReport, _ name: String) throws -> [Double] {
        guard case .numbers(let values)? = report.parts.first(where: { $0.name == name })?.part else {
            throw SolverError("no numbers \(name)")
        }
        return values
    }

    @Test func minresSolvesWhatIsIndefinite() throws {
        let dense = Dense(eigenvalues: [-4, -2, -0.5, 1, 2, 3, 5, 8, 13, 21])
        var generator = RandomGenerator(seed: 3)
        let v = try Tensor.normal([2, 5], from: &generator, on: device)
        var solver = MinimalResidual()
        solver.tolerance = 1e-6
        let answer = try solver.solve(CurvatureSystem(vector: v, product: dense.product))
        for (x, expected) in zip(answer.solution.elements, dense.solved(v, damping: 0)) {
            #expect(abs(Double(x) - expected) < 1e-3)
        }
        #expect(try #require(answer.residual) < 1e-4)
        // The residual never rises, which that of conjugate gradients may do.
        #expect(zip(answer.history, answer.history.dropFirst()).allSatisfy { $1 <= $0 + 1e-6 })
        // One product an iteration, one in ten and at the end for the residual, a few to see that H is symmetric.
        #expect(answer.products <= answer.iterations + answer.iterations / 10 + 6 && answer.bytes > 0)
        // Where v has no share of the directions that are singular, the least solution is found.
        let flat = Dense(eigenvalues: [0, 1, 2, 3])
        let image = try flat.product(Tensor.normal([4], from: &generator, on: device))
        #expect(try #require(solver.solve(CurvatureSystem(vector: image, product: flat.product)).residual) < 1e-4)
    }

    @Test func lanczosFindsTheExtremes() throws {
        let inner = (1..<59).map { Double($0) / 10 }
        let dense = Dense(eigenvalues: [-9] + inner + [100])
        var estimator = Spectrum()
        estimator.steps = 25
        let report = try estimator.estimate(source(dense))
        #expect(abs(try number(report, "smallest") + 9) < 1e-2)
        #expect(abs(try number(report, "largest") - 100) < 1e-3)
        #expect(report.products == 25)
        // Weights are shares, and the density integrates to 1.
        #expect(abs(try numbers(report, "weights").reduce(0, +) - 1) < 1e-5)
        let grid = try numbers(report, "grid"), density = try numbers(report, "density")
        #expect(abs(density.reduce(0, +) * (grid[1] - grid[0]) - 1) < 0.02)
        let names = report.parts.map { $0.name }
        #expect(names == ["smallest", "largest", "eigenvalues", "weights", "grid", "density", "samples"])
        // As many steps as rows give all of them, and their mean is the trace's share.
        let small = Dense(eigenvalues: [-1, 0, 2, 5, 7])
        let found = try Spectrum.eigenvalues(source(small), number: 5)
        for (value, expected) in zip(found.values, [7.0, 5, 2, -1, 0]) { #expect(abs(value - expected) < 1e-4) }
        // The same seed gives the same numbers; another start the same eigenvalues.
        #expect(try Spectrum.eigenvalues(source(small), number: 5).values == found.values)
        let other = try Spectrum.eigenvalues(source(small, seed: 9), number: 2).values
        #expect(abs(other[0] - 7) < 1e-4 && abs(other[1] - 5) < 1e-4)
    }

    @Test func theTraceOfAFewLargeEigenvaluesIsNearlyExact() throws {
        let rest = (6..<80).map { 0.01 * Double($0) }
        let dense = Dense(eigenvalues: [Double](repeating: 50, count: 6) + rest)
        let trace = 300 + rest.reduce(0, +)
        let report = try TraceEstimate().estimate(source(dense))
        let error = try number(report, "error")
        #expect(try abs(number(report, "trace") - trace) < 5 * error + 1e-3)
        #expect(error < 2)
        #expect(abs(try number(report, "mean_eigenvalue") - trace / 80) < 5 * error / 80 + 1e-4)
        #expect(report.products == 30)
        // A basis of everything leaves nothing to estimate.
        let small = Dense(eigenvalues: [1, 2, -4])
        let exact = try TraceEstimate().estimate(source(small))
        #expect(try abs(number(exact, "trace") + 1) < 1e-5)
        #expect(try number(exact, "error") < 1e-5)
    }

    @Test func lowRankInverse() throws {
        let large: [Double] = [20, 40, 60, 80, 100]
        let dense = Dense(eigenvalues: large + [Double](repeating: 0, count: 35))
        var generator = RandomGenerator(seed: 2)
        let v = try Tensor.normal([40], from: &generator, on: device)
        var solver = LowRankInverse()
        solver.rank = 5
        solver.damping = 0.5
        let answer = try solver.solve(CurvatureSystem(vector: v, product: dense.product))
        for (x, expected) in zip(answer.solution.elements, dense.solved(v, damping: 0.5)) {
            #expect(abs(Double(x) - expected) < 1e-3)
        }
        #expect(try #require(answer.residual) < 1e-3)
        // Projected, it sees what the eigenvectors see: H times it is v's part there.
        solver.project = true
        solver.damping = 0
        let seen = try solver.solve(CurvatureSystem(vector: v, product: dense.product)).solution
        let image = try dense.product(seen)
        #expect(try abs(image.dot(v) - image.dot(image)) < 1e-3 * image.dot(image))
    }

    /// A tenth of the mean eigenvalue, by whatever each solver knows the matrix.
    @Test(arguments: ["cg", "minres", "lissa", "exact", "arnoldi"]) func autoDamping(_ name: String) throws {
        let dense = Dense(eigenvalues: (1...20).map(Double.init))
        var generator = RandomGenerator(seed: 2)
        let v = try Tensor.normal([20], from: &generator, on: device)
        var solver = try #require(InverseSolvers.named(name)).init()
        solver.damping = .auto
        if name == "arnoldi" { try solver.set("rank", to: .number(20)) }
        if name == "lissa" { try solver.set("steps", to: .number(2000)) }
        let answer = try solver.solve(CurvatureSystem(vector: v, product: dense.product))
        let lambda = try #require(answer.damping)
        // The mean eigenvalue is 10.5; eight random products know it to some per cent.
        #expect(abs(lambda / 1.05 - 1) < (name == "exact" ? 1e-4 : 0.25))
        for (x, expected) in zip(answer.solution.elements, dense.solved(v, damping: lambda)) {
            #expect(abs(Double(x) - expected) < 1e-3)
        }
        #expect(try #require(answer.residual) < 1e-3)
        // A negative mean has no tenth.
        #expect(throws: SolverError.self) {
            try solver.solve(CurvatureSystem(vector: v, product: { try -1 * dense.product($0) }))
        }
    }

    @Test func autoDampingOfGradients() throws {
        var generator = RandomGenerator(seed: 2)
        let rows = try Tensor.normal([4, 30], from: &generator, on: device)
        let mean = try rows.dot(rows) / 4 / 30, v = try Tensor.normal([30], from: &generator, on: device)
        for name in ["woodfisher", "diagonal"] {
            let solver = try #require(InverseSolvers.named(name)).init()
            let answer = try solver.solve(CurvatureSystem(vector: v, perExample: { _ in rows }))
            #expect(abs(try #require(answer.damping) / (0.1 * mean) - 1) < 1e-4, "\(name)")
        }
        // A zero has no inverse of its own.
        #expect(Damping(.number(-1)) == nil && Damping(.choice("much")) == nil && Damping(.choice("auto")) == .auto)
    }

    @Test func singularSystemsAreToldWhatCuresThem() throws {
        let dense = Dense(eigenvalues: [-2, 1, 1, 3]), v = try Tensor(repeating: 1, shape: [4], on: device)
        do {
            // -2 and a damping of 2: singular but for rounding, which the answer must not hide.
            let answer = try ExactInverse().solve(CurvatureSystem(vector: v, product: { try 0 * $0 }))
            Issue.record("a zero matrix was inverted: \(answer)")
        } catch let error as SolverError {
            #expect(error.description.contains("would cure it"))
        }
        #expect(try ExactInverse().solve(CurvatureSystem(vector: v, product: dense.product)).solution.isFinite)
    }

    @Test func estimatorsSayWhatTheyLack() throws {
        let bare = CurvatureSource(shape: [3], on: device)
        for type in MatrixEstimators.all {
            #expect(throws: SolverError.self, "\(type.name)") { try type.init().estimate(bare) }
        }
    }

    @Test func progressStopsThem() throws {
        let dense = Dense(eigenvalues: (1...30).map(Double.init))
        let stopped = CurvatureSource(shape: [30], on: device, product: dense.product, progress: { $0.iteration < 3 })
        #expect(try HutchinsonDiagonal().estimate(stopped).products == 3)
        #expect(try Spectrum().estimate(stopped).products == 3)
        #expect(throws: TensorError.interrupted) { try TraceEstimate().estimate(stopped) }
    }
}
