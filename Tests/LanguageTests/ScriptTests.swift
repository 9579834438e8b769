// Every script below Tests/Language prints what its `#>` lines say.
import Foundation
import Testing

@Suite struct ScriptTests {
    @Test func thereAreScripts() { #expect(Script.all.count > 20) }

    /// With `LETHE_UPDATE_GOLDENS=1` the `#>` lines are written anew instead; look at the difference before it is
    /// committed.
    @Test(arguments: Script.all.map(\.name)) func prints(_ name: String) throws {
        let script = try #require(Script.all.first { $0.name == name })
        let bench = Bench()
        var updated = script
        // Scripts in `files` run as a file, all others as cells of a prompt.
        for (index, cell) in script.cells.enumerated() {
            let output =
                name.hasPrefix("files/")
                ? bench.run(cell.source, origin: .file("script.lethe", firstLine: cell.line))
                : bench.cell(cell.number, cell.source)
            updated.cells[index].expected = output
            if Script.updatesGoldens { continue }
            #expect(output == cell.expected, "\(name), cell \(cell.number): \(cell.source)")
        }
        if Script.updatesGoldens, updated.cells.map(\.expected) != script.cells.map(\.expected) { try updated.write() }
    }
}
