// The machine's stack: frames of calls in progress and their registers.

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

extension Machine {
    /// Runs a prototype whose arguments stand from `base` on, until it gives back.
    func execute(
        _ prototype: Prototype, captures: UnsafeMutablePointer<Value>, base: UnsafeMutablePointer<Value>
    ) throws -> Value {
        if guardrail.isExhausted {
            throw LanguageError("functions call each other too deeply", note: "does the recursion have an end?")
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

    @inline(__always)
    func push(
        _ entry: UnsafeMutablePointer<Prototype.Entry>, captures: UnsafeMutablePointer<Value>,
        base: UnsafeMutablePointer<Value>, destination: UInt32
    ) throws {
        let end = base + entry.pointee.registerCount
        if end + 64 > stack + Self.stackCapacity || frameCount == Self.frameCapacity {
            throw frameCount < 100
                ? tooManyValues
                : LanguageError(
                    "functions call each other too deeply (\(frameCount) calls)",
                    note: "does the recursion have an end?")
        }
        if end > highWater {
            highWater.initialize(repeating: .nothing, count: end - highWater)
            highWater = end
        }
        let code =
            isTracing
            ? tracedCode(of: entry.pointee.prototype.unsafelyUnwrapped.takeUnretainedValue()) : entry.pointee.code
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

    private var tooManyValues: LanguageError {
        LanguageError(
            "this needs too many values at once",
            advice: ["long lists are read from files, as with read_json or read_csv"])
    }

    /// Makes sure that so many registers above the top hold values.
    func reserve(_ count: Int) throws {
        let end = top + count
        if end + 64 > stack + Self.stackCapacity {
            throw frameCount < 100 ? tooManyValues : LanguageError("functions call each other too deeply")
        }
        if end > highWater {
            highWater.initialize(repeating: .nothing, count: end - highWater)
            highWater = end
        }
    }

    /// Removes the last frame and lets go of its registers.
    @inline(__always)
    func pop() {
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

    // MARK: What the running frame refers to

    /// The window register of the call instruction before `pc`, which held the function.
    @inline(__always)
    func window(before pc: UnsafeMutablePointer<Instruction>) -> UnsafeMutablePointer<Value> {
        bases[0] + Operand.index(pc[-1].b)
    }

    /// What it takes to enter the function in a place, when it is a user function without options set that wants just
    /// so many arguments. Whoever calls keeps the function alive: it stands in the window, or in a slot that keeps what
    /// is overwritten while functions run.
    @inline(__always)
    func entry(
        of place: UnsafeMutablePointer<Value>, _ count: Int32
    ) -> (UnsafeMutablePointer<Prototype.Entry>, UnsafeMutablePointer<Value>)? {
        guard case .function(let function) = place.pointee, let entry = function.entry,
            entry.pointee.parameterCount == count, let captures = function.captures
        else { return nil }
        return (entry, captures)
    }

    @inline(__always)
    func target(_ index: UInt32) -> UnsafeMutablePointer<Instruction> {
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
}
