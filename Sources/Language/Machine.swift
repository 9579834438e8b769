// The machine: runs bytecode on a stack of registers. Numbers take the short way; everything else leaves the loop.

import Foundation

final class Machine {
    let globals: Globals
    /// Who owns it, and so outlives it: counting its references took a twentieth of a program's time.
    unowned(unsafe) let interpreter: Interpreter
    let unset: Foreign
    /// Whether the payload of a value that is one reference stands in the value's first word, so that
    /// ``payload(of:as:)`` may see it there.
    let readsReferences: Bool

    /// Bases of registers, constants, globals and captures of the running frame, by ``Operand`` table.
    let bases: UnsafeMutablePointer<UnsafeMutablePointer<Value>>
    let stack: UnsafeMutablePointer<Value>
    let frames: UnsafeMutablePointer<Frame>
    var frameCount = 0
    /// The first free register.
    var top: UnsafeMutablePointer<Value>
    /// All registers below hold values.
    var highWater: UnsafeMutablePointer<Value>
    var guardrail = StackGuard()
    /// Copies of code with stops in them, while evaluation winds up after an interrupted built-in.
    var patches: [UnsafeMutablePointer<Instruction>] = []
    /// Where the first NaN came from, while that is being searched for.
    var nanTrace: NaNTrace? { didSet { isTracing = nanTrace != nil } }
    private(set) var isTracing = false
    /// The part of the running instruction's expression that failed, where it is not all of it.
    var failedNode: Expr?

    static let stackCapacity = 1 << 20
    static let frameCapacity = 50_000
    /// The state of the outermost loop of the running statement, for its progress: see `forPrepare`.
    var outerLoop: UnsafeMutablePointer<Value>?

    /// Loop turns and calls between two looks at the interruption flag.
    static let pollInterval = 1024

    init(globals: Globals, interpreter: Interpreter) {
        self.globals = globals
        self.interpreter = interpreter
        unset = globals.unset
        readsReferences = Value.payloadsAreFirstWords
        bases = .allocate(capacity: 4)
        stack = .allocate(capacity: Self.stackCapacity)
        frames = .allocate(capacity: Self.frameCapacity)
        bases.initialize(repeating: stack, count: 4)
        bases[2] = globals.slots
        top = stack
        highWater = stack
        globals.onMove = { [bases] in bases[2] = $0 }
    }

    deinit {
        stack.deinitialize(count: highWater - stack)
        stack.deallocate()
        frames.deallocate()
        bases.deallocate()
        patches.forEach { $0.deallocate() }
    }

    // MARK: Running

    /// Runs the frames above `floor`.
    func run(floor: Int) throws -> Value {
        let bases = self.bases
        var pc = frames[frameCount - 1].pc
        var fuel = Self.pollInterval

        @inline(__always) func at(_ operand: UInt32) -> UnsafeMutablePointer<Value> {
            bases[Operand.table(operand)] + Operand.index(operand)
        }
        @inline(__always) func setNumber(_ place: UnsafeMutablePointer<Value>, _ x: Double) {
            if case .number = place.pointee {
                place.initialize(to: .number(x))
            } else {
                place.pointee = .number(x)
            }
        }
        @inline(__always) func setBool(_ place: UnsafeMutablePointer<Value>, _ flag: Bool) {
            switch place.pointee {
            case .number, .bool: place.initialize(to: .bool(flag))
            default: place.pointee = .bool(flag)
            }
        }

        // Each round begins anew behind a `catch`.
        while true {
            do {
                while true {
                    let i = pc.pointee
                    pc += 1
                    switch i.op {
                    case .add:
                        if case .number(let x) = at(i.b).pointee, case .number(let y) = at(i.c).pointee {
                            setNumber(at(i.a), x + y)
                        } else {
                            try binary(.add, i)
                        }
                    case .subtract:
                        if case .number(let x) = at(i.b).pointee, case .number(let y) = at(i.c).pointee {
                            setNumber(at(i.a), x - y)
                        } else {
                            try binary(.subtract, i)
                        }
                    case .multiply:
                        if case .number(let x) = at(i.b).pointee, case .number(let y) = at(i.c).pointee {
                            setNumber(at(i.a), x * y)
                        } else {
                            try binary(.multiply, i)
                        }
                    case .divide:
                        if case .number(let x) = at(i.b).pointee, case .number(let y) = at(i.c).pointee {
                            setNumber(at(i.a), x / y)
                        } else {
                            try binary(.divide, i)
                        }
                    case .remainder:
                        if case .number(let x) = at(i.b).pointee, case .number(let y) = at(i.c).pointee {
                            setNumber(at(i.a), floorRemainder(x, y))
                        } else {
                            try binary(.remainder, i)
                        }
                    case .power:
                        if case .number(let x) = at(i.b).pointee, case .number(let y) = at(i.c).pointee {
                            setNumber(at(i.a), y == 2 ? x * x : pow(x, y))
                        } else {
                            try binary(.power, i)
                        }
                    case .less:
                        if case .number(let x) = at(i.b).pointee, case .number(let y) = at(i.c).pointee {
                            setBool(at(i.a), x < y)
                        } else {
                            try binary(.less, i)
                        }
                    case .lessOrEqual:
                        if case .number(let x) = at(i.b).pointee, case .number(let y) = at(i.c).pointee {
                            setBool(at(i.a), x <= y)
                        } else {
                            try binary(.lessOrEqual, i)
                        }
                    case .greater:
                        if case .number(let x) = at(i.b).pointee, case .number(let y) = at(i.c).pointee {
                            setBool(at(i.a), x > y)
                        } else {
                            try binary(.greater, i)
                        }
                    case .greaterOrEqual:
                        if case .number(let x) = at(i.b).pointee, case .number(let y) = at(i.c).pointee {
                            setBool(at(i.a), x >= y)
                        } else {
                            try binary(.greaterOrEqual, i)
                        }
                    case .equal:
                        if case .number(let x) = at(i.b).pointee, case .number(let y) = at(i.c).pointee {
                            setBool(at(i.a), x == y)
                        } else {
                            try binary(.equal, i)
                        }
                    case .notEqual:
                        if case .number(let x) = at(i.b).pointee, case .number(let y) = at(i.c).pointee {
                            setBool(at(i.a), x != y)
                        } else {
                            try binary(.notEqual, i)
                        }
                    case .unlessLess:
                        if case .number(let x) = at(i.b).pointee, case .number(let y) = at(i.c).pointee {
                            if !(x < y) { pc = target(i.a) }
                        } else if try !comparison(.less, i) {
                            pc = target(i.a)
                        }
                    case .unlessLessOrEqual:
                        if case .number(let x) = at(i.b).pointee, case .number(let y) = at(i.c).pointee {
                            if !(x <= y) { pc = target(i.a) }
                        } else if try !comparison(.lessOrEqual, i) {
                            pc = target(i.a)
                        }
                    case .unlessGreater:
                        if case .number(let x) = at(i.b).pointee, case .number(let y) = at(i.c).pointee {
                            if !(x > y) { pc = target(i.a) }
                        } else if try !comparison(.greater, i) {
                            pc = target(i.a)
                        }
                    case .unlessGreaterOrEqual:
                        if case .number(let x) = at(i.b).pointee, case .number(let y) = at(i.c).pointee {
                            if !(x >= y) { pc = target(i.a) }
                        } else if try !comparison(.greaterOrEqual, i) {
                            pc = target(i.a)
                        }
                    case .unlessEqual:
                        if case .number(let x) = at(i.b).pointee, case .number(let y) = at(i.c).pointee {
                            if !(x == y) { pc = target(i.a) }
                        } else if try !comparison(.equal, i) {
                            pc = target(i.a)
                        }
                    case .unlessNotEqual:
                        if case .number(let x) = at(i.b).pointee, case .number(let y) = at(i.c).pointee {
                            if !(x != y) { pc = target(i.a) }
                        } else if try !comparison(.notEqual, i) {
                            pc = target(i.a)
                        }
                    case .load:
                        let from = at(i.b)
                        if case .number(let x) = from.pointee {
                            setNumber(at(i.a), x)
                        } else {
                            if i.n == 1, globals.isUnset(from.pointee) { throw undefined(i.b, .whole) }
                            at(i.a).pointee = from.pointee
                            if Operand.isTemporary(i.b) { Self.drop(from) }
                        }
                    case .clear:
                        let first = at(i.a)
                        for offset in 0..<Int(i.c) { Self.drop(first + offset) }
                    case .checkSet:
                        if case .foreign(let foreign) = at(i.a).pointee, foreign === unset {
                            throw undefined(i.a, .whole)
                        }
                    case .negate:
                        if case .number(let x) = at(i.b).pointee {
                            setNumber(at(i.a), -x)
                        } else {
                            at(i.a).pointee = try negated(i)
                        }
                    case .not:
                        let flag = try truth(of: at(i.b).pointee)
                        if Operand.isTemporary(i.b) { Self.drop(at(i.b)) }
                        setBool(at(i.a), !flag)
                    case .contains, .containsNot:
                        let flag = try contains(at(i.b).pointee, in: at(i.c).pointee)
                        if Operand.isTemporary(i.b) { Self.drop(at(i.b)) }
                        if Operand.isTemporary(i.c) { Self.drop(at(i.c)) }
                        setBool(at(i.a), flag == (i.op == .contains))
                    case .matrixProduct: try binary(.matrixProduct, i)
                    case .traced: try traced(i, at: pc - 1)
                    case .jump: pc = target(i.a)
                    case .jumpBack:
                        pc = target(i.a)
                        fuel &-= 1
                        if fuel <= 0 {
                            fuel = Self.pollInterval
                            try poll()
                        }
                    case .jumpIfFalse, .jumpIfTrue:
                        let flag: Bool
                        if case .bool(let value) = at(i.b).pointee {
                            flag = value
                        } else {
                            flag = try truth(of: at(i.b).pointee)
                            if Operand.isTemporary(i.b) { Self.drop(at(i.b)) }
                        }
                        if flag == (i.op == .jumpIfTrue) { pc = target(i.a) }
                    case .forPrepare:
                        try forPrepare(
                            at(i.a), at(i.b).pointee, names: i.n, dropping: Operand.isTemporary(i.b) ? at(i.b) : nil)
                        if frameCount == 1, loopPlace == nil { outerLoop = at(i.a) }
                    case .forNext:
                        let state = at(i.b)
                        if case .number(let count) = state.pointee, case .number(let turn) = state[1],
                            case .number(let start) = state[2], case .number(let step) = state[3]
                        {
                            if turn < count {
                                setNumber(at(i.a), start + step * turn)
                                setNumber(state + 1, turn + 1)
                            } else {
                                pc = target(i.c)
                                if state == outerLoop { endOuterLoop() }
                            }
                        } else if let item = try nextItem(state) {
                            at(i.a).pointee = item
                        } else {
                            pc = target(i.c)
                            if state == outerLoop { endOuterLoop() }
                        }
                    case .list: try makeList(i)
                    case .record: try makeRecord(i)
                    case .text: try makeText(i)
                    case .function: try makeFunction(i)
                    case .field: try field(i, at: pc - 1)
                    case .setField: try setField(i, at: pc - 1)
                    case .item: try item(i)
                    case .setItem: try setItem(i)
                    case .items: try items(i)
                    case .setItems: try setItems(i)
                    case .unpack: try unpack(i)
                    case .setPath: try setPath(i)
                    case .updatePath:
                        if isTracing { frames[frameCount - 1].pc = pc }
                        try updatePath(i)
                    case .mergeInto:
                        frames[frameCount - 1].pc = pc
                        try mergeInto(i)
                    case .call:
                        let window = at(i.b)
                        fuel &-= 1
                        if fuel <= 0 {
                            fuel = Self.pollInterval
                            try poll()
                        }
                        if let (entry, captures) = entry(of: window, Int32(i.n)) {
                            frames[frameCount - 1].pc = pc
                            try push(entry, captures: captures, base: window + 1, destination: i.a)
                            pc = frames[frameCount - 1].code
                        } else {
                            frames[frameCount - 1].pc = pc
                            if try call(window, i, names: nil) { pc = frames[frameCount - 1].pc }
                            if interpreter.pendingStop != nil { pc = armStops(pc) }
                        }
                    case .callGlobal:
                        let window = at(i.b)
                        let slot = bases[2] + Int(truncatingIfNeeded: i.c)
                        pc += 1
                        fuel &-= 1
                        if fuel <= 0 {
                            fuel = Self.pollInterval
                            try poll()
                        }
                        frames[frameCount - 1].pc = pc
                        if let (entry, captures) = entry(of: slot, Int32(i.n)) {
                            try push(entry, captures: captures, base: window + 1, destination: i.a)
                            pc = frames[frameCount - 1].code
                        } else {
                            if globals.isUnset(slot.pointee) { throw undefined(Operand.global | i.c, .callee) }
                            window.pointee = slot.pointee
                            if try call(window, pc[-1], names: nil) { pc = frames[frameCount - 1].pc }
                            if interpreter.pendingStop != nil { pc = armStops(pc) }
                        }
                    case .data: break
                    case .callNamed:
                        frames[frameCount - 1].pc = pc
                        try poll()
                        if try call(at(i.b), i, names: currentSite(i.c).names) { pc = frames[frameCount - 1].pc }
                        if interpreter.pendingStop != nil { pc = armStops(pc) }
                    case .callQuick:
                        let window = at(i.b)
                        fuel &-= 1
                        if let value = quickly(window, i) {
                            for offset in 0..<Int(i.n) { Self.drop(window + 1 + offset) }
                            at(i.a).pointee = value
                            if fuel <= 0 {
                                fuel = Self.pollInterval
                                try poll()
                            }
                        } else {
                            fuel = max(fuel, 1)
                            frames[frameCount - 1].pc = pc
                            try poll()
                            try callBuiltin(window, i)
                            if interpreter.pendingStop != nil { pc = armStops(pc) }
                        }
                    case .callNumeric, .callBuiltin:
                        let window = at(i.b)
                        if i.op == .callNumeric, case .number(let x) = window[1],
                            let ofNumber = currentSite(i.c).builtin?.ofNumber
                        {
                            setNumber(at(i.a), ofNumber(x))
                        } else {
                            frames[frameCount - 1].pc = pc
                            try poll()
                            try callBuiltin(window, i)
                            if interpreter.pendingStop != nil { pc = armStops(pc) }
                        }
                    case .itself: at(i.a).pointee = bases[0][-1]
                    case .return:
                        let destination = frames[frameCount - 1].destination
                        if case .number(let x) = at(i.a).pointee {
                            pop()
                            if frameCount == floor { return .number(x) }
                            // The register that held the function is free again; it may be the destination.
                            pc = frames[frameCount - 1].pc
                            Self.drop(window(before: pc))
                            setNumber(at(destination), x)
                        } else {
                            let value = at(i.a).pointee
                            pop()
                            if frameCount == floor { return value }
                            pc = frames[frameCount - 1].pc
                            Self.drop(window(before: pc))
                            at(destination).pointee = value
                        }
                    case .use:
                        frames[frameCount - 1].pc = pc
                        try use(i)
                        if interpreter.pendingStop != nil { pc = armStops(pc) }
                    case .stop:
                        throw Interruption(interpreter.pendingStop ?? "interrupted")
                    }
                }
            } catch {
                let error = located(error, pc: pc - 1, floor: floor)
                guard let next = try caught(error, pc: pc - 1, floor: floor) else { throw error }
                pc = next
            }
        }
    }
}
