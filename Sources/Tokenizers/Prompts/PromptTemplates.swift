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
            name: "llama2", turn: "[INST] {question} [/INST] {answer}", end: " </s>", between: "<s>",
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
        // Phi-4, which has no lines.
        PromptTemplate(
            name: "phi4",
            turn: "<|im_start|>user<|im_sep|>{question}<|im_end|><|im_start|>assistant<|im_sep|>{answer}",
            end: "<|im_end|>", between: "", system: "<|im_start|>system<|im_sep|>{system}<|im_end|>"),
        // Zephyr, TinyLlama.
        PromptTemplate(
            name: "zephyr", turn: "<|user|>\n{question}</s>\n<|assistant|>\n{answer}", end: "</s>",
            system: "<|system|>\n{system}</s>\n"),
        // Tulu 3 (Lambert et al., arXiv 2411.15124) and OLMo 2: nothing but a line ends a question.
        PromptTemplate(
            name: "tulu", turn: "<|user|>\n{question}\n<|assistant|>\n{answer}", end: "<|end_of_text|>",
            system: "<|system|>\n{system}\n"),
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

    /// What ends a text in those whose turns end so, as the models have it that they were written for.
    static let endOfText = ["llama2": "</s>", "zephyr": "</s>", "tulu": "<|end_of_text|>"]
}
