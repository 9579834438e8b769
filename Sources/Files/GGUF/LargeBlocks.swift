// GGUF's "k" formats: blocks of 256 numbers with a scale in half precision, parts of 16 or 32 with scales of few bits.

extension GGUFFormat {
    /// 2 bits; 16 parts with scale and smallest number of 4 bits each.
    static let q2_K = GGUFFormat("Q2_K", code: 10, elements: 256, bytes: 84) { block, numbers in
        let scale = block.half(80), least = block.half(82)
        for part in 0..<16 {
            let bits = block.byte(part)
            let own = scale * Float(bits & 0xF), below = least * Float(bits >> 4)
            // Eight parts share 32 bytes, two bits each.
            let bytes = 16 + part / 8 * 32 + (part & 1) * 16, shift = UInt8(part % 8 / 2 * 2)
            for i in 0..<16 {
                numbers[16 * part + i] = own * Float(block.byte(bytes + i) >> shift & 3) - below
            }
        }
    }

    /// 3 bits, the third apart; 16 parts with a scale of 6 bits.
    static let q3_K = GGUFFormat("Q3_K", code: 11, elements: 256, bytes: 110) { block, numbers in
        let scale = block.half(108)
        for part in 0..<16 {
            let low = part < 8 ? block.byte(96 + part) & 0xF : block.byte(88 + part) >> 4
            let high = block.byte(104 + part % 4) >> UInt8(part / 4 * 2) & 3
            let own = scale * Float(Int8(low | high << 4) - 32)
            let bytes = 32 + part / 8 * 32 + (part & 1) * 16, shift = UInt8(part % 8 / 2 * 2)
            let mask = (part & 1) * 16, bit = UInt8(part / 2)
            for i in 0..<16 {
                // The number counts from -4 where the third bit is missing.
                let two = Int8(block.byte(bytes + i) >> shift & 3)
                let third = Int8(block.byte(mask + i) >> bit & 1)
                numbers[16 * part + i] = own * Float(two - (1 - third) * 4)
            }
        }
    }

    /// 4 bits; 8 parts with scale and smallest number of 6 bits each.
    static let q4_K = GGUFFormat("Q4_K", code: 12, elements: 256, bytes: 144) { block, numbers in
        let scale = block.half(0), least = block.half(2)
        for part in 0..<8 {
            let (bits, below) = block.sixBits(part, at: 4)
            let own = scale * bits, offset = least * below
            let bytes = 16 + part / 2 * 32, shift = UInt8((part & 1) * 4)
            for i in 0..<32 {
                numbers[32 * part + i] = own * Float(block.byte(bytes + i) >> shift & 0xF) - offset
            }
        }
    }

    /// 5 bits, the fifth apart; parts as those of Q4_K.
    static let q5_K = GGUFFormat("Q5_K", code: 13, elements: 256, bytes: 176) { block, numbers in
        let scale = block.half(0), least = block.half(2)
        for part in 0..<8 {
            let (bits, below) = block.sixBits(part, at: 4)
            let own = scale * bits, offset = least * below
            let bytes = 48 + part / 2 * 32, shift = UInt8((part & 1) * 4), bit = UInt8(part)
            for i in 0..<32 {
                let low = block.byte(bytes + i) >> shift & 0xF, fifth = block.byte(16 + i) >> bit & 1
                numbers[32 * part + i] = own * Float(low | fifth << 4) - offset
            }
        }
    }

    /// 6 bits from -32 on, two of them apart; 16 parts with a scale of 8 bits.
    static let q6_K = GGUFFormat("Q6_K", code: 14, elements: 256, bytes: 210) { block, numbers in
        let scale = block.half(208)
        for part in 0..<16 {
            let own = scale * Float(Int8(bitPattern: block.byte(192 + part)))
            // 128 numbers share 64 bytes of low bits and 32 of high bits.
            let half = part / 8, within = part % 8
            let low = half * 64 + within % 4 * 16, shift = UInt8(within / 4 * 4)
            let high = 128 + half * 32 + (within & 1) * 16, highShift = UInt8(within / 2 * 2)
            for i in 0..<16 {
                let bits = block.byte(low + i) >> shift & 0xF | (block.byte(high + i) >> highShift & 3) << 4
                numbers[16 * part + i] = own * Float(Int8(bits) - 32)
            }
        }
    }
}

extension UnsafeRawPointer {
    /// Scale and smallest number of one of 8 parts, packed into 12 bytes.
    @inline(__always)
    fileprivate func sixBits(_ part: Int, at offset: Int) -> (scale: Float, least: Float) {
        if part < 4 {
            return (Float(byte(offset + part) & 63), Float(byte(offset + part + 4) & 63))
        }
        let low = byte(offset + part + 4)
        return (
            Float(low & 0xF | (byte(offset + part - 4) >> 6) << 4), Float(low >> 4 | (byte(offset + part) >> 6) << 4)
        )
    }
}
