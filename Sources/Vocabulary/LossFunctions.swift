/// Unlearning losses as functions of (model, forget, retain): one built-in for each in the list of the engine.
import Autodiff
import Language
import LanguageModels
import Tensors
import Unlearning

enum LossFunctions {
    static func builtins(_ engine: EngineContext, _ all: [any UnlearningLoss.Type]) -> [Builtin] {
        let names = all.map { $0.name }
        return all.map { builtin($0, names) }
    }

    private static func builtin(_ type: any UnlearningLoss.Type, _ names: [String]) -> Builtin {
        var options: [Parameter] = [
            .option("forget_weight", .number, default: 1, "weight of the forget term"),
            .option(
                "retain_weight", .number, default: .number(type.defaultRetainWeight),
                "weight of the retain term, the mean token loss of the retain batch"),
        ]
        options += type.settings.map { .option($0.name, .number, default: .number($0.defaultValue), $0.summary) }
        if type.needsReference {
            options.append(
                .option(
                    "reference", .model, default: .nothing, shown: "the model a run starts from",
                    "the frozen model it is compared with"))
        }
        return .engine(
            type.name, family: RecipeFamily.losses.rawValue,
            [
                .positional("model", .model), .positional("forget", .examples, "what is to be forgotten"),
                .positional("retain", .examples, default: .nothing, shown: "none", "what is to be kept"),
            ] + options,
            type.summary,
            examples: [
                """
                f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]])
                m = train(gpt(5, layers=1, width=8, seed=1), f, steps=20, optimizer=adamw(lr=1e-2))
                u = unlearn(m, f, r, loss=\(type.name)(retain_weight=0.5), optimizer=adamw(lr=1e-2), steps=10)
                nll(u, f) > nll(m, f)
                #> true
                """
            ],
            seeAlso: names.filter { $0 != type.name } + ["nll"],
            differentiable: true
        ) { call in
            let model = try call.foreign("model", as: ModelValue.self).model
            let loss = try weighted(type, { try call.value($0) }, base: nil)
            let retain = try call.optional("retain") { try $0.examples("retain").wholeBatch(for: model) }
            return .of(try loss(model, call.examples("forget").wholeBatch(for: model), retain).total)
        }
    }

    /// The loss with the options that `value` gives by name; `base` is the reference where none is set.
    static func weighted(
        _ type: any UnlearningLoss.Type, _ value: (String) throws -> Value, base: LanguageModel?
    ) throws -> WeightedLoss {
        func number(_ name: String) throws -> Double {
            let given = try value(name)
            guard let x = try given.asNumber, x.isFinite else {
                throw LanguageError(
                    "`\(name)` of `\(type.name)` must be a number; it is \(given.phrase)", at: .argument(name))
            }
            return x
        }
        var settings: [String: Double] = [:]
        for setting in type.settings { settings[setting.name] = try number(setting.name) }
        var reference = base
        if type.needsReference {
            switch try value("reference") {
            case .foreign(let model as ModelValue):
                guard !model.isTracked else {
                    throw LanguageError.lostDerivative(
                        of: "the reference of `\(type.name)`, which is frozen", at: .argument("reference"))
                }
                reference = model.model
            case .nothing: break
            case let other:
                throw LanguageError(
                    "`reference` of `\(type.name)` must be a model; it is \(other.phrase)", at: .argument("reference"))
            }
        }
        return WeightedLoss(
            type.init(settings: settings), forgetWeight: try number("forget_weight"),
            retainWeight: try number("retain_weight"), reference: reference)
    }
}
