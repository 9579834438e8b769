/// The loss of a step's data as a function of the weights: values, gradients, products with its curvature.
import Autodiff
import Tensors

/// What was asked of a loss, counted.
public final class LossCounter {
    public fileprivate(set) var values = 0
    public fileprivate(set) var gradients = 0
    public fileprivate(set) var products = 0
}

public struct LossAccess {
    /// From weights to one number.
    public let function: (Variable) throws -> Variable
    public let counter = LossCounter()
    private let differentiator: Differentiator
    /// What it is the loss of, for errors about derivatives that would be lost.
    private let title: String

    public init(
        of title: String, _ differentiator: Differentiator, _ function: @escaping (Variable) throws -> Variable
    ) {
        self.title = title
        self.differentiator = differentiator
        self.function = function
    }

    public func value(at weights: Tensor) throws -> Double {
        counter.values += 1
        differentiator.note(values: 1)
        return Double(try function(Variable(weights)).constant(title).item())
    }

    public func gradient(at weights: Tensor) throws -> (value: Double, gradient: Tensor) {
        counter.gradients += 1
        let (value, gradient) = try differentiator.valueAndGradient([Variable(weights)]) { try function($0[0]) }
        return (
            Double(try value.constant(title).item()), try gradient[0].constant(title).reshaped(weights.shape)
        )
    }

    /// The curvature at `weights` times `vector`.
    public func product(_ matrix: CurvatureMatrix, at weights: Tensor, _ vector: Tensor) throws -> Tensor {
        counter.products += 1
        let (x, v) = ([Variable(weights)], [Variable(vector)])
        let product =
            matrix == .hessian
            ? try differentiator.hessianProduct(x, v) { try function($0[0]) }
            : try differentiator.gaussNewtonProduct(x, v) { try function($0[0]) }
        return try product[0].constant(title).reshaped(weights.shape)
    }
}
