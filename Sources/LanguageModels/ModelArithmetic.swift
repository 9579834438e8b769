/// A model is a point, a gradient a direction: point + direction, point − point, number · direction.
import Autodiff
import Tensors

/// A direction in a model's space of weights: a gradient, a difference of two models, a random probe.
public struct Direction {
    public let layout: ParameterLayout
    /// One number a weight, in the layout's order.
    public let values: Variable

    public init(_ layout: ParameterLayout, _ values: Variable) throws {
        guard values.shape == [layout.count] else {
            throw ModelError.differentModels(
                "\(values.count) numbers are not a direction among \(layout.count) weights")
        }
        self.layout = layout
        self.values = values
    }

    /// - Throws: when `other` is not the layout of the same weights.
    public func checkFits(_ other: ParameterLayout) throws {
        guard layout == other else {
            throw ModelError.differentModels(
                """
                these belong to different models (\(layout.count) and \(other.count) weights); a direction fits only \
                models of its own architecture
                """
            )
        }
    }

    /// Elementwise f(self, other).
    public func combined(_ function: BinaryFunction, _ other: Direction) throws -> Direction {
        try checkFits(other.layout)
        return try Direction(layout, values.combined(function, other.values))
    }

    public func dot(_ other: Direction) throws -> Variable {
        try checkFits(other.layout)
        return try values.dot(other.values)
    }
}

extension LanguageModel {
    /// The point `amount` · direction away.
    public func moved(along direction: Direction, by amount: Float = 1) throws -> LanguageModel {
        try direction.checkFits(layout)
        let step = amount == 1 ? direction.values : try amount * direction.values
        return try with(weights: weights + step)
    }

    /// Whether the weights mean the same as the other model's: both are plain, or adapters of equal shapes and alpha
    /// beside equal frozen weights. The same numbers beside other weights are another model.
    public func isAdapted(as other: LanguageModel) -> Bool {
        switch (adapted, other.adapted) {
        case (nil, nil): true
        case (let own?, let others?): own.adapters == others.adapters && own.frozen.isEqual(to: others.frozen)
        default: false
        }
    }

    /// The direction that leads from `other` to this model.
    public func difference(from other: LanguageModel) throws -> Direction {
        if (adapted == nil) != (other.adapted == nil) {
            throw ModelError.differentModels(
                """
                one of these models is plain, and the other has frozen weights, whose adapters alone are its weights; \
                write merge(m) for the plain model of it
                """)
        }
        guard layout == other.layout else {
            throw ModelError.differentModels(
                """
                these models have different parameters (\(layout.count) and \(other.layout.count) weights) and cannot \
                be subtracted
                """
            )
        }
        guard isAdapted(as: other) else {
            throw ModelError.differentModels(
                """
                the adapters of these models are of other shapes or alpha, or stand beside other frozen weights, \
                and cannot be subtracted; write merge(m) for the plain model of each
                """)
        }
        return try Direction(layout, weights - other.weights)
    }
}
