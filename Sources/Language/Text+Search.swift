// Finding, replacing and cutting by parts of a string. UTF-8 that is found in UTF-8 is found scalar by scalar.

import Foundation

extension Text {
    /// Whether the text begins with another.
    public func starts(with part: Text) -> Bool {
        withBytes { bytes in part.withBytes { bytes.starts(with: $0) } }
    }

    /// Whether the text ends with another.
    public func ends(with part: Text) -> Bool {
        withBytes { bytes in part.withBytes { bytes.suffix($0.count).elementsEqual($0) } }
    }

    /// Whether the text holds another; the empty text stands everywhere.
    public func contains(_ part: Text, poll: (Int) throws -> Void) rethrows -> Bool {
        try withBytes { bytes in try part.withBytes { try nextOffset(of: $0, in: bytes, from: 0, poll) != nil } }
    }

    /// The first scalar from which another text stands in this one; nil when it is not there.
    public func position(of part: Text, poll: (Int) throws -> Void) rethrows -> Int? {
        try withBytes { bytes in try part.withBytes { try nextOffset(of: $0, in: bytes, from: 0, poll) } }.map(
            scalars(before:))
    }

    /// The text with every occurrence of `old`, from the left, replaced by `new`; `old` must not be empty.
    /// - Parameter room: asked once with the length in bytes of what comes out.
    public func replacing(
        _ old: Text, with newText: Text, poll: (Int) throws -> Void, room: (Int) throws -> Void,
        memory: (Int) throws -> Void
    ) rethrows -> Text {
        try withBytes { bytes in
            try old.withBytes { old in
                try newText.withBytes { new in
                    var places: [Int] = [], from = 0
                    while let place = try nextOffset(of: old, in: bytes, from: from, poll) {
                        try poll(places.count)
                        // Where the list grows it is there twice for a moment, and doubled.
                        if places.count == places.capacity, places.count >= 1 << 16 { try memory(24 * places.count) }
                        places.append(place)
                        from = place + old.count
                    }
                    if places.isEmpty { return self }
                    let isTracked = isTracked || newText.isTracked
                    let size = bytes.count + places.count * (new.count - old.count)
                    try room(size)
                    let text = try Text(capacity: size) { target in
                        var read = 0, written = 0
                        func copy(_ part: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
                            guard let source = part.baseAddress, let base = target.baseAddress else { return }
                            memcpy(base + written, source + range.lowerBound, range.count)
                            written += range.count
                        }
                        for (turn, place) in places.enumerated() {
                            try poll(turn)
                            copy(bytes, read..<place)
                            copy(new, 0..<new.count)
                            read = place + old.count
                        }
                        copy(bytes, read..<bytes.count)
                        return written
                    }
                    return text.tracked(isTracked)
                }
            }
        }
    }

    /// The parts between occurrences of a separator, empty ones too; the separator must not be empty.
    /// - Parameter room: asked before the parts, so many, take twice the memory.
    public func split(
        at separator: Text, poll: (Int) throws -> Void, room: (Int) throws -> Void
    ) rethrows -> [Value] {
        try withBytes { bytes in
            try separator.withBytes { separator in
                var parts: [Value] = [], from = 0
                while let place = try nextOffset(of: separator, in: bytes, from: from, poll) {
                    try poll(parts.count)
                    if parts.count == parts.capacity { try room(parts.count) }
                    parts.append(.string(part(Text(utf8: UnsafeBufferPointer(rebasing: bytes[from..<place])))))
                    from = place + separator.count
                }
                parts.append(.string(part(Text(utf8: UnsafeBufferPointer(rebasing: bytes[from...])))))
                return parts
            }
        }
    }

    /// The parts between white space, none of them empty.
    /// - Parameter room: asked before the parts, so many, take twice the memory.
    public func words(poll: (Int) throws -> Void, room: (Int) throws -> Void) rethrows -> [Value] {
        try withBytes { bytes in
            var parts: [Value] = [], start = -1, offset = 0, next = pollDistance
            while offset < bytes.count {
                if offset >= next {
                    next += pollDistance
                    try poll(0)
                }
                let length = scalarLength(bytes[offset])
                if isBlank(bytes, offset, length) {
                    if start >= 0 {
                        if parts.count == parts.capacity { try room(parts.count) }
                        parts.append(.string(part(Text(utf8: UnsafeBufferPointer(rebasing: bytes[start..<offset])))))
                        start = -1
                    }
                } else if start < 0 {
                    start = offset
                }
                offset += length
            }
            if start >= 0 { parts.append(.string(part(Text(utf8: UnsafeBufferPointer(rebasing: bytes[start...]))))) }
            return parts
        }
    }

    /// The text without white space at its ends.
    public func trimmed(poll: (Int) throws -> Void) rethrows -> Text {
        try withBytes { bytes in
            var start = 0, end = bytes.count, next = pollDistance
            while start < end, isBlank(bytes, start, scalarLength(bytes[start])) {
                start += scalarLength(bytes[start])
                if start >= next {
                    next += pollDistance
                    try poll(0)
                }
            }
            next = end - pollDistance
            while end > start {
                if end <= next {
                    next -= pollDistance
                    try poll(0)
                }
                var last = end - 1
                while bytes[last] & 0xC0 == 0x80 { last -= 1 }
                guard isBlank(bytes, last, end - last) else { break }
                end = last
            }
            return end - start == bytes.count
                ? self : part(Text(utf8: UnsafeBufferPointer(rebasing: bytes[start..<end])))
        }
    }
}

/// Bytes after which work on a text asks whether to stop. It asks by distance: places are no turns, and may never be a
/// multiple of anything.
private let pollDistance = 1 << 16

/// The next byte from which a part stands in a text; the empty part stands at once.
private func nextOffset(
    of part: UnsafeBufferPointer<UInt8>, in bytes: UnsafeBufferPointer<UInt8>, from start: Int,
    _ poll: (Int) throws -> Void
) rethrows -> Int? {
    guard part.count <= bytes.count - start else { return nil }
    guard let text = bytes.baseAddress, let wanted = part.baseAddress, part.count > 0 else { return start }
    let end = bytes.count - part.count + 1
    var position = start, compared = 0
    while position < end {
        // A whole text is never gone through in one go, which could not be interrupted.
        let stretch = min(end - position, 1 << 24)
        guard let hit = memchr(text + position, Int32(wanted[0]), stretch) else {
            position += stretch
            try poll(0)
            continue
        }
        position = UnsafeRawPointer(hit) - UnsafeRawPointer(text)
        var matched = 1
        while matched < part.count, text[position + matched] == wanted[matched] { matched += 1 }
        if matched == part.count { return position }
        position += 1
        compared += matched
        // A part that nearly stands at many places, such as "aaab" in "aaaaaa…", would be compared over and over.
        if compared > 4 * (position - start) + 4096 {
            return try nextOffsetOfRepetitive(part, in: bytes, from: position, poll)
        }
    }
    return nil
}

/// The same by the method of Knuth, Morris and Pratt (1977), which looks at no byte of the text twice.
private func nextOffsetOfRepetitive(
    _ part: UnsafeBufferPointer<UInt8>, in bytes: UnsafeBufferPointer<UInt8>, from start: Int,
    _ poll: (Int) throws -> Void
) rethrows -> Int? {
    /// For each length of a beginning of the part, how long a shorter beginning ends it.
    var borders = [Int](repeating: 0, count: part.count)
    var matched = 0
    for index in 1..<part.count {
        if index & 0xFFFFF == 0 { try poll(0) }
        while matched > 0, part[index] != part[matched] { matched = borders[matched - 1] }
        if part[index] == part[matched] { matched += 1 }
        borders[index] = matched
    }
    matched = 0
    for index in start..<bytes.count {
        if index & 0xFFFFF == 0 { try poll(0) }
        while matched > 0, bytes[index] != part[matched] { matched = borders[matched - 1] }
        if bytes[index] == part[matched] { matched += 1 }
        if matched == part.count { return index - part.count + 1 }
    }
    return nil
}

/// Whether the scalar of that length is white space, as Unicode says.
@inline(__always)
private func isBlank(_ bytes: UnsafeBufferPointer<UInt8>, _ offset: Int, _ length: Int) -> Bool {
    let lead = bytes[offset]
    if length == 1 { return lead == 0x20 || (lead >= 0x09 && lead <= 0x0D) }
    // U+0085, U+00A0; U+1680; U+2000…U+205F; U+3000.
    guard lead == 0xC2 || (lead >= 0xE1 && lead <= 0xE3) else { return false }
    return String(decoding: bytes[offset..<(offset + length)], as: UTF8.self).unicodeScalars.first?.properties
        .isWhitespace ?? false
}
