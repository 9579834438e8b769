// A few colours for the many of a picture: the median cut (Heckbert 1982).

/// At most so many colours, and which of them each pixel has.
struct ColorPalette {
    /// Red, green and blue, 0 to 255.
    let colors: [[Int]]
    /// One a pixel.
    let indices: [UInt8]

    /// - Parameter most: of colours, at least 1 and at most 256.
    init(_ image: PixelImage, most: Int) {
        let keys = (0..<image.width * image.height).map { pixel in
            (0..<3).reduce(0) { $0 << 5 | Int(image.bytes[pixel * 3 + $1] >> 3) }
        }
        var sums = [(count: Int, color: [Int])](repeating: (0, [0, 0, 0]), count: 1 << 15)
        for (pixel, key) in keys.enumerated() {
            sums[key].count += 1
            for channel in 0..<3 { sums[key].color[channel] += Int(image.bytes[pixel * 3 + channel]) }
        }
        var boxes = [Box(sums.indices.filter { sums[$0].count > 0 }.map { Group($0, sums[$0].count, sums[$0].color) })]
        while boxes.count < most, let place = boxes.indices.max(by: { boxes[$0].weight < boxes[$1].weight }),
            boxes[place].weight > 0
        {
            let (low, high) = boxes[place].halves
            boxes[place] = low
            boxes.append(high)
        }
        var numbers = [UInt8](repeating: 0, count: sums.count)
        for (number, box) in boxes.enumerated() { for group in box.groups { numbers[group.key] = UInt8(number) } }
        colors = boxes.map(\.mean)
        indices = keys.map { numbers[$0] }
    }

    /// Pixels whose colours agree in their upper five bits.
    private struct Group {
        let key: Int, count: Int, mean: [Int]

        init(_ key: Int, _ count: Int, _ sum: [Int]) {
            (self.key, self.count) = (key, count)
            mean = sum.map { ($0 + count / 2) / count }
        }
    }

    /// Groups that get one colour.
    private struct Box {
        let groups: [Group]
        /// In which their colours differ most.
        private let channel: Int
        /// How much there is to be gained by two colours for it; 0 where it has one.
        let weight: Int
        private let count: Int

        init(_ groups: [Group]) {
            self.groups = groups
            let widths = (0..<3).map { channel in
                let values = groups.lazy.map { $0.mean[channel] }
                return (values.max() ?? 0) - (values.min() ?? 0)
            }
            channel = widths.indices.max { widths[$0] < widths[$1] } ?? 0
            count = groups.reduce(0) { $0 + $1.count }
            weight = groups.count > 1 ? widths[channel] * count + 1 : 0
        }

        var mean: [Int] {
            (0..<3).map { channel in
                (groups.reduce(0) { $0 + $1.mean[channel] * $1.count } + count / 2) / max(count, 1)
            }
        }

        /// Two boxes of about as many pixels, neither empty.
        var halves: (Box, Box) {
            let sorted = groups.sorted { $0.mean[channel] < $1.mean[channel] }
            var seen = 0, cut = 0
            while cut < sorted.count - 1, seen < count / 2 || cut == 0 {
                seen += sorted[cut].count
                cut += 1
            }
            return (Box(Array(sorted[..<cut])), Box(Array(sorted[cut...])))
        }
    }
}
