// Patterns of names: stars, question marks and alternatives.
import Settings
import Testing

@Suite struct NamePatternTests {
    @Test(arguments: [
        ("*.mlp.*", "transformer.h.0.mlp.c_fc.weight", true), ("*.mlp.*", "mlp.c_fc.weight", false),
        ("*.mlp.*|*.wte.*", "transformer.wte.weight", true), (" *.wte.* | a ", "transformer.wte.weight", true),
        ("transformer.h.?.ln_1.bias", "transformer.h.3.ln_1.bias", true),
        ("transformer.h.?.ln_1.bias", "transformer.h.10.ln_1.bias", false), ("*", "anything", true), ("*", "", true),
        ("", "a", false), ("a*b*c", "a-bb-b-c", true), ("a*b*c", "a-bb-b-", false), ("**a**", "xax", true),
        ("wte", "transformer.wte", false), ("|a", "a", true), ("h.1.*", "h.10.x", false),
    ]) func fits(_ pattern: String, _ name: String, _ expected: Bool) {
        #expect(NamePattern(pattern).fits(name) == expected)
    }

    /// No pattern takes more than the product of both lengths.
    @Test func longOnesAreDoneAtOnce() {
        let name = String(repeating: "a", count: 3000)
        #expect(!NamePattern(String(repeating: "a*", count: 500) + "b").fits(name))
    }
}
