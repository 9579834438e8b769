// Decimal digits to the nearest double, the same in every locale.

import Glibc

/// A number as digits and a power of ten: `digits` · 10^`scale`.
struct DecimalNumber {
    /// The first 19 significant digits.
    var digits: UInt64 = 0
    /// How many significant digits there are; beyond 19 they are counted only.
    var count = 0
    /// The power of ten that the last of all digits stands at.
    var scale = 0

    @inline(__always)
    mutating func add(_ byte: UInt8) {
        if count > 0 || byte != 0x30 { count += 1 }
        if count <= 19 { digits = digits &* 10 &+ UInt64(byte &- 0x30) }
    }

    /// The nearest double, ties to even; nil where the digits held here do not decide it.
    var nearest: Double? {
        if count <= 15, scale >= -22, scale <= 22 {
            // Both factors are exact doubles here, so one rounding gives the nearest (Clinger's fast path).
            let power = DecimalNumber.powersOfTen[abs(scale)]
            return scale < 0 ? Double(digits) / power : Double(digits) * power
        }
        guard count <= 19, abs(scale) <= 27 else { return nil }
        if digits == 0 { return 0 }
        // 5^27 fits in 64 bits: the product or the quotient is exact in 128, and is rounded once.
        let five = DecimalNumber.powersOfFive[abs(scale)]
        var (significand, sticky, exponent): (UInt64, Bool, Int)
        if scale >= 0 {
            let product = digits.multipliedFullWidth(by: five)
            let shift = product.high == 0 ? 64 + product.low.leadingZeroBitCount : product.high.leadingZeroBitCount
            if shift >= 64 {
                (significand, sticky) = (product.low << UInt64(shift - 64), false)
            } else if shift > 0 {
                significand = product.high << UInt64(shift) | product.low >> UInt64(64 - shift)
                sticky = product.low << UInt64(shift) != 0
            } else {
                (significand, sticky) = (product.high, product.low != 0)
            }
            exponent = scale + 64 - shift
        } else {
            let divisorShift = five.leadingZeroBitCount, shift = digits.leadingZeroBitCount
            let divisor = five << UInt64(divisorShift), dividend = digits << UInt64(shift)
            let isLarger = dividend >= divisor
            let (quotient, remainder) = divisor.dividingFullWidth(
                isLarger ? (dividend >> 1, dividend << 63) : (dividend, 0))
            (significand, sticky) = (quotient, remainder != 0)
            exponent = scale - shift + divisorShift - (isLarger ? 63 : 64)
        }
        // 64 bits to 53, to nearest, ties to even.
        let rest = significand & 0x7FF, half: UInt64 = 0x400
        significand >>= 11
        exponent += 11
        if rest > half || rest == half && (sticky || significand & 1 == 1) { significand += 1 }
        return Double(sign: .plus, exponent: exponent, significand: Double(significand))
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
        1e19, 1e20, 1e21, 1e22,
    ]
    private static let powersOfFive: [UInt64] = (0...27).map { (0..<$0).reduce(1) { power, _ in power * 5 } }
}

extension DecimalNumber {
    /// The number that a decimal text is, written as `12`, `-0.5`, `1e-05`, `.5` or `5.`; nil for any other text, such
    /// as `0x1F`, `1,234` or one with a NUL.
    ///
    /// - Returns: infinite where the number is beyond a double's range.
    static func parse(_ text: UnsafeBufferPointer<UInt8>) -> (value: Double, form: Form)? {
        var position = 0, number = DecimalNumber(), form = Form()
        func next() -> UInt8 { position < text.count ? text[position] : 0 }
        func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
        form.isSigned = next() == UInt8(ascii: "-") || next() == UInt8(ascii: "+")
        let negative = next() == UInt8(ascii: "-")
        if form.isSigned { position += 1 }
        let first = position
        while isDigit(next()) {
            number.add(text[position])
            position += 1
        }
        form.hasLeadingZero = position > first + 1 && text[first] == 0x30
        var places = position - first
        if next() == UInt8(ascii: ".") {
            form.hasPoint = true
            position += 1
            while isDigit(next()) {
                number.add(text[position])
                number.scale -= 1
                places += 1
                position += 1
            }
        }
        guard places > 0 else { return nil }
        if next() | 0x20 == UInt8(ascii: "e") {
            form.hasExponent = true
            position += 1
            let below = next() == UInt8(ascii: "-")
            form.hasSignedExponent = below || next() == UInt8(ascii: "+")
            if form.hasSignedExponent { position += 1 }
            guard isDigit(next()) else { return nil }
            var exponent = 0
            while isDigit(next()) {
                exponent = min(exponent * 10 + Int(text[position] - 0x30), 1_000_000)
                position += 1
            }
            number.scale += below ? -exponent : exponent
        }
        guard position == text.count else { return nil }
        form.isZero = number.count == 0
        form.digits = number.count
        guard let value = number.nearest ?? slowly(text[first...]) else { return nil }
        return (negative ? -value : value, form)
    }

    /// How a number was written.
    struct Form {
        var isSigned = false, hasLeadingZero = false, hasPoint = false, hasExponent = false, hasSignedExponent = false
        var isZero = false
        /// Significant digits.
        var digits = 0
    }

    /// The nearest double to a text that is known to be a decimal number without sign.
    static func slowly(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Double? {
        // The library reads up to a NUL and no further.
        Double(String(decoding: text, as: UTF8.self))
    }
}
