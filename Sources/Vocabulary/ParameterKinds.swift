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
    public static let loss = kind("a loss", "losses", family: "losses") { $0.function != nil }
    public static let retainTerm = kind("a retain term", "retain terms", family: "retain terms") {
        $0.function != nil || $0.isNothing
    }
    /// A number or a function of the step.
    public static let weight = either(.number, .function(of: "the step"))
    public static let optimizer = kind("an optimizer", "optimizers", family: "optimizers") { $0.function != nil }
    public static let solver = kind("a solver", "solvers", family: "solvers") { $0.function != nil }
}
