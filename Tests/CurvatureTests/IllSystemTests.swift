/// Systems without a solution, or with directions of negative curvature: what solvers answer, and what cures them.
import Curvature
import Tensors
import Testing

@Suite struct IllSystemTests {
    let device = Device(threads: 2)

    private func tensor(_ numbers: [Double]) throws -> Tensor {
        try Tensor(numbers.map { Float($0) }, shape: [numbers.count], on: device)
    }

    private func diagonal(_ eigenvalues: [Double]) throws -> (Tensor) throws -> Tensor {
        let matrix = try tensor(eigenvalues)
        return { try matrix * $0 }
    }

    static let ill: [[Double]] = [
        [2, 0, 0.5], [2, -1, 0.5], [0, 0, 0], [-1, -2, -3], [1, 1e-9, 0], [1e3, 1, 1e-8],
        (0..<40).map { $0 < 10 ? 0 : Double($0 * $0) }, (0..<60).map { pow($0) - 1e-3 },
    ]

    private static func pow(_ power: Int) -> Double { (0..<power).reduce(1.0) { product, _ in product * 0.7 } }

    /// No answer is worse than none, whatever the number of steps, and what it is said to be worth is so.
    @Test(arguments: ["cg", "minres"], ill) func noAnswerIsWorseThanNone(
        _ name: String, _ eigenvalues: [Double]
    ) throws {
        let v = try tensor(eigenvalues.indices.map { 1 + 0.3 * Double($0 % 3) }), product = try diagonal(eigenvalues)
        for steps in [1, 2, 3, 5, 10, 50, 200] {
            var solver = try #require(InverseSolvers.named(name)).init()
            solver.damping = 0
            try solver.set("steps", to: .number(Double(steps)))
            let answer = try solver.solve(CurvatureSystem(vector: v, product: product))
            let left = try product(answer.solution).combined(1, v, -1).norm() / v.norm()
            #expect(left <= 1 + 1e-6, "\(name), \(steps) steps: \(left)")
            #expect(abs(left - (answer.residual ?? .nan)) <= 1e-3 * left + 1e-6, "\(name), \(steps) steps")
            // Who obeys the advice is helped.
            guard let cure = answer.curing else { continue }
            solver.damping = .value(cure)
            try solver.set("steps", to: .number(300))
            let cured = try solver.solve(CurvatureSystem(vector: v, product: product))
            #expect(try #require(cured.residual) < 1e-3, "\(name), damping \(cure): \(cured.ending)")
            switch cured.ending {
            case .singular, .negativeCurvature: Issue.record("\(name) with damping \(cure): \(cured.ending)")
            default: break
            }
        }
    }

    /// The least squares solution, by minimal residuals.
    @Test func minresFindsTheLeastResidual() throws {
        var solver = MinimalResidual()
        solver.damping = 0
        let answer = try solver.solve(CurvatureSystem(vector: tensor([1, 1, 1]), product: diagonal([2, 0, 0.5])))
        #expect(answer.ending == .singular)
        #expect(abs((answer.residual ?? 0) - (1.0 / 3).squareRoot()) < 1e-4)
        #expect(answer.solution.norm() < 10)
        let cure = try #require(answer.curing)
        #expect(cure > 0 && cure < 0.1)
    }

    /// The first Rayleigh quotient below 0 says little: the damping must exceed 1.
    @Test func theDampingNamedExceedsTheLeastEigenvalue() throws {
        let answer = try ConjugateGradients().solve(
            CurvatureSystem(vector: tensor([1, 1, 1]), product: diagonal([2, -1, 0.5])))
        let cure = try #require(answer.curing)
        #expect(cure > 1 && cure < 1.1)
        do {
            var solver = LiSSA()
            solver.damping = 0
            solver.steps = 1000
            _ = try solver.solve(CurvatureSystem(vector: tensor([1, 1, 1]), product: diagonal([2, -1, 0.5])))
            Issue.record("lissa converged")
        } catch let error as SolverError {
            #expect(error.description.contains("damping=\(cure) would cure it"), "\(error)")
        }
        // A matrix of nothing has no scale to name a damping by.
        let none = try ConjugateGradients().solve(CurvatureSystem(vector: tensor([1, 2]), product: { try 0 * $0 }))
        #expect(none.curing == nil && none.solution.norm() == 0 && none.residual == 1)
    }

    @Test(arguments: ["cg", "minres", "exact"]) func whatIsNotSymmetricIsRefused(_ name: String) throws {
        var solver = try #require(InverseSolvers.named(name)).init()
        solver.damping = 0
        let matrix = try Tensor([1, 1, 0, 1], shape: [2, 2], on: device)
        #expect(throws: SolverError.self) {
            try solver.solve(CurvatureSystem(vector: tensor([1, 1]), product: { try matrix.matrixProduct($0) }))
        }
    }
}
