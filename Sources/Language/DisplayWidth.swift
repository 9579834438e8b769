// How many columns text fills.

/// Columns that text fills in a terminal: wide characters count two, combining marks none, unseen ones what they take
/// when they are written out (see ``visible(_:)``). Emoji that are joined to one picture, a flag's two letters and a
/// person with a colour of skin are one wide character.
public func displayWidth(_ text: String) -> Int {
    var width = 0, before: Unicode.Scalar?, cluster = EmojiCluster()
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
        defer { before = scalar }
        if let written = writtenWidth(scalar, after: before, before: rest.first) {
            width += written
            cluster = EmojiCluster()
        } else if scalar.value < 0x300 {
            width += 1
            cluster = EmojiCluster()
        } else if scalar.value == 0x200D {
            cluster.join()
        } else if scalar.properties.generalCategory == .nonspacingMark || (0xFE00...0xFE0F).contains(scalar.value) {
            continue
        } else {
            width += cluster.added(by: scalar)
        }
    }
    return width
}

/// Emoji that stand for one picture: joined by U+200D, or with a modifier, or two regional indicators.
private struct EmojiCluster {
    private var width = 0
    private var isEmoji = false, isJoined = false, isHalfFlag = false

    mutating func join() { isJoined = isEmoji }

    /// Columns that a character adds to what stands before it.
    mutating func added(by scalar: Unicode.Scalar) -> Int {
        let isIndicator = (0x1F1E6...0x1F1FF).contains(scalar.value)
        let goesOn =
            isJoined && scalar.properties.isEmoji || isEmoji && scalar.properties.isEmojiModifier
            || isHalfFlag && isIndicator
        if goesOn {
            // A narrow symbol that others are joined to is a picture, too.
            let added = 2 - width
            (width, isJoined, isHalfFlag) = (2, false, false)
            return added
        }
        (width, isJoined, isHalfFlag) = (isWide(scalar) ? 2 : 1, false, isIndicator)
        isEmoji = !isIndicator && scalar.properties.isEmoji
        return width
    }
}

/// East Asian wide characters and those that are shown as pictures.
private func isWide(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value >= 0x2300, scalar.properties.isEmojiPresentation { return true }
    return switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
        0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
        0x1F900...0x1F9FF, 0x20000...0x3FFFD:
        true
    default: false
    }
}
