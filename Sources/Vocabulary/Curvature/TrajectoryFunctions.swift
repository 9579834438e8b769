/// Influence by replaying a training, and the retraining that it foretells.
import Autodiff
import Language
import LanguageModels
import Optimizers
import Tensors
import Unlearning

enum TrajectoryFunctions {
    static func builtins(_ engine: EngineContext) -> [Builtin] { [influence(engine), leaveOut(engine)] }

    private static var parameters: [Parameter] {
        [
            .positional("model", .model, "where the training began"),
            .positional("data", .examples, "what it was trained on"),
            .option("leave_out", .list(of: .count), default: .list([Value]()), "indices of examples in data"),
            .option("steps", .count(min: 1), default: 100, unit: "steps", "how long it was trained"),
            .option(
                "optimizer", .optimizer, default: .nothing, shown: "adamw",
                "with its settings: sgd, adam or adamw, whose steps have derivatives"),
            .option(
                "batch", .count(min: 1), default: 16, unit: "examples",
                "how many of the examples a step sees; lists of token ids are taken whole"),
            seedOption,
        ]
    }

    private static let loss = """
        A step's loss is the sum of its examples' token losses over the number of targets of its whole batch, as in \
        train; an example that is left out counts 0, and the others no more than before.
        """

    private static func influence(_ engine: EngineContext) -> Builtin {
        .engine(
            "trajectory_influence", family: "influence", parameters,
            """
            What leaving examples out of a training would have changed, exactly to first order (Ilyas & Engstrom, \
            arXiv 2504.16430): the training is replayed, and a direction v carried along through every step (v <- the \
            step's own derivative along v and minus the gradient of what is left out; products with the Hessian are \
            exact). It needs no optimum, no inverse and no damping; one replay a set of examples, about four times the \
            training's work. Steps of adam and adamw with a small eps are nearly signs of the gradient, on which \
            little follows to first order: sgd, or an eps of 0.1, is what it can foretell. \(loss) A record: model, \
            the end of the training; direction, so that model + direction is, to first order, the model without them; \
            sign.
            """,
            examples: [
                """
                m, d = gpt(7, layers=1, width=8, seed=1), batch([[1, 2, 3], [4, 5, 6], [6, 1]])
                t = trajectory_influence(m, d, leave_out=[1], steps=3, optimizer=sgd(lr=1e-4))
                alone = leave_out(m, d, leave_out=[1], steps=3, optimizer=sgd(lr=1e-4))
                distance(t.model + t.direction, alone) < 0.2 * distance(t.model, alone)
                #> true
                """
            ], seeAlso: ["leave_out", "influence_scores", "train"]
        ) { call in
            let (training, left) = try replay(call, engine)
            if let smoothing = training.optimizer.smoothing, smoothing < 1e-2, !left.isEmpty {
                call.host.warn(
                    """
                    with eps=\(formatNumber(smoothing, digits: 3)) the steps of \(type(of: training.optimizer).name) \
                    are nearly signs of the gradient, which no derivative foretells: this direction may be wrong, even \
                    in its sign; sgd, or an eps of 0.1, can be foretold, and leave_out trains again
                    """)
            }
            let ending = try training.ending(
                leavingOut: left, progress: EvaluationFunctions.progress(call, "replay", unit: "steps"))
            let model = training.base
            return .record([
                ("model", .foreign(ModelValue(try model.with(weights: Variable(ending.weights))))),
                (
                    "direction",
                    .foreign(DirectionValue(try Direction(model.layout, Variable(ending.direction))))
                ),
                ("sign", .string("model + direction is the model trained without the examples, to first order")),
            ])
        }
    }

    private static func leaveOut(_ engine: EngineContext) -> Builtin {
        .engine(
            "leave_out", family: "influence", parameters,
            """
            A training repeated without some examples, batch by batch as it was: what trajectory_influence foretells \
            to first order, and what every influence score is to be judged by. \(loss) Without leave_out= it is the \
            training itself.
            """,
            examples: [
                """
                m, d = gpt(7, layers=1, width=8, seed=1), batch([[1, 2, 3], [4, 5, 6]])
                a = leave_out(m, d, steps=5, optimizer=sgd(lr=0.1))
                distance(a, train(m, d, steps=5, optimizer=sgd(lr=0.1))) < 1e-5
                #> true
                """
            ], seeAlso: ["trajectory_influence", "train"]
        ) { call in
            let (training, left) = try replay(call, engine)
            let weights = try training.retrained(
                leavingOut: left, progress: EvaluationFunctions.progress(call, "retraining", unit: "steps"))
            return .foreign(ModelValue(try training.base.with(weights: Variable(weights))))
        }
    }

    /// The training that a call describes, and the examples it leaves out.
    private static func replay(_ call: Call, _ engine: EngineContext) throws -> (ReplayedTraining, Set<Int>) {
        let base = try call.foreign("model", as: ModelValue.self).model
        let reading = RecipeReading(call: call, engine: engine, base: base)
        guard let schedule = try reading.schedule("data", stream: 0) else {
            throw LanguageError("there is nothing to train on", at: .argument("data"))
        }
        var left: Set<Int> = []
        for number in try call.numbers("leave_out") {
            guard let index = Int(exactly: number), index >= 0, index < schedule.count else {
                throw LanguageError(
                    "`leave_out` holds \(formatNumber(number, digits: 6)), but the examples are 0 to \(schedule.count - 1)",
                    at: .argument("leave_out"))
            }
            left.insert(index)
        }
        var optimizer: any Optimizer = AdamW()
        if let function = try call.optional("optimizer", { try $0.function("optimizer") }) {
            guard let type = engine.catalogue.optimizer(of: function) else {
                throw LanguageError(
                    "an optimizer written in the language has no derivative here; use sgd, adam or adamw",
                    at: .argument("optimizer"))
            }
            optimizer = try type.configured(by: function)
        }
        guard let tangent = optimizer as? any TangentOptimizer else {
            throw LanguageError(
                "the steps of \(type(of: optimizer).name) have no derivative here; use sgd, adam or adamw",
                at: .argument("optimizer"))
        }
        return (
            try ReplayedTraining(
                base, schedule, tangent, steps: call.integer("steps"), differentiator: engine.differentiator), left
        )
    }
}
