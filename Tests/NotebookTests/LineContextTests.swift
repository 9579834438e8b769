// What the cursor stands in while typing.
import Notebook
import Testing

@Suite struct LineContextTests {
    @Test(arguments: [
        ("def f(x) {", 1), ("f([1, (2", 3), ("f(1)", 0), ("\"(\"", 0), ("# ( [", 0), ("# (\n{", 1), ("}", 0),
        ("\"\\\"(\" (", 1),
    ])
    func depth(_ text: String, _ depth: Int) { #expect(Indentation.depth(of: text) == depth) }

    @Test func stringsAreSeen() {
        #expect(LineContext("load(\"na").stringStart == 6)
        #expect(!LineContext("load(\"na\"").isInsideString)
        #expect(LineContext("x # \"").isInsideComment)
    }
}
