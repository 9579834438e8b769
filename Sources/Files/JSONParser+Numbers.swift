// Numbers in JSON: whole ones exactly where 64 bits hold them, others as the nearest double.

extension JSONParser {
    mutating func number() throws(Failure) {
        let start = position
        let negative = next == UInt8(ascii: "-")
        if negative {
            position += 1
            if next == UInt8(ascii: "I"), let number = notFinite() { return add(.number, start, (-number).bitPattern) }
        }
        let first = position
        var decimal = DecimalNumber()
        var whole = true

        func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

        guard isDigit(next) else { throw fail("expected a digit after '-', found \(found())\(advice())") }
        if next == 0x30 {
            position += 1
            if isDigit(next) { throw fail("a number may not begin with 0; write it without leading zeros") }
        }
        while isDigit(next) {
            decimal.add(next)
            position += 1
        }
        if next == UInt8(ascii: ".") {
            whole = false
            position += 1
            guard isDigit(next) else { throw fail("expected a digit after '.', found \(found())") }
            while isDigit(next) {
                decimal.add(next)
                decimal.scale -= 1
                position += 1
            }
        }
        if next | 0x20 == UInt8(ascii: "e") {
            whole = false
            position += 1
            let negativeExponent = next == UInt8(ascii: "-")
            if next == UInt8(ascii: "-") || next == UInt8(ascii: "+") { position += 1 }
            guard isDigit(next) else { throw fail("expected a digit in the exponent, found \(found())") }
            var exponent = 0
            while isDigit(next) {
                exponent = min(exponent * 10 + Int(next - 0x30), 1_000_000)
                position += 1
            }
            decimal.scale += negativeExponent ? -exponent : exponent
        }

        if whole, decimal.count <= 19 {
            if let value = Int(exactly: decimal.digits) {
                if negative && value == 0 { return add(.number, start, (-0.0).bitPattern) }
                return add(.integer, start, UInt64(bitPattern: Int64(negative ? -value : value)))
            }
            if negative, decimal.digits == 1 << 63 { return add(.integer, start, 1 << 63) }
        }
        let text = UnsafeBufferPointer(rebasing: bytes[first..<position])
        guard let value = decimal.nearest ?? DecimalNumber.slowly(text[...]), value.isFinite else {
            position = start
            throw fail("the number \(String(decoding: text.prefix(40), as: UTF8.self)) is beyond the range of a double")
        }
        if value == 0, decimal.count > 0 {
            position = start
            throw fail(
                "the number \(String(decoding: text.prefix(40), as: UTF8.self)) is closer to 0 than a double can be")
        }
        add(whole ? .wideInteger : .number, start, (negative ? -value : value).bitPattern)
    }
}
