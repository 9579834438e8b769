// Looking up from the work: interruption, the progress of loops, and stopping where a statement ends.

extension Machine {
    /// Looks at the interruption flags.
    func poll() throws {
        let host = interpreter.host
        if outerLoop != nil { reportLoop(to: host) }
        if host.isAbandoned || (interpreter.pendingStop == nil && host.isInterrupted) { throw Interruption() }
        try interpreter.watchMemory()
    }

    /// Turn and number of turns of the outermost loop; nil when it is over.
    var loopPlace: (turn: Int, count: Int)? {
        guard let state = outerLoop, case .number(let turn) = state[1] else { return nil }
        if case .number(let count) = state[0] { return (Int(turn), Int(count)) }
        if case .number(let count) = state[2] { return (Int(turn), Int(count)) }
        return nil
    }

    func endOuterLoop() {
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

    /// After an interrupted built-in: lets every frame stop where its running statement ends. Returns the place to go
    /// on in the last frame's changed code.
    func armStops(_ pc: UnsafeMutablePointer<Instruction>) -> UnsafeMutablePointer<Instruction> {
        frames[frameCount - 1].pc = pc
        for index in 0..<frameCount {
            let frame = frames[index]
            let prototype = frame.prototype
            let offset = frame.pc - frame.code
            // A frame whose code is a copy already has its stop.
            guard !patches.contains(frame.code) else { continue }
            let range = prototype.statements.filter { $0.contains(offset - 1) }.min { $0.count < $1.count }
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
