// A script's cells and what they define: symbols, folding, and the lines above cells that run them.
import Files
import Language

struct Outlines {
    let script: OpenScript

    private enum Kind: Int { case namespace = 3, function = 12, variable = 13 }

    private func symbol(
        _ name: String, _ kind: Kind, detail: String = "", _ bytes: Range<Int>, selection: Range<Int>,
        children: [JSON] = []
    ) -> JSON {
        var members: [(String, JSON)] = [
            ("name", .string(name)), ("kind", .integer(kind.rawValue)), ("range", script.document.range(bytes)),
            ("selectionRange", script.document.range(selection)),
        ]
        if !detail.isEmpty { members.append(("detail", .string(detail))) }
        if !children.isEmpty { members.append(("children", .array(children))) }
        return .object(NamedValues(members))
    }

    /// Cells with what gets its first value in them; without cells, that alone.
    func symbols() -> JSON {
        let analysis = script.analysis
        var names: [(start: Int, symbol: JSON)] = []
        for (name, places) in analysis.bound {
            guard let first = places.first else { continue }
            let piece = analysis.pieces[first.piece].bytes
            let function = analysis.function(name)
            names.append(
                (
                    first.bytes.lowerBound,
                    symbol(
                        name, function == nil ? .variable : .function,
                        detail: function.map { script.signature(of: $0) } ?? "",
                        function == nil ? first.bytes : trimmed(piece), selection: first.bytes)
                ))
        }
        names.sort { $0.start < $1.start }
        guard analysis.cells.contains(where: { $0.title != nil }) else { return .array(names.map(\.symbol)) }
        var result: [JSON] = [], index = 0
        for cell in analysis.cells {
            var children: [JSON] = []
            while index < names.count, names[index].start < cell.bytes.upperBound {
                children.append(names[index].symbol)
                index += 1
            }
            guard cell.title != nil else {
                result += children
                continue
            }
            let line = script.document.line(cell.lines.lowerBound)
            result.append(
                symbol(
                    title(cell), .namespace, trimmed(cell.bytes), selection: line,
                    children: children))
        }
        return .array(result)
    }

    /// What a cell is called: its title, or its first heading or line.
    private func title(_ cell: ScriptPieces.Cell) -> String {
        if let title = cell.title, !title.isEmpty { return title }
        for line in cell.lines.dropFirst() {
            var text = script.document.text(script.document.line(line))[...]
            while let first = text.first, first == "#" || first == " " { text.removeFirst() }
            if !text.isEmpty { return clipped(String(text), to: 60) }
        }
        return cell.isProse ? "prose" : "cell"
    }

    /// Without the blank lines at the end.
    private func trimmed(_ bytes: Range<Int>) -> Range<Int> {
        var end = bytes.upperBound
        while end > bytes.lowerBound, [10, 13, 32].contains(script.document.bytes[end - 1]) { end -= 1 }
        return bytes.lowerBound..<end
    }

    /// Cells, and statements of several lines.
    func folds() -> JSON {
        let analysis = script.analysis
        let cells = analysis.cells.filter { $0.title != nil }.map { ($0.bytes, "region") }
        let statements = analysis.pieces.map { ($0.bytes, "") }
        return .array(
            (cells + statements).compactMap { bytes, kind in
                let range = trimmed(bytes)
                let first = script.document.lineIndex(of: range.lowerBound)
                let last = script.document.lineIndex(of: range.upperBound)
                guard last > first else { return nil }
                var members: [(String, JSON)] = [("startLine", .integer(first)), ("endLine", .integer(last))]
                if !kind.isEmpty { members.append(("kind", .string(kind))) }
                return .object(NamedValues(members))
            })
    }

    /// "Run cell" and "Run above", of which the editor does what they say: the commands get the script and the lines
    /// from the first up to, without, the last.
    func lenses() -> JSON {
        let cells = script.analysis.cells
        guard cells.contains(where: { $0.title != nil }) else { return [] }
        var result: [JSON] = []
        for cell in cells where cell.title != nil && !cell.isProse {
            let range = script.document.range(script.document.line(cell.lines.lowerBound))
            func lens(_ title: String, _ command: String, _ lines: Range<Int>) -> JSON {
                [
                    "range": range,
                    "command": [
                        "title": .string(title), "command": .string(command),
                        "arguments": [.string(script.uri), .integer(lines.lowerBound), .integer(lines.upperBound)],
                    ],
                ]
            }
            result.append(lens("Run cell", "lethe.runCell", cell.lines))
            if cell.lines.lowerBound > 0 {
                result.append(lens("Run above", "lethe.runAbove", 0..<cell.lines.lowerBound))
            }
        }
        return .array(result)
    }
}
