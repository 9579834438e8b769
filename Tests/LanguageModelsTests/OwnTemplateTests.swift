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
        guard let asked = try node.optional("system")?.string() else { return }
        let told = Prompting(template: template, system: "Be brief.", date: date ?? "")
        #expect(told.prompt("Who are you? ") == asked)
    }
}
