/// Derivatives of functions written in the language.
import Autodiff
import Language
import LanguageModels
import Tensors

enum Derivatives {
    static func builtins(_ engine: EngineContext) -> [Builtin] {
        let function = Parameter.positional("f", .function, "what to differentiate; it returns one number")
        let point = Parameter.positional(
            "x", .described("a number, a tensor, a model, or records and lists of them"), "where")
        let direction = Parameter.positional("v", .direction, "of the same build as x")
        return [
            .engine(
                "grad", family: "derivatives", [function, point],
                """
                The gradient of a function at a point. With a model it is a direction; with a number, tensor, record \
                or list it has the same build. It nests: grad of grad is the second derivative, and a loss, an \
                optimizer, a watch or a metric may take gradients too. What would lose a derivative is an error; \
                detach makes a constant.
                """,
                examples: [
                    "grad(x -> x^3, 2)\n#> 12", "grad(x -> grad(y -> y^3, x), 2)\n#> 12",
                    "grad(w -> sum(w.a^2) + w.b, (a=tensor([1, 2]), b=3))\n#> (a=tensor of 2, b=1)",
                ], seeAlso: ["value_grad", "hvp", "jvp", "detach"], differentiable: true
            ) { call in try gradient(call, engine).gradient },
            .engine(
                "value_grad", family: "derivatives", [function, point],
                "A function's value and its gradient, as a record (value=, gradient=), for the cost of the gradient.",
                examples: ["value_grad(x -> x^2, 3)\n#> (value=9, gradient=6)"], seeAlso: ["grad"], differentiable: true
            ) { call in
                let (value, gradient) = try gradient(call, engine)
                return .record([("value", value), ("gradient", gradient)])
            },
            .engine(
                "hvp", family: "derivatives", [function, point, direction],
                """
                The Hessian of a function at a point times a direction, exactly: forward over reverse (Pearlmutter \
                1994), for about three gradients' work.
                """,
                examples: [
                    "hvp(x -> sum(x^3), tensor([1, 2]), tensor([1, 1]))\n#> tensor [6, 12]",
                    "hvp(x -> x^4, 1, 2)\n#> 24",
                ], seeAlso: ["ggnvp", "grad", "cg"], differentiable: true
            ) { call in try product(call, engine, engine.differentiator.hessianProduct) },
            .engine(
                "ggnvp", family: "derivatives", [function, point, direction],
                """
                The Gauss-Newton matrix of a model's loss times a direction: the curvature of the loss as a function \
                of the logits, seen through the linearised network (Schraudolph 2002). Positive semi-definite, unlike \
                the Hessian. The loss may do with the logits what it likes; a penalty on weights beside them counts \
                with its Hessian. The output of a network of one's own is marked with network_output.
                """,
                examples: [
                    """
                    m = gpt(5, layers=1, width=8, seed=1)
                    b = batch([[1, 2, 3]])
                    v = randn_like(m, seed=2)
                    dot(v, ggnvp(m -> nll(m, b), m, v)) >= 0
                    #> true
                    """
                ], seeAlso: ["hvp", "network_output"], differentiable: true
            ) { call in try product(call, engine, engine.differentiator.gaussNewtonProduct) },
            .engine(
                "network_output", family: "derivatives",
                [.positional("x", .described("a number or a tensor"), "what a network computes")],
                """
                The same value, marked as the output of a network of one's own: ggnvp takes what follows for the loss, \
                and what precedes for the network. logits, nll and token_nll mark theirs themselves.
                """,
                examples: [
                    """
                    net = w -> network_output(tanh(w.a * 2) * w.b)
                    w = (a=0.5, b=3)
                    abs(ggnvp(w -> (net(w) - 1)^2 / 2, w, (a=0, b=1)).b - tanh(1)^2) < 1e-6
                    #> true
                    """
                ], seeAlso: ["ggnvp", "logits"], differentiable: true
            ) { call in
                let value = try call.value("x")
                guard let variable = try engine.variable(value) else {
                    throw call.wrong("x", value, mustBe: "a number or a tensor")
                }
                return .of(try variable.asNetworkOutput())
            },
            .engine(
                "jvp", family: "derivatives",
                [
                    .positional("f", .function, "what to differentiate; it may return a tensor or a direction"),
                    point, direction,
                ],
                """
                The derivative of a function along a direction, by forward mode. The function may return a tensor, a \
                direction, or records and lists of them.
                """,
                examples: ["jvp(x -> x^2, tensor([1, 2, 3]), tensor([1, 1, 1]))\n#> tensor [2, 4, 6]"],
                seeAlso: ["grad"], differentiable: true
            ) { call in
                let point = try Point(call.value("x"), engine)
                let v = try along(point, call, engine)
                let f = try call.function("f")
                var result: Point?
                let along = try engine.differentiator.directional(
                    point.variables, v,
                    ofAll: { x in
                        let value = try call.call(f, [point.rebuild(x)])
                        result = try Point(value, engine, isResult: true)
                        return result?.variables ?? []
                    })
                return try result?.rebuildDirection(along) ?? .nothing
            },
        ]
    }

    /// The result of a user's function as a variable.
    private static func variable(_ call: Call, _ value: Value, _ engine: EngineContext) throws -> Variable {
        if let result = try engine.variable(value) { return result }
        throw LanguageError(
            "`\(call.builtin.name)` needs a function that returns one number; this one returned \(value.phrase)",
            at: .result("f"))
    }

    static func scalar(_ call: Call, _ value: Value, _ engine: EngineContext) throws -> Variable {
        let result = try variable(call, value, engine)
        guard result.value.count == 1 else {
            throw LanguageError(
                "`\(call.builtin.name)` needs a function that returns one number; this one returned \(value.phrase)",
                note: "take mean(…) or sum(…) of it", at: .result("f"))
        }
        return result
    }

    private static func gradient(_ call: Call, _ engine: EngineContext) throws -> (value: Value, gradient: Value) {
        let point = try at("x", of: call) { try Point(call.value("x"), engine) }
        let f = try call.function("f")
        let (value, gradient) = try engine.differentiator.valueAndGradient(point.variables) { x in
            try scalar(call, call.call(f, [point.rebuild(x)]), engine)
        }
        return (.of(try value.reshaped([])), try point.rebuildDirection(gradient))
    }

    private static func along(_ point: Point, _ call: Call, _ engine: EngineContext) throws -> [Variable] {
        let v = try at("v", of: call) { try Point(call.value("v"), engine) }
        guard v.variables.count == point.variables.count else {
            throw LanguageError("`x` and `v` of `\(call.builtin.name)` have different builds", at: .argument("v"))
        }
        for (x, v) in zip(point.variables, v.variables)
        where x.shape != v.shape && (x.value.count != 1 || v.value.count != 1) {
            throw LanguageError(
                "`x` and `v` of `\(call.builtin.name)` have different shapes: \(x.shape) and \(v.shape)",
                at: .argument("v"))
        }
        return try zip(point.variables, v.variables).map { try $1.reshaped($0.shape) }
    }

    private static func product(
        _ call: Call, _ engine: EngineContext,
        _ take: ([Variable], [Variable], Differentiator.Function) throws -> [Variable]
    ) throws -> Value {
        let point = try at("x", of: call) { try Point(call.value("x"), engine) }
        let v = try along(point, call, engine)
        let f = try call.function("f")
        let results = try take(point.variables, v) { x in
            try scalar(call, call.call(f, [point.rebuild(x)]), engine)
        }
        return try point.rebuildDirection(results)
    }

    /// Errors of `body` point at an argument.
    private static func at<R>(_ name: String, of call: Call, _ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch var error as LanguageError {
            if error.location == .whole { error.location = .argument(name) }
            throw error
        }
    }
}
