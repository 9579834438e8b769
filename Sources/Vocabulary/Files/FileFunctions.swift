/// Reading and writing: models, texts, JSON, CSV, tensors.
import Language

enum FileFunctions {
    static func builtins(_ engine: EngineContext) -> [Builtin] {
        [LoadFunction.builtin(engine), SaveFunction.builtin(engine)] + ReadingFunctions.builtins(engine)
            + GGUFFunctions.builtins(engine) + TextFiles.builtins(engine) + WritingFunctions.builtins(engine)
    }
}
