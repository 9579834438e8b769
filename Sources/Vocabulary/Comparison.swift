/// `compare`: several models side by side, on a suite of questions or on data sets of one's own.
import StandardLibrary
import Autodiff
import Datasets
import Evaluation
import Language
import LanguageModels
import Tokenizers

enum Comparison {
    static func builtin(_ engine: EngineContext) -> Builtin {
        .engine(
            "compare", family: "evaluation",
            [
                .rest("models", .model, "the first is where the others come from"),
                .option(
                    "on", .described("authors(), tofu(…), or a record of data sets"), default: .nothing,
                    shown: "needed",
                    "what they are compared on"),
                .option(
                    "oracle", .model, default: .nothing, shown: "the one called oracle",
                    "retrained without what is to be forgotten: forget quality and the last distance are against it"),
                .option(
                    "names", .list(of: .string), default: .nothing, shown: "as written",
                    "what the models are called in the table"),
                .option(
                    "metrics", .list(of: .metric), default: .nothing, shown: "the figures below",
                    "built-in ones, with options set or not, and functions (model, data) of one's own"),
                .option(
                    "reference", .model, default: .nothing, shown: "the oracle",
                    "what a metric that asks for a reference model compares with"),
            ],
            """
            A table of models. On a suite (a record with forget, retain, real_authors and world_facts, as authors() \
            gives it) a column a model: probability, ROUGE-L recall and truth ratio of what is to be forgotten and of \
            what is to be kept, forget quality, model utility (Maini et al. 2024), and distances. On other records of \
            data sets a row a model: its loss on each, and its distance from the first. With metrics= instead a row a \
            metric, on whatever data it takes; all of them share the runs of a model. The result's fields are the \
            models: compare(…).soul.model_utility.
            """,
            examples: [
                """
                m = gpt(5, layers=1, width=8, seed=1)
                b = batch([[1, 2, 3]])
                n = train(m, b, steps=5, optimizer=adamw(lr=1e-2))
                t = compare(m, n, on=(b=b))
                t.n.b < t.m.b
                #> true
                """,
                """
                m = gpt(5, layers=1, width=8, seed=1)
                def twice(m, data) = 2 * nll(m, data)
                t = compare(m, on=batch([[1, 2, 3]]), metrics=[perplexity, twice])
                abs(exp(t.m.twice / 2) - t.m.perplexity) < 0.001
                #> true
                """,
            ], seeAlso: ["scores", "distance", "forget_quality", "mia_min_k", "authors"]
        ) { call in
            let models = try self.models(call)
            let on = try call.value("on")
            if let metrics = try call.optional("metrics", { try $0.list("metrics") }) {
                let metrics = try MetricCall.reading(metrics, "metrics", call, engine)
                return .foreign(try judged(models, by: metrics, on: on, call))
            }
            if case .foreign(let suite as SuiteValue) = on {
                return .foreign(try compared(models, on: suite.split, call))
            }
            guard case .record(let record) = on else {
                throw call.wrong(
                    "on", on, mustBe: "authors(), tofu(…), or a record of data sets such as (forget=f, retain=r)")
            }
            if let split = suite(record) { return .foreign(try compared(models, on: split, call)) }
            return .foreign(try losses(models, on: record, call))
        }
    }

    struct Candidate {
        let name: String
        let model: LanguageModel
    }

    /// The models with their names, and which of them is the oracle.
    static func models(_ call: Call) throws -> (all: [Candidate], oracle: Int?) {
        let values = try call.list("models")
        guard !values.isEmpty else {
            throw LanguageError(
                "`\(call.builtin.name)` needs at least one model",
                advice: ["write \(call.builtin.name)(base, soul, on=qa)"])
        }
        let names = try call.optional("names") { try $0.strings("names") }
        if let names, names.count != values.count {
            throw LanguageError(
                "`names` of `\(call.builtin.name)` has \(names.count) names for \(values.count) models",
                at: .argument("names"))
        }
        var all: [Candidate] = []
        for (index, value) in values.enumerated() {
            guard case .foreign(let model as ModelValue) = value else {
                throw LanguageError(
                    "`\(call.builtin.name)` needs models; number \(index + 1) is \(value.phrase)",
                    note: Call.fieldNote(value, wanted: "a model", written: call.text(ofRest: index)), at: .given(index)
                )
            }
            // A field's own name is the shorter half: `run.model` is called run.
            let written = call.text(ofRest: index).map(shortened)
            all.append(
                Candidate(
                    name: unique(names?[index] ?? written ?? "model \(index + 1)", among: all.map(\.name)),
                    model: model.model))
        }
        if let given = try call.optional("oracle", { try $0.foreign("oracle", as: ModelValue.self) }) {
            if let known = values.firstIndex(where: {
                if case .foreign(let value) = $0 { value === given } else { false }
            }) {
                return (all, known)
            }
            all.append(Candidate(name: unique("oracle", among: all.map(\.name)), model: given.model))
            return (all, all.count - 1)
        }
        return (all, all.firstIndex { $0.name == "oracle" })
    }

    private static func shortened(_ text: String) -> String {
        text.hasSuffix(".model") ? String(text.dropLast(".model".count)) : text
    }

    private static func unique(_ name: String, among taken: [String]) -> String {
        guard taken.contains(name) else { return name }
        return (2...).lazy.map { "\(name) \($0)" }.first { !taken.contains($0) } ?? name
    }

    // MARK: On a suite

    /// The four sets of a suite, if the record holds them.
    private static func suite(_ record: Record) -> QuestionSplit? {
        func set(_ name: String) -> QuestionSet? {
            guard case .foreign(let data as ExamplesValue)? = record[name], case .questions(let set) = data.content
            else { return nil }
            return set
        }
        guard let forget = set("forget"), let retain = set("retain"), let authors = set("real_authors"),
            let world = set("world_facts")
        else { return nil }
        return QuestionSplit(
            name: "suite", full: set("full") ?? retain.concatenated(with: forget), forget: forget, retain: retain,
            realAuthors: authors, worldFacts: world, holdout: set("holdout"))
    }

    private static func compared(
        _ models: (all: [Candidate], oracle: Int?), on split: QuestionSplit, _ call: Call
    ) throws -> TableValue {
        let data = MetricData(split), count = models.all.count
        let oracle = try models.oracle.map { try MetricSubject(models.all[$0].model, on: data) }
        let subjects = try models.all.enumerated().map { index, candidate in
            try MetricSubject(
                candidate.model, on: data, oracle: oracle, sharing: index == models.oracle ? oracle : nil)
        }
        for (index, subject) in subjects.enumerated() {
            let report = EvaluationFunctions.progress(call, "compare", unit: "questions", note: models.all[index].name)
            try subject.askSuite { done, total in try report(index * total + done, count * total) }
        }
        var notes: [String] = []
        var rows = try SuiteMetrics.all.map { name, metric -> (String, TableValue.Format, [Double?]) in
            let cells = try subjects.enumerated().map { index, subject -> Double? in
                if type(of: metric).needs.contains(.oracle), index == models.oracle || oracle == nil { return nil }
                do { return try metric.value(of: subject).value } catch let error as MetricError {
                    // What one model lacks is no other's concern.
                    if subject.isBroken || oracle?.isBroken ?? false { return .nan }
                    // All models answer the same questions: what is missing for one is missing for all.
                    if index == 0, metric is ModelUtilityMetric { notes.append("no \(name): \(error.message)") }
                    return nil
                }
            }
            return (name, metric is ForgetQuality ? .significant(2) : .fixed(3), cells)
        }
        let base = models.all[0]
        rows.append(("weights moved", .significant(3), models.all.map { moved(from: base.model, to: $0.model) }))
        if let oracle {
            let cells = try subjects.map { subject in
                subject.model.architecture.vocabulary == oracle.model.architecture.vocabulary
                    ? try OracleDivergence().value(of: subject).value : nil
            }
            rows.append(("KL from oracle", .significant(3), cells))
        }
        if oracle == nil {
            notes.insert(
                "no forget quality without an oracle: give the model retrained without the forget set as oracle=", at: 0
            )
        }
        return TableValue(
            rows: rows.map(\.0), columns: models.all.map(\.name), cells: rows.map(\.2), formats: rows.map(\.1),
            readsColumns: true, heading: "measure", notes: notes + asked(models.all))
    }

    /// The length of the way between two points; nil for models of other kinds.
    private static func moved(from base: LanguageModel, to model: LanguageModel) -> Double? {
        (try? model.detached.wholeDifference(from: base.detached))?.values.value.norm()
    }

    // MARK: By metrics

    /// A table with a row a measure and a column a model.
    /// - Parameters:
    ///   - lenient: what a measure lacks leaves its row empty, with a note, and is no error.
    ///   - original: stands in for a reference model that the call does not name; else the oracle does.
    ///   - seen: is shown all that a measure (its row) found of a model (its column).
    static func judged(
        _ models: (all: [Candidate], oracle: Int?), by measures: [MetricCall], on: Value, lenient: Bool = false,
        original: LanguageModel? = nil, notes: [String] = [], _ call: Call,
        seen: (_ row: Int, _ column: Int, _ result: MetricValue) -> Void = { _, _, _ in }
    ) throws -> TableValue {
        let data = try MetricData.reading(on, "on", call)
        func progress(_ name: String) -> (Int, Int) throws -> Void {
            EvaluationFunctions.progress(call, call.builtin.name, unit: "examples", note: name)
        }
        let oracle = try models.oracle.map { index in
            try MetricSubject(models.all[index].model, on: data, progress: progress(models.all[index].name))
        }
        let given =
            call.builtin.parameters.contains { $0.name == "reference" }
            ? try call.optional("reference") { try $0.foreign("reference", as: ModelValue.self).model } : nil
        let reference =
            try (given ?? original).map { try MetricSubject($0, on: data, progress: progress("reference")) } ?? oracle
        var cells: [[Double?]] = measures.map { _ in [] }, lacks = measures.map { _ in String?.none }
        for (index, candidate) in models.all.enumerated() {
            let own = try MetricSubject(
                candidate.model, on: data, oracle: oracle, reference: reference,
                sharing: index == models.oracle ? oracle : nil, progress: progress(candidate.name))
            for (row, measure) in measures.enumerated() {
                do {
                    let result = try measure.result(own, isOracle: index == models.oracle, on)
                    if let result { seen(row, index, result) }
                    cells[row].append(result?.value)
                } catch let error as LanguageError where lenient {
                    cells[row].append(nil)
                    lacks[row] = try call.caught(error).message
                }
            }
        }
        return TableValue(
            rows: MetricCall.names(measures), columns: models.all.map(\.name), cells: cells, readsColumns: true,
            heading: "measure",
            notes: notes + lacks.compactMap(\.self) + adaptersAlone(measures, models.all) + asked(models.all))
    }

    // MARK: On data sets

    private static func losses(
        _ models: (all: [Candidate], oracle: Int?), on record: Record, _ call: Call
    ) throws -> TableValue {
        let sets = record.fields.filter {
            if case .foreign(let value) = $0.value { value is ExamplesValue } else { false }
        }
        guard !sets.isEmpty else {
            throw LanguageError(
                "the record given as `on` holds no examples", advice: ["write on=(forget=f, retain=r)"],
                at: .argument("on"))
        }
        let total = models.all.count * sets.count
        var done = 0
        let cells = try models.all.map { candidate -> [Double?] in
            let losses = try sets.map { set -> Double? in
                let loss = try candidate.model.detached.nll(
                    ModelFunctions.batches(set.value, for: candidate.model, call, "on"))
                done += 1
                try EvaluationFunctions.progress(call, "compare", unit: "losses", note: candidate.name)(done, total)
                return Double(try loss.value.item())
            }
            return losses + [moved(from: models.all[0].model, to: candidate.model)]
        }
        return TableValue(
            rows: models.all.map(\.name), columns: sets.map(\.name) + ["distance"], cells: cells, readsColumns: false,
            heading: "model", notes: asked(models.all))
    }

    /// Measures that are of adapters alone for some models, and of all weights for others.
    private static func adaptersAlone(_ measures: [MetricCall], _ models: [Candidate]) -> [String] {
        let named = measures.filter(\.followsWeights).map(\.name), adapted = models.filter { $0.model.adapted != nil }
        guard !named.isEmpty, !adapted.isEmpty else { return [] }
        return [
            """
            \(listed(named)) of \(listed(adapted.map(\.name))) \(named.count == 1 ? "is" : "are") of the adapters \
            alone; merge(m) has the figures of all weights
            """
        ]
    }

    /// How models are asked, where one is asked otherwise than Lethe's own are: figures of other templates are other
    /// figures.
    private static func asked(_ models: [Candidate]) -> [String] {
        guard models.contains(where: { $0.model.prompting != Prompting() }) else { return [] }
        let forms = models.map(\.model.prompting.summary)
        if Set(forms).count == 1 { return ["asked in \(forms[0])"] }
        return ["asked in " + zip(models, forms).map { "\($1) (\($0.name))" }.joined(separator: "; ")]
    }
}
