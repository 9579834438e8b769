// The kinds of input: how each is made, and what is done with it.
import Foundation
import Language
import Notebook
import Tensors

/// One kind of input.
protocol FuzzKind: Sendable {
    static var name: String { get }
    /// The ending of files that keep inputs of this kind.
    static var ending: String { get }
    init(_ corpus: Corpus) throws
    func input(_ random: inout FuzzRandom) -> [UInt8]
    /// Tries an input in the current folder, which is empty. What must not be so is thrown as a ``Finding``.
    func run(_ input: [UInt8], _ bench: Bench) throws
}

let fuzzKinds: [any FuzzKind.Type] = [
    SyntaxKind.self, MachineKind.self, CallKind.self, JSONKind.self, CSVKind.self, SafetensorsKind.self,
    ScriptKind.self, WorkspaceKind.self, QuestionsKind.self, NotebookKind.self, UseKind.self, GGUFKind.self,
    FormatKind.self,
]

func write(_ bytes: [UInt8], _ name: String) {
    _ = FileManager.default.createFile(atPath: name, contents: Data(bytes))
}
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// Programs must not leave the folder they are tried in.
func tame(_ text: String) -> String {
    var result = text
    for (old, new) in [("\"/", "\""), ("\"~", "\""), ("../", ""), (" /", " "), ("\u{0}", "")] {
        result = result.replacingOccurrences(of: old, with: new)
    }
    return result
}

/// Any text: the lexer, the parser, whether a cell is complete, completion.
struct SyntaxKind: FuzzKind {
    static let name = "syntax", ending = "lethe"
    let corpus: Corpus
    init(_ corpus: Corpus) { self.corpus = corpus }

    func input(_ random: inout FuzzRandom) -> [UInt8] {
        let (a, b) = (random.pick(corpus.programs), random.pick(corpus.programs))
        if random.oneIn(3) { return Mutation.bytes(Array(a.utf8), Array(b.utf8), &random) }
        return Array(Mutation.words(a, b, vocabulary: corpus.vocabulary, &random).utf8)
    }

    func run(_ input: [UInt8], _ bench: Bench) throws {
        let program = text(input)
        do {
            _ = try Program(parsing: Source(program, origin: .cell(1)))
        } catch let diagnostic as Diagnostic {
            guard Int(diagnostic.span.end) <= program.utf8.count else {
                throw Finding(message: "the error stands at \(diagnostic.span)")
            }
            _ = diagnostic.rendered()
        }
        _ = bench.session.isComplete(program)
        _ = bench.session.complete(program, at: program.utf8.count)
        let half = program.unicodeScalars.prefix(program.unicodeScalars.count / 2).reduce(0) { $0 + UTF8.width($1) }
        _ = bench.session.complete(program, at: half)
    }
}

/// Programs run as cells.
struct MachineKind: FuzzKind {
    static let name = "machine", ending = "lethe"
    let corpus: Corpus
    init(_ corpus: Corpus) { self.corpus = corpus }

    func input(_ random: inout FuzzRandom) -> [UInt8] {
        Array(
            tame(
                Mutation.words(
                    random.pick(corpus.programs), random.pick(corpus.programs), vocabulary: corpus.vocabulary, &random)
            ).utf8)
    }

    func run(_ input: [UInt8], _ bench: Bench) throws {
        try bench.run(text(input))
        try bench.run(":who")
        // Whatever it was, the session goes on.
        guard try bench.run("print(20 + 22)") == "42\n" || !bench.failures.isEmpty || bench.wasInterrupted else {
            throw Finding(message: "20 + 22 is \(bench.results)")
        }
    }
}

/// Calls of built-ins with arguments for which they were not made.
struct CallKind: FuzzKind {
    static let name = "calls", ending = "lethe"
    let corpus: Corpus
    init(_ corpus: Corpus) { self.corpus = corpus }

    static let preparation = """
        m = gpt(7, layers=1, width=8, heads=2, context=8, seed=3); f = batch([[1, 2, 3], [4, 5]]); r = batch([[3, 2, \
        1]])
        g = grad(m -> nll(m, r), m); t = ones(2, 3); d = question_set([(question="a", answer="b"), (question="c", \
        answer="d")])
        u = start(m, f, r, optimizer=sgd(lr=0.1)); x = 3; xs = [3, 1, 2]; s = "some text"; c = (a=1, b=[2, 3]); h = x \
        -> x + 1
        """
    private static let values = [
        "m", "f", "r", "g", "t", "d", "u", "x", "xs", "s", "c", "h", "none", "true", "[]", "\"\"", "[[1], [2, 3]]",
        "zeros(0)", "zeros(2, 0, 3)", "range(9e14)", "range(0)", "(a=1)", "[none]", "[m, f]", "x -> none",
        "(m, f, r) -> nll(m, f)", "tensor([nan, inf, -inf])", "\"\\u{1b}[31m\"", "\"é日本\"", "\"a,b\\nc\"", "nll",
        "adamw", "sgd(lr=0.1)", "[\"a\", \"b\"]", "[f, r]", "[x -> x]", "\"file.txt\"", "range(3)", "[1, 2, 3]",
        "0 * t", "u.model", "-m", "2 * g", "[[1, 2], [3, 4]]", "ones(1000)", "[0] * 1000",
    ]

    func input(_ random: inout FuzzRandom) -> [UInt8] {
        func value(_ depth: Int) -> String {
            switch random.below(depth > 2 ? 2 : 4) {
            case 0: return random.pick(Mutation.numbers)
            case 1: return random.pick(Self.values)
            case 2: return call(depth + 1)
            default: return random.oneIn(2) ? "[\(value(depth + 1)), \(value(depth + 1))]" : random.pick(Self.values)
            }
        }
        func call(_ depth: Int) -> String {
            var arguments = (0..<random.below(5)).map { _ in value(depth) }
            if random.oneIn(3) { arguments.append("\(random.pick(Self.options))=\(value(depth))") }
            return "\(random.pick(corpus.builtins))(\(arguments.joined(separator: ", ")))"
        }
        if random.oneIn(2) {
            // An example of help in which a word or two are other values.
            var words = Mutation.tokens(random.pick(corpus.examples))
            let places = words.indices.filter { words[$0].first.map { $0.isLetter || $0.isNumber } ?? false }
            for _ in 0..<1 + random.below(2) where !places.isEmpty { words[random.pick(places)] = value(1) }
            return Array(words.joined().utf8)
        }
        return Array((0..<1 + random.below(3)).map { "y\($0) = \(call(0))\ny\($0)\n" }.joined().utf8)
    }

    private static let options = [
        "steps", "lr", "seed", "n", "most", "batch", "loss", "optimizer", "on", "names", "title", "k", "axis",
        "temperature", "inverse", "damping", "scale", "oracle", "by", "bins", "log", "labels", "mask", "watch",
        "memory", "schedule", "reference", "width", "layers", "every", "reverse",
    ]

    func run(_ input: [UInt8], _ bench: Bench) throws {
        try bench.run(Self.preparation)
        for line in text(input).split(separator: "\n") where !line.hasPrefix("#>") {
            try bench.run(tame(String(line)))
        }
    }
}

/// JSON: what is read is written and read again the same.
struct JSONKind: FuzzKind {
    static let name = "json", ending = "json"
    let corpus: Corpus
    init(_ corpus: Corpus) { self.corpus = corpus }

    func input(_ random: inout FuzzRandom) -> [UInt8] {
        var json = random.pick(corpus.json)
        if json.count > 3000, random.oneIn(2) {
            json = Array(#"{"a": [1, 2.5e-3, "x\u00e9\ud83d\ude00", null, {"b": true}], "c": "", "d": -0.0}"#.utf8)
        }
        if random.oneIn(2) { return Array(Mutation.literals(text(json), &random).utf8) }
        return Mutation.bytes(json, random.pick(corpus.json), &random)
    }

    func run(_ input: [UInt8], _ bench: Bench) throws {
        write(input, "in.json")
        try bench.run("v = read_json(\"in.json\")")
        if bench.failures.isEmpty {
            try bench.run("v\nkeys(v)")
            try bench.run("write_json(v, \"out.json\")")
            // A number that JSON does not know may be read, and is refused when it is written.
            if bench.failures.isEmpty, try bench.run("print(repr(read_json(\"out.json\")) == repr(v))") != "true\n",
                bench.failures.isEmpty
            {
                throw Finding(message: "what was written is not what was read")
            }
        }
        // The same bytes as other kinds of JSON file.
        write(input, "tokenizer.json")
        write(input, "config.json")
        try bench.run("load(\".\")")
    }
}

/// Tables.
struct CSVKind: FuzzKind {
    static let name = "csv", ending = "csv"
    private static let tables = [
        "a,b,c\n1,2,3\n4,5.5,\"x, y\"\n", "word,count\none,1\n\"two, or \"\"three\"\"\",2.5\n", "a\n1e400\nnan\n0x10\n",
        "a;b\r\n1;2\r\n",
    ]
    init(_ corpus: Corpus) {}

    func input(_ random: inout FuzzRandom) -> [UInt8] {
        let table = random.pick(Self.tables)
        if random.oneIn(3) { return Array(Mutation.literals(table, &random).utf8) }
        return Mutation.bytes(Array(table.utf8), Array(random.pick(Self.tables).utf8), &random)
    }

    func run(_ input: [UInt8], _ bench: Bench) throws {
        write(input, "in.csv")
        try bench.run("v = read_csv(\"in.csv\")")
        if bench.failures.isEmpty { try bench.run("v\nfor k in keys(v) { print(k, len(v[k])) }\nrepr(v)") }
        try bench.run("load(\"in.csv\")")
    }
}

/// Files of tensors, by damaged bytes and by headers with other numbers.
struct SafetensorsKind: FuzzKind {
    static let name = "safetensors", ending = "safetensors"
    init(_ corpus: Corpus) {}

    private static let header =
        #"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"#
        + #""b":{"dtype":"F16","shape":[4],"data_offsets":[24,32]},"c":{"dtype":"I64","shape":[],"data_offsets":[32,40]},"d":{"dtype":"BF16","shape":[0,5],"data_offsets":[40,40]}}"#

    static func file(_ header: String, _ data: [UInt8]) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) } + Array(header.utf8) + data
    }

    func input(_ random: inout FuzzRandom) -> [UInt8] {
        let data = (0..<40).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        if random.oneIn(3) { return Mutation.bytes(Self.file(Self.header, data), Array(Self.header.utf8), &random) }
        if random.oneIn(4) {
            // A shape whose elements are none, though their product in another order is beyond every machine word.
            let sizes = (0..<1 + random.below(5)).map { _ in
                random.pick(["0", "0", "1", "2", "4294967296", "4611686018427387904", "9223372036854775807", "65536"])
            }
            return Self.file(
                #"{"a":{"dtype":"F32","shape":[\#(sizes.joined(separator: ","))],"data_offsets":[0,0]}}"#, [])
        }
        return Self.file(Mutation.literals(Self.header, &random), data)
    }

    func run(_ input: [UInt8], _ bench: Bench) throws {
        write(input, "in.safetensors")
        try bench.run("v = read_tensors(\"in.safetensors\")")
        guard bench.failures.isEmpty else { return }
        try bench.run("v")
        for expression in [
            "concat([t, t])", "softmax(t)", "sum(t)", "mean(t, 0)", "t + t", "t @ t", "reshape(t, 0)", "transpose(t)",
            "t[0]", "max(t)", "repr(t)", "norm(t)", "t + 1", "stack([t, t])",
            "sort(t)", "len(t)", "t == t", "cumsum(t)", "zeros_like(t)",
        ] { try bench.run("for k in keys(v) { t = v[k]; \(expression) }") }
        try bench.run("write_tensors(v, \"out.safetensors\")")
        if bench.failures.isEmpty,
            try bench.run("print(repr(read_tensors(\"out.safetensors\")) == repr(v))") != "true\n",
            bench.failures.isEmpty
        {
            throw Finding(message: "the tensors written are not those read")
        }
    }
}

/// Scripts that record their outputs: checked, brought up to date, loaded, exported.
struct ScriptKind: FuzzKind {
    static let name = "scripts", ending = "lethe"
    let corpus: Corpus
    init(_ corpus: Corpus) { self.corpus = corpus }

    private static let marks = [
        "#>", "#> ...", "# %%", "# %% [markdown]", "# %% Title [slow]", "#> error: x", "# [a](javascript:x)",
        "# ![p](f.svg)", "\r\n", "## ", "#!", "```", "# | a | b |",
    ]

    func input(_ random: inout FuzzRandom) -> [UInt8] {
        var lines = random.pick(corpus.scripts).split(separator: "\n", omittingEmptySubsequences: false).map(
            String.init)
        let start = random.below(lines.count)
        lines = Array(lines[start..<min(lines.count, start + 20)])
        for _ in 0..<random.below(5) { lines.insert(random.pick(Self.marks), at: random.below(lines.count + 1)) }
        let script = tame(lines.joined(separator: "\n"))
        if random.oneIn(3) { return Mutation.bytes(Array(script.utf8), [], &random) }
        return Array(tame(Mutation.words(script, "", vocabulary: corpus.vocabulary + Self.marks, &random)).utf8)
    }

    func run(_ input: [UInt8], _ bench: Bench) throws {
        write(input, "in.lethe")
        try bench.run(":load in.lethe")
        try bench.run(":check in.lethe")
        for ending in ["html", "md", "ipynb"] { try bench.run(":export out.\(ending)") }
        try bench.run(":save out.lethe")
    }
}

/// Workspaces whose description was changed, with a checksum that is right again: it is no proof of honesty.
struct WorkspaceKind: FuzzKind {
    static let name = "workspaces", ending = "ws"
    private let file: [UInt8]

    init(_ corpus: Corpus) throws {
        let bench = Bench(Cancellation())
        try bench.run(CallKind.preparation)
        try bench.run(
            """
            def k(a, b=2) { y = a + b; return y + x }
            w = step(u, 2); e = explain(u); z = range(10); tok = tokenizer(["to be or not"], size=262)
            adamw(lr=0.1)
            seed(4)
            """
        )
        try bench.run(
            """
            tr = train(m, r, steps=2); o = adamw(lr=0.1); q = (a=(b=[1, 2, h]), n=nan); texts = text_set(["a", "b"])
            """
        )
        try bench.run(":save in.ws")
        guard let data = FileManager.default.contents(atPath: "in.ws") else {
            throw Finding(message: "no workspace was written")
        }
        file = [UInt8](data)
    }

    func input(_ random: inout FuzzRandom) -> [UInt8] {
        let size = file[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard !random.oneIn(4),
            var root = try? JSONSerialization.jsonObject(with: Data(file[8..<(8 + size)])) as? [String: Any],
            var metadata = root["__metadata__"] as? [String: String], var session = metadata["session"]
        else { return Mutation.bytes(file, [], &random) }
        session = Mutation.literals(session, &random)
        metadata["session"] = session
        metadata["sum"] = workspaceChecksum(session)
        root["__metadata__"] = metadata
        guard let header = try? JSONSerialization.data(withJSONObject: root, options: [.sortedKeys]) else {
            return file
        }
        return SafetensorsKind.file(String(decoding: header, as: UTF8.self), Array(file[(8 + size)...]))
    }

    func run(_ input: [UInt8], _ bench: Bench) throws {
        write(input, "in.ws")
        try bench.run(":load in.ws")
        guard bench.failures.isEmpty else { return }
        for cell in [
            ":who", "m", "f", "u", "w", "e", "z", "tr", "q", "k(1)", "nll(m, f)", "generate(m, [1, 2], most=3)",
            "step(u, 1)", "back(w, 1)", "batch(z)", "train(tr, r, steps=1)", "z[0]", "len(z)", "sum(z)", "d", "texts",
            "rand()", "repr(g)", "g + g", "o(t, t, none)", "c", ":stale", ":save again.ws", ":export out.md", "1 + 1",
        ] { try bench.run(cell) }
    }
}
