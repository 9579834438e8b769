// Sorting many strings, and many numbers.

extension Text {
    /// The order in which values stand that are all strings, equal ones as they came; nil when one is no string.
    public static func order(of values: [Value], descending: Bool, poll: (Int) throws -> Void) throws -> [Int]? {
        /// The first sixteen bytes tell most strings apart without looking at the rest in memory.
        struct Entry {
            let head, next: UInt64
            let index: Int
        }
        var texts: [Text] = [], entries: [Entry] = []
        texts.reserveCapacity(values.count)
        entries.reserveCapacity(values.count)
        for value in values {
            guard case .string(let text) = value else { return nil }
            let (head, next) = text.withBytes { bytes in
                var words: (UInt64, UInt64) = (0, 0)
                withUnsafeMutableBytes(of: &words) {
                    $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes).prefix(16)))
                }
                return (words.0.bigEndian, words.1.bigEndian)
            }
            entries.append(Entry(head: head, next: next, index: texts.count))
            texts.append(text)
        }
        var turn = 0
        // Seen where they stand: holding each took most of the time.
        try texts.withUnsafeBufferPointer { texts in
            guard let texts = texts.baseAddress else { return }
            try entries.sort { a, b in
                turn &+= 1
                if turn & 255 == 0 { try poll(turn) }
                let (first, second) = descending ? (b, a) : (a, b)
                if first.head != second.head { return first.head < second.head }
                if first.next != second.next { return first.next < second.next }
                let order = Text.Borrowed(texts + first.index).compare(Text.Borrowed(texts + second.index))
                return order == 0 ? a.index < b.index : order < 0
            }
        }
        return entries.map(\.index)
    }
}

extension Value {
    /// The order in which values stand that are all numbers, NaN behind them, equal ones as they came; nil when one is
    /// no number.
    public static func order(ofNumbers values: [Value], descending: Bool, poll: (Int) throws -> Void) throws -> [Int]? {
        struct Entry {
            let key: Double
            let index: Int
        }
        var entries: [Entry] = []
        entries.reserveCapacity(values.count)
        for (index, value) in values.enumerated() {
            guard case .number(let x) = value else { return nil }
            entries.append(Entry(key: x, index: index))
        }
        var turn = 0
        try entries.sort { a, b in
            turn &+= 1
            try poll(turn)
            let (x, y) = descending ? (b.key, a.key) : (a.key, b.key)
            if x < y || (y.isNaN && !x.isNaN) { return true }
            if y < x || (x.isNaN && !y.isNaN) { return false }
            return a.index < b.index
        }
        return entries.map(\.index)
    }
}
