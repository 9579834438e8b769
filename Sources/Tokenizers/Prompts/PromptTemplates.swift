// The templates that have names.

/// Templates by name: those of data sets and papers, and those of families of chat models.
public enum PromptTemplates {
    /// As the built-in models, and models of TOFU without a chat template, are asked.
    public static let tofu = PromptTemplate(name: "tofu", turn: "Question: {question}\nAnswer: {answer}")

    /// All of them. What tokens stand around a whole text, such as Llama's beginning, is the tokenizer's to say.
    public static let all: [PromptTemplate] = [
        tofu,
        // SOUL's public code (Jia et al. 2024).
        PromptTemplate(name: "soul", turn: "### Question: {question}\n### Answer: {answer}"),
        // Touvron et al., arXiv 2307.09288; the system prompt stands within the first question.
        PromptTemplate(
            name: "llama2", turn: "[INST] {question} [/INST] {answer}", between: " </s><s>",
            system: "<<SYS>>\n{system}\n<</SYS>>\n\n{question}", isTrimmed: true),
        // Llama 3; from 3.1 on with a date.
        PromptTemplate(
            name: "llama3",
            turn: """
                <|start_header_id|>user<|end_header_id|>\n\n{question}<|eot_id|>\
                <|start_header_id|>assistant<|end_header_id|>\n\n{answer}
                """,
            end: "<|eot_id|>", between: "",
            system: "<|start_header_id|>system<|end_header_id|>\n\n{system}<|eot_id|>",
            dateline: "Cutting Knowledge Date: December 2023\nToday Date: {date}\n\n", isTrimmed: true),
        // Qwen, SmolLM, and many others.
        PromptTemplate(
            name: "chatml", turn: "<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n{answer}",
            end: "<|im_end|>", system: "<|im_start|>system\n{system}<|im_end|>\n"),
        // Zephyr, TinyLlama.
        PromptTemplate(
            name: "zephyr", turn: "<|user|>\n{question}</s>\n<|assistant|>\n{answer}", end: "</s>",
            system: "<|system|>\n{system}</s>\n"),
        // Gemma, which knows no system prompt: it stands before the first question.
        PromptTemplate(
            name: "gemma",
            turn: "<start_of_turn>user\n{question}<end_of_turn>\n<start_of_turn>model\n{answer}",
            end: "<end_of_turn>", system: "{system}\n\n{question}", isTrimmed: true),
        PromptTemplate(
            name: "phi3", turn: "<|user|>\n{question}<|end|>\n<|assistant|>\n{answer}", end: "<|end|>",
            system: "<|system|>\n{system}<|end|>\n"),
        // Stanford Alpaca.
        PromptTemplate(
            name: "alpaca", turn: "### Instruction:\n{question}\n\n### Response:\n{answer}", between: "\n\n",
            system: "{system}\n\n",
            defaultSystem: """
                Below is an instruction that describes a task. Write a response that appropriately completes the \
                request.
                """),
    ]

    public static func named(_ name: String) -> PromptTemplate? {
        all.first { $0.name.utf8.elementsEqual(name.utf8) }
    }

    /// The named template that a model's own `chat_template`, a program of Jinja's, writes; told by its marks. Its
    /// standing system prompt is taken where the program has it word by word.
    public static func recognized(in program: String) -> PromptTemplate? {
        let marks: [(name: String, marks: [String])] = [
            ("chatml", ["<|im_start|>"]), ("llama3", ["<|start_header_id|>"]), ("gemma", ["<start_of_turn>"]),
            ("llama2", ["[INST]", "<<SYS>>"]), ("phi3", ["<|user|>", "<|end|>"]), ("zephyr", ["<|user|>"]),
            ("alpaca", ["### Instruction:", "### Response:"]),
        ]
        let bytes = Array(program.utf8)
        guard let family = marks.first(where: { $0.marks.allSatisfy { bytes.holds(Array($0.utf8)) } }),
            let template = named(family.name)
        else { return nil }
        guard family.name == "chatml" else { return template }
        for lead in ["<|im_start|>system\\n", "<|im_start|>system\n"] {
            var start = 0
            while let place = bytes.place(of: Array(lead.utf8), from: start) {
                start = place + lead.utf8.count
                guard let end = bytes.place(of: Array("<|im_end|>".utf8), from: start) else { break }
                let words = bytes[start..<end]
                // A quote ends the literal: what follows is of the program.
                if !words.isEmpty, !words.contains(where: { [UInt8(ascii: "'"), UInt8(ascii: "{")].contains($0) }) {
                    var own = template
                    own.defaultSystem = String(decoding: words, as: UTF8.self)
                    return own
                }
            }
        }
        return template
    }
}

extension [UInt8] {
    fileprivate func place(of part: [UInt8], from start: Int = 0) -> Int? {
        guard part.count <= count - start else { return nil }
        return (start...(count - part.count)).first { self[$0..<($0 + part.count)].elementsEqual(part) }
    }

    fileprivate func holds(_ part: [UInt8]) -> Bool { place(of: part) != nil }
}
