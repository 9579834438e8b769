/// Attention as plain operations.
import Tensors

extension AttentionShape {
    /// The same attention made of products, exponentials and sums, for derivatives nested in derivatives.
    func attention(_ x: [Variable]) throws -> Variable {
        let (t, d, device) = (time, width, x[0].device), rowCount = batch * t
        var outputs: [Variable] = []
        for sequence in 0..<batch {
            let limit = lengths?[sequence] ?? t
            let mask = Variable(
                try Tensor(shape: [t, t], on: device) { m in
                    for i in 0..<t { for j in 0..<t { m[i * t + j] = sees(i, j, length: limit) ? 0 : -1e9 } }
                })
            // Who sees nothing gets nothing.
            let blind = try rowsThatSee(length: limit, on: device)
            let own = sequence * t..<(sequence + 1) * t
            let outcomes = try (0..<heads).map { head in
                func rows(_ part: Int) throws -> Variable {
                    let source = x.count == 3 ? x[part] : x[0], index = part == 0 ? head : head / (heads / groups)
                    let column = x.count == 3 ? index * d : self.column(part, head: index)
                    return try source.reshaped([rowCount, source.value.count / rowCount]).sliced([
                        own, column..<column + d,
                    ])
                }
                var scores = try scoreScale * rows(0).linear(rows(1), transposed: true)
                if let cap = softCap { scores = try scores.softCapped(cap) }
                scores = try scores + mask
                var p = try (scores - scores.logSumExp()).apply(.exp)
                if let blind { p = try p * Variable(blind) }
                return try p.linear(rows(2)).transposed()
            }
            outputs.append(try Variable.concatenated(outcomes).transposed())
        }
        return try Variable.concatenated(outputs)
    }
}
