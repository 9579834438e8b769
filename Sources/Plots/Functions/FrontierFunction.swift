// `frontier`: forgetting against retaining along runs, one curve an optimizer.
import Evaluation
import Language
import LanguageModels
import Tensors
import Unlearning
import Vocabulary

enum FrontierFunction {
    static func builtin(_ engine: EngineContext, isUnicode: @escaping () -> Bool) -> Builtin {
        .engine(
            "frontier", family: "plots",
            [
                .rest(
                    "runs", .run,
                    """
                    see start; each starts anew from its own model. A model among them is a single point, such as the \
                    oracle
                    """
                ),
                .option("steps", .count(min: 1, max: 100_000_000), default: 60, unit: "steps", "how long each run is"),
                .option(
                    "seeds", .count(min: 1, max: 1000), default: 1,
                    "runs of each recipe: with its own seed, and the next ones"),
                .option(
                    "every", .count(min: 0), default: 0, unit: "steps",
                    "how often models are measured; 0 for twenty times in all"),
                .option(
                    "on", .described("(forget=…, retain=…)"), default: .nothing, shown: "data of the first run",
                    """
                    what is measured, along and upwards: two sets of examples (their NLL), functions of a model or of \
                    (model, data) as metrics are, with the data of the first run, or a suite such as authors()
                    """
                ),
                .option(
                    "most", .count(min: 1), default: 128, unit: "examples",
                    "of each data set of a run, evenly spaced, that models are measured by"),
                .option("names", .list(of: .string), default: .nothing, shown: "optimizers", "one a run or model"),
                PictureOptions.title, PictureOptions.log,
            ] + PictureOptions.part + [PictureOptions.save],
            """
            Forgetting against retaining along runs of unlearning, one curve an optimizer: along the loss (NLL) on \
            what is to be forgotten, upwards the loss on what is to be kept. The lower a curve runs, and the farther \
            to the right it comes, the better; single points of it say little. With several seeds a curve is their \
            mean at each step, and the seeds are dots around it. The table below tells the ends, and the retain loss \
            where all had forgotten equally much. Each curve is a field by its name: lists step, forget and retain.
            """,
            examples: [
                """
                f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]])
                m = train(gpt(5, layers=1, width=8, seed=1), f, steps=20, optimizer=adamw(lr=1e-2))
                a = start(m, f, r, optimizer=adamw(lr=1e-2))
                b = start(m, f, r, optimizer=sgd(lr=1e-1))
                front = frontier(a, b, steps=10, every=5)
                front.adamw.step
                #> [0, 5, 10]
                front.sgd.forget[2] > front.sgd.forget[0]
                #> true
                """
            ], seeAlso: ["start", "step", "compare", "curves", "race"]
        ) { call in
            let options = PictureOptions(call: call, isUnicode: isUnicode)
            try options.checkSave()
            let subjects = try subjects(call)
            let names = try RunNames.names(subjects.map { RunNames.Subject(run: $0.run, text: $0.text) }, call)
            let measures = try Measures(
                call, engine, first: subjects.lazy.compactMap(\.run).first, data: subjects.lazy.compactMap(\.data).first
            )
            var style = try options.style()
            (style.xLabel, style.yLabel) = (measures.x.axis, measures.y.axis)
            let (curves, points) = try measured(subjects, names, measures, call)
            let value = FrontierValue(
                names: names, curves: curves, points: points, measures: (measures.x.name, measures.y.name),
                style: style, isUnicode: isUnicode)
            guard let value else { throw LanguageError("`frontier` has nothing to draw: no model could be measured") }
            value.path = try options.save(value.svg ?? "")
            return .foreign(value)
        }
    }

    /// A run, or a model that is a point.
    struct Subject {
        let run: Run?
        let model: LanguageModel?
        let text: String?
        /// What a run forgets and retains, as it was given.
        var data: Value?
    }

    private static func subjects(_ call: Call) throws -> [Subject] {
        let subjects = try call.list("runs").enumerated().flatMap { position, value -> [Subject] in
            let isList: Bool, items: [Value]
            if case .list(let list) = value {
                (isList, items) = (true, try list.written())
            } else {
                (isList, items) = (false, [value])
            }
            return try items.map { item in
                let text = isList ? nil : call.text(ofRest: position)
                switch item {
                case .foreign(let run as RunValue):
                    return Subject(run: run.run, model: nil, text: text, data: MetricCall.data(of: run))
                case .foreign(let model as ModelValue): return Subject(run: nil, model: model.model, text: text)
                default:
                    throw LanguageError(
                        "`frontier` needs runs, as start gives them, or models; this is \(item.phrase)",
                        at: .given(position))
                }
            }
        }
        guard subjects.contains(where: { $0.run != nil }) else {
            throw LanguageError(
                "`frontier` needs at least one run",
                advice: ["write frontier(start(base, forget, retain, optimizer=adamw(lr=1e-3)))"])
        }
        return subjects
    }

    /// Curves of runs and places of models, as far as the user lets it go; nil where an argument is the other thing.
    private static func measured(
        _ subjects: [Subject], _ names: [String], _ measures: Measures, _ call: Call
    ) throws -> (curves: [FrontierCurve?], points: [Curve.Point?]) {
        let steps = try call.integer("steps"),
            seeds = try call.integer("seeds")
        let given = try call.integer("every"), every = given > 0 ? given : max(1, steps / 20)
        let runs = subjects.indices.filter { subjects[$0].run != nil }
        let total = runs.count * seeds * steps
        var paths: [[FrontierPath]] = subjects.map { _ in [] }, points: [Curve.Point?] = subjects.map { _ in nil }
        var done = 0
        do {
            for index in subjects.indices {
                guard let model = subjects[index].model else { continue }
                points[index] = Curve.Point(x: try measures.x.measure(model), y: try measures.y.measure(model))
            }
            // Seed by seed, and within a seed side by side: what is interrupted can be compared.
            for seed in 0..<seeds {
                var current: [Int: FrontierPath] = [:]
                defer { for (index, path) in current where !path.steps.isEmpty { paths[index].append(path) } }
                for index in runs {
                    guard let run = subjects[index].run else { continue }
                    current[index] = try FrontierPath(
                        of: run, seedOffset: seed, measures: (measures.x.measure, measures.y.measure))
                    try current[index]?.measure()
                }
                var step = 0
                while step < steps {
                    let next = min(step + every, steps)
                    for index in runs {
                        for _ in step..<next {
                            if call.isInterrupted { throw Language.Interruption() }
                            try current[index]?.step()
                            done += 1
                            call.host.progress(
                                "frontier", done: done, total: total,
                                note: seeds > 1 ? "\(names[index]), seed \(seed + 1) of \(seeds)" : names[index])
                        }
                        try current[index]?.measure()
                    }
                    step = next
                }
            }
        } catch let error where RaceFunction.isStop(error) {
            guard paths.contains(where: { !$0.isEmpty }) else { throw Language.Interruption() }
            call.interpreter.finishStatementThenStop(
                """
                interrupted at step \(done)/\(total) — \(call.assignedName ?? "the result") holds the curves as far as \
                they went
                """
            )
        }
        return (paths.map { $0.isEmpty ? nil : FrontierCurve($0) }, points)
    }
}

/// What models are measured by.
private struct Measures {
    struct Measure {
        let name: String
        /// Its axis.
        var axis: String { isLoss ? "\(name) (NLL)" : name }
        var isLoss = true
        let measure: ModelMeasure
    }
    let x: Measure
    let y: Measure

    /// - Parameter run: its data serve where the call names none.
    init(_ call: Call, _ engine: EngineContext, first run: Run?, data: Value?) throws {
        let most = try call.integer("most")
        switch try call.value("on") {
        case .nothing:
            guard let run, let retain = run.recipe.retain else {
                throw LanguageError(
                    "`frontier` needs to know what is to be kept: the run has no retain data",
                    advice: ["write on=(forget=f, retain=r), or start the run with retain data"])
            }
            let forget = try run.recipe.forget.sample(most: most), kept = try retain.sample(most: most)
            x = Measure(name: "forget") { Double(try $0.detached.nll(forget).value.item()) }
            y = Measure(name: "retain") { Double(try $0.detached.nll(kept).value.item()) }
        case .foreign(let suite as SuiteValue):
            x = try Self.measure("forget", suite.field("forget") ?? .nothing, data, call, engine)
            y = try Self.measure("retain", suite.field("retain") ?? .nothing, data, call, engine)
        case .record(let record) where record.count == 2:
            let measures = try record.fields.map { try Self.measure($0.name, $0.value, data, call, engine) }
            (x, y) = (measures[0], measures[1])
        case let other:
            throw call.wrong(
                "on", other,
                mustBe:
                    "a record of two sets of examples or functions of a model, such as (forget=f, retain=r), or a suite"
            )
        }
    }

    private static func measure(
        _ name: String, _ value: Value, _ data: Value?, _ call: Call, _ engine: EngineContext
    ) throws -> Measure {
        switch value {
        case .function(let function):
            return Measure(name: name, isLoss: false) { model in
                // Every model is measured with the same draws.
                let draws = StepDraws(seed: engine.seed, step: 0).generator(for: .measure)
                let arguments = try MetricCall.arguments(function, .foreign(ModelValue(model))) {
                    guard let data else {
                        throw LanguageError(
                            "`\(name)` of `on` takes data beside a model, and there is no run to take it from",
                            advice: ["write m -> \(function.name ?? name)(m, data)"], at: .argument("on"))
                    }
                    return data
                }
                let result = try engine.drawing(from: draws) { try call.call(function, arguments) }
                guard let number = try result.asNumber else {
                    throw LanguageError(
                        "`\(name)` of `on` must give one number for a model; it gave \(result.phrase)",
                        at: .argument("on"))
                }
                return number
            }
        case .foreign(is ExamplesValue), .list:
            return Measure(name: name) { model in
                Double(try model.detached.nll(ModelFunctions.batches(value, for: model, call, "on")).value.item())
            }
        default:
            throw LanguageError(
                "`\(name)` of `on` must be examples or a function of a model; it is \(value.phrase)",
                at: .argument("on"))
        }
    }
}
