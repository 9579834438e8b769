// Reads what a program gives to `plot`: lists, tensors, pairs and records of numbers, with labels from how they were
// written.
import Language
import Vocabulary

/// The values of one line before it is drawn.
struct PlotInput {
    var label: String?
    var x: [Double]?
    var y: [Double]

    private static let accepted =
        "a list or tensor of numbers, a list of [x, y] pairs, (x=…, y=…), a record of lists, or plots"

    /// The lines that the argument at a position stands for.
    ///
    /// - Parameter text: how it was written.
    static func read(_ value: Value, at position: Int, text: String?, _ call: Call) throws -> [PlotInput] {
        let name = path(text).map { "`\($0)`" } ?? "argument \(position + 1)"
        func error(_ message: String) -> LanguageError { LanguageError("`plot` " + message, at: .given(position)) }
        if case .record(let record) = value { return try read(record, text: text, name: name, call, error) }
        guard var input = try points(value, call) else {
            throw error("draws \(accepted); \(name) is \(value.phrase)")
        }
        guard !input.y.isEmpty else { throw error("has nothing to draw: \(name) is empty") }
        input.label = path(text)
        return [input]
    }

    private static func read(
        _ record: Record, text: String?, name: String, _ call: Call, _ error: (String) -> LanguageError
    ) throws -> [PlotInput] {
        if let y = record["y"] {
            guard let ys = try numbers(y, call) else {
                throw error("needs numbers for y; \(name).y is \(y.phrase)")
            }
            guard !ys.isEmpty else { throw error("has nothing to draw: \(name).y is empty") }
            guard let x = record["x"] else { return [PlotInput(label: path(text), x: nil, y: ys)] }
            guard let xs = try numbers(x, call) else {
                throw error("needs numbers for x; \(name).x is \(x.phrase)")
            }
            guard xs.count == ys.count else {
                throw error("needs as many x as y; \(name) has \(xs.count) and \(ys.count)")
            }
            return [PlotInput(label: path(text), x: xs, y: ys)]
        }
        let lines = try record.fields.compactMap { key, value in
            try numbers(value, call).flatMap { $0.isEmpty ? nil : PlotInput(label: key, x: nil, y: $0) }
        }
        guard !lines.isEmpty else {
            throw error("draws \(accepted); \(name) is \(Value.record(record).phrase)")
        }
        return lines
    }

    /// A list or tensor of numbers, or of pairs.
    static func points(_ value: Value, _ call: Call) throws -> PlotInput? {
        if let y = try numbers(value, call) { return PlotInput(x: nil, y: y) }
        if case .foreign(let foreign) = value, let tensor = foreign as? TensorValue, tensor.shape.count == 2,
            tensor.shape[1] == 2
        {
            let numbers = try tensor.numbers
            return PlotInput(
                x: stride(from: 0, to: numbers.count, by: 2).map { numbers[$0] },
                y: stride(from: 1, to: numbers.count, by: 2).map { numbers[$0] })
        }
        guard case .list(let list) = value else { return nil }
        var x: [Double] = [], y: [Double] = []
        for (index, item) in list.enumerated() {
            if index & 0xFFFF == 0, call.isInterrupted { throw Interruption() }
            guard case .list(let pair) = item, pair.count == 2, let first = try pair[0].asNumber,
                let second = try pair[1].asNumber
            else { return nil }
            x.append(first)
            y.append(second)
        }
        return PlotInput(x: x, y: y)
    }

    /// Numbers in a row; `nothing` among them is a gap.
    static func numbers(_ value: Value, _ call: Call) throws -> [Double]? {
        switch value {
        case .foreign(let tensor as TensorValue): return tensor.shape.count == 1 ? try tensor.numbers : nil
        case .list(let list):
            var result: [Double] = []
            result.reserveCapacity(try list.writable().count)
            for (index, item) in list.enumerated() {
                if index & 0xFFFF == 0, call.isInterrupted { throw Interruption() }
                if item.isNothing {
                    result.append(.nan)
                } else if let number = try item.asNumber {
                    result.append(number)
                } else {
                    return nil
                }
            }
            return result
        default: return nil
        }
    }

    /// The text of an argument where it is a path of names, such as `soul.log.forget`.
    static func path(_ text: String?) -> String? {
        guard let text else { return nil }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isName(String($0)) }
            ? text : nil
    }

    /// Short labels for paths: their last names; where those are all the same, what differs.
    static func labels(_ paths: [String?]) -> [String] {
        let parts = paths.map { $0?.split(separator: ".").map(String.init) ?? [] }
        let last = parts.map { $0.last ?? "" }
        guard paths.count > 1, Set(last).count < last.count else { return last }
        var ends = parts
        while let end = ends.first?.last, ends.allSatisfy({ $0.count > 1 && $0.last == end }) {
            ends = ends.map { Array($0.dropLast()) }
        }
        return ends.map { $0.joined(separator: ".") }
    }
}
