/// The loss of a step's data as a function of the weights: values, gradients, products with its curvature.
import Autodiff
import Tensors

public struct LossAccess {
    /// From weights to one number.
    public typealias Function = (Variable) throws -> Variable
    /// What it is the sum of; each is evaluated and let go of before the next.
    private let terms: [Function]
    private let differentiator: Differentiator
    /// What it is the loss of, for errors about derivatives that would be lost.
    private let title: String

    public init(of title: String, _ differentiator: Differentiator, _ function: @escaping Function) {
        self.init(of: title, differentiator, sumOf: [function])
    }

    public init(of title: String, _ differentiator: Differentiator, sumOf terms: [Function]) {
        self.title = title
        self.differentiator = differentiator
        self.terms = terms
    }

    /// The loss as a function of the language sees it: a value of it alone is counted, one within a derivative counts
    /// with that.
    public func counted(_ weights: Variable) throws -> Variable {
        if !differentiator.isActive { differentiator.note(values: 1) }
        return try function(weights)
    }

    /// The loss as one function.
    public func function(_ weights: Variable) throws -> Variable {
        guard let first = try terms.first?(weights) else { return try 0 * weights.sum() }
        return try terms.dropFirst().reduce(first) { try $0 + $1(weights) }
    }

    public func value(at weights: Tensor) throws -> Double {
        differentiator.note(values: 1)
        return try differentiator.sums("loss of a step", of: terms.count, on: weights.device) {
            Summand(figures: [Double(try terms[$0](Variable(weights)).constant(title).item())])
        }.figures.reduce(0) { $0 + $1[0] }
    }

    public func gradient(at weights: Tensor) throws -> (value: Double, gradient: Tensor) {
        let (gradient, values) = try added(like: weights) { term in
            let (value, gradient) = try differentiator.valueAndGradient([Variable(weights)]) { try term($0[0]) }
            return (gradient[0], [Double(try value.constant(title).item())])
        }
        return (values.reduce(0) { $0 + $1[0] }, gradient)
    }

    /// The curvature at `weights` times `vector`.
    public func product(_ matrix: CurvatureMatrix, at weights: Tensor, _ vector: Tensor) throws -> Tensor {
        let (x, v) = ([Variable(weights)], [Variable(vector)])
        return try added(like: weights) { term in
            let product =
                matrix == .hessian
                ? try differentiator.hessianProduct(x, v) { try term($0[0]) }
                : try differentiator.gaussNewtonProduct(x, v) { try term($0[0]) }
            return (product[0], [])
        }.sum
    }

    /// The sum over the terms of something shaped like the weights, and each term's figures.
    private func added(
        like weights: Tensor, _ part: (Function) throws -> (Variable, figures: [Double])
    ) throws -> (sum: Tensor, figures: [[Double]]) {
        let (sums, figures) = try differentiator.sums("loss of a step", of: terms.count, on: weights.device) {
            let (own, figures) = try part(terms[$0])
            return Summand(tensors: [try own.constant(title).reshaped(weights.shape)], figures: figures)
        }
        return (try (sums.first ?? nil) ?? Tensor.zeros(weights.shape, on: weights.device), figures)
    }
}
