/// What a study varies: a record of lists, whose product is taken, or a list of records.
import Files
import Language

/// One setting of everything that a study varies.
struct StudyVariant {
    /// As tables call it: `lr=0.001 loss=npo`.
    let label: String
    let values: [(name: String, value: Value)]

    /// Its values as they stand in a file: numbers, strings and truth values as they are, all else as a table calls it.
    var shown: JSON {
        .object(
            NamedValues(
                values.map { name, value in
                    switch value {
                    case .number(let x): (name, Int(exactly: x).map { .integer($0) } ?? .number(x))
                    case .bool(let flag): (name, .bool(flag))
                    default: (name, .string(StudyGrid.word(for: value)))
                    }
                }))
    }
}

struct StudyGrid {
    let variants: [StudyVariant]
    /// The names that are varied, in the order in which they first come.
    let names: [String]
    private static let longestWord = 40

    /// Reads the argument `grid` of a call.
    init(_ call: Call) throws {
        let given = try call.value("grid")
        let points: [[(name: String, value: Value)]]
        switch given {
        case .record(let record): points = try Self.product(record)
        case .list(let list):
            points = try list.written().enumerated().map { index, item in
                guard case .record(let record) = item else {
                    throw LanguageError(
                        "item \(index) of `grid` must be a record such as (lr=0.01, rho=1); it is \(item.phrase)",
                        at: .argument("grid"))
                }
                return record.fields.map { ($0.name, $0.value) }
            }
        default:
            throw call.wrong("grid", given, mustBe: "a record of lists such as (lr=[0.1, 0.01]), or a list of records")
        }
        guard !points.isEmpty else {
            throw LanguageError("`grid` of `\(call.builtin.name)` is empty", at: .argument("grid"))
        }
        var names: [String] = []
        for point in points { for (name, _) in point where !names.contains(name) { names.append(name) } }
        self.names = names
        let labels = Self.unique(points.map { Self.label($0) })
        variants = zip(points, labels).map { StudyVariant(label: $1, values: $0) }
    }

    /// Every choice of one item from each list, the last name varying fastest.
    private static func product(_ record: Record) throws -> [[(name: String, value: Value)]] {
        var points: [[(name: String, value: Value)]] = [[]]
        for (name, value) in record.fields {
            let items: [Value]
            if case .list(let list) = value { items = try list.written() } else { items = [value] }
            guard !items.isEmpty else { throw LanguageError("`\(name)` of `grid` is empty", at: .argument("grid")) }
            guard points.count * items.count <= 1_000_000 else {
                throw LanguageError("`grid` has more than a million variants", at: .argument("grid"))
            }
            points = points.flatMap { point in items.map { point + [(name, $0)] } }
        }
        return points
    }

    private static func label(_ point: [(name: String, value: Value)]) -> String {
        point.isEmpty ? "all" : point.map { "\($0.name)=\(word(for: $0.value))" }.joined(separator: " ")
    }

    /// A value in a few characters.
    static func word(for value: Value) -> String {
        switch value {
        case .number(let x): return formatNumber(x, digits: 6)
        case .string(let text): return clipped(visibleLine(text.string), to: longestWord)
        case .function(let function):
            guard let name = function.name else { return clipped(function.display(digits: 4), to: longestWord) }
            let options = function.options.map { "\($0.name)=\(word(for: $0.value))" }
            return options.isEmpty ? name : clipped("\(name)(\(options.joined(separator: ", ")))", to: 2 * longestWord)
        default: return clipped(value.display, to: longestWord)
        }
    }

    /// The labels, those that come again with a number behind.
    static func unique(_ labels: [String]) -> [String] {
        var taken: Set<String> = []
        return labels.map { label in
            var name = label, count = 1
            while !taken.insert(name).inserted {
                count += 1
                name = "\(label) (\(count))"
            }
            return name
        }
    }

    /// - Throws: `LanguageError` where the function cannot be called with what the grid gives by name.
    func check(_ function: Function, _ call: Call) throws {
        let parameters = function.parameters, name = function.name.map { "`\($0)`" } ?? "the function"
        let takes = parameters.map(\.name)
        for variant in variants {
            let given = variant.values.map(\.name)
            if let strange = given.first(where: { !takes.contains($0) }) {
                throw LanguageError(
                    "\(name) has no parameter `\(strange)`, which the grid gives",
                    note: suggestion(for: strange, among: takes).map { "did you mean `\($0)`?" },
                    advice: takes.isEmpty ? [] : ["it takes \(listed(takes))"], at: .argument("grid"))
            }
            let lacks = function.missing.map(\.name).filter { !given.contains($0) && $0 != "seed" }
            if let first = lacks.first {
                throw LanguageError(
                    "\(name) needs `\(first)`, which the grid does not give",
                    advice: ["write grid=(\(first)=[…]), or give the parameter a default"], at: .argument("grid"))
            }
        }
        if let own = names.first(where: Self.ownFields.contains) {
            throw LanguageError(
                "the grid gives `\(own)`, which a study gives by itself",
                advice: [own == "seed" ? "write seeds=[…] instead" : "call it otherwise"], at: .argument("grid"))
        }
    }

    /// What a row of a study tells beside what was varied and what the function gave.
    private static let ownFields = ["variant", "seed", "count", "error", "seconds"]

    /// - Throws: `LanguageError` where the function gave something by a name that a row has already; what was varied may
    ///   be given again as it is.
    func check(_ result: JSON?, of job: StudyJob) throws {
        guard let members = result?.object else { return }
        func refusal(_ name: String, _ whose: String) -> LanguageError {
            LanguageError(
                "the function gives `\(name)`, which \(whose)",
                advice: ["call it otherwise in what the function gives"], at: .argument("f"))
        }
        for (name, value) in members {
            if let given = variants[job.variant].values.first(where: { $0.name == name })?.value {
                guard given.number.map({ $0 == value.number }) ?? given.string.map({ $0 == value.string }) ?? false
                else { throw refusal(name, "is the grid's") }
            } else if name == "seed" {
                guard value.number == Double(job.seed) else { throw refusal(name, "a study gives by itself") }
            } else if Self.ownFields.contains(name) {
                throw refusal(name, "a study gives by itself")
            } else if let end = ["_low", "_high"].first(where: name.hasSuffix),
                members.contains(where: { $0.0 == name.dropLast(end.count) })
            {
                throw refusal(name, "a study gives by itself, beside `\(name.dropLast(end.count))`")
            }
        }
    }
}
