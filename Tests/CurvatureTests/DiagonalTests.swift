/// Estimates of the Hessian's diagonal, and the solver that uses one.
import Settings
import Curvature
import Optimizers
import Tensors
import Testing

extension SolverTests {
    @Test func diagonalInverse() throws {
        let dense = Dense(eigenvalues: (1...12).map(Double.init)), v = try tensor((1...12).map(Double.init))
        var solver = DiagonalInverse()
        solver.estimator = .hutchinson
        solver.samples = 4000
        solver.damping = 0.5
        let answer = try solver.solve(CurvatureSystem(vector: v, product: dense.product, seed: 3))
        let expected = (0..<12).map { Double($0 + 1) / (dense.matrix[$0 * 13] + 0.5) }
        expectClose(answer.solution, expected, 0.05)
        #expect(answer.products == 4001)
        // The same seed draws the same probes.
        let again = try solver.solve(CurvatureSystem(vector: v, product: dense.product, seed: 3))
        #expect(again.solution.elements == answer.solution.elements)

        let problem = try LogisticRegression.read(), rows = try problem.perExample(problem.retain, on: device)
        solver.estimator = .fisher
        let six = try tensor(problem.forget_gradient_sum)
        let fisher = try solver.solve(CurvatureSystem(vector: six, perExample: { _ in rows }))
        let gradients = problem.retain.map(problem.gradient)
        let byHand = (0..<6).map { k -> Double in
            let square = gradients.reduce(0.0) { sum, g in sum + g[k] * g[k] }
            return problem.forget_gradient_sum[k] / (square / Double(gradients.count) + 0.5)
        }
        expectClose(fisher.solution, byHand)
        #expect(fisher.residual == nil && fisher.gradients == 108)
    }

    @Test(arguments: ProbeDistribution.allCases) func hutchinsonIsUnbiased(_ distribution: ProbeDistribution) throws {
        let dense = Dense(eigenvalues: [-3, -1, 1, 2, 4, 8]), like = try Tensor.zeros([6], on: device), samples = 20_000
        var generator = RandomGenerator(seed: 11)
        let estimate = try DiagonalEstimate.hutchinson(
            like: like, samples: samples, distribution, from: &generator, product: dense.product)
        let diagonal = estimate.mean, error = try #require(estimate.error)
        for i in 0..<6 {
            // Variances: Σ_{j≠i} H_ij², and 2 H_ii² more for normal probes. Five standard errors.
            let row = dense.matrix[(i * 6)..<(i * 6 + 6)], own = dense.matrix[i * 7]
            let off = row.reduce(0) { $0 + $1 * $1 } - own * own
            let variance = off + (distribution == .normal ? 2 * own * own : 0)
            let deviation = (variance / Double(samples)).squareRoot()
            #expect(abs(Double(diagonal.elements[i]) - own) < 5 * deviation + 1e-5)
            // The error that it tells is the true one.
            #expect(abs(Double(error.elements[i]) / deviation - 1) < 0.1)
        }
        // A diagonal matrix is found by a single vector of signs.
        var one = RandomGenerator(seed: 1)
        let exact = try DiagonalEstimate.hutchinson(like: like, samples: 1, .signs, from: &one) { try 3 * $0 }
        #expect(exact.mean.elements == [3, 3, 3, 3, 3, 3] && exact.error == nil)
    }

    /// For logistic regression GNB must find the diagonal of XᵀSX/n.
    @Test func gaussNewtonBartlettIsUnbiased() throws {
        let problem = try LogisticRegression.read(), all = Array(problem.x.indices), n = Double(all.count)
        var generator = RandomGenerator(seed: 21)
        let samples = 4000
        func sampled() throws -> Tensor {
            var sum = [Double](repeating: 0, count: 6)
            for index in all {
                // gradient = (p − y) x; recover p from it, then draw y from p.
                let row = problem.x[index], k = row.indices.max { abs(row[$0]) < abs(row[$1]) } ?? 0
                let p = problem.gradient(index)[k] / row[k] + problem.y[index]
                let error = p - (generator.uniform() < p ? 1 : 0)
                for k in 0..<6 { sum[k] += error * row[k] / n }
            }
            return try tensor(sum)
        }
        let diagonal = try DiagonalEstimate.gaussNewtonBartlett(
            positions: all.count, samples: samples, gradient: sampled
        ).mean
        for k in 0..<6 {
            var basis = [Double](repeating: 0, count: 6)
            basis[k] = 1
            let exact = problem.product(all, basis)[k] - problem.l2
            // A squared normal number has relative variance 2.
            #expect(abs(Double(diagonal.elements[k]) / exact - 1) < 5 * (2 / Double(samples)).squareRoot())
        }
    }
}
