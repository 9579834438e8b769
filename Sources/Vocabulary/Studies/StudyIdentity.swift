/// What identifies a study: its function with all that it reads, and its grid, by value. Results of two studies are never
/// mixed in one file.
import Files
import Language

struct StudyIdentity {
    /// The text of the function; the name of a built-in one.
    let code: String
    let function: Fingerprint
    /// What the functions read of the top level, and of files taken in.
    let reads: [(name: String, value: Fingerprint)]
    let variants: [(label: String, value: Fingerprint)]

    /// - Parameter others: further values that the study's runs depend on, with their functions.
    init(
        _ function: Function, _ grid: StudyGrid, _ interpreter: Interpreter, poll: @escaping () throws -> Void
    ) throws {
        let identifier = ValueIdentifier({ FingerprintHash() }, poll: poll)
        func fingerprint(_ value: Value) throws -> Fingerprint {
            Fingerprint(try identifier.identity { try $0.add(value) })
        }
        code = function.sourceText ?? function.name ?? ""
        self.function = try fingerprint(.function(function))
        let environment = interpreter.environment(
            of: [.function(function)] + grid.variants.flatMap { $0.values.map(\.value) })
        reads = try (environment.bindings + environment.fileBindings).map { name, value in
            (name, try value.map { try fingerprint($0) } ?? Fingerprint(of: "no value".utf8))
        }
        variants = try grid.variants.map { variant in
            let words = try identifier.identity { parts in
                for (name, value) in variant.values {
                    parts.add(name)
                    try parts.add(value)
                }
            }
            return (variant.label, Fingerprint(words))
        }
    }

    /// What identifies one run: all that its result depends on.
    func fingerprint(variant: Int, seed: Int) -> Fingerprint {
        var text = "\(function) \(variants[variant].value) \(seed)"
        for (name, value) in reads { text += "\n\(name) \(value)" }
        return Fingerprint(of: text.utf8)
    }

    // MARK: In a file

    /// How the first line of a study's file begins.
    static let mark = "{\"lethe_study\":"

    /// The line that a study's file begins with.
    var header: JSON {
        [
            "lethe_study": 1, "function": .string(code), "fingerprint": .string("\(function)"),
            "reads": .object(NamedValues(reads.map { ($0.name, .string("\($0.value)")) })),
            "variants": .object(NamedValues(variants.map { ($0.label, .string("\($0.value)")) })),
        ]
    }

    /// What differs from the study of a file's header.
    struct Difference {
        /// In words, of the code and what it reads.
        var code: [String] = []
        /// Labels of variants that only this study, or only the file's has.
        var added: [String] = []
        var removed: [String] = []

        var isEmpty: Bool { code.isEmpty && added.isEmpty && removed.isEmpty }

        var words: String {
            func some(_ labels: [String]) -> String {
                let shown = labels.prefix(3).map { "`\($0)`" }
                return listed(shown + (labels.count > 3 ? ["\(labels.count - 3) more"] : []))
            }
            var parts = code
            if !added.isEmpty { parts.append("the grid has \(some(added)), which the file's has not") }
            if !removed.isEmpty { parts.append("the grid lacks \(some(removed)) of the file's") }
            return parts.joined(separator: "; ")
        }
    }

    func difference(from header: JSON) -> Difference {
        var difference = Difference()
        if header["fingerprint"]?.string != "\(function)" {
            difference.code.append(
                header["function"]?.string == code
                    ? "what its function holds (captured values, defaults) has changed" : "its function was changed")
        }
        var changed: [String] = []
        let earlier = header["reads"]?.object ?? [:]
        for (name, value) in reads where earlier[name]?.string != "\(value)" { changed.append("`\(name)`") }
        for name in earlier.keys where !reads.contains(where: { $0.name == name }) { changed.append("`\(name)`") }
        if !changed.isEmpty {
            difference.code.append(
                "\(listed(changed)), which it reads, \(changed.count == 1 ? "is" : "are") not the same")
        }
        let known = (header["variants"]?.object ?? [:]).map { ($0.key, $0.value.string ?? "") }
        let values = Set(known.map(\.1)), own = Set(variants.map { "\($0.value)" })
        difference.added = variants.filter { !values.contains("\($0.value)") }.map(\.label)
        difference.removed = known.filter { !own.contains($0.1) }.map(\.0)
        return difference
    }
}
