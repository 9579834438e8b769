// How questions are put: templates as written, and those that chat models were taught.
import Testing
import Tokenizers

struct PromptTemplateTests {
    /// What transformers' `apply_chat_template(…, add_generation_prompt=True)` writes for the families' own programs,
    /// without the beginning of text, which is the tokenizer's to put.
    static let asked: [(name: String, system: String, text: String)] = [
        ("tofu", "", "Question: Who?\nAnswer:"),
        ("tofu", "Be brief.", "Be brief.\nQuestion: Who?\nAnswer:"),
        ("soul", "", "### Question: Who?\n### Answer:"),
        ("llama2", "", "[INST] Who? [/INST]"),
        ("llama2", "Be brief.", "[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nWho? [/INST]"),
        (
            "llama3", "Be brief.",
            "<|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
                + "<|start_header_id|>user<|end_header_id|>\n\nWho?<|eot_id|>"
                + "<|start_header_id|>assistant<|end_header_id|>\n\n"
        ),
        (
            "chatml", "Be brief.",
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWho?<|im_end|>\n<|im_start|>assistant\n"
        ),
        ("zephyr", "", "<|user|>\nWho?</s>\n<|assistant|>\n"),
        ("gemma", "", "<start_of_turn>user\nWho?<end_of_turn>\n<start_of_turn>model\n"),
        ("gemma", "Be brief.", "<start_of_turn>user\nBe brief.\n\nWho?<end_of_turn>\n<start_of_turn>model\n"),
        ("phi3", "", "<|user|>\nWho?<|end|>\n<|assistant|>\n"),
        (
            "alpaca", "",
            "Below is an instruction that describes a task. Write a response that appropriately completes the "
                + "request.\n\n### Instruction:\nWho?\n\n### Response:\n"
        ),
    ]

    @Test(arguments: asked.indices) func namedOnesAskAsTheirFamiliesDo(index: Int) throws {
        let (name, system, text) = Self.asked[index]
        let prompting = Prompting(template: try #require(PromptTemplates.named(name)), system: system)
        #expect(prompting.prompt("Who?") == text)
        // The answer follows what was asked, and its end the answer.
        #expect(prompting.text("Who?", "Ann.").hasPrefix(text))
        #expect(prompting.text("Who?", "Ann.").hasSuffix("Ann." + prompting.template.end))
    }

    @Test func everyNamedOneIsOneThatCouldBeWritten() throws {
        for template in PromptTemplates.all {
            let again = try PromptTemplate(
                template.turn + template.end, name: template.name, system: template.system,
                defaultSystem: template.defaultSystem, dateline: template.dateline, between: template.between,
                isTrimmed: template.isTrimmed)
            #expect(Prompting(template: again) == Prompting(template: template))
        }
        #expect(Set(PromptTemplates.all.map { Prompting(template: $0).identity }).count == PromptTemplates.all.count)
    }

    @Test func examplesStandBeforeTheQuestion() throws {
        let shown = [PromptExample(question: "A?", answer: "a"), PromptExample(question: "B?", answer: "b")]
        #expect(
            Prompting(system: "S", examples: shown).prompt("C?")
                == "S\nQuestion: A?\nAnswer: a\nQuestion: B?\nAnswer: b\nQuestion: C?\nAnswer:")
        let llama = try #require(PromptTemplates.named("llama2"))
        #expect(
            Prompting(template: llama, system: "S", examples: [shown[0]]).prompt("C?")
                == "[INST] <<SYS>>\nS\n<</SYS>>\n\nA? [/INST] a </s><s>[INST] C? [/INST]")
    }

    @Test func aDateIsTheOneThatIsGiven() throws {
        let llama = try #require(PromptTemplates.named("llama3"))
        let dated = Prompting(template: llama, date: "26 Jul 2024").prompt("Who?")
        #expect(
            dated.hasPrefix(
                "<|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\n"
                    + "Today Date: 26 Jul 2024\n\n<|eot_id|><|start_header_id|>user"))
        #expect(!Prompting(template: llama).prompt("Who?").contains("Date"))
    }

    @Test func placesInWhatIsAskedStay() throws {
        let prompting = Prompting(template: try PromptTemplate("Q {question} A {answer} END\n\n"), system: "{question}")
        #expect(prompting.text("{answer}{system}", "{question}") == "{question}\nQ {answer}{system} A {question} END")
        #expect(prompting.template.end == " END" && prompting.template.between == "\n\n")
    }

    @Test(arguments: ["", "{question}", "{answer}", "{answer} {question}", "{question}{question}{answer}"])
    func whatLacksAPlaceIsRefused(text: String) {
        #expect(throws: TokenizerError.self) { try PromptTemplate(text) }
    }
}
