// The pixels of a PNG, as rsvg-convert writes it: 8 bits a colour, not interlaced (W3C, "Portable Network Graphics").
import CZlib

/// Rows of red, green and blue from above.
struct PixelImage {
    let width: Int
    let height: Int
    /// Three bytes a pixel.
    let bytes: [UInt8]

    private init(width: Int, height: Int, bytes: [UInt8]) {
        (self.width, self.height, self.bytes) = (width, height, bytes)
    }

    /// - Returns: nil for PNGs of other kinds, and for what is none.
    init?(png: [UInt8]) {
        guard png.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) else { return nil }
        func number(_ place: Int) -> Int { png[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } }
        var place = 8, packed: [UInt8] = [], header: ArraySlice<UInt8> = []
        while place + 12 <= png.count {
            let length = number(place), type = String(decoding: png[place + 4..<place + 8], as: UTF8.self)
            guard place + 12 + length <= png.count else { return nil }
            let data = png[place + 8..<place + 8 + length]
            if type == "IHDR", length == 13 { header = data }
            if type == "IDAT" { packed += data }
            place += 12 + length
        }
        guard header.count == 13 else { return nil }
        let start = header.startIndex, width = number(start), height = number(start + 4)
        // Colours of 8 bits, with or without their opacity.
        let channels = header[start + 9] == 2 ? 3 : header[start + 9] == 6 ? 4 : 0
        guard header[start + 8] == 8, channels > 0, header[start + 12] == 0, (1...20_000).contains(width),
            (1...20_000).contains(height)
        else { return nil }
        var raw = [UInt8](repeating: 0, count: height * (1 + width * channels)), length = uLong(raw.count)
        guard uncompress(&raw, &length, packed, uLong(packed.count)) == Z_OK, length == raw.count else { return nil }
        guard let bytes = Self.unfiltered(raw, width: width, height: height, channels: channels) else { return nil }
        self.init(width: width, height: height, bytes: bytes)
    }

    /// Rows whose bytes are told by their difference from their neighbours (section 9 of the standard).
    private static func unfiltered(_ raw: [UInt8], width: Int, height: Int, channels: Int) -> [UInt8]? {
        let size = width * channels
        var above = [UInt8](repeating: 0, count: size), row = above, result: [UInt8] = []
        result.reserveCapacity(3 * width * height)
        for y in 0..<height {
            let start = y * (size + 1) + 1
            for x in 0..<size {
                let left = x >= channels ? Int(row[x - channels]) : 0, up = Int(above[x])
                let corner = x >= channels ? Int(above[x - channels]) : 0
                let guess: Int
                switch raw[start - 1] {
                case 0: guess = 0
                case 1: guess = left
                case 2: guess = up
                case 3: guess = (left + up) / 2
                case 4:
                    // Paeth's choice of the neighbour nearest to left + up - corner.
                    let (a, b, c) = (abs(up - corner), abs(left - corner), abs(left + up - 2 * corner))
                    guess = a <= b && a <= c ? left : b <= c ? up : corner
                default: return nil
                }
                row[x] = raw[start + x] &+ UInt8(truncatingIfNeeded: guess)
            }
            for x in 0..<width {
                let pixel = row[x * channels..<x * channels + channels], first = pixel.startIndex
                // What is not opaque stands on white paper.
                let opacity = channels == 4 ? Int(pixel[first + 3]) : 255
                for channel in 0..<3 {
                    result.append(UInt8((Int(pixel[first + channel]) * opacity + 255 * (255 - opacity)) / 255))
                }
            }
            swap(&above, &row)
        }
        return result
    }

    /// The same, made smaller by a whole number so that it is no wider than so many pixels.
    func fitting(width most: Int) -> PixelImage {
        let factor = (width + max(most, 1) - 1) / max(most, 1)
        guard factor > 1 else { return self }
        let (columns, rows) = (width / factor, height / factor)
        guard columns > 0, rows > 0 else { return self }
        var result: [UInt8] = []
        result.reserveCapacity(3 * columns * rows)
        for y in 0..<rows {
            for x in 0..<columns {
                for channel in 0..<3 {
                    var sum = 0
                    for dy in 0..<factor {
                        for dx in 0..<factor {
                            sum += Int(bytes[((y * factor + dy) * width + x * factor + dx) * 3 + channel])
                        }
                    }
                    result.append(UInt8(sum / (factor * factor)))
                }
            }
        }
        return PixelImage(width: columns, height: rows, bytes: result)
    }
}
