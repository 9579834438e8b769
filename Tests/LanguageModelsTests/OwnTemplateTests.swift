// What a model's own chat_template is taken for: with the texts that transformers writes by it, or not at all.
import Files
import TestSupport
import Testing
import Tokenizers

struct OwnTemplateTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let node: JSONNode
        var testDescription: String { name }
    }

    static let cases: [Case] = {
        let nodes = try? JSONNode(file: GoldenData.path("chat_templates.json")).elements()
        return (nodes ?? []).map { Case(name: (try? $0["name"].string()) ?? "", node: $0) }
    }()

    @Test func theCasesAreThere() { #expect(Self.cases.count > 20) }

    @Test(arguments: cases) func aModelIsAskedAsItsProgramWritesOrNotAtAll(one: Case) throws {
        let node = one.node, end = try node["eos_token"].string()
        let own = OwnTemplate(
            program: try node["program"].string(), beginning: try node["bos_token"].string(), end: end)
        let family = try node.optional("family")?.string()
        guard case .known(let template, let date) = own else {
            #expect(family == nil)
            return
        }
        guard family != "clock" else {
            #expect(date == nil && template.name == "llama3")
            return
        }
        #expect(template.name == family)
        var prompting = Prompting(template: template, date: try #require(date))
        #expect(prompting.prompt("Who are you? ") == (try node["asked"].string()))
        let answered = try node["answered"].string(), text = prompting.text("Who are you? ", "Nobody.")
        #expect(answered.hasPrefix(text))
        let rest = answered.dropFirst(text.count).filter { !$0.isWhitespace }
        #expect(rest.isEmpty || rest == end)
        #expect(!prompting.template.end.isEmpty)
        prompting.examples = [PromptExample(question: "Who are you? ", answer: "Nobody.")]
        #expect(prompting.prompt("And I?") == (try node["again"].string()))
        guard let asked = try node.optional("system")?.string() else {
            #expect(family != "own" || !template.takesSystem)
            return
        }
        let told = Prompting(template: template, system: "Be brief.", date: date ?? "")
        #expect(told.prompt("Who are you? ") == asked)
    }

    private func own(_ name: String) throws -> OwnTemplate {
        let node = try #require(Self.cases.first { $0.name == name }).node
        return OwnTemplate(
            program: try node["program"].string(), beginning: try node["bos_token"].string(),
            end: try node["eos_token"].string())
    }

    @Test func aSystemPromptStandsWhereTheProgramHasIt() throws {
        guard case .known(let nemo, _) = try own("Mistral Nemo") else {
            Issue.record("it is refused")
            return
        }
        let shown = [PromptExample(question: "A", answer: "B")]
        #expect(
            Prompting(template: nemo, system: "S", examples: shown).prompt("C")
                == "[INST]A[/INST]B</s>[INST]S\n\nC[/INST]")
        guard case .known(let older, _) = try own("Mistral 7B 0.2") else {
            Issue.record("it is refused")
            return
        }
        #expect(
            Prompting(template: older, system: "S", examples: shown).prompt("C")
                == " [INST] S\n\nA [/INST] B</s> [INST] C [/INST]")
    }

    @Test(arguments: [
        ("Qwen3", "the model itself writes `<think>\\n\\n</think>\\n\\n` before its answer"),
        ("DeepSeek R1 distilled", "asks for an answer otherwise than it writes one"),
        ("capitals", "otherwise than it does others"), ("never closed", "a block does not end"),
        ("no mark behind an answer", "no mark ends an answer"), ("a loop without end", "it does not end"),
        ("a system prompt written in capitals", "otherwise than it does others"),
    ])
    func whatIsRefusedIsToldWhy(name: String, reason: String) throws {
        guard case .unknown(let because) = try own(name) else {
            Issue.record("it is taken")
            return
        }
        #expect(because.contains(reason))
    }
}
