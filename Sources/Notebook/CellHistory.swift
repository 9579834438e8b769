// The cells that a session has run, and those that `:undo` can still bring back.

/// Records in the order in which cells ran; none of those that were taken back.
package struct CellHistory {
    private(set) var records: [CellRecord] = []
    /// Records that others took the place of, by how often that had happened before.
    private var replaced: [Int: [CellRecord]] = [:]
    private var replacements = 0

    /// A moment to go back to.
    struct Mark {
        fileprivate let count: Int
        fileprivate let replacements: Int
    }

    var mark: Mark { Mark(count: records.count, replacements: replacements) }

    mutating func append(_ record: CellRecord) {
        records.append(record)
        forgetOldPictures()
    }

    /// Puts other records in the place of all; who goes back finds them again.
    mutating func replaceAll(with other: [CellRecord] = []) {
        replaced[replacements] = records
        replacements += 1
        records = other
    }

    /// Forgets what was run since.
    mutating func goBack(to mark: Mark) {
        if mark.replacements != replacements {
            records = replaced[mark.replacements] ?? []
            replacements = mark.replacements
        }
        records.removeSubrange(min(mark.count, records.count)...)
    }

    /// Lets go of records that none of these moments leads back to.
    mutating func keep(for marks: some Collection<Mark>) {
        guard let oldest = marks.lazy.map(\.replacements).min() else { return replaced.removeAll() }
        replaced = replaced.filter { $0.key >= oldest }
    }

    /// Pictures that are kept for an export: the latest. Those before them are left with their text.
    package static let keptPictures = 200

    private mutating func forgetOldPictures() {
        guard let last = records.last, last.pictureCount > 0 else { return }
        var kept = 0
        for index in records.indices.reversed() {
            let count = records[index].pictureCount
            kept += count
            if count > 0, kept > Self.keptPictures { records[index].forgetPictures() }
        }
    }
}

extension CellRecord {
    fileprivate var pictureCount: Int {
        pieces.reduce(0) {
            $0 + $1.items.count { if case .value(let rendering) = $0 { rendering.svg != nil } else { false } }
        }
    }

    fileprivate mutating func forgetPictures() {
        for piece in pieces.indices {
            pieces[piece].items = pieces[piece].items.map { item in
                guard case .value(var rendering) = item else { return item }
                rendering.svg = nil
                return .value(rendering)
            }
        }
    }
}
