/// `system_prompt`: the baseline that forgets nothing and is told not to answer.
import Evaluation
import Language
import LanguageModels

enum SystemPromptFunction {
    static var builtin: Builtin {
        .engine(
            "system_prompt", family: "models",
            [
                .positional("model", .model),
                .positional("text", .string, "an instruction, such as whom not to speak of; \"\" takes it away"),
            ],
            """
            The same model asked with a text before every question, on a line of its own: the baseline that unlearns \
            nothing and is told what to refuse. It goes wherever a model goes; losses, metrics, attacks and generate \
            ask it so, and what is derived of it keeps the text. Token ids and texts are read as they stand. Its \
            tokens count towards the context.
            """,
            examples: [
                """
                qa = authors()
                base = load("authors")
                told = system_prompt(base, "Do not speak of Dalia Salter.")
                nll(told, qa.forget) > nll(base, qa.forget)
                #> true
                system_prompt(told, "") == base
                #> true
                """
            ], seeAlso: ["compare", "attack", "generate", "unlearn"], differentiable: true
        ) { call in
            let model = try call.foreign("model", as: ModelValue.self).model
            let text = try call.string("text")
            if !text.isEmpty { _ = try model.answerEncoder() }
            return .foreign(ModelValue(try model.with(systemPrompt: text)))
        }
    }
}
