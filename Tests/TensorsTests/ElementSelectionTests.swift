// Some elements of a vector: ranges and masks that mean the same do the same.
import Tensors
import Testing

@Suite struct ElementSelectionTests {
    private let device = Device(threads: 2)

    private func tensor(_ numbers: [Float]) throws -> Tensor { try Tensor(numbers, shape: [numbers.count], on: device) }

    /// Longer than a block of the device's threads, and small ones with borders everywhere.
    @Test(arguments: [1, 7, 64, 200_000]) func rangesAndMasksAgree(_ total: Int) throws {
        var generator = RandomGenerator(seed: UInt64(total))
        var mask = [Float](repeating: 0, count: total), ranges: [Range<Int>] = []
        for _ in 0..<min(9, total) {
            let start = Int(generator.uniform() * Double(total)), length = Int(generator.uniform() * Double(total) / 4)
            let range = start..<min(total, start + length)
            ranges.append(range)
            for place in range { mask[place] = 1 }
        }
        let x = try Tensor.normal([total], from: &generator, on: device),
            y = try Tensor.normal(
                [total], from: &generator, on: device)
        let expected = zip(x.elements, mask).map { $1 != 0 ? $0 : 0 }
        let mixed = zip(zip(x.elements, y.elements), mask).map { $1 != 0 ? $0.0 : $0.1 }
        let kept = zip(x.elements, mask).compactMap { $1 != 0 ? $0 : nil }
        for selection in [ElementSelection(ranges, of: total), ElementSelection(mask: try tensor(mask))] {
            #expect(selection.count == kept.count && selection.total == total)
            #expect(try selection.projected(x).elements == expected)
            let projected = try tensor(expected)
            #expect(selection.isZeroOutside(projected))
            #expect(selection.isZeroOutside(x) == (kept.count == total))
            var restored = x
            try selection.restore(&restored, from: y)
            #expect(restored.elements == mixed && x.elements != mixed || kept.count == total)
            #expect(try selection.compacted(x).elements == kept)
            #expect(try selection.expanded(selection.compacted(x)).elements == expected)
            let half = total / 3..<total - total / 5, part = selection.part(half)
            #expect(part.count == mask[half].reduce(0) { $0 + Int($1) } && part.total == half.count)
            let both = try selection.intersection([half])
            let narrowed = try both.projected(x).elements
            #expect(both.count == part.count && narrowed[half] == expected[half])
        }
    }

    /// What is left out may be anything but a number.
    @Test func nothingIsMultiplied() throws {
        let x = try tensor([.nan, 1, .infinity, 2])
        for selection in [ElementSelection([1..<2, 3..<4], of: 4), ElementSelection(mask: try tensor([0, 1, 0, 1]))] {
            #expect(try selection.projected(x).elements == [0, 1, 0, 2])
        }
    }

    @Test func overlappingRangesCountOnce() {
        let selection = ElementSelection([3..<5, 0..<2, 1..<4, 9..<12, 7..<7], of: 10)
        #expect(selection.count == 6 && !selection.isWhole && ElementSelection([0..<10], of: 10).isWhole)
    }
}
