// `out[n]`: what cell n printed last.
import Language

/// The results of the latest cells, by cell number.
struct NumberedResults {
    /// Cells whose results are kept.
    private static let most = 100
    /// Larger values are not kept: a list of results must not fill the memory.
    private static let mostBytes = 64 << 20

    /// Index n is cell n's result; 0 stands for no cell, `nothing` for what was not kept.
    private(set) var list = List([.nothing])

    init() {}

    /// Results kept by another session.
    init(_ values: [Value]) { if !values.isEmpty { list = List(values) } }

    mutating func keep(_ value: Value, as number: Int) {
        while list.count <= number { list.append(.nothing) }
        list.replace(at: number, with: value.byteCount > Self.mostBytes ? .nothing : value)
        let old = number - Self.most
        if old > 0, old < list.count { list.replace(at: old, with: .nothing) }
    }
}
