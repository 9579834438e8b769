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
    /// `[low, high]`.
    public static let interval = kind("[low, high]", "intervals") { $0.list?.count == 2 }
    /// `[x, y]`, or a tensor of two numbers.
    public static let point = kind("a point [x, y]", "points [x, y]") {
        $0.list?.count == 2 || $0.foreign is TensorValue
    }
    /// Questions with answers: a set, one of them, or a list.
    public static let questions = kind("questions", "questions") {
        $0.foreign is ExamplesValue || $0.record != nil || $0.list != nil
    }
    public static let tokenIDs = kind("a list of token ids", "lists of token ids") { $0.list != nil }
    /// What `grad` gives.
    public static let gradient = kind("a gradient", "gradients") {
        $0.foreign is DirectionValue || $0.foreign is TensorValue || $0.list != nil || $0.record != nil
    }
    /// What an optimizer returned of itself.
    public static let state = kind("a state", "states") { $0.record != nil }
    /// Two axes: a tensor, or a list of rows.
    public static let matrix = kind("a tensor of two axes, or a list of rows", "matrices") {
        $0.foreign is TensorValue || $0.list != nil
    }
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
