// `try … catch`: an error becomes a value, and evaluation goes on behind the `catch`.

extension Machine {
    /// Where evaluation goes on after an error: frames above that of the `try` are left, its temporaries are dropped,
    /// and the error stands in its name. nil when nothing catches it down to `floor`, or nothing may: an interruption
    /// is no error. Throws where the host forbids it.
    func caught(
        _ error: any Error, pc: UnsafeMutablePointer<Instruction>, floor: Int
    ) throws -> UnsafeMutablePointer<Instruction>? {
        guard let diagnostic = error as? Diagnostic, interpreter.pendingStop == nil else { return nil }
        for index in stride(from: frameCount - 1, through: floor, by: -1) {
            let frame = frames[index]
            let prototype = frame.prototype
            guard !prototype.catches.isEmpty else { continue }
            // The frames below the last stand behind the call that they wait for.
            let offset = (index == frameCount - 1 ? pc : frame.pc - 1) - frame.code
            guard let handler = prototype.catches.first(where: { $0.covered.contains(offset) }) else { continue }
            guard try interpreter.host.mayCatch(diagnostic) else { return nil }
            while frameCount - 1 > index { pop() }
            for register in handler.firstTemporary..<max(handler.firstTemporary, prototype.registerCount) {
                Self.drop(frame.base + register)
            }
            if let place = handler.error { self.place(place).pointee = .record(caughtValue(diagnostic)) }
            return frames[index].code + handler.target
        }
        return nil
    }

    /// What was caught; its message may hold numbers that the derivative under way follows.
    private func caughtValue(_ diagnostic: Diagnostic) -> Record {
        var record = diagnostic.value
        guard interpreter.holdsTrackedText else { return record }
        for (name, value) in record.fields {
            if case .string(let text) = value { record[name] = .string(text.tracked()) }
        }
        return record
    }
}

extension Diagnostic {
    /// The error as `catch` gives it: `(message=…, place="cell 3", line=2, column=5, advice=[…], report=…)`.
    var value: Record {
        let (line, column) = position
        let place: String =
            switch source.origin {
            case .cell(let number): "cell \(number)"
            case .file(let name, _): name
            }
        return Record([
            ("message", .string(message)), ("place", .string(place)), ("line", .number(line)),
            ("column", .number(column)),
            ("advice", .list(((note.map { [$0] } ?? []) + advice).map { .string($0) })),
            ("report", .string(rendered())),
        ])
    }
}
