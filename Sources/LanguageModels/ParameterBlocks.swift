/// Parameters by the transformer block that they belong to, as their names tell.
import Tensors

extension ParameterLayout {
    public typealias Block = (name: String, ranges: [Range<Int>])

    /// `transformer.h.0.attn.c_attn.weight` → `transformer.h.0`; what is in no block is its module, `transformer.wte`.
    public static func block(of name: String) -> String {
        let parts = name.split(separator: ".")
        guard let number = parts.firstIndex(where: { $0.allSatisfy(\.isNumber) }) else { return module(of: name) }
        return parts[...number].joined(separator: ".")
    }

    /// `transformer.h.0.attn.c_attn.weight` → `transformer.h.0.attn.c_attn`.
    public static func module(of name: String) -> String {
        let parts = name.split(separator: ".")
        return parts.count > 1 ? parts.dropLast().joined(separator: ".") : name
    }

    /// The number in a parameter's name, which is that of its block; nil for what is in none.
    public static func layer(of name: String) -> Int? {
        name.split(separator: ".").lazy.compactMap { $0.allSatisfy(\.isNumber) ? Int($0) : nil }.first
    }

    /// The blocks in the order of the checkpoint, each with where its parameters lie.
    public var blocks: [Block] {
        var order: [String] = [], ranges: [String: [Range<Int>]] = [:]
        for (name, entry) in entries {
            let block = Self.block(of: name)
            if ranges[block] == nil { order.append(block) }
            ranges[block, default: []].append(entry.offset..<(entry.offset + entry.count))
        }
        return order.map { ($0, ranges[$0] ?? []) }
    }

    /// Where the parameters lie whose names are meant.
    public func ranges(where isMeant: (String) -> Bool) -> [Range<Int>] {
        entries.filter { isMeant($0.key) }.map { $0.value.offset..<($0.value.offset + $0.value.count) }
    }
}

/// Names without the first parts that all of them have: `transformer.h.0` → `h.0`.
public func withoutSharedPrefix(_ names: [String]) -> [String] {
    var parts = names.map { $0.split(separator: ".").map(String.init) }
    while let first = parts.first?.first, parts.count > 1, parts.allSatisfy({ $0.count > 1 && $0[0] == first }) {
        parts = parts.map { Array($0.dropFirst()) }
    }
    return parts.map { $0.joined(separator: ".") }
}
