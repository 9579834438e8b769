// The types of parameters that take values of the engine.
import Language

extension ParameterType {
    public static let model = kind("a model", "models") { $0.foreign is ModelValue }
    public static let direction = kind("a direction", "directions") { $0.foreign is DirectionValue }
    public static let tensor = kind("a tensor", "tensors") { $0.foreign is TensorValue }
    public static let data = kind("a data set", "data sets") { $0.foreign is ExamplesValue }
    public static let batch = kind("a batch", "batches") { $0.foreign is ExamplesValue }
    /// A data set, a batch, or lists of token ids.
    public static let examples = kind("examples", "examples") {
        $0.foreign is ExamplesValue || $0.list != nil
    }
    public static let run = kind("a run", "runs") { $0.foreign is RunValue }
    public static let tokenizer = kind("a tokenizer", "tokenizers") { $0.foreign is TokenizerValue }
    public static let loss = recipe("a loss", .losses)
    public static let retainTerm = kind("a retain term", "retain terms", family: RecipeFamily.retainTerms.rawValue) {
        $0.function != nil || $0.isNothing
    }
    /// A number or a function of the step.
    public static let weight = either(.number, .function(of: "the step"))
    public static let optimizer = recipe("an optimizer", .optimizers)
    public static let solver = recipe("a solver", .solvers)

    public static let attack = recipe("an attack", .attacks)
    public static let metric = recipe("a metric", .metrics)

    private static func recipe(_ one: String, _ family: RecipeFamily) -> ParameterType {
        kind(one, family.rawValue, family: family.rawValue) { $0.function != nil }
    }
}
