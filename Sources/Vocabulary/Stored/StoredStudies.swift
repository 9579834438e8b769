/// Studies and tunings in workspaces: as records of what they are made of.
import Files
import Language

extension StudyValue {
    /// What it is made of.
    var stored: Value {
        .record([
            (
                "variants",
                .list(variants.map { .list([.string($0.label), .record($0.values.map { ($0.name, $0.value) })]) })
            ),
            ("names", .list(names.map { .string($0) })), ("seeds", .list(seeds.map { .number($0) })),
            ("path", .string(path)),
            (
                "rows",
                .list(
                    rows.map { row in
                        let result = row.result
                        return .list([
                            .number(row.variant), .number(row.seed), .bool(result != nil),
                            result?.result.flatMap { try? $0.text(nonFinite: .python) }.map { .string($0) } ?? .nothing,
                            result?.error.map { .string($0) } ?? .nothing, .number(result?.seconds ?? .nan),
                        ])
                    })
            ),
        ])
    }

    /// From what it was made of; nil where that is something else.
    convenience init?(stored: Value) {
        guard case .record(let parts) = stored, let names = parts["names"]?.list?.strings,
            let seeds = try? parts["seeds"]?.list?.numbers, case .string(let path)? = parts["path"],
            let variants = try? parts["variants"]?.list?.written(), let rows = try? parts["rows"]?.list?.written()
        else { return nil }
        let all = variants.compactMap { item -> StudyVariant? in
            guard let pair = item.list, pair.count == 2, case .string(let label) = pair[0],
                case .record(let values) = pair[1]
            else { return nil }
            return StudyVariant(label: label.string, values: values.fields.map { ($0.name, $0.value) })
        }
        let read = rows.compactMap { item -> Row? in
            guard let parts = item.list, parts.count == 6, case .number(let variant) = parts[0],
                case .number(let seed) = parts[1], case .bool(let isDone) = parts[2],
                case .number(let seconds) = parts[5],
                let variant = Int(exactly: variant), all.indices.contains(variant), let seed = Int(exactly: seed)
            else { return nil }
            var result = StudyResult(seconds: seconds)
            if case .string(let text) = parts[3] { result.result = try? JSON(parsing: text.string) }
            if case .string(let error) = parts[4] { result.error = error.string }
            return Row(variant: variant, seed: seed, result: isDone ? result : nil)
        }
        let whole = seeds.compactMap { Int(exactly: $0) }
        guard all.count == variants.count, read.count == rows.count, whole.count == seeds.count else { return nil }
        self.init(variants: all, names: names, seeds: whole, rows: read, path: path.string)
    }
}

extension TuneValue {
    /// What it is made of.
    var stored: Value {
        .record([
            ("names", .list(names.map { .string($0) })), ("limit", .number(limit)), ("budget", .number(budget)),
            (
                "tries",
                .list(
                    tries.indices.map { index in
                        let one = tries[index]
                        return .list([
                            .number(one.optimizer), .string(one.name),
                            .record(one.settings.map { ($0.name, $0.value) }), .function(one.optimizerFunction),
                            one.lossFunction.map { .function($0) } ?? .nothing, paths[index]?.value ?? .nothing,
                            failures[index].map { .string($0) } ?? .nothing,
                        ])
                    })
            ),
        ])
    }

    /// From what it was made of; nil where that is something else.
    convenience init?(stored: Value) {
        guard case .record(let parts) = stored, let names = parts["names"]?.list?.strings,
            case .number(let limit)? = parts["limit"], case .number(let given)? = parts["budget"],
            let budget = Int(exactly: given), let items = parts["tries"]?.list
        else { return nil }
        var tries: [TuneTry] = [], paths: [TunePath?] = [], failures: [Int: String] = [:]
        for item in items {
            guard let parts = item.list, parts.count == 7, case .number(let number) = parts[0],
                let optimizer = Int(exactly: number), names.indices.contains(optimizer),
                case .string(let name) = parts[1], case .record(let settings) = parts[2],
                let function = parts[3].function
            else { return nil }
            if case .string(let failure) = parts[6] { failures[tries.count] = failure.string }
            tries.append(
                TuneTry(
                    optimizer: optimizer, name: name.string, settings: settings.fields.map { ($0.name, $0.value) },
                    optimizerFunction: function, lossFunction: parts[4].function))
            guard !parts[5].isNothing else {
                paths.append(nil)
                continue
            }
            guard let json = try? JSONValues.json(parts[5], keepsNonFinite: true, poll: { _ in }) else { return nil }
            paths.append(TunePath(json))
        }
        self.init(tries: tries, paths: paths, failures: failures, names: names, limit: limit, budget: budget)
    }
}
