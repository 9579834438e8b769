/// The built-in functions: one line a family.
import StandardLibrary
import Language

public enum Vocabulary {
    /// Everything a session knows, bound to its engine, whose catalogue may hold more than comes with Lethe.
    public static func registry(_ engine: EngineContext) -> Registry {
        let catalogue = engine.catalogue
        let models = ModelFunctions.builtins(engine)
        let families: [[Builtin]] = [
            Basics.builtins,
            TensorFunctions.builtins(engine),
            AxisFunctions.builtins(engine),
            OrderFunctions.builtins(engine),
            [WhereFunction.builtin(engine)],
            MatrixFunctions.builtins(engine),
            Derivatives.builtins(engine),
            DataFunctions.builtins(engine),
            models,
            InnerStateFunctions.builtins(engine),
            AlternativeFunctions.builtins(engine),
            OptimizerFunctions.builtins(engine, catalogue.optimizers),
            LossFunctions.builtins(
                engine, catalogue.losses, retainTerms: catalogue.retainTerms, nll: models.first { $0.name == "nll" }),
            SolverFunctions.builtins(engine, catalogue.solvers),
            CurvatureFunctions.builtins(engine, catalogue.estimators),
            InfluenceFunctions.builtins(engine),
            RunFunctions.builtins(engine),
            [SequenceFunction.builtin],
            PromptFunctions.builtins(engine),
            AdapterFunctions.builtins(engine),
            EvaluationFunctions.builtins(engine),
            TextTasks.builtins(engine),
            MetricFunctions.builtins(catalogue.metrics, catalogue.attacks),
            FileFunctions.builtins(engine),
            MeasuringFunctions.builtins(engine),
            StudyFunctions.builtins(engine),
            PlaneFunctions.builtins(engine, catalogue.landscapes),
            catalogue.functions,
        ]
        var registry = Registry(families.flatMap { $0 }, constants: Basics.constants)
        registry.derivative = { engine.differentiator.current }
        registry.replaceable = Set(
            registry.builtins.filter { RecipeFamily(of: $0) != nil || nouns.contains($0.name) }.map(\.name))
        return registry
    }

    /// Names that `load` knows without a file.
    public static var builtInModels: [String] { BuiltInModels.names }

    /// Nouns that programs want for what they hold; they are theirs as soon as they take them.
    private static let nouns: Set = Set(takenNouns)
    /// The same for help.
    public static let takenNouns = [
        "step", "start", "back", "logits", "batch", "tokenizer", "sample", "source", "type", "direction", "parameters",
        "curvature", "hessian", "eigenvalues", "spectrum", "solution",
        "top", "attention", "hidden_states", "refusals",
        "sequence", "plan", "attack", "evaluation", "system_prompt", "chat", "scores", "study", "tune",
        "classify", "memorization",
        "table", "columns", "group", "latex",
        "median", "quantile", "std", "var", "cumsum", "stack", "topk", "argmax", "argmin",
        "eye", "solve", "inv", "cholesky", "det", "logdet", "eigh", "svd", "now",
    ]
}
