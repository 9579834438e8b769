/// The ridge logistic regression of the golden file, with hand-written gradients and Hessian products in float64.
import Foundation
import Tensors
import TestSupport
import Testing

struct LogisticRegression: Decodable {
    let x: [[Double]]
    let y: [Double]
    let l2: Double
    let forget: [Int]
    let theta_full, theta_retrained_on_retain, influence_one_shot_full_hessian, newton_step_on_retain: [Double]
    let forget_gradient_sum: [Double]
    let woodfisher: [Double]

    enum CodingKeys: String, CodingKey {
        case x, y, l2, forget, theta_full, theta_retrained_on_retain, influence_one_shot_full_hessian
        case newton_step_on_retain, forget_gradient_sum
        case woodfisher = "woodfisher_retain_damping_1e-2_times_forget_gradient_sum"
    }

    static func read() throws -> LogisticRegression {
        try GoldenData.decode(LogisticRegression.self, "influence.json")
    }

    var retain: [Int] { x.indices.filter { !forget.contains($0) } }

    private func probability(_ row: [Double]) -> Double {
        1 / (1 + exp(-zip(row, theta_full).reduce(0) { $0 + $1.0 * $1.1 }))
    }

    /// ∇ of one example's unregularised loss at the full optimum.
    func gradient(_ index: Int) -> [Double] {
        let error = probability(x[index]) - y[index]
        return x[index].map { error * $0 }
    }

    /// The sum of the gradients of `rows`.
    func gradientSum(_ rows: [Int]) -> [Double] {
        rows.map(gradient).reduce([Double](repeating: 0, count: 6)) { zip($0, $1).map(+) }
    }

    /// The Hessian of the mean loss of `rows`, with its l2 term, times `p`.
    func product(_ rows: [Int], _ p: [Double]) -> [Double] {
        var image = p.map { l2 * $0 }
        for index in rows {
            let q = probability(x[index]), along = zip(x[index], p).reduce(0) { $0 + $1.0 * $1.1 }
            for k in image.indices { image[k] += q * (1 - q) * along * x[index][k] / Double(rows.count) }
        }
        return image
    }

    func product(_ rows: [Int], _ p: Tensor) throws -> Tensor {
        try Tensor(product(rows, p.elements.map(Double.init)).map { Float($0) }, shape: p.shape, on: p.device)
    }

    func perExample(_ rows: [Int], on device: Device) throws -> Tensor {
        try Tensor(rows.flatMap(gradient).map { Float($0) }, shape: [rows.count, 6], on: device)
    }
}
