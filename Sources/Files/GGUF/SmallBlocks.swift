// GGUF's formats with blocks of 32 numbers: each has a scale, some a smallest number, too.

extension GGUFFormat {
    /// 4 bits, from -8 to 7 times a scale.
    static let q4_0 = GGUFFormat("Q4_0", code: 2, elements: 32, bytes: 18) { block, numbers in
        let scale = block.half(0)
        for i in 0..<16 {
            let byte = block.byte(2 + i)
            numbers[i] = scale * Float(Int8(byte & 0xF) - 8)
            numbers[i + 16] = scale * Float(Int8(byte >> 4) - 8)
        }
    }

    /// 4 bits above a smallest number.
    static let q4_1 = GGUFFormat("Q4_1", code: 3, elements: 32, bytes: 20) { block, numbers in
        let scale = block.half(0), least = block.half(2)
        for i in 0..<16 {
            let byte = block.byte(4 + i)
            numbers[i] = scale * Float(byte & 0xF) + least
            numbers[i + 16] = scale * Float(byte >> 4) + least
        }
    }

    /// 5 bits, from -16 to 15 times a scale; the fifth bits lie apart.
    static let q5_0 = GGUFFormat("Q5_0", code: 6, elements: 32, bytes: 22) { block, numbers in
        let scale = block.half(0), high = block.fifthBits(2)
        for i in 0..<16 {
            let byte = block.byte(6 + i)
            let low = byte & 0xF | UInt8(truncatingIfNeeded: high >> UInt32(i) & 1) << 4
            let upper = byte >> 4 | UInt8(truncatingIfNeeded: high >> UInt32(i + 16) & 1) << 4
            numbers[i] = scale * Float(Int8(low) - 16)
            numbers[i + 16] = scale * Float(Int8(upper) - 16)
        }
    }

    /// 5 bits above a smallest number.
    static let q5_1 = GGUFFormat("Q5_1", code: 7, elements: 32, bytes: 24) { block, numbers in
        let scale = block.half(0), least = block.half(2), high = block.fifthBits(4)
        for i in 0..<16 {
            let byte = block.byte(8 + i)
            let low = byte & 0xF | UInt8(truncatingIfNeeded: high >> UInt32(i) & 1) << 4
            let upper = byte >> 4 | UInt8(truncatingIfNeeded: high >> UInt32(i + 16) & 1) << 4
            numbers[i] = scale * Float(low) + least
            numbers[i + 16] = scale * Float(upper) + least
        }
    }

    /// 8 bits times a scale, the largest magnitude of the block over 127.
    public static let q8_0 = GGUFFormat(
        "Q8_0", code: 8, elements: 32, bytes: 34,
        encode: { numbers, block in
            var largest: Float = 0
            for i in 0..<32 { largest = max(largest, numbers[i].magnitude) }
            let scale = largest / 127
            // Of numbers so small that the quotient overflows, the scale in half precision is zero anyway.
            let inverse = scale == 0 || !(1 / scale).isFinite ? 0 : 1 / scale
            let half = Float16(scale)
            block.storeBytes(of: half.bitPattern.littleEndian, as: UInt16.self)
            for i in 0..<32 {
                let rounded = (numbers[i] * inverse).rounded(.toNearestOrAwayFromZero)
                block.storeBytes(of: Int8(max(-128, min(127, rounded))), toByteOffset: 2 + i, as: Int8.self)
            }
            return half.isFinite
        },
        decode: { block, numbers in
            let scale = block.half(0)
            for i in 0..<32 { numbers[i] = scale * Float(Int8(bitPattern: block.byte(2 + i))) }
        })

    /// 4 bits that choose among 16 levels, closer together around zero.
    static let iq4_NL = GGUFFormat("IQ4_NL", code: 20, elements: 32, bytes: 18) { block, numbers in
        block.levels(scale: block.half(0), at: 2, numbers)
    }

    /// The same in blocks of 256 with a scale of 6 bits for every 32.
    static let iq4_XS = GGUFFormat("IQ4_XS", code: 23, elements: 256, bytes: 136) { block, numbers in
        let scale = block.half(0)
        let high = UInt16(block.byte(2)) | UInt16(block.byte(3)) << 8
        for part in 0..<8 {
            let low = block.byte(4 + part / 2) >> UInt8(4 * (part & 1)) & 0xF
            let bits = Int(low) | Int(high >> UInt16(2 * part) & 3) << 4
            block.levels(scale: scale * Float(bits - 32), at: 8 + 16 * part, numbers + 32 * part)
        }
    }
}

extension UnsafeRawPointer {
    @inline(__always)
    fileprivate func fifthBits(_ offset: Int) -> UInt32 {
        UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    /// The levels of the non-linear formats.
    private static let levels: [Float] = [
        -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
    ]

    /// 32 numbers of 16 bytes.
    @inline(__always)
    fileprivate func levels(scale: Float, at offset: Int, _ numbers: UnsafeMutablePointer<Float>) {
        UnsafeRawPointer.levels.withUnsafeBufferPointer { levels in
            for i in 0..<16 {
                let byte = byte(offset + i)
                numbers[i] = scale * levels[Int(byte & 0xF)]
                numbers[i + 16] = scale * levels[Int(byte >> 4)]
            }
        }
    }
}
