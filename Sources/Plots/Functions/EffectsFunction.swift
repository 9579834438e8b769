// `effects`: what a study found of one number, along one of the things it varied.
import Language
import Vocabulary

enum EffectsFunction {
    static func builtin(isUnicode: @escaping () -> Bool) -> Builtin {
        .engine(
            "effects", family: "plots",
            [
                .positional("study", .study, "see study"),
                .option("of", .string, default: "", shown: "the first", "the number that is shown, upwards"),
                .option(
                    "along", .string, default: "", shown: "the first that is numbers",
                    "what was varied, along the picture"),
                PictureOptions.title, PictureOptions.log,
            ] + PictureOptions.part + [PictureOptions.save],
            """
            A picture of a study: the mean over seeds of one number, along something that was varied, with its 95 % \
            interval as a band; one line for each combination of everything else that was varied.
            """,
            examples: [
                """
                s = study((lr, rho, seed) -> (loss=lr * rho + seed), grid=(lr=[1, 2, 3], rho=[1, 5]), seeds=3)
                effects(s, of="loss", along="lr").labels
                #> ["rho=1", "rho=5"]
                """
            ], seeAlso: ["study", "band", "plot"]
        ) { call in
            let options = PictureOptions(call: call, isUnicode: isUnicode)
            let study = try call.foreign("study", as: StudyValue.self)
            let measure = try name("of", among: study.measures, call)
            let numeric = study.names.filter { name in study.points(along: name) != nil }
            let along = try name("along", among: numeric, call)
            var style = try options.style()
            (style.xLabel, style.yLabel) = (along, measure)
            let lines = study.lines(of: measure, along: along)
            let marks = lines.map { line in
                Band(
                    label: line.label, x: line.points.map(\.x), mean: line.points.map(\.mean),
                    low: line.points.map(\.low), high: line.points.map(\.high)
                ).on(logX: style.logX, logY: style.logY)
            }
            return try options.picture(marks, style)
        }
    }

    private static func name(_ option: String, among names: [String], _ call: Call) throws -> String {
        let given = try call.string(option)
        guard let first = names.first else {
            throw LanguageError(
                option == "of" ? "this study has no numbers to show" : "nothing that this study varied is a number",
                at: .argument("study"))
        }
        if given.isEmpty { return first }
        guard names.contains(given) else {
            throw LanguageError(
                "`\(option)` of `effects` must be \(listed(names.map { "\"\($0)\"" }, "or")); it is \"\(given)\"",
                note: suggestion(for: given, among: names).map { "did you mean \"\($0)\"?" }, at: .argument(option))
        }
        return given
    }
}
