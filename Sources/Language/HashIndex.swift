// Where something stands among many, found by its hash: what records and `unique` look names and items up with.

/// Positions of items that stand elsewhere, by the hashes of those items. It holds eight bytes an item, in one piece of
/// memory, so that it is let go of at once.
struct HashIndex {
    /// A power of two of places; in each the lower half of a hash above a position plus one, or 0.
    private var places: [UInt64] = []
    private(set) var count = 0

    /// Items that it has room for.
    var capacity: Int { places.count / 2 }

    init() {}

    /// Makes room for so many items at once.
    mutating func reserve(_ count: Int) {
        if count > capacity { grow(to: count) }
    }

    /// The position of an item of that hash which is the one that is looked for; nil when there is none.
    @inline(__always)
    func position(ofHash hash: UInt64, where isWanted: (Int) throws -> Bool) rethrows -> Int? {
        guard !places.isEmpty else { return nil }
        return try places.withUnsafeBufferPointer { places in
            let mask = places.count - 1, half = hash & 0xFFFF_FFFF
            var at = Int(truncatingIfNeeded: half) & mask
            while places[at] != 0 {
                if places[at] >> 32 == half {
                    let position = Int(truncatingIfNeeded: places[at] & 0xFFFF_FFFF) - 1
                    if try isWanted(position) { return position }
                }
                at = (at + 1) & mask
            }
            return nil
        }
    }

    /// Notes the position of an item that is not there yet; positions lie below 2^32 - 1.
    mutating func insert(_ position: Int, hash: UInt64) {
        if count >= capacity { grow(to: max(8, 2 * count)) }
        Self.put(hash << 32 | UInt64(truncatingIfNeeded: position + 1), into: &places)
        count += 1
    }

    private static func put(_ entry: UInt64, into places: inout [UInt64]) {
        places.withUnsafeMutableBufferPointer { places in
            let mask = places.count - 1
            var at = Int(truncatingIfNeeded: entry >> 32) & mask
            while places[at] != 0 { at = (at + 1) & mask }
            places[at] = entry
        }
    }

    private mutating func grow(to count: Int) {
        var size = 16
        while size < 2 * count { size *= 2 }
        var more = [UInt64](repeating: 0, count: size)
        for entry in places where entry != 0 { Self.put(entry, into: &more) }
        places = more
    }
}

/// Hashes of bytes and numbers: products of 64 bits, folded, with a secret of the process, so that nobody can write a
/// file whose names all share one.
enum QuickHash {
    private static let secret = UInt64.random(in: .min ... .max) | 1

    @inline(__always)
    static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }

    static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        let secret = secret
        var hash = secret ^ UInt64(truncatingIfNeeded: bytes.count), offset = 0
        guard let base = UnsafeRawPointer(bytes.baseAddress) else { return mix(hash, 0x9E37_79B9_7F4A_7C15) }
        while offset + 8 <= bytes.count {
            hash = mix(hash ^ base.loadUnaligned(fromByteOffset: offset, as: UInt64.self), 0x9E37_79B9_7F4A_7C15)
            offset += 8
        }
        var rest: UInt64 = 0
        while offset < bytes.count {
            rest = rest << 8 | UInt64(bytes[offset])
            offset += 1
        }
        return mix(hash ^ rest ^ 0xA076_1D64_78BD_642F, secret ^ 0xE703_7ED1_A0B4_28DB)
    }

    static func hash(_ word: UInt64) -> UInt64 { mix(word ^ secret, 0x9E37_79B9_7F4A_7C15) }

    static func hash(_ name: String) -> UInt64 {
        var name = name
        return name.withUTF8(hash)
    }
}

extension Interpreter {
    /// The items of a list without those that came before.
    public func distinct(_ list: List) throws -> [Value] {
        var result: [Value] = [], seen = HashIndex(), compared = 0
        for (index, item) in list.enumerated() {
            try poll(index)
            // Not equal even to itself.
            if case .number(let x) = item, x.isNaN {
                try add(item, to: &result)
                continue
            }
            // Only items of the same hash are compared.
            let hash = UInt64(bitPattern: Int64(item.hash))
            let known = try seen.position(ofHash: hash) { position in
                compared &+= 1
                try poll(compared)
                return try equal(result[position], item)
            }
            if known != nil { continue }
            // The table doubles as it grows, and is there twice for a moment.
            if result.count % (1 << 16) == (1 << 16) - 1 { try requireMemory(48 * result.count) }
            seen.insert(result.count, hash: hash)
            try add(item, to: &result)
        }
        return result
    }
}
