/// `save`: a model as a folder that transformers or peft reads, or as a GGUF file.
import Files
import Language
import LanguageModels
import Tokenizers

enum SaveFunction {
    static func builtin(_ engine: EngineContext) -> Builtin {
        .engine(
            "save", family: "files",
            [
                .positional("model", .model, "what to save"),
                .positional(
                    "folder", .path, "where; made if it does not exist. A path that ends in .gguf is a file"),
                .option(
                    "dtype",
                    .choice(["f32", "f16", "bf16", "q8_0", "float32", "float16", "bfloat16"]), default: "f32",
                    "how weights are written; q8_0, 8 bits with a scale for every 32 numbers, in GGUF files"),
            ],
            """
            Writes a model as a Hugging Face folder that transformers reads; of a model with adapters (lora) these \
            alone, as a folder that peft reads, and merge(m) gives the whole. A path that ends in .gguf makes a \
            GGUF file that llama.cpp reads, with its tokenizer and chat template; a model that has no form in GGUF \
            is refused with the reason; of a tokenizer llama.cpp leaves out only that it composes accents (NFC). \
            Nothing is left half-written.
            """,
            examples: [
                """
                m = gpt(5, layers=1, width=8, seed=1)
                save(m, "/tmp/lethe-example-model")
                load("/tmp/lethe-example-model") == m
                #> true
                """
            ], seeAlso: ["load", "write_tensors"]
        ) { call in
            let value = try call.value("model")
            if (value.foreign as? ModelValue) == nil {
                throw call.wrong(
                    "model", value, mustBe: "a model",
                    note: value.foreign?.hint(forField: "save")
                        ?? "write_json writes records and lists, write_tensors tensors, :save a session")
            }
            let model = try call.foreign("model", as: ModelValue.self).model
            guard model.prompting.system.isEmpty, model.prompting.examples.isEmpty else {
                throw LanguageError(
                    """
                    a checkpoint has no place for this model's \
                    \(model.prompting.system.isEmpty ? "examples" : "system prompt")
                    """,
                    advice: [
                        "write save(with_template(m, \"tofu\"), …) for the weights alone, or :save f.ws for all of it"
                    ], at: .argument("model"))
            }
            let path = try call.path("folder", writtenBy: engine)
            func warnOfTemplate() {
                let template = model.prompting.template
                guard model.prompting != Prompting() else { return }
                let name = PromptTemplates.all.contains { $0.name == template.name } ? "\"\(template.name)\"" : "…"
                call.host.warn(
                    """
                    a checkpoint does not keep how its questions are asked; write with_template(load(…), \(name)) \
                    when it is read again
                    """)
            }
            if GGUFFunctions.isFile(path) {
                try GGUFFunctions.save(model, path, engine, call)
                warnOfTemplate()
                return .nothing
            }
            let types: [String: ElementType] = [
                "float32": .float32, "float16": .float16, "bfloat16": .bfloat16, "f32": .float32, "f16": .float16,
                "bf16": .bfloat16,
            ]
            guard let type = types[try call.choice("dtype")] else {
                throw LanguageError(
                    "a Hugging Face folder holds no weights of 8 bits",
                    advice: ["a path that ends in .gguf makes a GGUF file, which does"], at: .argument("dtype"))
            }
            try call.host.writing { try model.save(to: path, as: type) }
            warnOfTemplate()
            return .nothing
        }
    }
}
