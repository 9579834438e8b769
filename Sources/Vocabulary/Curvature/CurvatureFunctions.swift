/// Curvature matrices by name: as functions, in full, and by their eigenvalues.
import Autodiff
import Curvature
import Language
import LanguageModels
import Tensors

enum CurvatureFunctions {
    static let family = "curvature"

    static func builtins(_ engine: EngineContext, _ estimators: [any MatrixEstimator.Type]) -> [Builtin] {
        [curvature(engine), hessian(engine), eigenvalues(engine)] + estimators.map { estimator($0, engine) }
    }

    /// What a matrix may be given as.
    static var matrix: ParameterType { .described("a function v -> H v, a model, or a matrix") }
    static let matrixHelp = "the matrix, by what it does to a vector; curvature(model=…, data=…); or a model"
    static let likeHelp = "with a function: what v is built like (a tensor, a direction); with a model: its data"

    // MARK: The matrix of a model's loss

    private static func curvature(_ engine: EngineContext) -> Builtin {
        .engine(
            "curvature", family: family,
            [
                .positional("v", .direction, "a direction among the model's weights"),
                .option("model", .model, default: .nothing, shown: "none", "where"),
                .option("data", .examples, default: .nothing, shown: "none", "whose mean token loss is meant"),
                .option(
                    "hessian", .choice(["gauss_newton", "exact"]), default: "gauss_newton",
                    "the matrix: \"gauss_newton\", which is never negative, or \"exact\""),
            ],
            """
            The curvature of a model's mean token loss on data, times a direction. With model and data set it is a \
            matrix, H = curvature(model=m, data=d), a function v -> H v that goes wherever such functions go; solvers \
            and estimators that need single examples (woodfisher, diagonal) or the model's layers (kfac, ekfac) find \
            them in it.
            """,
            examples: [
                """
                m = gpt(5, layers=1, width=8, seed=1)
                d = batch([[1, 2, 3], [3, 1, 2]])
                H = curvature(model=m, data=d)
                v = randn_like(m, seed=2)
                norm(H(v) - ggnvp(m -> nll(m, d), m, v)) < 1e-5 * norm(v)
                #> true
                """
            ], seeAlso: ["ggnvp", "hvp", "ekfac", "spectrum"], differentiable: true
        ) { call in
            guard case .foreign(let value as ModelValue) = try call.value("model"), try !call.value("data").isNothing
            else {
                throw LanguageError(
                    "`curvature` needs to know of what: curvature(model=m, data=d) is the matrix as a function of v")
            }
            let model = value.model, batches = try ModelFunctions.batches(call.value("data"), for: model, call, "data")
            let v = try call.foreign("v", as: DirectionValue.self).direction
            try model.checkMoves()
            try v.checkFits(model.layout)
            let loss: Differentiator.Function = { try model.with(weights: $0[0]).nll(batches) }
            let product =
                try call.choice("hessian") == "gauss_newton"
                ? engine.differentiator.gaussNewtonProduct([model.weights], [v.values], of: loss)
                : engine.differentiator.hessianProduct([model.weights], [v.values], of: loss)
            return .foreign(DirectionValue(try Direction(model.layout, product[0])))
        }
    }

    /// The model and data of a matrix that `curvature` made; nil for any other function.
    static func options(of function: Function, _ engine: EngineContext) throws -> (model: Value, data: Value)? {
        guard let builtin = function.builtin, builtin.name == "curvature", builtin.family == family,
            !engine.catalogue.functions.contains(where: { $0.name == builtin.name }),
            let model = function.option("model"), !model.isNothing, let data = function.option("data"), !data.isNothing
        else { return nil }
        return (model, data)
    }

    /// `curvature` with model and data set, as the function that a user's own solver is given.
    static func function(
        _ call: Call, model: Value, data: Value, hessian: String
    ) throws -> Function? {
        guard let builtin = call.interpreter.registry["curvature"], builtin.family == family else { return nil }
        let configured = try call.call(
            Function(builtin), [], named: [("model", model), ("data", data), ("hessian", .string(hessian))])
        return configured.function
    }

    // MARK: In full

    private static func hessian(_ engine: EngineContext) -> Builtin {
        .engine(
            "hessian", family: family,
            [
                .positional("f", .function, "what to differentiate twice; it returns one number"),
                .positional(
                    "x", .described("a number, a tensor, a model, or records and lists of them"),
                    "where; at most \(ExactInverse.largest) numbers in all"),
            ],
            """
            The exact Hessian of a function at a point, in full: a tensor [n, n] for a point of n numbers, in the \
            order in which the point holds them. One product (hvp) a column; its two halves, equal up to rounding, are \
            averaged.
            """,
            examples: ["hessian(x -> x[0]^2 * x[1], tensor([1, 2]))[0]\n#> tensor [4, 2]"],
            seeAlso: ["hvp", "eigenvalues", "exact"]
        ) { call in
            let value = try call.value("x"), f = try call.function("f")
            let point = try FlatPoint(value, engine), engine = engine
            let shapes = point.point.variables.map(\.shape)
            let source = CurvatureSource(
                shape: [point.flat.count], on: engine.device,
                product: { flat in
                    var start = 0
                    let whole = Variable(flat)
                    let v = try shapes.map { shape in
                        defer { start += shape.reduce(1, *) }
                        return try whole.segment(start, shape: shape)
                    }
                    let product = try engine.differentiator.hessianProduct(point.point.variables, v) { x in
                        try Derivatives.scalar(call, call.call(f, [point.point.rebuild(x)]), engine)
                    }
                    let parts = try product.map {
                        Variable(try $0.constant("a column of a Hessian").reshaped([$0.count]))
                    }
                    return try Variable.concatenated(parts).value
                }, progress: SolverFunctions.progress(call, "hessian"))
            return .foreign(TensorValue(Variable(try DenseCurvature.matrix(source, for: "hessian"))))
        }
    }

    private static func eigenvalues(_ engine: EngineContext) -> Builtin {
        .engine(
            "eigenvalues", family: family,
            [
                .positional("H", matrix, matrixHelp + "; or a symmetric matrix as a tensor [n, n]"),
                .positional(
                    "n", .count(min: 1), default: .nothing, shown: "all of a matrix, 5 of a function", "how many"),
                .positional("x", .value, default: .nothing, shown: "none", likeHelp),
                .option(
                    "steps", .count(min: 1), default: .nothing, shown: "2 n + 20",
                    "products with a function at most, and vectors in memory"),
                seedOption,
            ],
            """
            The n eigenvalues of largest amount, largest amount first. Of a matrix they are exact (LAPACK); of a \
            function or a model they are Ritz values of Lanczos' iteration with full reorthogonalisation, of which the \
            first converge first: more steps make the later ones surer, and eigenvalues that occur several times are \
            found once.
            """,
            examples: [
                "eigenvalues(tensor([[2, 1], [1, 2]]))\n#> tensor [3, 1]",
                "round(eigenvalues(v -> tensor([3, -5, 1]) * v, 2, zeros(3)) * 1000) / 1000\n#> tensor [-5, 3]",
            ], seeAlso: ["spectrum", "hessian", "curvature"]
        ) { call in
            let number = try call.optional("n") { try $0.integer("n") }
            if case .foreign(let matrix as TensorValue) = try call.value("H") {
                let matrix = try matrix.variable.constant("the matrix of `eigenvalues`")
                guard matrix.rank == 2, matrix.shape[0] == matrix.shape[1] else {
                    throw LanguageError(
                        "a matrix of curvature is square; this one is \(matrix.shape)", at: .argument("H"))
                }
                let eigen = try SymmetricEigen(
                    symmetric(matrix), size: matrix.shape[0], vectors: false, on: engine.device)
                let values = eigen.values.sorted { (abs($1), $0) < (abs($0), $1) }
                return try tensor(Array(values.prefix(number ?? values.count)), engine)
            }
            let x = try call.value("x")
            let argument = try CurvatureArgument(
                "H", of: call, engine, like: x.isNothing ? nil : x, data: "x", tensor: .matrix, title: "eigenvalues")
            let found = try Spectrum.eigenvalues(
                argument.source, number: min(number ?? 5, argument.source.count),
                steps: call.optional("steps") { try $0.integer("steps") })
            return try tensor(found.values, engine)
        }
    }

    /// The numbers of a square matrix.
    /// - Throws: where it is not symmetric beyond rounding.
    private static func symmetric(_ matrix: Tensor) throws -> [Double] {
        let n = matrix.shape[0], numbers = matrix.elements.map(Double.init)
        let largest = numbers.reduce(0) { max($0, abs($1)) }
        for row in 0..<n {
            for column in 0..<row where abs(numbers[row * n + column] - numbers[column * n + row]) > 1e-4 * largest {
                throw LanguageError(
                    """
                    this matrix is not symmetric: element [\(row), \(column)] is \(numbers[row * n + column]), but \
                    [\(column), \(row)] is \(numbers[column * n + row])
                    """, at: .argument("H"))
            }
        }
        return numbers
    }

    private static func tensor(_ numbers: [Double], _ engine: EngineContext) throws -> Value {
        .foreign(
            TensorValue(Variable(try Tensor(numbers.map { Float($0) }, shape: [numbers.count], on: engine.device))))
    }

    // MARK: Estimators

    private static func estimator<E: MatrixEstimator>(_ type: E.Type, _ engine: EngineContext) -> Builtin {
        .engine(
            E.name, family: family,
            [
                .positional("H", matrix, matrixHelp),
                .positional("x", .value, default: .nothing, shown: "none", likeHelp),
            ]
                + E.describedSettings.map(\.option) + [seedOption],
            E.summary + " A record: \(E.finds); products and gradients it took.", examples: example(E.self),
            seeAlso: ["curvature", "eigenvalues"], check: { try E.check($0, $1) }
        ) { call in
            let estimator = try E.configured(by: call), x = try call.value("x")
            let argument = try CurvatureArgument(
                "H", of: call, engine, like: x.isNothing ? nil : x, data: "x", tensor: .matrix, title: E.name)
            let report = try estimator.estimate(argument.source)
            var fields = try report.parts.map { ($0.name, try value($0.part, argument.like)) }
            fields += [("products", .number(report.products)), ("gradients", .number(report.gradients))]
            return .record(fields)
        }
    }

    private static func example(_ type: any MatrixEstimator.Type) -> [String] {
        guard type.need == .products else {
            return [
                """
                m = gpt(5, layers=1, width=8, seed=1)
                e = \(type.name)(m, batch([[1, 2, 3], [3, 1, 2]]))
                e.gradients > 0
                #> true
                """
            ]
        }
        return ["e = \(type.name)(v -> tensor([1, 2, 3]) * v, zeros(3))\ne.products > 0\n#> true"]
    }

    private static func value(_ part: CurvatureReport.Part, _ like: FlatPoint) throws -> Value {
        switch part {
        case .number(let x): return .number(x)
        case .missing: return .nothing
        case .numbers(let numbers): return .list(numbers)
        case .vector(let tensor): return try like.direction(tensor)
        case .tensor(let tensor): return .foreign(TensorValue(Variable(tensor)))
        case .parts(let parts): return .record(try parts.map { ($0.name, try value($0.part, like)) })
        }
    }
}
