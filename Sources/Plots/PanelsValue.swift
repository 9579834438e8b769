// Several pictures of one thing as a value, with a table below them where there is one.
import Language
import StandardLibrary

/// Plots that are fields by their titles.
final class PanelsValue: Foreign {
    private let name: String
    let panels: Panels
    /// Whether all plots draw the same things with the same pens; else each has its legend.
    let sharesLegend: Bool
    let figures: TableValue?
    let more: [(name: String, value: Value)]
    private let isUnicode: () -> Bool
    /// The file it was written to.
    var path = ""

    /// - Parameters:
    ///   - name: what kind of picture it is.
    ///   - more: further fields.
    init(
        _ name: String, _ plots: [Plot], sharesLegend: Bool, table: TableValue? = nil,
        more: [(name: String, value: Value)] = [], isUnicode: @escaping () -> Bool
    ) {
        (self.name, panels, self.sharesLegend) = (name, Panels(plots: plots), sharesLegend)
        (figures, self.more, self.isUnicode) = (table, more, isUnicode)
        super.init()
    }

    override var kind: String { name }
    private var titles: [String] { panels.plots.map(\.title) }
    override var summary: String { "\(name): " + listed(titles) }

    override func describe(width: Int, digits: Int) -> String {
        let isUnicode = isUnicode()
        let pictures =
            sharesLegend
            ? [panels.text(width: width, isUnicode: isUnicode, footnote: path)]
            : panels.plots.enumerated().map { index, plot in
                TerminalPlot(
                    plot: plot, width: width, isUnicode: isUnicode,
                    footnote: index == panels.plots.count - 1 ? path : "", rows: 9
                ).text
            }
        let text = pictures.joined(separator: "\n\n")
        return figures.map { text + "\n" + $0.describe(width: width, digits: digits) } ?? text
    }

    override var svg: String? { panels.svg }
    override var savedAs: String? { path.isEmpty ? nil : path }
    override func table(digits: Int) -> [[String]]? { figures?.table(digits: digits) }

    override var fieldNames: [String] {
        more.map(\.name) + (figures == nil ? [] : ["table"]) + titles.filter(isName)
    }
    override func field(_ name: String) throws -> Value? {
        if name == "table", let figures { return .foreign(figures) }
        if let own = more.first(where: { $0.name == name }) { return own.value }
        return panels.plots.first { $0.title == name }.map {
            .foreign(PlotValue($0, savedAs: "", isUnicode: isUnicode))
        }
    }
}
