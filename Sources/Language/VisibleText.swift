// Text made safe to look at: characters that a terminal obeys, or that change what a reader sees without being seen,
// are written out as the language writes them, `\u{1b}`.
//
// Names in files, error messages and generated text may hold anything. Whatever is shown goes through here once; only
// what `print` is given as a string of the user's own is written as it is.

/// The text with its unseen characters written out; line breaks and tabs stay.
public func visible(_ text: String) -> String { visible(text, keepsLines: true) }

/// The same on one line: line breaks and tabs are written out, too, as in a name that stands in a table.
public func visibleLine(_ text: String) -> String { visible(text, keepsLines: false) }

private func visible(_ text: String, keepsLines: Bool) -> String {
    // Almost all text has nothing to hide; its bytes say so quickly.
    guard text.utf8.contains(where: { mayBeginUnseen($0) && !(keepsLines && ($0 == 0x0A || $0 == 0x09)) }) else {
        return text
    }
    var result = String.UnicodeScalarView(), before: Unicode.Scalar?
    var rest = text.unicodeScalars[...]
    while let scalar = rest.popFirst() {
        switch scalar {
        case "\n" where !keepsLines: result.append(contentsOf: "\\n".unicodeScalars)
        case "\t" where !keepsLines: result.append(contentsOf: "\\t".unicodeScalars)
        case "\n", "\t": result.append(scalar)
        case "\r": result.append(contentsOf: "\\r".unicodeScalars)
        case _ where isUnseen(scalar) && !joins(before, scalar, rest.first):
            result.append(contentsOf: written(scalar).unicodeScalars)
        default: result.append(scalar)
        }
        before = scalar
    }
    return String(result)
}

/// Columns that a character between two others takes when it is written out; nil for one that is shown as it is.
@inline(__always)
func writtenWidth(_ scalar: Unicode.Scalar, after before: Unicode.Scalar?, before next: Unicode.Scalar?) -> Int? {
    scalar.value >= 0x20 && scalar.value < 0x7F ? nil : widthOfWritten(scalar, before, next)
}

private func widthOfWritten(_ scalar: Unicode.Scalar, _ before: Unicode.Scalar?, _ next: Unicode.Scalar?) -> Int? {
    guard isUnseen(scalar), !joins(before, scalar, next) else { return nil }
    return scalar == "\r" ? 2 : 4 + String(scalar.value, radix: 16).count
}

private func written(_ scalar: Unicode.Scalar) -> String { "\\u{" + String(scalar.value, radix: 16) + "}" }

/// Bytes that a character's UTF-8 begins with, if it is one of those below.
private func mayBeginUnseen(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x00..<0x20, 0x7F, 0xC2, 0xCD, 0xD8, 0xE1, 0xE2, 0xE3, 0xEF, 0xF0, 0xF3: true
    default: false
    }
}

/// Controls (C0 but for line break and tab, DEL, C1), controls of writing direction, separators of lines, and
/// characters that show nothing: Unicode's default ignorable ones without variation selectors, which belong to the
/// character before.
private func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A: false
    case 0x00..<0x20, 0x7F...0x9F, 0xAD, 0x34F, 0x61C, 0x115F...0x1160, 0x17B4...0x17B5, 0x180E, 0x200B...0x200F,
        0x2028...0x202E,
        0x2060...0x206F, 0x3164, 0xFEFF, 0xFFA0, 0xFFF0...0xFFFB, 0x1BCA0...0x1BCA3, 0x1D173...0x1D17A,
        0xE0000...0xE00FF,
        0xE01F0...0xE0FFF:
        true
    default: false
    }
}

/// Whether a joiner or non-joiner does its work between two letters (Persian, Hindi) or two pictures (a family).
private func joins(_ before: Unicode.Scalar?, _ scalar: Unicode.Scalar, _ after: Unicode.Scalar?) -> Bool {
    guard scalar.value == 0x200C || scalar.value == 0x200D, let before, let after else { return false }
    func isJoined(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value >= 0x600, !isUnseen(scalar) else { return false }
        let properties = scalar.properties
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark: return true
        default: return properties.isAlphabetic || properties.isEmoji
        }
    }
    return isJoined(before) && isJoined(after)
}
