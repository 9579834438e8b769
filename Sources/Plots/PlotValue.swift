// A picture as a value: it prints itself, and other pictures take it in.
import Language

final class PlotValue: Foreign {
    let plot: Plot
    let path: String
    private let isUnicode: () -> Bool

    init(_ plot: Plot, savedAs path: String, isUnicode: @escaping () -> Bool) {
        self.plot = plot
        self.path = path
        self.isUnicode = isUnicode
        super.init()
    }

    override var kind: String { "plot" }
    override var summary: String {
        let names = plot.labels.filter { !$0.isEmpty }
        return names.isEmpty ? plot.title.isEmpty ? "plot" : "plot \(plot.title)" : "plot of " + listed(names)
    }

    override func describe(width: Int, digits: Int) -> String {
        TerminalPlot(plot: plot, width: width, isUnicode: isUnicode(), footnote: path).text
    }

    override var svg: String? { SVGPlot(plot: plot).text }
    override var savedAs: String? { path.isEmpty ? nil : path }

    /// Numbers that the marks tell; of several marks the first counts.
    private var numbers: [(name: String, value: Value)] { plot.marks.first { !$0.fields.isEmpty }?.fields ?? [] }

    override var fieldNames: [String] { ["title", "labels"] + numbers.map(\.name) }
    override func hint(forField name: String) -> String? {
        ["save", "savefig", "write", "export"].contains(name)
            ? "the option save=\"x.svg\" of a picture's function writes it" : nil
    }

    override func field(_ name: String) throws -> Value? {
        switch name {
        case "title": .string(plot.title)
        case "labels": .list(plot.labels.map { .string($0) })
        default: numbers.first { $0.name == name }?.value
        }
    }
}
