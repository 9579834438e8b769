/// Functions of the language that a run calls: they read what they read when the run began, and draw random numbers
/// from the run's own streams, so that a step can be computed again to the bit.
import Language
import Tensors
import Unlearning

struct RunFunction {
    let function: Function
    let environment: Environment
    let interpreter: Interpreter
    let engine: EngineContext
    /// Files that the functions of its run read.
    private let reads: FilesRead

    /// Keeps what the function reads of the top level now.
    init(_ function: Function, _ interpreter: Interpreter, _ engine: EngineContext) {
        self.function = function
        self.interpreter = interpreter
        self.engine = engine
        reads = engine.recipeReads ?? FilesRead()
        environment = interpreter.environment(of: [.function(function)])
    }

    var name: String? { function.name }

    func call(
        _ arguments: [Value], named: [(String, Value)] = [], _ draws: StepDraws, _ purpose: StepDraws.Purpose
    ) throws -> Value {
        try call(arguments, named: named, from: draws.generator(for: purpose))
    }

    /// - Parameter generator: what it draws from.
    func call(
        _ arguments: [Value], named: [(String, Value)] = [], from generator: RandomGenerator
    ) throws -> Value {
        try engine.noting(reads) {
            try engine.drawing(from: generator) {
                try interpreter.with(environment) { try interpreter.call(function, arguments, named: named) }
            }
        }
    }
}
