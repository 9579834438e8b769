// The machine: runs bytecode on a stack of registers. Numbers take the short way; everything else leaves the loop.

import Foundation

/// A call of a user function, or a top-level statement, in progress.
struct Frame {
    var entry: UnsafeMutablePointer<Prototype.Entry>
    var captures: UnsafeMutablePointer<Value>
    /// Its first register.
    var base: UnsafeMutablePointer<Value>
    /// Its code, or a copy of it with a stop.
    var code: UnsafeMutablePointer<Instruction>
    /// The instruction to go on with when a function it calls gives back.
    var pc: UnsafeMutablePointer<Instruction>
    /// Where the caller wants the result.
    var destination: UInt32

    @inline(__always) var prototype: Prototype {
        // An entry lives as long as its prototype, which whoever runs the frame holds.
        entry.pointee.prototype.unsafelyUnwrapped.takeUnretainedValue()
    }
}

final class Machine {
    let globals: Globals
    unowned let interpreter: Interpreter
    let unset: Foreign

    /// Bases of registers, constants, globals and captures of the running frame, by ``Operand`` table.
    let bases: UnsafeMutablePointer<UnsafeMutablePointer<Value>>
    let stack: UnsafeMutablePointer<Value>
    let frames: UnsafeMutablePointer<Frame>
    var frameCount = 0
    /// The first free register.
    var top: UnsafeMutablePointer<Value>
    /// All registers below hold values.
    private var highWater: UnsafeMutablePointer<Value>
    var guardrail = StackGuard()
    /// Copies of code with stops in them, while evaluation winds up after an interrupted built-in.
    private var patches: [UnsafeMutablePointer<Instruction>] = []
    /// Where the first NaN came from, while that is being searched for.
    var nanTrace: NaNTrace? { didSet { isTracing = nanTrace != nil } }
    private var isTracing = false
    /// Whether a function value's reference stands in the value's first word, so that it can be read without counting.
    private let readsReferences: Bool

    static let stackCapacity = 1 << 20
    static let frameCapacity = 50_000
    /// The state of the outermost loop of the running statement, for its progress: see `forPrepare`.
    var outerLoop: UnsafeMutablePointer<Value>?

    /// Loop turns and calls between two looks at the interruption flag.
    private static let pollInterval = 1024

    init(globals: Globals, interpreter: Interpreter) {
        self.globals = globals
        self.interpreter = interpreter
        unset = globals.unset
        bases = .allocate(capacity: 4)
        stack = .allocate(capacity: Self.stackCapacity)
        frames = .allocate(capacity: Self.frameCapacity)
        bases.initialize(repeating: stack, count: 4)
        bases[2] = globals.slots
        top = stack
        highWater = stack
        readsReferences = Self.referencesAreFirstWords()
        globals.onMove = { [bases] in bases[2] = $0 }
    }

    deinit {
        stack.deinitialize(count: highWater - stack)
        stack.deallocate()
        frames.deallocate()
        bases.deallocate()
        patches.forEach { $0.deallocate() }
    }

    // MARK: Frames

    @inline(__always)
    func push(
        _ entry: UnsafeMutablePointer<Prototype.Entry>, captures: UnsafeMutablePointer<Value>,
        base: UnsafeMutablePointer<Value>, destination: UInt32
    ) throws {
        let end = base + entry.pointee.registerCount
        if end + 64 > stack + Self.stackCapacity || frameCount == Self.frameCapacity {
            throw frameCount < 100
                ? tooManyValues
                : Complaint(
                    "functions call each other too deeply (\(frameCount) calls)", note: "does the recursion have an end?")
        }
        if end > highWater {
            highWater.initialize(repeating: .nothing, count: end - highWater)
            highWater = end
        }
        let code = isTracing ? tracedCode(of: entry.pointee.prototype.unsafelyUnwrapped.takeUnretainedValue()) : entry.pointee.code
        (frames + frameCount).initialize(
            to: Frame(
                entry: entry, captures: captures, base: base, code: code, pc: code,
                destination: destination))
        frameCount += 1
        top = end
        if entry.pointee.hasUnsetRegisters {
            for register in frames[frameCount - 1].prototype.unsetRegisters { base[register] = .foreign(unset) }
        }
        bases[0] = base
        bases[1] = entry.pointee.constants
        bases[3] = captures
    }

    private var tooManyValues: Complaint {
        Complaint("this needs too many values at once", advice: ["long lists are read from files, as with read_json or read_csv"])
    }

    /// Makes sure that so many registers above the top hold values.
    func reserve(_ count: Int) throws {
        let end = top + count
        if end + 64 > stack + Self.stackCapacity {
            throw frameCount < 100 ? tooManyValues : Complaint("functions call each other too deeply")
        }
        if end > highWater {
            highWater.initialize(repeating: .nothing, count: end - highWater)
            highWater = end
        }
    }

    /// Removes the last frame and lets go of its registers.
    @inline(__always)
    private func pop() {
        frameCount -= 1
        let frame = frames + frameCount
        var register = frame.pointee.base
        while register < top {
            Self.drop(register)
            register += 1
        }
        if frameCount > 0 {
            let caller = frames + (frameCount - 1)
            top = caller.pointee.base + caller.pointee.entry.pointee.registerCount
            bases[0] = caller.pointee.base
            bases[1] = caller.pointee.entry.pointee.constants
            bases[3] = caller.pointee.captures
        } else {
            top = stack
        }
    }

    /// Lets go of what a register refers to; numbers may stay.
    @inline(__always)
    static func drop(_ register: UnsafeMutablePointer<Value>) {
        switch register.pointee {
        case .number, .bool, .nothing: break
        default: register.pointee = .nothing
        }
    }

    // MARK: Running

    /// Runs a prototype whose arguments stand from `base` on, until it gives back.
    func execute(
        _ prototype: Prototype, captures: UnsafeMutablePointer<Value>, base: UnsafeMutablePointer<Value>
    ) throws -> Value {
        if guardrail.isExhausted {
            throw Complaint("functions call each other too deeply", note: "does the recursion have an end?")
        }
        let floor = frameCount
        let floorTop = top
        let result: Value
        do {
            try push(prototype.entry, captures: captures, base: base, destination: 0)
            result = try run(floor: floor)
        } catch {
            while frameCount > floor { pop() }
            restoreTop(floorTop)
            throw error
        }
        restoreTop(floorTop)
        return result
    }

    private func restoreTop(_ saved: UnsafeMutablePointer<Value>) {
        top = saved
        if frameCount == 0, !patches.isEmpty {
            patches.forEach { $0.deallocate() }
            patches = []
        }
    }

    private func run(floor: Int) throws -> Value {
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
                    for offset in 0..<Int(i.n) { Self.drop(first + offset) }
                case .checkSet:
                    if case .foreign(let foreign) = at(i.a).pointee, foreign === unset { throw undefined(i.a, .whole) }
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
                case .traced: try traced(i)
                case .jump: pc = target(i.a)
                case .jumpBack:
                    pc = target(i.a)
                    fuel &-= 1
                    if fuel == 0 {
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
                    try forPrepare(at(i.a), at(i.b).pointee, dropping: Operand.isTemporary(i.b) ? at(i.b) : nil)
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
                case .field: try field(i)
                case .setField: try setField(i)
                case .item: try item(i)
                case .setItem: try setItem(i)
                case .items: try items(i)
                case .setItems: try setItems(i)
                case .unpack: try unpack(i)
                case .call:
                    let window = at(i.b)
                    fuel &-= 1
                    if fuel == 0 {
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
                    if fuel == 0 {
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
                case .giveBack:
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
                case .stop:
                    throw Interruption(interpreter.pendingStop ?? "interrupted")
                }
            }
        } catch {
            throw located(error, pc: pc - 1, floor: floor)
        }
    }

    /// The window register of the call instruction before `pc`, which held the function.
    @inline(__always)
    private func window(before pc: UnsafeMutablePointer<Instruction>) -> UnsafeMutablePointer<Value> {
        bases[0] + Operand.index(pc[-1].b)
    }

    /// What it takes to enter the function in a place, when it is a user function without options set that wants just
    /// so many arguments. Whoever calls keeps the function alive: it stands in the window, or in a slot that keeps what
    /// is overwritten while functions run.
    @inline(__always)
    private func entry(
        of place: UnsafeMutablePointer<Value>, _ count: Int32
    ) -> (UnsafeMutablePointer<Prototype.Entry>, UnsafeMutablePointer<Value>)? {
        guard case .function = place.pointee, readsReferences else { return nil }
        return UnsafeRawPointer(place).load(as: Unmanaged<Function>.self)._withUnsafeGuaranteedRef { function in
            guard let entry = function.entry, entry.pointee.parameterCount == count, let captures = function.captures
            else { return nil }
            return (entry, captures)
        }
    }

    private static func referencesAreFirstWords() -> Bool {
        let function = Function(Builtin("", family: "", summary: "") { _ in .nothing })
        var value = Value.function(function)
        return withUnsafeBytes(of: &value) {
            $0.load(as: UnsafeRawPointer.self) == UnsafeRawPointer(Unmanaged.passUnretained(function).toOpaque())
        }
    }

    @inline(__always)
    private func target(_ index: UInt32) -> UnsafeMutablePointer<Instruction> {
        frames[frameCount - 1].code + Int(index)
    }

    @inline(__always)
    func currentSite(_ index: UInt32) -> Site {
        frames[frameCount - 1].prototype.sites[Int(index)]
    }

    /// The prototype that is running.
    var prototype: Prototype { frames[frameCount - 1].prototype }

    func place(_ operand: UInt32) -> UnsafeMutablePointer<Value> {
        bases[Operand.table(operand)] + Operand.index(operand)
    }

    /// Takes an operand's value; a temporary is used up.
    func take(_ operand: UInt32) -> Value {
        let place = place(operand)
        let value = place.pointee
        if Operand.isTemporary(operand) { Self.drop(place) }
        return value
    }

    // MARK: Stopping

    /// Looks at the interruption flags.
    func poll() throws {
        let host = interpreter.host
        if outerLoop != nil { reportLoop(to: host) }
        if host.isAbandoned || (interpreter.pendingStop == nil && host.isInterrupted) { throw Interruption() }
    }

    /// Turn and number of turns of the outermost loop; nil when it is over.
    private var loopPlace: (turn: Int, count: Int)? {
        guard let state = outerLoop, case .number(let turn) = state[1] else { return nil }
        if case .number(let count) = state[0] { return (Int(turn), Int(count)) }
        if case .number(let count) = state[2] { return (Int(turn), Int(count)) }
        return nil
    }

    private func endOuterLoop() {
        if let count = loopPlace?.count { interpreter.host.loopProgress(done: count, total: count) }
        outerLoop = nil
    }

    private func reportLoop(to host: any InterpreterHost) {
        guard let (turn, count) = loopPlace else {
            outerLoop = nil
            return
        }
        host.loopProgress(done: max(0, turn - 1), total: count)
    }

    /// After an interrupted built-in: lets every frame stop where its running statement ends. Returns the place to go on
    /// in the last frame's changed code.
    private func armStops(_ pc: UnsafeMutablePointer<Instruction>) -> UnsafeMutablePointer<Instruction> {
        frames[frameCount - 1].pc = pc
        for index in 0..<frameCount {
            let frame = frames[index]
            let prototype = frame.prototype
            let offset = frame.pc - frame.code
            // A frame whose code is a copy already has its stop.
            guard !patches.contains(frame.code) else { continue }
            let range = prototype.statements.filter { $0.contains(offset - 1) }.max { $0.count < $1.count }
            let stop = range?.upperBound ?? offset
            guard stop < prototype.codeCount else { continue }
            let copy = UnsafeMutablePointer<Instruction>.allocate(capacity: prototype.codeCount)
            copy.initialize(from: frame.code, count: prototype.codeCount)
            copy[stop] = Instruction(op: .stop)
            patches.append(copy)
            frames[index].code = copy
            frames[index].pc = copy + offset
        }
        return frames[frameCount - 1].pc
    }
}

/// Python's remainder: the sign of the divisor.
@inline(__always)
func floorRemainder(_ x: Double, _ y: Double) -> Double {
    let remainder = fmod(x, y)
    return remainder != 0 && (remainder < 0) != (y < 0) ? remainder + y : remainder
}
