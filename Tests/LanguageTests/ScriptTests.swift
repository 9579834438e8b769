// Every script below Tests/Language prints what its `#>` lines say.
import Testing

@Suite struct ScriptTests {
    @Test func thereAreScripts() { #expect(Script.all.count > 20) }

    @Test(arguments: Script.all.map(\.name)) func prints(_ name: String) throws {
        let script = try #require(Script.all.first { $0.name == name })
        let bench = Bench()
        // Scripts in `files` run as a file, all others as cells of a prompt.
        for cell in script.cells {
            let output =
                name.hasPrefix("files/")
                ? bench.run(cell.source, origin: .file("script.lethe", firstLine: cell.line)) : bench.cell(cell.number, cell.source)
            #expect(output == cell.expected, "\(name), cell \(cell.number): \(cell.source)")
        }
    }
}
