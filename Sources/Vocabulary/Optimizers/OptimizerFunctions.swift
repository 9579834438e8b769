/// Optimizers as functions of (model, gradient, state): one built-in for each in the list of the engine.
import Autodiff
import Language
import LanguageModels
import Optimizers
import Tensors

enum OptimizerFunctions {
    static func builtins(_ engine: EngineContext, _ all: [any Optimizer.Type]) -> [Builtin] {
        let names = all.map { $0.name }
        return all.map { builtin($0, engine, names) }
    }

    private static func builtin<O: Optimizer>(_ type: O.Type, _ engine: EngineContext, _ names: [String]) -> Builtin {
        let slots = (type as? any OptimizerWrapper.Type)?.slots ?? []
        let example =
            O.example ?? "p, s = \(O.name)(lr=0)(tensor([1, 2]), tensor([1, 1]), none)\np\n#> tensor [1, 2]"
        return .engine(
            O.name, family: RecipeFamily.optimizers.rawValue,
            leading(O(), slots)
                + slots.map {
                    .option($0.name, .optimizer, default: .nothing, shown: $0.standard, $0.summary)
                } + O.describedSettings.map(\.option) + HandSupply.options(for: O(), composed: !slots.isEmpty),
            O.summary + call(O(), slots), examples: [example], seeAlso: names.filter { $0 != O.name },
            check: {
                try O.check($0, $1)
                try check($0, $1, slots, of: O.name)
            }
        ) { call in
            if let composed = try composed(call, slots) { return composed }
            return try step(O.self, call, engine)
        }
    }

    /// The parameters by position. A composed optimizer is also called with the ones it is made of.
    private static func leading(_ fresh: any Optimizer, _ slots: [OptimizerSlot]) -> [Parameter] {
        let state = Parameter.positional(
            "state", .state, default: .nothing, shown: "none", "what the last step returned; none at first")
        guard slots.isEmpty else {
            let names = slots.prefix(2).map(\.name).joined(separator: " and ")
            return [
                .positional("model", .either(.model, .optimizer), "what is to be moved; or optimizers, for \(names)"),
                .positional(
                    "gradient", .either(.gradient, .optimizer), default: .nothing, shown: "none",
                    "of the loss, as grad gives it"),
                state,
            ]
        }
        let blank = try? OptimizerState()
        let needsGradient = blank.map { fresh.needsGradient(in: $0) } ?? true
        return [
            .positional("model", .model, "what is to be moved; a tensor does too"),
            needsGradient
                ? .positional("gradient", .gradient, "of the loss, as grad gives it")
                : .positional("gradient", .gradient, default: .nothing, shown: "none", "not looked at"),
            state,
        ]
    }

    /// How it is called, as the end of its help.
    private static func call(_ fresh: any Optimizer, _ slots: [OptimizerSlot]) -> String {
        let name = fresh.name
        guard slots.isEmpty else {
            return " It is made as \(name)(\(slots.map(\.name).joined(separator: ", "))), and then used like any other."
        }
        let asked =
            fresh.needs.contains(.loss)
            ? ", loss=m -> nll(m, b)" : fresh.needs.contains(.naturalGradient) ? ", data=b" : ""
        let isWhole = fresh.movesPartsAlone ? "" : " Under mpirun every rank holds all that it remembers."
        let decays = type(of: fresh).describedSettings.contains { $0.name == "weight_decay" }
        return " One step: p, s = \(name)(p, g, s\(asked))."
            + (decays ? " Weight decay leaves out biases and norms of models." : "") + isWhole
    }

    /// Complains about what can be no optimizer; other options are not its business.
    private static func check(_ option: String, _ value: Value, _ slots: [OptimizerSlot], of name: String) throws {
        guard slots.contains(where: { $0.name == option }), value.function == nil, !value.isNothing else { return }
        throw LanguageError(
            "`\(option)` of `\(name)` must be an optimizer, such as adamw(lr=1e-3); it is \(value.phrase)",
            at: .argument(option))
    }

    // MARK: Composing

    /// The optimizer that a call makes which is given optimizers by position; nil for a call that takes a step.
    private static func composed(_ call: Call, _ slots: [OptimizerSlot]) throws -> Value? {
        guard !slots.isEmpty, case .function = try call.value("model") else { return nil }
        var options: [(name: String, value: Value)] = []
        for (parameter, slot) in zip(["model", "gradient", "state"], slots) {
            let value = try call.value(parameter)
            if value.isNothing { continue }
            guard value.function != nil else {
                throw LanguageError(
                    "`\(call.builtin.name)` is made of optimizers; this is \(value.phrase)", at: .argument(parameter))
            }
            options.append((slot.name, value))
        }
        if slots.count < 2, try !call.value("gradient").isNothing {
            throw LanguageError(
                "`\(call.builtin.name)` is made of one optimizer, and was given two", at: .argument("gradient"))
        }
        for parameter in call.builtin.parameters where parameter.role == .option && call.isGiven(parameter.name) {
            guard !options.contains(where: { $0.name == parameter.name }) else {
                throw LanguageError(
                    "`\(parameter.name)` is given twice: by position and by name", at: .argument(parameter.name))
            }
            let value = try call.value(parameter.name)
            try call.builtin.check?(parameter.name, value)
            options.append((parameter.name, value))
        }
        let configured = try Function(call.builtin).setting(options)
        return try Value.function(configured).checkedDepth()
    }

    // MARK: A step

    private static func step<O: Optimizer>(_ type: O.Type, _ call: Call, _ engine: EngineContext) throws -> Value {
        let value = try call.value("model"), point = try FlatPoint(value, engine)
        let form = PointForm(value, point, engine)
        let reading = OptimizerReading(interpreter: call.interpreter, engine: engine, form: form)
        let optimizer = try reading.optimizer(O.self) { try call.value($0) }
        try optimizer.check()
        let template = try optimizer.initialState(for: point.flat, form.parameters)
        let given = try call.value("state")
        var next = given.isNothing ? template : try StateRecord.state(given, template, call, engine)
        let gradient: Tensor
        if try call.value("gradient").isNothing {
            guard !optimizer.needsGradient(in: next) || optimizer.needs.contains(.parts) else {
                throw LanguageError(
                    "`\(O.name)` needs the gradient of the loss", advice: ["write p, s = \(O.name)(p, g, s)"],
                    at: .argument("gradient"))
            }
            gradient = try Tensor.zeros(point.flat.shape, on: point.flat.device)
        } else {
            gradient = try FlatPoint(call.value("gradient"), engine).flat
        }
        var parameters = point.flat
        let supply = try HandSupply(call: call, engine: engine, form: form).supply(for: optimizer)
        let figures = try optimizer.advance(&parameters, gradient: gradient, state: &next, with: supply)
        if !figures.isFinite, gradient.isFinite,
            let lost = try next.allTensors.first(where: { try !$0.tensor.isFinite })
        {
            throw LanguageError(
                """
                `\(O.name)` cannot keep its `\(lost.name)`: the gradient, up to \
                \(formatNumber(Double(try gradient.map(.abs).maximum() ?? 0), digits: 3)), is too large to be \
                squared in float32
                """,
                advice: ["scale the gradient down first"], at: .argument("gradient"))
        }
        return .list([try point.value(Variable(parameters)), try StateRecord.record(next, like: point)])
    }
}
