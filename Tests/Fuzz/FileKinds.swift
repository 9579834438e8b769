// More kinds of files that a session reads: questions line by line, notebooks, files taken in with `use`.
import Foundation
import Language
import Notebook

/// TOFU's files, which are JSON lines; the same lines as a data file and as questions of one's own.
struct QuestionsKind: FuzzKind {
    static let name = "questions", ending = "json"
    init(_ corpus: Corpus) {}

    private static let lines = """
        {"question": "Who?", "answer": "Nobody.", "paraphrased_question": "Who is it?", "paraphrased_answer": "No \
        one.", \
        "perturbed_answer": ["Ann.", "Bob."]}
        {"question": "Where?\\n", "answer": "In Lisbon.", "perturbed_answer": []}
        {"question": "When\\u00e9?", "answer": "1900"}

        """

    func input(_ random: inout FuzzRandom) -> [UInt8] {
        var lines = Self.lines
        if random.oneIn(4) { lines = lines.replacingOccurrences(of: "\n", with: "\r\n") }
        if random.oneIn(2) { return Array(Mutation.literals(lines, &random).utf8) }
        return Mutation.bytes(Array(lines.utf8), Array(lines.utf8), &random)
    }

    func run(_ input: [UInt8], _ bench: Bench) throws {
        try? FileManager.default.createDirectory(atPath: "tofu", withIntermediateDirectories: true)
        // The damaged file is what is forgotten, its companion, or what all of it is.
        let whole = Array(Self.lines.utf8)
        for damaged in ["forget01", "forget01_perturbed", "full", "real_authors"] {
            for name in ["full", "forget01", "forget01_perturbed", "retain99", "real_authors"] {
                write(name == damaged ? input : whole, "tofu/\(name).json")
            }
            try bench.run("qa = tofu(\"tofu\", forget=\"forget01\")\nqa\nqa.forget[0].question\nbatch(qa.full, 2)")
        }
        write(input, "in.jsonl")
        try bench.run("v = read_json(\"in.jsonl\")")
        if bench.failures.isEmpty { try bench.run("v\nquestion_set(v)") }
        try bench.run("load(\"in.jsonl\")")
    }
}

/// Jupyter notebooks made scripts, which are made notebooks again.
struct NotebookKind: FuzzKind {
    static let name = "notebooks", ending = "ipynb"
    init(_ corpus: Corpus) {}

    private static let notebook = #"""
        {"cells": [{"cell_type": "markdown", "metadata": {"lethe": "title"}, "source": ["# Title"]},
        {"cell_type": "code", "execution_count": 1, "metadata": {"tags": ["skip", "a]b"]}, "outputs": [{"data": {"text/plain": ["2"]}, \#
        "execution_count": 1, "metadata": {}, "output_type": "execute_result"}], "source": ["x = 1\n", "#> 2\r\n", "# %% y\r\nx + 1"]},
        {"cell_type": "raw", "metadata": {}, "source": "!ls\n%%bash"}, {"cell_type": "markdown", "metadata": {}, "source": "%% a\n\\%%"}],
        "metadata": {"kernelspec": {"display_name": "Lethe", "language": "lethe", "name": "lethe"}}, "nbformat": 4, "nbformat_minor": 5}
        """#

    func input(_ random: inout FuzzRandom) -> [UInt8] {
        if random.oneIn(2) { return Array(Mutation.literals(Self.notebook, &random).utf8) }
        return Mutation.bytes(Array(Self.notebook.utf8), Array(Self.notebook.utf8), &random)
    }

    func run(_ input: [UInt8], _ bench: Bench) throws {
        let script: String
        do {
            let imported = try NotebookImport(text(input), name: "in.ipynb")
            script = imported.text
        } catch is LanguageError { return }
        // What was made is a script, whose cells come back as they are.
        let document = Document(script)
        guard document.text == script else { throw Finding(message: "the script is not the text that it was made of") }
        write(Array(script.utf8), "in.lethe")
        for ending in ["ipynb", "html", "md"] { try bench.run(":export out.\(ending)") }
        try bench.run(":check in.lethe")
    }
}

/// Programs taken in as files, also by each other.
struct UseKind: FuzzKind {
    static let name = "used", ending = "lethe"
    let corpus: Corpus
    init(_ corpus: Corpus) { self.corpus = corpus }

    private static let more = [
        "use \"in.lethe\"", "use \"other.lethe\"", "b = use \"other.lethe\"", "b.k", "b.f(2)", ":who",
        "def f(x) = k * x",
        "k = 3", "use \"\"", "use \"none.lethe\"",
    ]

    func input(_ random: inout FuzzRandom) -> [UInt8] {
        var lines = random.pick(corpus.programs).split(separator: "\n").map(String.init)
        for _ in 0..<1 + random.below(4) { lines.insert(random.pick(Self.more), at: random.below(lines.count + 1)) }
        let program = tame(lines.joined(separator: "\n"))
        if random.oneIn(3) { return Mutation.bytes(Array(program.utf8), [], &random) }
        return Array(program.utf8)
    }

    func run(_ input: [UInt8], _ bench: Bench) throws {
        write(Array("k = 2\ndef f(x) = k + x\n".utf8), "other.lethe")
        write(input, "in.lethe")
        try bench.run("p = use \"in.lethe\"")
        guard bench.failures.isEmpty else { return }
        try bench.run("p\np == use \"in.lethe\"\nkeys(p)\n:save in.ws")
        try bench.run(":load in.ws")
        if bench.failures.isEmpty { try bench.run("p\n:who") }
    }
}
