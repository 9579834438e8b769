/// Items of tensors: `x[1]`, `x[1:3, :]`, `x[[2, 0]]`, `x[x > 0]`, and setting them.
import Autodiff
import Language
import Tensors

/// What indices choose of a tensor, axis by axis.
struct TensorIndex {
    /// What is chosen of one axis.
    enum Part {
        case position(Int)
        case range(Range<Int>)
        /// Places of a slice with a step.
        case steps([Int])
        /// Places by a list or a mask, under a shape of their own; several lists are taken together, place by place.
        case places([Int], shape: [Int])
    }
    /// The tensor's shape, with axes that one mask covers taken as one.
    private(set) var shape: [Int]
    private(set) var parts: [Part] = []

    init(_ indices: [Index], of whole: [Int]) throws {
        shape = whole
        let taken = indices.reduce(0) { $0 + Self.axes($1) }
        guard taken <= whole.count else {
            throw LanguageError(
                """
                a tensor \(whole) has \(whole.count) \(whole.count == 1 ? "axis" : "axes"); it was given \(taken) \
                indices
                """,
                at: .index(min(whole.count, indices.count - 1)))
        }
        for (axis, index) in indices.enumerated() {
            let covered = Self.axes(index)
            if covered > 1 {
                let sides = Array(shape[axis..<(axis + covered)])
                if case .position(.foreign(let mask as TensorValue)) = index, mask.shape != sides {
                    throw LanguageError(
                        "a mask \(mask.shape) does not fit axes \(sides) of a tensor \(whole)", at: .index(axis))
                }
                shape.replaceSubrange(axis..<(axis + covered), with: [sides.reduce(1, *)])
            }
            parts.append(try Self.part(index, axis, shape[axis]))
        }
        parts += shape[parts.count...].map { .range(0..<$0) }
        try checkLists()
    }

    /// How many axes an index is about: a mask covers as many as it has.
    private static func axes(_ index: Index) -> Int {
        guard case .position(.foreign(let tensor as TensorValue)) = index, tensor.meaning == .mask else { return 1 }
        return max(1, tensor.shape.count)
    }

    private static func part(_ index: Index, _ axis: Int, _ size: Int) throws -> Part {
        switch index {
        case .position(let value):
            if let selection = try Selection(value) {
                let places = try selection.places(among: size, of: "axis \(axis)", axis: axis)
                var shape = [places.count]
                if case .foreign(let tensor as TensorValue) = value, tensor.meaning != .mask { shape = tensor.shape }
                return .places(places, shape: shape)
            }
            guard let x = try value.asNumber, let whole = Int(exactly: x) else {
                throw LanguageError(
                    "an index is a whole number, a slice or a list; this is \(value.phrase)", at: .index(axis))
            }
            let position = whole < 0 ? whole + size : whole
            guard position >= 0, position < size else {
                throw LanguageError(
                    "index \(whole) is outside of axis \(axis), which has \(size) \(size == 1 ? "item" : "items")",
                    at: .index(axis))
            }
            return .position(position)
        case .slice(let slice):
            guard slice.step != 0 else { throw LanguageError("a slice's step must not be 0", at: .index(axis)) }
            let chosen = Array(slice.indices(count: size))
            guard slice.step == 1 else { return .steps(chosen) }
            let first = chosen.first ?? 0
            return .range(first..<(first + chosen.count))
        }
    }

    /// The axes that lists choose from.
    var listed: [Int] { parts.indices.filter { if case .places = parts[$0] { true } else { false } } }

    /// Lists on several axes are taken place by place, as NumPy and PyTorch do; where a slice stands between them these
    /// put the result's axes in another order than one would think, and it is refused.
    private func checkLists() throws {
        guard let first = listed.first, let last = listed.last else { return }
        let positions = parts.indices.filter { if case .position = parts[$0] { true } else { false } }
        let all = (listed + positions).sorted()
        guard let start = all.first, let end = all.last, end - start + 1 == all.count else {
            throw LanguageError(
                "a slice stands between a list and another index", note: "index in two steps: x[0][:, [1, 2]]",
                at: .index(last))
        }
        guard first < last else { return }
        let shapes = listed.map { axis in if case .places(_, let shape) = parts[axis] { shape } else { [Int]() } }
        guard shapes.allSatisfy({ $0 == shapes[0] }) else {
            throw LanguageError(
                "lists on several axes choose place by place and are of one length; these are \(listedShapes(shapes))",
                note: "x[rows][:, columns] chooses rows and then columns", at: .index(last))
        }
    }

    private func listedShapes(_ shapes: [[Int]]) -> String { Language.listed(shapes.map { "\($0)" }) }

    /// The elements that are chosen, by their number in the whole, and the shape that they come in.
    var elements: (numbers: [Int], shape: [Int]) {
        var strides = shape.map { _ in 1 }
        for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
        var numbers = [0], result: [Int] = [], hasLists = false
        func spread(_ offsets: [Int]) { numbers = numbers.flatMap { start in offsets.map { start + $0 } } }
        for (axis, part) in parts.enumerated() {
            switch part {
            case .position(let place): numbers = numbers.map { $0 + place * strides[axis] }
            case .range(let range):
                result.append(range.count)
                spread(range.map { $0 * strides[axis] })
            case .steps(let places):
                result.append(places.count)
                spread(places.map { $0 * strides[axis] })
            case .places(let places, let shape):
                guard !hasLists else { continue }
                hasLists = true
                result += shape
                var offsets = places.map { _ in 0 }
                for other in listed {
                    guard case .places(let places, _) = parts[other] else { continue }
                    for (number, place) in places.enumerated() { offsets[number] += place * strides[other] }
                }
                spread(offsets)
            }
        }
        return (numbers, result)
    }

    /// Whole rows by number, and the axes that they come in; nil where anything else is chosen.
    var rows: (numbers: [Int], leading: [Int])? {
        for (part, size) in zip(parts, shape).dropFirst() {
            guard case .range(let range) = part, range == 0..<size else { return nil }
        }
        switch parts.first {
        case .places(let places, let shape): return (places, shape)
        case .steps(let places): return (places, [places.count])
        default: return nil
        }
    }

    /// The ranges of a plain slice, and the axes that disappear; nil where anything else is chosen.
    var ranges: (ranges: [Range<Int>], dropped: Set<Int>)? {
        var ranges: [Range<Int>] = [], dropped: Set<Int> = []
        for (axis, part) in parts.enumerated() {
            switch part {
            case .position(let place):
                ranges.append(place..<(place + 1))
                dropped.insert(axis)
            case .range(let range): ranges.append(range)
            case .steps, .places: return nil
            }
        }
        return (ranges, dropped)
    }
}

extension TensorValue {
    func items(_ indices: [Index]) throws -> Value {
        try worded {
            let index = try TensorIndex(indices, of: shape)
            let result = try chosen(index)
            if meaning == .numbers || result.shape.isEmpty { return .of(result) }
            return .foreign(TensorValue(result, meaning: meaning))
        }
    }

    private func chosen(_ index: TensorIndex) throws -> Variable {
        if let (ranges, dropped) = index.ranges {
            let result = try variable.sliced(ranges)
            return try result.reshaped(
                result.shape.enumerated().filter { !dropped.contains($0.offset) }.map(\.element))
        }
        // Rows by number, which is what most lists choose, are copied as a whole.
        if let (rows, leading) = index.rows {
            return try variable.reshaped(index.shape).gather(rows.map(Int32.init), leading: leading)
        }
        guard variable.count <= Int(Int32.max) else {
            throw LanguageError("a tensor of \(variable.count) elements is too large for this index")
        }
        let (numbers, shape) = index.elements
        return try variable.reshaped([variable.count]).gather(numbers.map(Int32.init)).reshaped(shape)
    }

    /// The tensor as an index: positions or a mask.
    func asSelection() throws -> Selection? {
        if shape.isEmpty { return nil }
        // A number and a place of each.
        try worded { try tensor.device.require(bytes: 20 * variable.count) }
        let elements = variable.value.elements
        switch meaning {
        case .mask: return .mask(elements.map { $0 != 0 })
        case .places: return .places(elements.map(Double.init))
        case .numbers: return .numbers(try variable.constant("an index").elements.map(Double.init))
        }
    }

    // MARK: Setting

    func settingItems(_ indices: [Index], to value: Value) throws -> TensorValue? {
        try worded {
            let index = try TensorIndex(indices, of: shape)
            if let (ranges, dropped) = index.ranges {
                let part = ranges.map(\.count)
                let open = part.enumerated().filter { !dropped.contains($0.offset) }.map(\.element)
                guard let new = try replacement(value, for: open) else { return nil }
                return TensorValue(try variable.overwriting(ranges, with: new.reshaped(part)), meaning: meaning)
            }
            let (numbers, open) = index.elements
            guard let new = try replacement(value, for: open) else { return nil }
            if numbers.isEmpty { return self }
            // Of places that are named twice the last counts.
            var owner = [Int32](repeating: 0, count: variable.count)
            var mask = [Float](repeating: 0, count: variable.count)
            for (number, place) in numbers.enumerated() {
                owner[place] = Int32(number)
                mask[place] = 1
            }
            let spread = try new.reshaped([numbers.count]).gather(owner).reshaped(shape)
            let chosen = try Tensor(mask, shape: shape, on: tensor.device)
            return TensorValue(try spread.selected(where: chosen, else: variable), meaning: meaning)
        }
    }

    /// What is to stand in a part of that shape; nil where a value cannot.
    private func replacement(_ value: Value, for open: [Int]) throws -> Variable? {
        if let x = value.number {
            return Variable(try Tensor(repeating: Float(rounding: x), shape: open, on: tensor.device))
        }
        guard let other = try self.tensor(value) else { return nil }
        // One number fills whatever was chosen, however many axes it comes with.
        let one = other.count == 1 && open.reduce(1, *) == 1 ? try other.reshaped([]) : other
        return try one.broadcast(to: open)
    }
}
