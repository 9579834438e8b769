/// How tensors are written: a header and their edges, everything, or every digit.
import Language
import Tensors

struct TensorText {
    private let tensor: Tensor
    /// Rows and columns shown at either edge.
    private static let edge = 3
    /// Columns that are shown without a gap where they fit.
    private static let few = 10

    init(_ tensor: Tensor) { self.tensor = tensor }

    /// `tensor [32, 784] f32  mean 0.13  std 0.31` and the edges of the first matrix.
    func described(width: Int, digits: Int) -> String {
        // In place: a large tensor has no room for a copy.
        tensor.withElements { described($0, width: width, digits: digits) }
    }

    private func described(_ x: UnsafeBufferPointer<Float>, width: Int, digits: Int) -> String {
        if let line = oneLine(x, digits: digits), line.utf8.count <= width { return line }
        guard let columns = tensor.shape.last, columns > 0, !x.isEmpty else {
            return clipped("tensor \(tensor.shape) f32", to: width)
        }
        let rows = tensor.rank == 1 ? 1 : tensor.shape[tensor.rank - 2]
        var lines = [clipped(header(x, digits: digits), to: width)]
        let leading = tensor.shape.dropLast(2)
        if tensor.rank > 2 { lines.append(clipped("  " + address(leading.map { _ in 0 }), to: width)) }
        lines += edges(x, rows, columns, width, digits)
        if leading.reduce(1, *) > 1 { lines.append("  …") }
        return lines.joined(separator: "\n")
    }

    /// Every element in rows of full length, however wide: what `show` writes.
    func whole(digits: Int) -> String {
        tensor.withElements { x in
            if let line = oneLine(x, digits: digits) { return line }
            guard let columns = tensor.shape.last, columns > 0, !x.isEmpty else { return "tensor \(tensor.shape) f32" }
            let rows = tensor.rank == 1 ? 1 : tensor.shape[tensor.rank - 2]
            var lines = [header(x, digits: digits)]
            for first in stride(from: 0, to: x.count, by: rows * columns) {
                if tensor.rank > 2 { lines.append("  " + address(position(of: first, rows * columns))) }
                let cells = (0..<rows).map { row in
                    (0..<columns).map { formatNumber(Double(x[first + row * columns + $0]), digits: digits) }
                }
                lines += aligned(cells)
            }
            return lines.joined(separator: "\n")
        }
    }

    /// A single number, or a few in a row.
    private func oneLine(_ x: UnsafeBufferPointer<Float>, digits: Int) -> String? {
        if tensor.shape.isEmpty { return formatNumber(Double(x[0]), digits: digits) }
        guard tensor.rank == 1, x.count <= 12 else { return nil }
        return "tensor [" + x.map { formatNumber(Double($0), digits: digits) }.joined(separator: ", ") + "]"
    }

    private func header(_ x: UnsafeBufferPointer<Float>, digits: Int) -> String {
        let mean = tensor.mean()
        let squares = x.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        let variance = squares / Double(max(1, x.count - 1))  // as std(x) has it
        return
            """
            tensor \(tensor.shape) f32  mean \(formatNumber(mean, digits: digits))  std \
            \(formatNumber(variance.squareRoot(), digits: digits))
            """
    }

    /// `[0, 2, :, :]`: which matrix of a tensor of many.
    private func address(_ position: [Int]) -> String {
        "[" + (position.map(String.init) + [":", ":"]).joined(separator: ", ") + "]"
    }

    /// The leading indices of the matrix that starts with an element.
    private func position(of element: Int, _ size: Int) -> [Int] {
        var number = element / size, position: [Int] = []
        for count in tensor.shape.dropLast(2).reversed() {
            position.insert(number % count, at: 0)
            number /= count
        }
        return position
    }

    /// The first matrix, or its edges where it is large.
    private func edges(
        _ x: UnsafeBufferPointer<Float>, _ rows: Int, _ columns: Int, _ width: Int, _ digits: Int
    ) -> [String] {
        func edges(_ count: Int, _ most: Int, orAll few: Int) -> [Int?] {
            if count <= max(2 * most, few) { return (0..<count).map { $0 } }
            return (0..<most).map { $0 } + [nil] + ((count - most)..<count).map { $0 }
        }
        let shownRows = edges(rows, TensorText.edge, orAll: 0)
        var lines: [String] = []
        // All columns if they are few, else three at either edge, else as many as fit.
        for (most, few) in [(TensorText.edge, TensorText.few), (TensorText.edge, 0), (2, 0), (1, 0)] {
            let shownColumns = edges(columns, most, orAll: few)
            lines = aligned(
                shownRows.map { row in
                    shownColumns.map { column in
                        guard let row else { return column == nil ? "⋱" : "⋮" }
                        return column.map { formatNumber(Double(x[row * columns + $0]), digits: digits) } ?? "…"
                    }
                })
            if lines.allSatisfy({ $0.count <= width }) { break }
        }
        return lines.map { clipped($0, to: width) }
    }

    /// Rows of cells in columns whose decimal points stand below each other.
    private func aligned(_ cells: [[String]]) -> [String] {
        /// Characters up to the point, the point and what follows it.
        func parts(_ cell: String) -> (before: Int, after: Int) {
            let point = cell.utf8.firstIndex(of: UInt8(ascii: ".")) ?? cell.utf8.endIndex
            return (cell[..<point].count, cell[point...].count)
        }
        let parts = cells.map { $0.map(parts) }
        let widths = (cells.first ?? []).indices.map { column in
            (before: parts.map { $0[column].before }.max() ?? 0, after: parts.map { $0[column].after }.max() ?? 0)
        }
        return zip(cells, parts).map { row, parts in
            var line = ""
            for ((cell, part), width) in zip(zip(row, parts), widths) {
                line +=
                    String(repeating: " ", count: 2 + width.before - part.before) + cell
                    + String(repeating: " ", count: width.after - part.after)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// Whether a tensor of no elements has more rows than anybody wants to see written, or any memory holds.
    static func hasTooManyEmptyRows(_ shape: [Int]) -> Bool {
        shape.contains(0) && shape.reduce(1.0) { $0 * Double(max($1, 1)) } > 1e6
    }

    /// `tensor([[1, 2], [3, 4]])` with every digit of the float32 numbers.
    var exact: String {
        let x = tensor.elements
        // Lists do not tell what lies behind an axis of 0.
        if tensor.shape.dropLast().contains(0) || Self.hasTooManyEmptyRows(tensor.shape) {
            return "zeros(" + tensor.shape.map { String($0) }.joined(separator: ", ") + ")"
        }
        func nested(_ shape: ArraySlice<Int>, _ start: Int, _ count: Int) -> String {
            guard let size = shape.first else { return digits(x[start]) }
            let inner = size == 0 ? 0 : count / size
            return "[" + (0..<size).map { nested(shape.dropFirst(), start + $0 * inner, inner) }.joined(separator: ", ")
                + "]"
        }
        return tensor.shape.isEmpty ? digits(x[0]) : "tensor(" + nested(tensor.shape[...], 0, x.count) + ")"
    }

    /// The shortest text that reads back as the same float32.
    private func digits(_ x: Float) -> String {
        if x == x.rounded(), abs(x) < 1e15 { return exactNumber(Double(x)) }
        return x.isFinite ? "\(x)" : exactNumber(Double(x))
    }
}
