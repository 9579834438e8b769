// The examples in the help of the language's own built-ins print what they say.
import Language
import Testing
import StandardLibrary

@Suite struct ExampleTests {
    @Test(arguments: Basics.builtins.map(\.name)) func examples(_ name: String) throws {
        let builtin = try #require(Basics.builtins.first { $0.name == name })
        #expect(!builtin.examples.isEmpty)
        #expect(builtin.summary.hasSuffix("."))
        for example in builtin.examples {
            let script = Script(name: name, text: example)
            let bench = Bench()
            for cell in script.cells { #expect(bench.cell(cell.number, cell.source) == cell.expected, "\(example)") }
        }
        let names = Set(Basics.builtins.map(\.name))
        for other in builtin.seeAlso {
            #expect(names.contains(other) || other == "split", "\(name) refers to \(other)")
        }
    }

    @Test func namesAreUnique() {
        #expect(Set(Basics.builtins.map(\.name)).count == Basics.builtins.count)
    }
}
