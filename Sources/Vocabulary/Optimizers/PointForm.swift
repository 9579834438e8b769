/// How the parameters that an optimizer moves look in the language: a model, or numbers and tensors of some build.
import Autodiff
import Language
import LanguageModels
import Optimizers
import Tensors

struct PointForm {
    /// What the parameters are, as optimizers see them.
    let parameters: ParameterList
    /// A value from all parameters as one tensor.
    let point: (Variable) throws -> Value
    /// A gradient's or an average's value.
    let direction: (Variable) throws -> Value
    /// All parameters of a value as one; nil for one of another build.
    let variable: (Value) throws -> Variable?
    /// What an optimizer should return, in words.
    let results: String

    private init(
        _ parameters: ParameterList, results: String, point: @escaping (Variable) throws -> Value,
        direction: @escaping (Variable) throws -> Value, variable: @escaping (Value) throws -> Variable?
    ) {
        self.parameters = parameters
        self.results = results
        self.point = point
        self.direction = direction
        self.variable = variable
    }

    init(_ model: LanguageModel) {
        let model = model.detached
        self.init(model.layout.parameterList, results: "a model and a state, as in `return m - lr * g, s`") {
            .foreign(ModelValue(try model.with(weights: $0)))
        } direction: {
            .foreign(DirectionValue(try Direction(model.layout, $0)))
        } variable: { value in
            guard case .foreign(let other as ModelValue) = value, other.model.layout == model.layout,
                other.model.isAdapted(as: model)
            else { return nil }
            return other.model.weights
        }
    }

    /// The build of a value; a model is the model it is.
    init(_ value: Value, _ flat: FlatPoint, _ engine: EngineContext) {
        if case .foreign(let model as ModelValue) = value {
            self.init(model.model)
            return
        }
        let shapes = zip(flat.names, flat.point.variables).map { ($0, $1.shape) }
        self.init(
            ParameterList(shapes: shapes), results: "a point and a state, as in `return p - lr * g, s`"
        ) {
            try flat.value($0)
        } direction: {
            try flat.direction($0)
        } variable: {
            try FlatPoint.variable($0, engine, count: flat.flat.count)
        }
    }
}
