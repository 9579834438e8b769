// Tables as LaTeX.
import Language

enum LaTeXTable {
    /// - Parameter poll: is called with the number of each row, and may throw to stop.
    static func text(_ table: TableValue, digits: Int, poll: (Int) throws -> Void) rethrows -> String {
        let columns = table.columns.indices
        let alignment = columns.map { table.isNumeric($0) && !(table.isLabelled && $0 == 0) ? "r" : "l" }.joined()
        func line(_ cells: [String]) -> String { cells.joined(separator: " & ") + " \\\\" }
        let head = columns.map { table.isLabelled && $0 == 0 ? "" : escaped(visibleLine(table.names[$0])) }
        let rows = try (0..<table.rowCount).map { row in
            try poll(row)
            return line(columns.map { cell(table, row, $0, digits) })
        }
        let lines =
            ["\\begin{tabular}{\(alignment)}", "\\toprule", line(head), "\\midrule"] + rows
            + ["\\bottomrule", "\\end{tabular}"]
        return (lines + table.notes.map { "% " + visibleLine($0) }).joined(separator: "\n")
    }

    private static func cell(_ table: TableValue, _ row: Int, _ column: Int, _ digits: Int) -> String {
        let text = table.text(row: row, column: column, digits, longest: 100_000)
        switch table.columns[column][row] {
        case .nothing: return "--"
        case .number(let x): return number(text, x)
        default: return escaped(text)
        }
    }

    /// `-2.5e-4` as `$-2.5 \cdot 10^{-4}$`.
    private static func number(_ text: String, _ x: Double) -> String {
        if x.isNaN { return "nan" }
        if x.isInfinite { return x < 0 ? "$-\\infty$" : "$\\infty$" }
        let parts = text.split(separator: "e")
        if parts.count == 2 {
            return "$" + (parts[0] == "1" ? "" : parts[0] + " \\cdot ") + "10^{\(parts[1])}$"
        }
        return text.hasPrefix("-") ? "$\(text)$" : text
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&", "%", "$", "#", "_", "{", "}": result += "\\" + String(scalar)
            case "\\": result += "\\textbackslash{}"
            case "~": result += "\\textasciitilde{}"
            case "^": result += "\\textasciicircum{}"
            case "<": result += "\\textless{}"
            case ">": result += "\\textgreater{}"
            case "|": result += "\\textbar{}"
            case "\"": result += "\\textquotedbl{}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
