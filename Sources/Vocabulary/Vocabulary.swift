/// The built-in functions: one line a family.
import Language

public enum Vocabulary {
    /// Everything a session knows, bound to its workshop.
    public static func registry(_ workshop: Workshop) -> Registry {
        let families: [[Builtin]] = [
            Basics.builtins,
            TensorFunctions.builtins(workshop),
            Derivatives.builtins(workshop),
            DataFunctions.builtins(workshop),
            ModelFunctions.builtins(workshop),
            OptimizerFunctions.builtins(workshop),
            LossFunctions.builtins(workshop),
            SolverFunctions.builtins(workshop),
            RunFunctions.builtins(workshop),
            FileFunctions.builtins(workshop),
            MeasuringFunctions.builtins(workshop),
        ]
        return Registry(families.flatMap { $0 }, constants: Basics.constants)
    }
}
