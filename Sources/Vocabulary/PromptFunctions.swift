/// How models are asked: templates, system prompts, examples, and conversations.
import Datasets
import Evaluation
import Language
import LanguageModels
import StandardLibrary
import Tokenizers

enum PromptFunctions {
    static func builtins(_ engine: EngineContext) -> [Builtin] { [template, withTemplate, systemPrompt, chat(engine)] }

    private static let names = PromptTemplates.all.map(\.name)

    private static var template: Builtin {
        .engine(
            "template", family: "models",
            [
                .positional(
                    "text", .text(withPlaces: ["question", "answer"]),
                    "with {question} and {answer}; or a name: \(names.joined(separator: ", "))"),
                .option(
                    "system", .text(withPlaces: ["system", "question"]), default: .string("{system}\n"),
                    "the form of a system prompt, with {system}; with {question} too where it stands around the first "
                        + "question"),
                .option(
                    "between", .string, default: .nothing, shown: "as text ends",
                    "what stands between an answer and the next question"),
            ],
            """
            The form in which a model is asked, for with_template. What follows {answer} in the text ends an answer (a \
            token such as <|im_end|>, or any mark); where nothing does, the model's end of text ends it. The named \
            ones are those of TOFU's models without a chat template (tofu), of SOUL's public code (soul), and of \
            families of chat models. In a text written into the call the braces stay as they are; elsewhere write \
            {{question}}. What a tokenizer puts around every text, such as Llama's beginning of text, is no part of it.
            """,
            examples: [
                """
                t = template("Q: {question}\\nA: {answer}")
                m = with_template(load("authors"), t)
                m.template.text
                #> "Q: {question}\\nA: {answer}"
                """,
                "template(\"zephyr\").text\n"
                    + "#> \"<|user|>\\n{question}</s>\\n<|assistant|>\\n{answer}</s>\"",
            ], seeAlso: ["with_template", "system_prompt", "chat"]
        ) { call in
            let text = try short(call, "text"), system = try short(call, "system")
            let between = try call.optional("between") { try short($0, "between") }
            // A name alone holds no place.
            if !text.utf8.contains(UInt8(ascii: "{")) { return .foreign(TemplateValue(try named(text, "text"))) }
            do {
                return .foreign(TemplateValue(try PromptTemplate(text, system: system, between: between)))
            } catch let error as TokenizerError {
                throw LanguageError("\(error)", at: .argument(text.contains("{answer}") ? "system" : "text"))
            }
        }
    }

    /// A form of some lines, not a file's contents.
    private static func short(_ call: Call, _ parameter: String) throws -> String {
        let text = try call.text(parameter)
        guard text.utf8Count <= 100_000 else {
            throw LanguageError(
                "`\(parameter)` of `template` has \(text.utf8Count) bytes: a template is a form of some lines",
                advice: ["give the words around a question, with {question} and {answer}"], at: .argument(parameter))
        }
        return text.string
    }

    private static func named(_ name: String, _ parameter: String) throws -> PromptTemplate {
        if let template = PromptTemplates.named(name) { return template }
        let near = suggestion(for: name, among: names)
        throw LanguageError(
            "there is no template \(Value.string(name).display)",
            advice: [
                (near.map { "did you mean \"\($0)\"? " } ?? "")
                    + "there are \(names.joined(separator: ", ")); or write one: \"Q: {question}\\nA: {answer}\""
            ], at: .argument(parameter))
    }

    private static var withTemplate: Builtin {
        .engine(
            "with_template", family: "models",
            [
                .positional("model", .model),
                .positional(
                    "template", .either(.string, .described("a template")),
                    "a name, \"own\" for what the model's chat_template writes, or what template(…) gives"),
                .option("system", .string, default: "", "a system prompt; \"\" for the template's own, if it has one"),
                .option(
                    "examples", .questions, default: .nothing, shown: "none",
                    "questions with answers shown before every question"),
                .option(
                    "date", .string, default: "",
                    "the day, where the template names it (llama3), as in \"26 Jul 2024\"; never today's by itself"),
            ],
            """
            The same model asked in another form. Losses, runs, metrics, attacks and generate ask it so, and what is \
            derived of it keeps the form; every comparison says which. Token ids and texts are read as they stand. \
            What the form adds counts towards the context. "own" runs the chat_template and takes the form that it \
            writes to the letter, with the switches for thinking off where it has them (Qwen 3), so that an answer \
            follows its prompt; where no form is found it says why.
            """,
            examples: [
                """
                qa = authors()
                base = load("authors")
                other = with_template(base, "soul")
                nll(other, qa.retain[0:4]) > nll(base, qa.retain[0:4])
                #> true
                with_template(other, "tofu") == base
                #> true
                """,
                """
                qa = authors()
                base = load("authors")
                shown = with_template(base, "tofu", examples=qa.retain[0:2])
                len(generate(shown, qa.retain[2].question)) > 0
                #> true
                """,
            ], seeAlso: ["template", "system_prompt", "chat", "generate"], differentiable: true
        ) { call in
            let model = try call.foreign("model", as: ModelValue.self).model
            var date = try call.string("date")
            let template = try template(call, model, &date)
            if !template.end.isEmpty || !template.system.isEmpty { _ = try model.answerEncoder() }
            var examples: [PromptExample] = []
            if let data = try call.optional("examples", { try $0.examples("examples") }) {
                guard case .questions(let set) = data.content else {
                    throw call.wrong("examples", try call.value("examples"), mustBe: "questions with answers")
                }
                examples = set.map { PromptExample(question: $0.question, answer: $0.answer) }
            }
            if !date.isEmpty, template.dateline.isEmpty {
                throw LanguageError(
                    "the template \(TemplateValue(template).summary.dropFirst(9)) names no date",
                    advice: ["leave date= out, or write the day into system="], at: .argument("date"))
            }
            let prompting = Prompting(
                template: template, system: try call.string("system"), examples: examples, date: date)
            try checkSystem(prompting, at: "system")
            return .foreign(try call.foreign("model", as: ModelValue.self).asked(prompting))
        }
    }

    private static func template(_ call: Call, _ model: LanguageModel, _ date: inout String) throws -> PromptTemplate {
        switch try call.value("template") {
        case .foreign(let value as TemplateValue): return value.template
        case .string(let text):
            guard text.string.utf8.elementsEqual("own".utf8) else { return try named(text.string, "template") }
            return try own(model, &date, at: "template")
        case let other: throw call.wrong("template", other, mustBe: "a template or its name")
        }
    }

    /// The template that a model's folder names.
    /// - Parameter date: the day, if one is given; becomes the one that the folder pins.
    private static func own(_ model: LanguageModel, _ date: inout String, at argument: String) throws -> PromptTemplate
    {
        let choice = "\(names.joined(separator: ", ")); or what template(…) makes"
        let advice =
            (argument == "template" ? "give a name: " : "ask it by with_template(m, name), with one of ") + choice
        switch model.tokenizer?.ownTemplate ?? .missing {
        case .known(let template, let pinned):
            if date.isEmpty {
                guard let pinned else {
                    throw LanguageError(
                        "this model's chat_template writes the day, and takes it from the clock",
                        advice: ["give it, as in with_template(m, \"own\", date=\"26 Jul 2024\")"],
                        at: .argument(argument))
                }
                date = pinned
            }
            return template
        case .missing:
            throw LanguageError(
                "this model's folder does not say how it is asked: it has no chat_template", advice: [advice],
                at: .argument(argument))
        case .unknown(let reason):
            throw LanguageError(
                "this model's chat_template is none of the forms that Lethe knows: \(reason)",
                note: "in a form that is only near its own a model answers worse, and nothing tells",
                advice: [advice], at: .argument(argument))
        }
    }

    /// A system prompt that the model's own form has no place for would be left out.
    private static func checkSystem(_ prompting: Prompting, at argument: String) throws {
        guard !prompting.system.isEmpty, !prompting.template.takesSystem else { return }
        throw LanguageError(
            "this model's chat_template takes no system prompt",
            advice: ["write its words into the questions, or ask the model in another template"],
            at: .argument(argument))
    }

    private static var systemPrompt: Builtin {
        .engine(
            "system_prompt", family: "models",
            [
                .positional("model", .model),
                .positional("text", .string, "an instruction, such as whom not to speak of; \"\" takes it away"),
            ],
            """
            The same model asked with a text before every question, in the place that its template has for it: the \
            baseline that unlearns nothing and is told what to refuse. It goes wherever a model goes; losses, metrics, \
            attacks and generate ask it so, and what is derived of it keeps the text. Token ids and texts are read as \
            they stand. Its tokens count towards the context.
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
            ], seeAlso: ["with_template", "compare", "attack", "generate", "unlearn"], differentiable: true
        ) { call in
            let model = try call.foreign("model", as: ModelValue.self).model
            var prompting = model.prompting
            prompting.system = try call.string("text")
            try checkSystem(prompting, at: "text")
            if !prompting.system.isEmpty { _ = try model.answerEncoder() }
            return .foreign(try call.foreign("model", as: ModelValue.self).asked(prompting))
        }
    }

    private static func chat(_ engine: EngineContext) -> Builtin {
        .engine(
            "chat", family: "models",
            [
                .positional("model", .model),
                .positional(
                    "messages", .either(.text("what you say"), .list(of: .string)),
                    "or the conversation so far: you, the model, you, …"),
            ] + SamplingOptions.parameters(most: 256) + [seedOption],
            """
            What a chat model replies. It is asked in its own template (with_template(m, "own")) unless it was given \
            another; a list of messages is a conversation, in which yours and the model's take turns and yours is last.
            """,
            examples: [
                """
                qa = authors()
                base = load("authors")
                chat(base, qa.retain[0].question) == qa.retain[0].answer
                #> true
                """
            ], seeAlso: ["with_template", "system_prompt", "generate"]
        ) { call in
            let given = try call.foreign("model", as: ModelValue.self).model
            var prompting = given.prompting
            if prompting.template.name.utf8.elementsEqual(PromptTemplates.tofu.name.utf8) {
                switch given.tokenizer?.ownTemplate ?? .missing {
                // Asked as Lethe's own are.
                case .missing: break
                case .known, .unknown: prompting.template = try own(given, &prompting.date, at: "model")
                }
                try checkSystem(prompting, at: "model")
            }
            var question: String
            switch try call.value("messages") {
            case .string(let text): question = text.string
            case .list(let list):
                guard let texts = try list.writable().strings, let last = texts.last, texts.count % 2 == 1 else {
                    throw LanguageError(
                        "a conversation is a list of texts that begins and ends with what you say",
                        advice: ["write chat(m, [\"Who are you?\", reply, \"And where do you live?\"])"],
                        at: .argument("messages"))
                }
                for turn in stride(from: 0, to: texts.count - 1, by: 2) {
                    prompting.examples.append(PromptExample(question: texts[turn], answer: texts[turn + 1]))
                }
                question = last
            case let other: throw call.wrong("messages", other, mustBe: "a text or a list of texts")
            }
            let model = given.with(prompting: prompting)
            let ids = try model.answerEncoder().prompt(question)
            let stops = try SamplingOptions.stops(call)
            let replies = try model.written(after: [ids], ends: model.answerEnds, stops: stops, call, engine)
            return .string(model.answerText(replies[0]).cut(before: stops))
        }
    }
}
