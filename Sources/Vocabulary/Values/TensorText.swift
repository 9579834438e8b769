/// How tensors are written: a header and their edges, or every digit.
import Language
import Tensors

struct TensorText {
    private let tensor: Tensor
    /// Rows and columns shown at either edge.
    private static let edge = 3

    init(_ tensor: Tensor) { self.tensor = tensor }

    /// `tensor [32, 784] f32  mean 0.13  std 0.31` and the edges of the first matrix.
    func described(width: Int, digits: Int) -> String {
        // In place: a large tensor has no room for a copy.
        tensor.withElements { described($0, width: width, digits: digits) }
    }

    private func described(_ x: UnsafeBufferPointer<Float>, width: Int, digits: Int) -> String {
        if tensor.shape.isEmpty { return formatNumber(Double(x[0]), digits: digits) }
        if tensor.rank == 1, x.count <= 12 {
            let line = "tensor [" + x.map { formatNumber(Double($0), digits: digits) }.joined(separator: ", ") + "]"
            if line.count <= width { return line }
        }
        var header = "tensor \(tensor.shape) f32"
        if !x.isEmpty {
            let mean = tensor.mean()
            let variance = x.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(x.count)
            header += "  mean \(formatNumber(mean, digits: digits))  std \(formatNumber(variance.squareRoot(), digits: digits))"
        }
        guard let columns = tensor.shape.last, columns > 0, !x.isEmpty else { return clipped(header, to: width) }
        let rows = tensor.rank == 1 ? 1 : tensor.shape[tensor.rank - 2]
        return ([clipped(header, to: width)] + matrix(x, rows, columns, width, digits))
            .joined(separator: "\n")
    }

    private func matrix(_ x: UnsafeBufferPointer<Float>, _ rows: Int, _ columns: Int, _ width: Int, _ digits: Int) -> [String] {
        func edges(_ count: Int, _ most: Int) -> [Int?] {
            if count <= 2 * most { return (0..<count).map { $0 } }
            return (0..<most).map { $0 } + [nil] + ((count - most)..<count).map { $0 }
        }
        let shownRows = edges(rows, TensorText.edge)
        var most = 5
        while true {
            let shown = edges(columns, most)
            let cells = shownRows.map { row in
                shown.map { column in
                    guard let row else { return column == nil ? "⋱" : "⋮" }
                    return column.map { formatNumber(Double(x[row * columns + $0]), digits: digits) } ?? "⋯"
                }
            }
            let widths = shown.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
            if widths.reduce(0, { $0 + $1 + 2 }) <= width || most == 1 {
                return cells.map { row in
                    clipped(zip(row, widths).map { String(repeating: " ", count: 2 + $1 - $0.count) + $0 }.joined(), to: width)
                }
            }
            most -= 1
        }
    }

    /// `tensor([[1, 2], [3, 4]])` with every digit of the float32 numbers.
    var exact: String {
        let x = tensor.elements
        func nested(_ shape: ArraySlice<Int>, _ start: Int, _ count: Int) -> String {
            guard let size = shape.first else { return digits(x[start]) }
            let inner = size == 0 ? 0 : count / size
            return "[" + (0..<size).map { nested(shape.dropFirst(), start + $0 * inner, inner) }.joined(separator: ", ") + "]"
        }
        return tensor.shape.isEmpty ? digits(x[0]) : "tensor(" + nested(tensor.shape[...], 0, x.count) + ")"
    }

    /// The shortest text that reads back as the same float32.
    private func digits(_ x: Float) -> String {
        if x == x.rounded(), abs(x) < 1e15 { return exactNumber(Double(x)) }
        return x.isFinite ? "\(x)" : exactNumber(Double(x))
    }
}
