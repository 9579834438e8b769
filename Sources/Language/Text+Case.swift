// Lower and upper case by Unicode's full mappings, the Greek sigma at the end of a word included.

extension Text {
    public func lowercased(poll: (Int) throws -> Void) rethrows -> Text {
        if isASCII { return part(try mappingBytes(from: "A", by: 0x20, poll)) }
        return part(
            try mapped(poll, \.properties.lowercaseMapping) { scalars, index in
                scalars[index] == "\u{3A3}" ? (Self.isFinal(scalars, index) ? "\u{3C2}" : "\u{3C3}") : nil
            })
    }

    public func uppercased(poll: (Int) throws -> Void) rethrows -> Text {
        if isASCII { return part(try mappingBytes(from: "a", by: 0xE0, poll)) }
        return part(try mapped(poll, \.properties.uppercaseMapping) { _, _ in nil })
    }

    /// ASCII letters of one case moved to the other.
    private func mappingBytes(
        from first: Unicode.Scalar, by distance: UInt8, _ poll: (Int) throws -> Void
    ) rethrows -> Text {
        let first = UInt8(truncatingIfNeeded: first.value)
        return try withBytes { bytes in
            try Text(capacity: bytes.count) { target in
                for start in stride(from: 0, to: bytes.count, by: 1 << 16) {
                    try poll(0)
                    for index in start..<min(start + 1 << 16, bytes.count) {
                        let byte = bytes[index]
                        target[index] = byte &- first < 26 ? byte &+ distance : byte
                    }
                }
                return bytes.count
            }
        }
    }

    /// The text with each scalar replaced by what a property says of it, unless `special` knows better.
    private func mapped(
        _ poll: (Int) throws -> Void, _ property: KeyPath<Unicode.Scalar, String>,
        special: (String.UnicodeScalarView, String.UnicodeScalarView.Index) -> Unicode.Scalar?
    ) rethrows -> Text {
        let scalars = string.unicodeScalars
        // Asking for a property takes long; most texts have few different scalars.
        var known: [Unicode.Scalar: String] = [:]
        var result = "", turn = 0
        result.reserveCapacity(utf8Count)
        var index = scalars.startIndex
        while index < scalars.endIndex {
            turn &+= 1
            try poll(turn)
            let scalar = scalars[index]
            if let other = special(scalars, index) {
                result.unicodeScalars.append(other)
            } else if let other = known[scalar] {
                result += other
            } else {
                let other = scalar[keyPath: property]
                known[scalar] = other
                result += other
            }
            index = scalars.index(after: index)
        }
        return Text(result)
    }

    /// Whether a sigma ends a word: a cased letter stands before it and none behind, marks and the like between them
    /// aside.
    private static func isFinal(_ scalars: String.UnicodeScalarView, _ index: String.UnicodeScalarView.Index) -> Bool {
        func firstLetter(_ scalars: some Sequence<Unicode.Scalar>) -> Bool {
            scalars.first { !$0.properties.isCaseIgnorable }?.properties.isCased ?? false
        }
        // A long run of marks says nothing that a short one does not.
        return firstLetter(scalars[..<index].suffix(64).reversed())
            && !firstLetter(scalars[scalars.index(after: index)...].prefix(64))
    }
}
