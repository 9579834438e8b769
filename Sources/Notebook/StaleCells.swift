// Which cells are out of date: those that used a name which a later cell gave another value.
//
// Values never change, so the names a cell reads and binds say all there is to say about it.

extension CellHistory {
    /// A cell that is out of date, and why.
    package struct Stale {
        package let index: Int
        /// A name it read that has another value now.
        package let name: String
        /// The record that gave it the value; nil where the name's own cell is out of date.
        package let rebound: Int?
    }

    /// The cells out of date, in order.
    ///
    /// A cell whose names have all been bound again since is past; so is one whose text was run again later.
    package func stale() -> [Stale] {
        var result: [Stale] = []
        var staleNames: Set<String> = []
        // The last record that binds each name, and the last with each text.
        var lastBinding: [String: Int] = [:], lastOfText: [String: Int] = [:]
        for (index, record) in records.enumerated() {
            for name in record.binds { lastBinding[name] = index }
            if record.ending == .finished { lastOfText[record.source] = index }
        }
        for (index, record) in records.enumerated() where !record.reads.isEmpty && record.ending == .finished {
            guard lastOfText[record.source] == index else { continue }
            let isPast = !record.binds.isEmpty && record.binds.allSatisfy { lastBinding[$0] ?? index > index }
            if isPast { continue }
            let names = record.reads.sorted()
            if let name = names.first(where: { lastBinding[$0] ?? -1 > index }) {
                result.append(Stale(index: index, name: name, rebound: lastBinding[name]))
            } else if let name = names.first(where: { staleNames.contains($0) }) {
                result.append(Stale(index: index, name: name, rebound: nil))
            } else {
                continue
            }
            for name in record.binds where lastBinding[name] == index { staleNames.insert(name) }
        }
        return result
    }
}
