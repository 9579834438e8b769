// Follows a pattern's instructions over a text, in time that grows with the text's length alone.

/// Follows a pattern's instructions over one text, coming back to earlier choices as Perl and Oniguruma do.
///
/// What keeps it linear: a run of scalars is scanned once; a run that was given back scalar by scalar in vain is not
/// tried so again; and once a text takes many steps, every choice that failed at a place is remembered.
struct PatternMatcher {
    /// What to come back to.
    private struct Choice {
        enum Kind: UInt8 {
            /// Going on at `high`.
            case once
            /// A greedy run that may end before `high`, but not before `low`.
            case shorter
            /// A lazy run of `low` scalars so far, which end at `high`, and may take one more.
            case longer
            /// A greedy run that was tried with all its ends.
            case exhausted
        }
        var kind: Kind
        var instruction: Int32
        var number: Int32
        var low: Int
        var high: Int
    }

    private let instructions: UnsafeBufferPointer<PatternProgram.Instruction>
    private let blocks: UnsafeBufferPointer<UInt16>
    private let masks: UnsafeBufferPointer<UInt64>
    private let wordSet: UInt8
    private let text: UnsafeBufferPointer<UInt8>
    private let end: Int

    private var stack: [Choice] = []
    /// Of each set, a run of it: from anywhere in it, it goes on to its end.
    private var runs: [(start: Int, end: Int)]
    /// Of each choice, a run that failed wherever it ended between these.
    private var exhausted: [(low: Int, end: Int)]

    private let choices: Int
    private var steps = 0
    private let patience: Int
    /// By choice and place; empty until the text took many steps.
    private var failed: [UInt64] = []
    private var succeeded: [UInt64] = []
    /// What was noted as failed within a part that is looked at, in case the part matches.
    private var trail: [Int] = []
    private var depth = 0
    /// Whether the innermost part is only looked at; in an atomic one its end matters.
    private var isLooking = false

    fileprivate init(
        _ program: PatternProgram, _ instructions: UnsafeBufferPointer<PatternProgram.Instruction>,
        _ blocks: UnsafeBufferPointer<UInt16>, _ masks: UnsafeBufferPointer<UInt64>,
        _ text: UnsafeBufferPointer<UInt8>
    ) {
        self.instructions = instructions
        self.blocks = blocks
        self.masks = masks
        self.text = text
        end = text.count
        wordSet = program.wordSet
        choices = program.choices
        runs = Array(repeating: (-1, -1), count: program.setCount)
        exhausted = Array(repeating: (-1, -1), count: program.choices)
        patience = 32 * text.count + 4096
    }

    /// The end of the match that begins at a place, or nil.
    fileprivate mutating func match(at start: Int) -> Int? {
        stack.removeAll(keepingCapacity: true)
        let place = run(0, start)
        guard place >= 0 else { return nil }
        // What was come upon on the way was no failure, and the next match may begin where this one ends.
        if !failed.isEmpty { for choice in 0..<choices { forget(index(choice, place)) } }
        return place
    }

    // MARK: Scalars

    @inline(__always)
    private func decode(_ place: Int) -> (value: UInt32, length: Int) {
        let byte = UInt32(text[place])
        if byte < 0x80 { return (byte, 1) }
        // The text is UTF-8.
        func more(_ offset: Int) -> UInt32 { UInt32(text[place + offset] & 0x3F) }
        if byte < 0xE0, place + 1 < end { return ((byte & 0x1F) << 6 | more(1), 2) }
        if byte < 0xF0, place + 2 < end { return ((byte & 0x0F) << 12 | more(1) << 6 | more(2), 3) }
        if place + 3 < end { return ((byte & 0x07) << 18 | more(1) << 12 | more(2) << 6 | more(3), 4) }
        return (0xFFFD, end - place)
    }

    @inline(__always)
    private func isIn(_ set: UInt8, _ value: UInt32) -> Bool {
        masks[Int(blocks[Int(value >> 7)]) << 7 | Int(value & 127)] >> UInt64(set) & 1 == 1
    }

    private func before(_ place: Int) -> Int {
        var place = place - 1
        while place > 0, text[place] & 0xC0 == 0x80 { place -= 1 }
        return place
    }

    private func isWord(at place: Int) -> Bool { place < end && isIn(wordSet, decode(place).value) }

    private func isBoundary(_ place: Int) -> Bool {
        (place > 0 && isWord(at: before(place))) != isWord(at: place)
    }

    /// The end of the run of a set that a place begins.
    @inline(__always)
    private mutating func runEnd(_ set: UInt8, _ start: Int) -> Int {
        let known = runs[Int(set)]
        if known.start <= start, start <= known.end { return known.end }
        var place = start
        while place < end {
            let (value, length) = decode(place)
            guard isIn(set, value) else { break }
            place += length
        }
        runs[Int(set)] = (start, place)
        return place
    }

    /// Where a run of `count` scalars ends, if there are so many.
    @inline(__always)
    private func runEnd(_ set: UInt8, _ start: Int, count: Int32) -> Int? {
        var place = start
        for _ in 0..<count {
            guard place < end, case let (value, length) = decode(place), isIn(set, value) else { return nil }
            place += length
        }
        return place
    }

    /// Where a run may end: first and last place.
    @inline(__always)
    private mutating func ends(_ run: PatternProgram.Instruction, _ start: Int) -> (low: Int, high: Int)? {
        guard let low = runEnd(run.set, start, count: run.min) else { return nil }
        guard run.max != .max else { return (low, runEnd(run.set, low)) }
        var place = low
        for _ in run.min..<max(run.min, run.max) {
            guard place < end, case let (value, length) = decode(place), isIn(run.set, value) else { break }
            place += length
        }
        return (low, place)
    }

    // MARK: Memory

    private func index(_ choice: Int, _ place: Int) -> Int { choice * (end + 1) + place }

    private mutating func forget(_ index: Int) { failed[index >> 6] &= ~(1 << UInt64(index & 63)) }

    /// Notes that a choice is tried at a place; whether it was before, and failed.
    private mutating func triedBefore(_ choice: Int32, _ place: Int) -> Bool {
        guard !failed.isEmpty else { return false }
        let index = index(Int(choice), place), bit: UInt64 = 1 << UInt64(index & 63)
        if failed[index >> 6] & bit != 0 { return true }
        failed[index >> 6] |= bit
        if depth > 0 { trail.append(index) }
        return false
    }

    private mutating func beginRemembering() {
        let words = (choices * (end + 1) + 63) / 64
        failed = Array(repeating: 0, count: words)
        succeeded = Array(repeating: 0, count: words)
    }

    /// Whether a choice within a part that is looked at is known to lead to its end.
    private func leadsOn(_ choice: Int32, _ place: Int) -> Bool {
        guard isLooking, !succeeded.isEmpty else { return false }
        let index = index(Int(choice), place)
        return succeeded[index >> 6] >> UInt64(index & 63) & 1 == 1
    }

    // MARK: Following

    /// Where a part ends that is looked at, or is taken in its first way only; -1 if nowhere.
    private mutating func part(_ start: Int, _ place: Int, looking: Bool) -> Int {
        let (mark, base, outer) = (trail.count, stack.count, isLooking)
        depth += 1
        isLooking = looking
        let result = run(start, place)
        isLooking = outer
        depth -= 1
        if result >= 0 {
            for index in trail[mark...] { forget(index) }
            if !succeeded.isEmpty {
                // Choices not come back to led to the end, for whoever looks from one of them again.
                for choice in stack[base...] where choice.kind == .once {
                    let index = index(Int(choice.number), choice.high)
                    succeeded[index >> 6] |= 1 << UInt64(index & 63)
                }
            }
            stack.removeSubrange(base...)
        }
        trail.removeSubrange(mark...)
        return result
    }

    private mutating func looksBehind(_ at: Int, _ length: Int32, _ place: Int) -> Bool {
        var start = place
        for _ in 0..<length {
            guard start > 0 else { return false }
            start = before(start)
        }
        return part(at + 1, start, looking: true) >= 0
    }

    private mutating func run(_ start: Int, _ from: Int) -> Int {
        let base = stack.count
        var at = start, place = from
        while true {
            steps &+= 1
            if steps > patience, failed.isEmpty, choices > 0 { beginRemembering() }
            let instruction = instructions[at]
            var next = -1
            switch instruction.operation {
            case .one:
                if place < end, case let (value, length) = decode(place), isIn(instruction.set, value) {
                    place += length
                    next = at + 1
                }
            case .scalar:
                if place < end, case let (value, length) = decode(place), value == UInt32(instruction.target) {
                    place += length
                    next = at + 1
                }
            case .greedyRun:
                if let (low, high) = ends(instruction, place) {
                    let known = exhausted[Int(instruction.choice)]
                    if instruction.max == .max, known.end == high, known.low <= low { break }
                    if low < high {
                        stack.append(
                            Choice(
                                kind: .shorter, instruction: Int32(at + 1), number: instruction.choice, low: low,
                                high: high))
                    }
                    place = high
                    next = at + 1
                }
            case .possessiveRun:
                if let (_, high) = ends(instruction, place) {
                    place = high
                    next = at + 1
                }
            case .lazyRun:
                if let low = runEnd(instruction.set, place, count: instruction.min) {
                    if instruction.max > instruction.min {
                        stack.append(
                            Choice(
                                kind: .longer, instruction: Int32(at + 1), number: instruction.choice,
                                low: Int(instruction.min), high: low))
                    }
                    place = low
                    next = at + 1
                }
            case .split, .splitLast:
                if leadsOn(instruction.choice, place) { return place }
                let isFirst = instruction.operation == .split
                stack.append(
                    Choice(
                        kind: .once, instruction: isFirst ? instruction.target : Int32(at + 1),
                        number: instruction.choice, low: place, high: place))
                next = isFirst ? at + 1 : Int(instruction.target)
            case .jump: next = Int(instruction.target)
            case .ahead, .notAhead:
                if (part(at + 1, place, looking: true) >= 0) == (instruction.operation == .ahead) {
                    next = Int(instruction.target)
                }
            case .behind, .notBehind:
                if looksBehind(at, instruction.min, place) == (instruction.operation == .behind) {
                    next = Int(instruction.target)
                }
            case .atomic:
                let result = part(at + 1, place, looking: false)
                if result >= 0 {
                    place = result
                    next = Int(instruction.target)
                }
            case .done, .matched: return place
            case .textStart: if place == 0 { next = at + 1 }
            case .textEnd: if place == end { next = at + 1 }
            case .lineStart: if place == 0 || (text[place - 1] == 0x0A && place < end) { next = at + 1 }
            case .lineEnd: if place == end || text[place] == 0x0A { next = at + 1 }
            case .lastLineEnd: if place == end || (place == end - 1 && text[place] == 0x0A) { next = at + 1 }
            case .wordBoundary: if isBoundary(place) { next = at + 1 }
            case .noWordBoundary: if !isBoundary(place) { next = at + 1 }
            }
            if next >= 0 {
                at = next
            } else {
                guard let choice = comeBack(to: base) else { return -1 }
                (at, place) = choice
            }
        }
    }

    /// The last choice that was not tried in vain before; nil where none is left above `base`.
    private mutating func comeBack(to base: Int) -> (instruction: Int, place: Int)? {
        while stack.count > base {
            steps &+= 1
            let top = stack.count - 1
            let choice = stack[top]
            var place = choice.high
            switch choice.kind {
            case .once: stack.removeLast()
            case .exhausted:
                stack.removeLast()
                exhausted[Int(choice.number)] = (choice.low, choice.high)
                continue
            case .shorter:
                place = before(choice.high)
                if place > choice.low {
                    stack[top].high = place
                } else {
                    // A run without a limit ends where its set does.
                    let run = instructions[Int(choice.instruction) - 1]
                    stack[top].kind = .exhausted
                    if run.max == .max {
                        stack[top].high = runEnd(run.set, choice.low)
                    } else {
                        stack.removeLast()
                    }
                }
            case .longer:
                let run = instructions[Int(choice.instruction) - 1]
                guard place < end, choice.low < Int(run.max), case let (value, length) = decode(place),
                    isIn(run.set, value)
                else {
                    stack.removeLast()
                    continue
                }
                place += length
                stack[top].high = place
                stack[top].low += 1
            }
            if triedBefore(choice.number, place) { continue }
            return (Int(choice.instruction), place)
        }
        return nil
    }
}

extension PatternProgram {
    /// Calls `body` with the byte range of each match, from left to right; none overlaps another, and an empty one does
    /// not follow a match directly.
    func forEachMatch(in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) throws -> Void) rethrows {
        try instructions.withUnsafeBufferPointer { instructions in
            try blocks.withUnsafeBufferPointer { blocks in
                try masks.withUnsafeBufferPointer { masks in
                    var matcher = PatternMatcher(self, instructions, blocks, masks, text)
                    try forEachMatch(in: text, by: &matcher, body)
                }
            }
        }
    }

    private func forEachMatch(
        in text: UnsafeBufferPointer<UInt8>, by matcher: inout PatternMatcher, _ body: (Range<Int>) throws -> Void
    ) rethrows {
        var from = 0
        var lastEnd: Int?
        while from <= text.count, let match = search(text, from, by: &matcher) {
            if match.isEmpty, match.upperBound == lastEnd {
                from += 1
                while from < text.count, text[from] & 0xC0 == 0x80 { from += 1 }
                continue
            }
            try body(match)
            from = match.upperBound
            lastEnd = from
        }
    }

    private func search(
        _ text: UnsafeBufferPointer<UInt8>, _ from: Int, by matcher: inout PatternMatcher
    ) -> Range<Int>? {
        var start = from
        while start <= text.count {
            if let firstBytes {
                while start < text.count, !firstBytes[Int(text[start])] { start += 1 }
                if start == text.count { return nil }
            }
            if let end = matcher.match(at: start) { return start..<end }
            start += 1
            while start < text.count, text[start] & 0xC0 == 0x80 { start += 1 }
        }
        return nil
    }
}
