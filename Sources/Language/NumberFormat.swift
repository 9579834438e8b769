// Numbers as text: a few significant digits for reading, every digit for `repr`.

import Foundation

/// A number with so many significant digits, trailing zeros dropped: `2.5`, `12346`, `3.2e-4`, `1e20`.
///
/// Digits before the point are never rounded away, and whole numbers show in full up to 10^15.
public func formatNumber(_ x: Double, digits: Int) -> String {
    guard x.isFinite else { return x.isNaN ? "nan" : x < 0 ? "-inf" : "inf" }
    if digits >= 17 { return exactNumber(x) }
    let size = abs(x)
    if size == 0 { return "0" }
    if size < 1e15, x == x.rounded() { return String(Int64(x)) }
    if size >= 1e15 || size < 1e-3 { return compactExponent(printf("%.*e", max(0, digits - 1), x)) }
    let before = Int(log10(size).rounded(.down)) + 1
    var text = fixed(x, max(0, digits - before))
    if text.contains(".") {
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
    }
    return text
}

/// A number with every digit it takes to read the same number back; whole numbers without `.0`.
public func exactNumber(_ x: Double) -> String {
    guard x.isFinite else { return x.isNaN ? "nan" : x < 0 ? "-inf" : "inf" }
    if x == 0 { return x.sign == .minus ? "-0" : "0" }
    if abs(x) < 1e15, x == x.rounded() { return String(Int64(x)) }
    let text = x.description
    if text.contains("e") { return compactExponent(text) }
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

/// A number with so many digits behind the point, zeros included: `0.950`.
public func fixedNumber(_ x: Double, places: Int) -> String {
    x.isFinite ? fixed(x, places) : formatNumber(x, digits: places)
}

/// `1.500e-04` → `1.5e-4`, `1.0e+20` → `1e20`.
private func compactExponent(_ text: String) -> String {
    let parts = text.split(separator: "e")
    guard parts.count == 2, let exponent = Int(parts[1]) else { return text }
    var mantissa = String(parts[0])
    if mantissa.contains(".") {
        while mantissa.hasSuffix("0") { mantissa.removeLast() }
        if mantissa.hasSuffix(".") { mantissa.removeLast() }
    }
    return "\(mantissa)e\(exponent)"
}

/// A number with so many digits behind the point, rounded as C's `%.*f` does: to the nearest of what the double stands
/// for, a tie to the even digit.
///
/// A double is m 2^-k, so that its digits are those of the whole number m 10^places / 2^k: exact in 128 bits for up to 15
/// places. To ask the C library took four times as long.
func fixed(_ x: Double, _ places: Int) -> String {
    guard places >= 0, places <= 15, x.magnitude < 0x1p53 else { return printf("%.*f", places, x) }
    let mantissa = x.significandBitPattern | (x.isNormal ? 1 << 52 : 0)
    let k = 1075 - max(1, Int(x.exponentBitPattern))
    let power = (0..<places).reduce(1 as UInt64) { power, _ in power * 10 }
    let scaled = UInt128(mantissa) * UInt128(power)
    var rounded: UInt128 = 0
    if k == 0 {
        rounded = scaled
    } else if k < 127 {
        rounded = scaled >> UInt128(k)
        let rest = scaled & (1 << UInt128(k) - 1), half: UInt128 = 1 << UInt128(k - 1)
        if rest > half || rest == half && rounded & 1 == 1 { rounded += 1 }
    }
    // At most 2^53 before the point, 15 digits behind it.
    var whole = UInt64(truncatingIfNeeded: rounded / UInt128(power)),
        part = UInt64(truncatingIfNeeded: rounded % UInt128(power))
    return String(unsafeUninitializedCapacity: 40) { target in
        var place = 40
        func write(_ byte: UInt8) {
            place -= 1
            target[place] = byte
        }
        for _ in 0..<places {
            write(UInt8(truncatingIfNeeded: part % 10) + 0x30)
            part /= 10
        }
        if places > 0 { write(UInt8(ascii: ".")) }
        repeat {
            write(UInt8(truncatingIfNeeded: whole % 10) + 0x30)
            whole /= 10
        } while whole > 0
        if x.sign == .minus { write(UInt8(ascii: "-")) }
        for index in place..<40 { target[index - place] = target[index] }
        return 40 - place
    }
}

/// C's formatting of one number. The program leaves the locale's signs of numbers alone, so that a point is a point.
func printf(_ format: String, _ precision: Int, _ x: Double) -> String {
    let precision = Int32(clamping: precision)
    return withVaList([precision, x]) { arguments in
        // Few numbers take more; those are written again into as much as they take.
        var length = 0
        let text = String(unsafeUninitializedCapacity: 48) { target in
            length = target.withMemoryRebound(to: CChar.self) {
                Int(vsnprintf($0.baseAddress, $0.count, format, arguments))
            }
            return min(max(length, 0), target.count - 1)
        }
        return length < 48 ? text : longText(format, precision, x, length)
    }
}

private func longText(_ format: String, _ precision: Int32, _ x: Double, _ length: Int) -> String {
    withVaList([precision, x]) { arguments in
        String(unsafeUninitializedCapacity: length + 1) { target in
            target.withMemoryRebound(to: CChar.self) {
                Int(vsnprintf($0.baseAddress, $0.count, format, arguments))
            }
        }
    }
}

/// What is lost where a decimal number is taken for the double that it is read as, in words that follow "a number
/// that"; nil for nothing but the digits that rounding to the nearest takes off a fraction.
public func lossOfNumber(_ text: String, as x: Double) -> String? {
    guard text.utf8.contains(where: { (0x30...0x39).contains($0) }) else { return nil }
    if x.isInfinite { return "is beyond the range of a double, about 1.8e308" }
    if x == 0 {
        let mantissa = text.utf8.prefix { $0 | 0x20 != UInt8(ascii: "e") }
        return mantissa.contains { (0x31...0x39).contains($0) } ? "is closer to 0 than a double can be" : nil
    }
    guard x.magnitude >= 0x1p53 else { return nil }
    let digits = text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
    guard digits.allSatisfy({ (0x30...0x39).contains($0) }),
        UInt64(String(decoding: digits, as: UTF8.self)).map({ UInt64(exactly: x.magnitude) != $0 }) ?? true
    else { return nil }
    return "is more than numbers here hold exactly, which is up to 9007199254740992"
}
