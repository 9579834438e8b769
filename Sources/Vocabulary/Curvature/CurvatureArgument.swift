/// A curvature matrix as an argument: a function v -> H v, what `curvature` makes, a model with data, or a tensor.
import Curvature
import Language
import LanguageModels
import Tensors

/// A matrix, and what vectors of it are built like.
struct CurvatureArgument {
    let source: CurvatureSource
    let like: FlatPoint

    /// What a tensor in a matrix's place is.
    enum TensorMeaning {
        /// Gradients of single examples, whose mean outer product is the matrix.
        case gradients
        /// The matrix itself.
        case matrix
    }

    /// - Parameters:
    ///   - like: a value built like the matrix's vectors, where the call gives one.
    ///   - data: the parameter that holds a model's examples.
    init(
        _ name: String, of call: Call, _ engine: EngineContext, like: Value?, data: String?, tensor: TensorMeaning,
        title: String
    ) throws {
        let progress = SolverFunctions.progress(call, title), seed = try engine.seed(of: call)
        let given = try call.value(name)
        let like = like.flatMap { $0.isNothing ? Optional<Value>.none : $0 }
        switch given {
        case .foreign(let model as ModelValue):
            guard let data, try !call.value(data).isNothing else {
                throw LanguageError(
                    "`\(call.builtin.name)` needs the data whose loss is meant: \(call.builtin.name)(model, data)",
                    at: .argument(name))
            }
            self.like = try FlatPoint(given, engine)
            source = try CurvatureArgument.modelSource(
                model.model, ModelFunctions.singleExamples(data, model.model, call), gaussNewton: true, engine, seed,
                progress)
        case .function(let function):
            let options = try CurvatureFunctions.options(of: function, engine)
            guard let shown = like ?? options?.model else {
                throw LanguageError(
                    """
                    `\(call.builtin.name)` cannot see how long the vectors of this function are; give what they are \
                    built like as well: a tensor, a direction, or the model
                    """, at: .argument(name))
            }
            let point = try FlatPoint(shown, engine)
            self.like = point
            let product: (Tensor) throws -> Tensor = { flat in
                let value: Value
                // The solver, which knows nothing of the language, stops with what it has.
                do { value = try call.call(function, [point.direction(flat)]) } catch is Language.Interruption {
                    throw TensorError.interrupted
                }
                let result = try FlatPoint(value, engine)
                guard result.flat.count == flat.count else {
                    throw LanguageError(
                        """
                        `\(name)` must return as many numbers as it is given, \(flat.count); it returned \
                        \(result.flat.count)
                        """,
                        at: .result(name))
                }
                return try result.flat.reshaped([flat.count])
            }
            var examples: ModelExamples?
            if let options, case .foreign(let model as ModelValue) = options.model,
                let data = try call.examples(in: options.data, "data")
            {
                examples = try ModelExamples(model.model, ModelFunctions.single(data, model.model, call))
            }
            let isGaussNewton = function.option("hessian")?.string != "exact"
            source = CurvatureSource(
                shape: [point.flat.count], on: engine.device, product: product,
                perExample: examples.map { examples in { try CurvatureArgument.rows(examples, $0, progress) } },
                leading: examples.map { examples in { try examples.leadingGradients($0, progress: progress) } },
                examples: examples,
                subset: examples.map { examples in
                    { most in
                        try examples.fewer(most).source(
                            gaussNewton: isGaussNewton, seed: seed, differentiator: engine.differentiator,
                            progress: progress)
                    }
                }, seed: seed, progress: progress)
        case .foreign(let matrix as TensorValue):
            let matrix = try matrix.variable.constant("the matrix of `\(call.builtin.name)`")
            guard matrix.rank == 2 else {
                throw LanguageError(
                    tensor == .matrix
                        ? "a matrix is a tensor [n, n]; this one is \(matrix.shape)"
                        : "per-example gradients are a tensor [examples, weights]; this one is \(matrix.shape)",
                    at: .argument(name))
            }
            switch tensor {
            case .matrix:
                guard matrix.shape[0] == matrix.shape[1] else {
                    throw LanguageError(
                        "a matrix of curvature is square; this one is \(matrix.shape)", at: .argument(name))
                }
                self.like = try FlatPoint(
                    .foreign(TensorValue(Variable(try Tensor.zeros([matrix.shape[0]], on: engine.device)))), engine)
                source = CurvatureSource(
                    shape: [matrix.shape[0]], on: engine.device, product: { try matrix.matrixProduct($0) }, seed: seed,
                    progress: progress)
            case .gradients:
                let shown: Value = try like ?? .foreign(TensorValue(Variable(try matrix.rows(0..<0))))
                self.like = try FlatPoint(shown, engine)
                source = CurvatureSource(
                    shape: [self.like.flat.count], on: engine.device,
                    perExample: { try CurvatureArgument.rows(matrix, $0) }, seed: seed, progress: progress)
            }
        default:
            let words =
                tensor == .matrix
                ? "a function v -> H v, a model (with its data), or a matrix"
                : "a function v -> H v, or a tensor of per-example gradients"
            throw call.wrong(name, given, mustBe: words)
        }
    }

    /// The Gauss-Newton matrix or the Hessian of a model's mean token loss on some examples.
    static func modelSource(
        _ model: LanguageModel, _ sequences: [TokenBatch], gaussNewton: Bool, _ engine: EngineContext, _ seed: UInt64,
        _ progress: @escaping (SolverProgress) -> Bool
    ) throws -> CurvatureSource {
        try ModelExamples(model, sequences).source(
            gaussNewton: gaussNewton, seed: seed, differentiator: engine.differentiator, progress: progress)
    }

    /// Gradients of single examples, at most so many, evenly spaced.
    private static func rows(
        _ examples: ModelExamples, _ most: Int, _ progress: (SolverProgress) -> Bool
    ) throws -> Tensor {
        let all = examples.sequences, count = min(max(1, most), all.count)
        return try examples.model.exampleGradients((0..<count).map { all[$0 * all.count / count] }) { done, total in
            if !progress(SolverProgress(iteration: done, most: total)) { throw TensorError.interrupted }
        }
    }

    /// Evenly spaced rows, at most so many.
    private static func rows(_ matrix: Tensor, _ most: Int) throws -> Tensor {
        let count = matrix.shape[0]
        if count <= most { return matrix }
        return try Variable(matrix).gather((0..<most).map { Int32($0 * count / most) }).value
    }
}

import Autodiff

extension ModelFunctions {
    /// The examples of an argument one by one, in their own order; those without anything to predict are among them.
    static func singleExamples(_ name: String, _ model: LanguageModel, _ call: Call) throws -> [TokenBatch] {
        try single(call.examples(name), model, call)
    }

    static func single(_ examples: ExamplesValue, _ model: LanguageModel, _ call: Call) throws -> [TokenBatch] {
        try examples.batchesInOrder(for: model).flatMap {
            try call.interpreter.pollNow()
            return try $0.rowsApart()
        }
    }
}
