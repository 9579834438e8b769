// `membership`: a membership attack with its threshold, seen.
import Evaluation
import Language
import Vocabulary

enum MembershipFunction {
    static func builtin(_ engine: EngineContext, isUnicode: @escaping () -> Bool) -> Builtin {
        .engine(
            "membership", family: "plots",
            [
                .positional("model", .model, "what is attacked"),
                .positional(
                    "data", .described("a suite, or a record of sets"),
                    "with the fields forget and holdout: examples that were taught, and such as never were"),
                .option(
                    "attack", .metric, default: .nothing, shown: "mia_loss",
                    """
                    whose score of each example counts, low for what was taught: mia_loss, mia_min_k(k=0.2), …, or a \
                    function (model, example) of one's own
                    """
                ),
                .option(
                    "threshold", .number, default: .nothing, shown: "the best",
                    "what scores at most this is taken for taught; by default where the two errors add up to least"),
                .option("bins", .count(min: 1, max: 10_000), default: 20, "intervals of the histogram"),
                PictureOptions.save,
            ],
            """
            A membership attack, seen: the scores of examples to forget and of held-out ones as two histograms with \
            the threshold between them, and below, for each threshold, the share of held-out examples taken for \
            taught (false positives) and of examples to forget taken for never seen (false negatives). Fields: \
            threshold, auc, false_positive_rate and false_negative_rate at the threshold, and the plots scores and \
            errors. Where what is to be forgotten scores higher than what was never seen, turn the attack around: \
            auc far below 0.5 tells as much.
            """,
            examples: [
                """
                qa = authors()
                p = membership(load("authors"), (forget=qa.forget[0:8], holdout=qa.holdout[0:8]))
                print(p.auc, p.false_positive_rate, p.false_negative_rate)
                #> 1 0 0
                """
            ], seeAlso: ["mia_loss", "privacy_leak", "histogram", "attack"]
        ) { call in
            let options = PictureOptions(call: call, isUnicode: isUnicode)
            try options.checkSave()
            let model = try call.foreign("model", as: ModelValue.self).model
            guard
                let function = try call.optional("attack", { try $0.function("attack") })
                    ?? call.interpreter.registry[LossAttack.name].map({ Function($0) })
            else { throw LanguageError("`membership` needs an attack, such as mia_loss") }
            let scores = try MetricCall.membershipScores(function, model, call.value("data"), call, engine)
            let name = function.name ?? "score"
            guard (scores.forget + scores.holdout).allSatisfy(\.isFinite) else {
                throw LanguageError(
                    "`membership` cannot rank a score that is not finite; `\(name)` gave one",
                    advice: ["look whether the model's weights or losses are numbers"])
            }
            let curve = ROCCurve(members: scores.forget, others: scores.holdout)
            let threshold = try call.optional("threshold") { try $0.number("threshold") } ?? curve.bestThreshold
            guard !threshold.isNaN else { throw call.wrong("threshold", .number(threshold), mustBe: "a number") }
            let plots = try self.plots(scores, curve, threshold, name: name, options)
            let auc = try rocAUC(positives: scores.holdout, negatives: scores.forget)
            func share(_ values: [Double], _ count: (Double) -> Bool) -> Value {
                .number(Double(values.count(where: count)) / Double(max(1, values.count)))
            }
            let value = PanelsValue(
                "membership", plots, sharesLegend: false,
                more: [
                    ("threshold", .number(threshold)), ("auc", .number(auc)),
                    ("false_positive_rate", share(scores.holdout) { $0 <= threshold }),
                    ("false_negative_rate", share(scores.forget) { $0 > threshold }),
                ], isUnicode: isUnicode)
            value.path = try options.save(value.svg ?? "")
            return .foreign(value)
        }
    }

    private static func plots(
        _ scores: (forget: [Double], holdout: [Double]), _ curve: ROCCurve, _ threshold: Double, name: String,
        _ options: PictureOptions
    ) throws -> [Plot] {
        let all = scores.forget + scores.holdout + [threshold]
        guard let low = all.min(), let high = all.max() else { return [] }
        func line(_ label: String, _ x: [Double], _ y: [Double]) throws -> Curve {
            try Curve(label: label, x: x, y: y, logX: false, logY: false, poll: options.poll)
        }
        let bins = try options.call.integer("bins")
        let histograms = try [("forget", scores.forget), ("held out", scores.holdout)].map { label, values in
            try Histogram(
                label: label, values: values, range: low...high, bins: bins, logX: false, poll: options.poll)
        }
        let most = histograms.compactMap { $0.yRange?.upperBound }.max() ?? 1
        let errors: [any Mark] = [
            try line("false positives", curve.thresholds, curve.falsePositives),
            try line("false negatives", curve.thresholds, curve.falseNegatives),
            try line("threshold", [threshold, threshold], [0, 1]),
        ]
        let above: [any Mark] = histograms + [try line("threshold", [threshold, threshold], [0, most])]
        return [
            Plot(above, Plot.Style(title: "scores", xLabel: name, yLabel: "examples")),
            Plot(errors, Plot.Style(title: "errors", xLabel: "threshold", yLabel: "share")),
        ].compactMap(\.self)
    }
}
