// Pieces of text that were encoded before.

/// The ids of pieces that were encoded before; words come again and again. Bounded: when it is full it starts afresh.
struct PieceCache: Sendable {
    private struct Entry {
        var hash: UInt64
        var key: Int32
        var keyLength: Int32
        var ids: Int32
        var idCount: Int32
    }

    private static let limit = 1 << 16
    /// Longer pieces, in bytes, hardly come again.
    private static let longest = 64
    /// Open addressing: half of the slots stay free.
    private static let slots = 1 << 17

    private var table: [Int32] = []
    private var entries: [Entry] = []
    private var keys: [UInt8] = []
    private var ids: [Int32] = []

    /// Mixes eight bytes at a time. Whoever would choose texts for their hashes slows down only himself: probing ends
    /// after a few slots.
    private static func hash(_ piece: UnsafeBufferPointer<UInt8>) -> UInt64 {
        var hash = UInt64(piece.count) &* 0x9E37_79B9_7F4A_7C15
        func mix(_ value: UInt64) {
            let product = (hash ^ value).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
            hash = product.low ^ product.high
        }
        let raw = UnsafeRawBufferPointer(piece)
        var place = 0
        while place + 8 <= raw.count {
            mix(raw.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            place += 8
        }
        var rest: UInt64 = 0x1_0000_0000
        while place < raw.count {
            rest = rest << 8 | UInt64(raw[place])
            place += 1
        }
        mix(rest)
        return hash
    }

    private static let probes = 16

    /// Appends the ids of a piece that is known.
    /// - Returns: whether it is.
    func append(_ piece: UnsafeBufferPointer<UInt8>, to result: inout [Int]) -> Bool {
        guard !table.isEmpty, piece.count <= PieceCache.longest else { return false }
        let hash = PieceCache.hash(piece)
        var slot = Int(truncatingIfNeeded: hash) & (PieceCache.slots - 1)
        for _ in 0..<PieceCache.probes {
            let index = table[slot]
            guard index >= 0 else { return false }
            let entry = entries[Int(index)]
            if entry.hash == hash, Int(entry.keyLength) == piece.count, hasKey(entry, piece) {
                for place in Int(entry.ids)..<Int(entry.ids + entry.idCount) { result.append(Int(ids[place])) }
                return true
            }
            slot = (slot + 1) & (PieceCache.slots - 1)
        }
        return false
    }

    private func hasKey(_ entry: Entry, _ piece: UnsafeBufferPointer<UInt8>) -> Bool {
        keys.withUnsafeBufferPointer { keys in
            for place in 0..<piece.count where keys[Int(entry.key) + place] != piece[place] { return false }
            return true
        }
    }

    /// Keeps the ids of a piece that is not known.
    mutating func keep(_ new: [Int32], for piece: UnsafeBufferPointer<UInt8>) {
        guard piece.count <= PieceCache.longest else { return }
        if table.isEmpty || entries.count >= PieceCache.limit {
            table = Array(repeating: -1, count: PieceCache.slots)
            entries.removeAll(keepingCapacity: true)
            keys.removeAll(keepingCapacity: true)
            ids.removeAll(keepingCapacity: true)
        }
        let hash = PieceCache.hash(piece)
        var slot = Int(truncatingIfNeeded: hash) & (PieceCache.slots - 1)
        for _ in 0..<PieceCache.probes {
            if table[slot] < 0 {
                table[slot] = Int32(entries.count)
                entries.append(
                    Entry(
                        hash: hash, key: Int32(keys.count), keyLength: Int32(piece.count), ids: Int32(ids.count),
                        idCount: Int32(new.count)))
                keys.append(contentsOf: piece)
                ids.append(contentsOf: new)
                return
            }
            slot = (slot + 1) & (PieceCache.slots - 1)
        }
    }
}
