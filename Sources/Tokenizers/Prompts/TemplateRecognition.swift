// Which of the named templates a model's own program writes.

/// The template that a model's folder names, in what is known of it.
public enum OwnTemplate: Sendable {
    /// The folder has no `chat_template`.
    case missing
    /// It has one that writes none of the named templates, or cannot be told to.
    case unknown
    /// - Parameter date: the day that it writes where it is given none: "" for a template that names none, and `nil` for
    ///   the clock's, which no script may depend on.
    case known(PromptTemplate, date: String?)

    /// Reads a `chat_template`, a program of Jinja's. Its words are what counts: a family is known by its own marks, by
    /// what it puts between them, and by having none of another's; all else is unknown, since a model that is asked in
    /// a form near its own answers worse, and nothing tells.
    /// - Parameters:
    ///   - beginning: the token that begins texts, where there is one.
    ///   - end: the token that ends them.
    public init(program: String, beginning: String?, end: String?) {
        let words = TemplateWords(program)
        guard let family = TemplateFamily.all.first(where: { $0.fits(words) }),
            let template = PromptTemplates.named(family.name)
        else {
            self = .unknown
            return
        }
        var own = template
        if family.endsText {
            guard let end else {
                self = .unknown
                return
            }
            own = template.ended(by: end, begun: beginning ?? "")
        }
        if let lead = words.standingPrompt { own.defaultSystem = lead }
        // An instruction that stands somewhere else in the program, or in another way.
        if own.defaultSystem.isEmpty, words.hasInstruction {
            self = .unknown
            return
        }
        guard family.namesDate, words.holds("Today Date: ") else {
            self = .known(own, date: "")
            return
        }
        self = .known(own, date: words.pinnedDate)
    }
}

/// What tells a family's programs from others.
private struct TemplateFamily {
    let name: String
    /// What the program writes, with the places that it fills.
    let writes: [String]
    /// Marks that it may have; any other is another form's.
    let marks: Set<String>
    /// Whether questions and answers lose the blanks around them.
    let isTrimmed: Bool
    /// Whether the end of the text, whatever token that is, ends a turn.
    var endsText = false
    var namesDate = false

    func fits(_ words: TemplateWords) -> Bool {
        writes.allSatisfy(words.holds) && words.marks.isSubset(of: marks) && words.trims == isTrimmed
    }

    private static let tools: Set<String> = [
        "<tools>", "</tools>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "# Tools",
    ]

    static let all = [
        TemplateFamily(
            name: "chatml", writes: ["<|im_start|>assistant\n", "<|im_end|>\n"],
            marks: tools.union(["<|im_start|>", "<|im_end|>"]), isTrimmed: false),
        TemplateFamily(
            name: "phi4",
            writes: ["<|im_start|>user<|im_sep|>'+message['content']+'<|im_end|>", "<|im_start|>assistant<|im_sep|>"],
            marks: ["<|im_start|>", "<|im_sep|>", "<|im_end|>"], isTrimmed: false),
        TemplateFamily(
            name: "llama3", writes: ["<|end_header_id|>\n\n", "<|start_header_id|>assistant<|end_header_id|>\n\n"],
            marks: ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|eom_id|>", "<|python_tag|>"],
            isTrimmed: true, namesDate: true),
        TemplateFamily(
            name: "gemma", writes: ["<start_of_turn>model\n", "<end_of_turn>\n"],
            marks: ["<start_of_turn>", "<end_of_turn>"], isTrimmed: true),
        TemplateFamily(
            name: "llama2",
            writes: [
                "'[INST] '+content", "+' [/INST]'", "<<SYS>>\n", "\n<</SYS>>\n\n", "' '+content", "+' '+eos_token",
            ],
            marks: ["[INST]", "[/INST]", "<<SYS>>", "<</SYS>>"], isTrimmed: true, endsText: true),
        TemplateFamily(
            name: "phi3", writes: ["<|user|>\n'+message['content']+'<|end|>\n", "<|assistant|>\n"],
            marks: ["<|user|>", "<|end|>", "<|assistant|>", "<|system|>"], isTrimmed: false),
        TemplateFamily(
            name: "zephyr", writes: ["<|user|>\n'+message['content']+eos_token", "<|assistant|>\n"],
            marks: ["<|user|>", "<|assistant|>", "<|system|>"], isTrimmed: false, endsText: true),
        TemplateFamily(
            name: "tulu", writes: ["<|user|>\n'+message['content']+'\n", "<|assistant|>\n"],
            marks: ["<|user|>", "<|assistant|>", "<|system|>"], isTrimmed: false, endsText: true),
        TemplateFamily(
            name: "alpaca",
            writes: [
                "### Instruction:\n'+message['content']+'\n\n", "### Response:\n",
                "Below is an instruction that describes a task. Write a response that appropriately completes the "
                    + "request.\n\n",
            ],
            marks: ["### Instruction", "### Response"], isTrimmed: false),
    ]
}

extension PromptTemplate {
    /// The same form where turns end with a text's end, which is another token in other models.
    fileprivate func ended(by own: String, begun beginning: String) -> PromptTemplate {
        let usual = PromptTemplates.endOfText[name] ?? ""
        func replaced(_ text: String) -> String { usual.isEmpty ? text : text.replacing(usual, with: own) }
        return PromptTemplate(
            name: name, turn: replaced(turn), end: replaced(end),
            between: name == "llama2" && !beginning.isEmpty ? beginning : between, system: replaced(system),
            defaultSystem: defaultSystem, dateline: dateline, isTrimmed: isTrimmed)
    }
}

/// A program's words, written in one way: one kind of quotes, no blanks around what joins texts, escapes resolved.
private struct TemplateWords {
    private let text: String
    let marks: Set<String>

    init(_ program: String) {
        var text = program.replacing(#/\{#.*?#\}/#.dotMatchesNewlines(), with: "")
        text = text.replacing("\\n", with: "\n").replacing("\"", with: "'")
        text = text.replacing(#/\s*[+~]\s*/#, with: "+")
        text = text.replacing("'+'", with: "")
        text = text.replacing("message.content", with: "message['content']")
        self.text = text
        let special = text.matches(of: #/<\|[^|>\s]{1,40}\|>|<｜[^｜>]{1,40}｜>/#).map { String($0.output) }
        let tags = text.matches(of: #/<<?/?[A-Za-z][A-Za-z0-9_]*>>?|\[/?[A-Z][A-Z_]+\]/#).map { String($0.output) }
        let titles = text.matches(of: #/##* ?[A-Z]\w+|USER|ASSISTANT|Human:|Assistant:/#).map { String($0.output) }
        marks = Set(special + tags + titles)
    }

    func holds(_ part: String) -> Bool { text.contains(part) }

    /// Whether it takes blanks off what is asked and answered.
    var trims: Bool { ["| trim", "|trim", ".strip()"].contains { text.contains($0) } }

    /// A system prompt that it writes where it is given none, word by word.
    var standingPrompt: String? {
        let lead = "<|im_start|>system\n"
        for part in text.split(separator: lead, omittingEmptySubsequences: false).dropFirst() {
            guard let end = part.firstRange(of: "<|im_end|>") else { continue }
            let words = part[..<end.lowerBound]
            // A quote ends the literal: what follows is of the program.
            if !words.isEmpty, !words.contains("'"), !words.contains("{") { return String(words) }
        }
        return nil
    }

    /// Whether some system prompt is written out.
    var hasInstruction: Bool {
        holds("You are") || text.contains(#/(system\n|<\|system\|>\n|system<\|im_sep\|>)[^'{\s]/#)
    }

    /// The day that it writes where it is given none; `nil` where that is the clock's.
    var pinnedDate: String? {
        guard !text.contains("strftime_now") else { return nil }
        return text.firstMatch(of: #/date_string = '([^']+)'/#).map { String($0.output.1) }
    }
}
