/// Linear algebra on small dense matrices, computed in float64 by LAPACK: eye, solve, inv, cholesky, eigh, svd, det,
/// logdet.
import Autodiff
import Language
import Tensors

enum MatrixFunctions {
    static func builtins(_ engine: EngineContext) -> [Builtin] {
        [eye(engine), solve(engine), inverse(engine), cholesky(engine)] + determinants(engine)
            + [eigh(engine), svd(engine)]
    }

    private static var square: Parameter { .positional("A", .matrix, "a square matrix") }
    private static var symmetric: Parameter { .positional("A", .matrix, "a symmetric matrix") }

    private static func eye(_ engine: EngineContext) -> Builtin {
        .engine(
            "eye", family: "linear algebra", [.positional("n", .count(min: 0), "how many rows")],
            "The identity matrix: 1 on the diagonal, else 0.",
            examples: ["eye(2)[1]\n#> tensor [0, 1]"], seeAlso: ["zeros", "solve"]
        ) { call in
            let size = try call.integer("n")
            try engine.device.require(bytes: size > 100_000_000 ? Int.max : 4 * size * size)
            return .foreign(TensorValue(try Tensor.identity(size, on: engine.device)))
        }
    }

    // MARK: Systems

    private static func solve(_ engine: EngineContext) -> Builtin {
        .engine(
            "solve", family: "linear algebra",
            [square, .positional("b", .matrix, "the right side: a vector, or a matrix of several as columns")],
            """
            x with A x = b, by LU in float64. A singular matrix is an error that names a damping which cures it. \
            Derivatives of any order follow A and b.
            """,
            examples: ["solve([[2, 0], [0, 4]], [2, 2])\n#> tensor [1, 0.5]"],
            seeAlso: ["inv", "cholesky", "cg", "exact", "svd"], differentiable: true
        ) { call in
            let (a, b) = (try matrix(call, engine), try variable("b", call, engine))
            guard b.shape.count == 1 || b.shape.count == 2, b.shape[0] == a.shape[0] else {
                throw LanguageError(
                    "`b` of `solve` has shape \(b.shape); for a matrix \(a.shape) it has \(a.shape[0]) rows",
                    at: .argument("b"))
            }
            return .of(try cured("solve", a) { try a.solved(for: b) })
        }
    }

    private static func inverse(_ engine: EngineContext) -> Builtin {
        .engine(
            "inv", family: "linear algebra", [square],
            "The inverse of a matrix, in float64. solve(A, b) is the better way to inv(A) @ b.",
            examples: ["inv([[2, 0], [0, 4]])[1]\n#> tensor [0, 0.25]"], seeAlso: ["solve", "det"],
            differentiable: true
        ) { call in
            let a = try matrix(call, engine)
            return .of(try cured("inv", a) { try a.inverse() })
        }
    }

    private static func cholesky(_ engine: EngineContext) -> Builtin {
        .engine(
            "cholesky", family: "linear algebra", [symmetric],
            """
            The lower triangular L with A = L @ L.T of a symmetric positive definite matrix. Another one is an error \
            that names the damping which makes it so. Derivatives count A as symmetric, as PyTorch does.
            """,
            examples: ["cholesky([[4, 2], [2, 2]])[1]\n#> tensor [1, 1]"], seeAlso: ["solve", "eigh"],
            differentiable: true
        ) { call in
            let a = try symmetric(call, engine)
            return .of(try cured("cholesky", a) { try a.choleskyFactor() })
        }
    }

    private static func determinants(_ engine: EngineContext) -> [Builtin] {
        [
            .engine(
                "det", family: "linear algebra", [square],
                "The determinant of a matrix. logdet does not overflow.",
                examples: ["det([[1, 2], [3, 4]])\n#> -2"], seeAlso: ["logdet", "inv"], differentiable: true
            ) { call in
                let a = try matrix(call, engine)
                return .of(try cured("det", a) { try a.determinant() })
            },
            .engine(
                "logdet", family: "linear algebra", [square],
                "The logarithm of a determinant; NaN of a negative one, -inf of 0, as torch.logdet has it.",
                examples: ["logdet([[4, 0], [0, 0.25]])\n#> 0"], seeAlso: ["det", "cholesky"], differentiable: true
            ) { call in
                let a = try matrix(call, engine)
                return .of(try cured("logdet", a) { try a.logDeterminant() })
            },
        ]
    }

    // MARK: Spectra

    private static func eigh(_ engine: EngineContext) -> Builtin {
        .engine(
            "eigh", family: "linear algebra", [symmetric],
            """
            Eigenvalues, ascending, and eigenvectors of a symmetric matrix: (values=, vectors=), the vectors as \
            columns, so that A = (vectors * values) @ vectors.T. A vector's component of the largest absolute value is \
            positive. Derivatives follow both; vectors of equal eigenvalues have none, which is an error.
            """,
            examples: [
                "eigh([[2, 1], [1, 2]]).values\n#> tensor [1, 3]",
                "grad(A -> eigh(A).values[1], tensor([[2, 0], [0, 3]]))[1, 1]\n#> 1",
            ], seeAlso: ["eigenvalues", "svd", "cholesky"], differentiable: true
        ) { call in
            let a = try symmetric(call, engine)
            return .record([
                ("values", .foreign(TensorValue(try a.symmetricEigenvalues()))),
                ("vectors", .foreign(TensorValue(try a.symmetricEigenvectors()))),
            ])
        }
    }

    private static func svd(_ engine: EngineContext) -> Builtin {
        .engine(
            "svd", family: "linear algebra", [.positional("A", .matrix, "a matrix")],
            """
            The singular value decomposition: (u=, values=, v=) with A = (u * values) @ v.T, the values descending; u \
            and v have as many columns as A's smaller side. A column of v has its component of the largest absolute \
            value positive. It has no derivative; eigh(A.T @ A) has.
            """,
            examples: ["svd([[3, 0], [0, 4]]).values\n#> tensor [4, 3]"], seeAlso: ["eigh", "norm"]
        ) { call in
            let a = try variable("A", call, engine).constant("the matrix of `svd`")
            guard a.rank == 2 else {
                throw LanguageError("`A` of `svd` must be a matrix; this tensor is \(a.shape)", at: .argument("A"))
            }
            let (rows, columns) = (a.shape[0], a.shape[1]), k = min(rows, columns)
            try engine.device.require(bytes: LinearAlgebra.bytesForSingularValues(rows: rows, columns: columns))
            let found = try LinearAlgebra.singularValues(
                a.elements.map(Double.init), rows: rows, columns: columns, on: engine.device)
            var u = [Float](repeating: 0, count: rows * k), v = [Float](repeating: 0, count: columns * k)
            for number in 0..<k {
                let right = found.vt[(number * columns)..<((number + 1) * columns)]
                let sign = signOfLargest(right)
                for (row, x) in right.enumerated() { v[row * k + number] = Float(sign * x) }
                for row in 0..<rows { u[row * k + number] = Float(sign * found.u[row * k + number]) }
            }
            func tensor(_ elements: [Float], _ shape: [Int]) throws -> Value {
                .foreign(TensorValue(try Tensor(elements, shape: shape, on: engine.device)))
            }
            return .record([
                ("u", try tensor(u, [rows, k])), ("values", try tensor(found.values.map { Float($0) }, [k])),
                ("v", try tensor(v, [columns, k])),
            ])
        }
    }

    // MARK: Arguments

    private static func variable(_ name: String, _ call: Call, _ engine: EngineContext) throws -> Variable {
        let value = try call.value(name)
        guard let result = try engine.variable(value) else {
            throw call.wrong(name, value, mustBe: "a tensor, or a list of rows")
        }
        return result
    }

    private static func matrix(_ call: Call, _ engine: EngineContext) throws -> Variable {
        let a = try variable("A", call, engine)
        guard a.shape.count == 2, a.shape[0] == a.shape[1] else {
            throw LanguageError(
                "`A` of `\(call.builtin.name)` must be a square matrix; it has shape \(a.shape)", at: .argument("A"))
        }
        guard a.shape[0] <= SymmetricEigen.largest else {
            throw LanguageError(
                "a matrix of \(a.shape[0]) rows is too large for this; the most is \(SymmetricEigen.largest)",
                note: "cg solves systems by products alone", at: .argument("A"))
        }
        guard a.value.isFinite else {
            throw LanguageError("`A` of `\(call.builtin.name)` holds numbers that are not finite", at: .argument("A"))
        }
        return a
    }

    private static func symmetric(_ call: Call, _ engine: EngineContext) throws -> Variable {
        let a = try matrix(call, engine)
        let (difference, largest) = try asymmetry(a.value)
        guard difference <= 1e-5 * largest else {
            throw LanguageError(
                """
                `\(call.builtin.name)` needs a symmetric matrix; this one differs from its transpose by up to \
                \(formatNumber(difference, digits: 3))
                """, note: "write (A + A.T) / 2", at: .argument("A"))
        }
        return a
    }

    /// The largest difference from the transpose, and the largest absolute value.
    private static func asymmetry(_ a: Tensor) throws -> (difference: Double, largest: Double) {
        let size = a.shape[0]
        return try a.withElements { elements in
            var difference: Float = 0, largest: Float = 0
            for i in 0..<size {
                // Of a large matrix every column is elsewhere in the memory.
                try a.device.cancellation.check()
                for j in 0..<size {
                    largest = max(largest, abs(elements[i * size + j]))
                    difference = max(difference, abs(elements[i * size + j] - elements[j * size + i]))
                }
            }
            return (Double(difference), Double(largest))
        }
    }

    /// Names the damping that would cure a matrix, where one would.
    private static func cured(_ name: String, _ a: Variable, _ body: () throws -> Variable) throws -> Variable {
        do { return try body() } catch let error as MatrixError {
            let what = error == .singular ? "singular" : "not positive definite"
            let size = a.shape[0], (difference, largest) = try asymmetry(a.value)
            guard size <= 1024, difference <= 1e-5 * largest,
                let values = try? SymmetricEigen(
                    a.value.elements.map(Double.init), size: size, vectors: false, on: a.device
                ).values, let least = values.first, let most = values.last
            else {
                let damping = formatNumber(largest == 0 ? 1 : 1e-3 * largest * Double(size).squareRoot(), digits: 2)
                throw LanguageError(
                    "the matrix of `\(name)` is \(what)",
                    advice: [
                        "damping changes it least: \(name)(A + \(damping) * eye(\(size))…)",
                        "svd(A) shows what is missing",
                    ],
                    at: .argument("A"))
            }
            let cure = formatNumber(1.1 * max(0, -least) + 1e-3 * max(most, -least, 1e-3), digits: 2)
            throw LanguageError(
                """
                the matrix of `\(name)` is \(what): its eigenvalues lie from \(formatNumber(least, digits: 3)) to \
                \(formatNumber(most, digits: 3))
                """,
                advice: [
                    "damping of \(cure) cures it: A + \(cure) * eye(\(size))"
                ],
                at: .argument("A"))
        }
    }
}
