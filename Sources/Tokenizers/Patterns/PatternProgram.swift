// A pattern as the instructions that a matcher follows.

/// What a matcher follows. Scalars are looked up in one table that says which of the pattern's sets hold them.
struct PatternProgram: Sendable {
    enum Operation: UInt8 {
        /// One scalar of `set`.
        case one
        /// The scalar `target`.
        case scalar
        /// `min` to `max` scalars of `set`, as many as possible, or as few.
        case greedyRun, lazyRun, possessiveRun
        /// Goes on here, and at `target` if that fails; `splitLast` the other way round.
        case split, splitLast
        case jump
        /// What follows up to `target`, and then there: ahead, not ahead, behind, not behind. `min`: how far behind.
        case ahead, notAhead, behind, notBehind
        /// What follows up to `target` in its first way, and then there.
        case atomic
        /// The end of what is looked for by one of these five.
        case done
        case textStart, textEnd, lineStart, lineEnd, lastLineEnd, wordBoundary, noWordBoundary
        case matched
    }

    struct Instruction {
        var operation: Operation
        var set: UInt8 = 0
        /// Which of the choices it is: those that may be come back to.
        var choice: Int32 = -1
        var target: Int32 = 0
        var min: Int32 = 0
        var max: Int32 = .max
    }

    private(set) var instructions: [Instruction] = []
    private(set) var choices = 0
    /// Which sets hold the scalars of a block of 128, by block; blocks alike are stored once.
    private(set) var blocks: [UInt16] = []
    private(set) var masks: [UInt64] = []
    /// Bytes that a match may begin with; nil where it may be empty.
    private(set) var firstBytes: [Bool]?
    private(set) var wordSet = UInt8.max
    private var sets: [ScalarSet] = []
    var setCount: Int { sets.count }
    private static let largest = 20_000

    init(_ pattern: String) throws(PatternError) { try self.init(PatternParser.parse(pattern)) }

    init(_ node: PatternNode) throws(PatternError) {
        try add(node)
        try add(Instruction(operation: .matched))
        fillTable()
        if let first = PatternProgram.first(of: node) { firstBytes = PatternProgram.bytes(beginning: first) }
    }

    // MARK: Instructions

    private mutating func add(_ instruction: Instruction) throws(PatternError) {
        guard instructions.count < PatternProgram.largest else {
            throw PatternError(message: "is too large: its repetitions make more than \(PatternProgram.largest) steps")
        }
        instructions.append(instruction)
    }

    private mutating func number(_ set: ScalarSet) throws(PatternError) -> UInt8 {
        if let index = sets.firstIndex(of: set) { return UInt8(index) }
        guard sets.count < 64 else { throw PatternError(message: "has more than 64 different classes of characters") }
        sets.append(set)
        return UInt8(sets.count - 1)
    }

    private mutating func newChoice() -> Int32 {
        choices += 1
        return Int32(choices - 1)
    }

    private mutating func point(_ index: Int) { instructions[index].target = Int32(instructions.count) }

    private mutating func add(_ node: PatternNode) throws(PatternError) {
        switch node {
        case .one(let set):
            if let single = set.single {
                try add(Instruction(operation: .scalar, target: Int32(single)))
            } else {
                try add(Instruction(operation: .one, set: number(set)))
            }
        case .sequence(let parts): for part in parts { try add(part) }
        case .either(let parts): try addEither(parts)
        case .repeated(let part, let min, let max, let greed): try addRepeated(part, min, max, greed)
        case .look(let part, let behind, let negative): try addLook(part, behind, negative)
        case .atomic(let part): try addPart(.atomic, part)
        case .place(let place): try addPlace(place)
        }
    }

    private mutating func addEither(_ parts: [PatternNode]) throws(PatternError) {
        var jumps: [Int] = []
        for part in parts.dropLast() {
            let split = instructions.count
            try add(Instruction(operation: .split, choice: newChoice()))
            try add(part)
            jumps.append(instructions.count)
            try add(Instruction(operation: .jump))
            point(split)
        }
        if let last = parts.last { try add(last) }
        for jump in jumps { point(jump) }
    }

    private mutating func addRepeated(
        _ part: PatternNode, _ min: Int, _ max: Int?, _ greed: PatternNode.Greed
    ) throws(PatternError) {
        if case .one(let set) = part {
            let operation: Operation =
                switch greed {
                case .greedy: .greedyRun
                case .lazy: .lazyRun
                case .possessive: .possessiveRun
                }
            try add(
                Instruction(
                    operation: operation, set: number(set), choice: newChoice(), min: Int32(min),
                    max: max.map { Int32($0) } ?? .max))
            return
        }
        if greed == .possessive { return try addPart(.atomic, .repeated(part, min: min, max: max, .greedy)) }
        for _ in 0..<min { try add(part) }
        let operation: Operation = greed == .lazy ? .splitLast : .split
        if let max {
            var splits: [Int] = []
            for _ in min..<Swift.max(min, max) {
                splits.append(instructions.count)
                try add(Instruction(operation: operation, choice: newChoice()))
                try add(part)
            }
            for split in splits { point(split) }
            return
        }
        guard !part.canBeEmpty else {
            throw PatternError(message: "repeats without end a part that may match nothing, which is not supported")
        }
        let start = instructions.count
        try add(Instruction(operation: operation, choice: newChoice()))
        try add(part)
        try add(Instruction(operation: .jump, target: Int32(start)))
        point(start)
    }

    private mutating func addPart(_ operation: Operation, _ part: PatternNode, length: Int = 0) throws(PatternError) {
        let start = instructions.count
        try add(Instruction(operation: operation, choice: newChoice(), min: Int32(length)))
        try add(part)
        try add(Instruction(operation: .done))
        point(start)
    }

    private mutating func addLook(_ part: PatternNode, _ behind: Bool, _ negative: Bool) throws(PatternError) {
        guard behind else { return try addPart(negative ? .notAhead : .ahead, part) }
        // Alternatives of different lengths are looked for one by one.
        let parts: [PatternNode]
        if case .either(let alternatives) = part { parts = alternatives } else { parts = [part] }
        let looks: [(PatternNode, Int)] = parts.compactMap { part in part.length.map { (part, $0) } }
        guard looks.count == parts.count else {
            throw PatternError(message: "looks behind for a text of no fixed length, which is not supported")
        }
        if negative {
            for (part, length) in looks { try addPart(.notBehind, part, length: length) }
        } else if looks.count == 1 {
            try addPart(.behind, looks[0].0, length: looks[0].1)
        } else {
            try addEither(looks.map { .look($0.0, behind: true, negative: false) })
        }
    }

    private mutating func addPlace(_ place: PatternNode.Place) throws(PatternError) {
        let operation: Operation
        switch place {
        case .textStart: operation = .textStart
        case .textEnd: operation = .textEnd
        case .lineStart: operation = .lineStart
        case .lineEnd: operation = .lineEnd
        case .lastLineEnd: operation = .lastLineEnd
        case .wordBoundary: operation = .wordBoundary
        case .noWordBoundary: operation = .noWordBoundary
        }
        if operation == .wordBoundary || operation == .noWordBoundary { wordSet = try number(.words) }
        try add(Instruction(operation: operation))
    }

    // MARK: Tables

    /// Finds where any set begins or ends; between two such places all scalars are in the same sets.
    private mutating func fillTable() {
        let blockLength = 128
        var changes: [UInt32: UInt64] = [:]
        for (index, set) in sets.enumerated() {
            for range in set.ranges {
                changes[range.lowerBound, default: 0] ^= 1 << UInt64(index)
                changes[range.upperBound + 1, default: 0] ^= 1 << UInt64(index)
            }
        }
        let places = changes.sorted { $0.key < $1.key }
        var known: [[UInt64]: UInt16] = [:], next = 0, mask: UInt64 = 0
        var block = [UInt64](repeating: 0, count: blockLength)
        var last: (mask: UInt64, number: UInt16)?
        for start in stride(from: 0, through: Int(ScalarSet.last), by: blockLength) {
            let end = start + blockLength
            if next >= places.count || Int(places[next].key) >= end {
                // All alike, as most blocks are.
                if let last, last.mask == mask {
                    blocks.append(last.number)
                    continue
                }
                for i in block.indices { block[i] = mask }
            } else {
                for i in block.indices {
                    if next < places.count, Int(places[next].key) == start + i {
                        mask ^= places[next].value
                        next += 1
                    }
                    block[i] = mask
                }
            }
            if let number = known[block] {
                blocks.append(number)
            } else {
                let number = UInt16(masks.count / blockLength)
                known[block] = number
                masks += block
                blocks.append(number)
            }
            last = block.allSatisfy({ $0 == mask }) ? (mask, blocks[blocks.count - 1]) : nil
        }
    }

    /// Scalars that a match begins with; nil where it may begin with none.
    private static func first(of node: PatternNode) -> ScalarSet? {
        switch node {
        case .one(let set): return set
        case .sequence(let parts):
            var result = ScalarSet()
            for part in parts {
                if case .place = part { continue }
                if case .look = part { continue }
                if !part.canBeEmpty { return first(of: part).map { result.union($0) } }
                guard let set = firstOfOptional(part) else { return nil }
                result = result.union(set)
            }
            return nil
        case .either(let parts):
            var result = ScalarSet()
            for part in parts {
                guard let set = first(of: part) else { return nil }
                result = result.union(set)
            }
            return result
        case .repeated(let part, let min, _, _): return min > 0 ? first(of: part) : nil
        case .atomic(let part): return first(of: part)
        case .look, .place: return nil
        }
    }

    /// Of a part that may be left out, those it begins with where it is not.
    private static func firstOfOptional(_ node: PatternNode) -> ScalarSet? {
        if case .repeated(let part, min: 0, _, _) = node { return first(of: part) }
        return first(of: node)
    }

    private static func bytes(beginning set: ScalarSet) -> [Bool] {
        var result = [Bool](repeating: false, count: 256)
        func firstByte(_ value: UInt32) -> Int {
            switch value {
            case ..<0x80: Int(value)
            case ..<0x800: 0xC0 | Int(value >> 6)
            case ..<0x10000: 0xE0 | Int(value >> 12)
            default: 0xF0 | Int(value >> 18)
            }
        }
        for range in set.ranges {
            // First bytes grow with the scalars.
            for byte in firstByte(range.lowerBound)...firstByte(range.upperBound) { result[byte] = true }
        }
        return result
    }
}
