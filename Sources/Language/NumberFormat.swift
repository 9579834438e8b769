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
    var text = printf("%.*f", max(0, digits - before), x)
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
    x.isFinite ? printf("%.*f", places, x) : formatNumber(x, digits: places)
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

/// C's formatting of one number, independent of the locale's decimal sign.
func printf(_ format: String, _ precision: Int, _ x: Double) -> String {
    String(format: format, locale: nil, precision, x)
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
