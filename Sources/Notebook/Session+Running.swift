// Running cells: statement by statement, with what is remembered of each.
import Language
import Tensors
import Vocabulary

extension Session {
    /// Runs a cell. Its statements run in order up to the first that fails; names bound before keep their values.
    ///
    /// - Parameter keepsGoing: go on with the next statement after one that failed.
    @discardableResult
    public func run(_ cell: Cell, keepsGoing: Bool = false) -> [Output] {
        run(cell, keepsGoing: keepsGoing, repeating: nil)
    }

    @discardableResult
    func run(_ cell: Cell, keepsGoing: Bool = false, repeating repetition: CellRun.Repetition?) -> [Output] {
        let isNumbered = cell.origin == nil
        return asCell(numbered: isNumbered, repeating: repetition) { run in
            guard isNumbered else {
                return perform(cell.source, origin: cell.origin ?? .cell(nextCell), keepsGoing: keepsGoing).ending
            }
            let before = checkpoint()
            finishWaitingWork()
            let start = ContinuousClock.now
            let ending = perform(cell.source.trimmingNewlines, origin: .cell(nextCell), keepsGoing: keepsGoing).ending
            if isTimed {
                finishWaitingWork()
                emit(.text(.messages, SessionCommands.duration((ContinuousClock.now - start) / .seconds(1)) + "\n"))
            }
            if run.hasChanged { remember(before) }
            nextCell = run.nextNumber
            followGuide(cell.source, failed: ending != .finished)
            return ending
        }
    }

    /// Runs a script in this session before its cells: its chunks are remembered as `:load` does, and have no number.
    public func begin(with script: String, name: String) {
        _ = asCell(numbered: false) { run in
            run.filesRead = [name: script]
            return load(script, name: name)
        }
    }

    /// Runs the statements of a text and remembers what they did. Cells run this, and so do commands that run text of
    /// their own (`:load`, `:rerun`), inside a cell.
    @discardableResult
    func perform(
        _ text: String, origin: Source.Origin, leading: String = "", isWhole: Bool = false, isRerun: Bool = false,
        keepsGoing: Bool = false
    ) -> CellRecord {
        var record = CellRecord(number: nextCell, origin: origin, source: text)
        record.isWhole = isWhole
        record.isRerun = isRerun
        record.randomBefore = configuration.engine?.generator
        let source = Source(text, origin: origin)
        do {
            let program = try Program(parsing: source)
            try interpreter.check(program)
            perform(program, leading: leading, &record, keepsGoing: keepsGoing)
        } catch {
            record.ending = .failed
            fail(error as? Diagnostic ?? Diagnostic("\(error)", source: source, span: Span(0, 0)))
        }
        record.randomAfter = configuration.engine?.generator
        if keepsRecords, running?.leavesNoRecord != true {
            history.append(record)
        }
        running?.leavesNoRecord = false
        return record
    }

    private func perform(_ program: Program, leading: String, _ record: inout CellRecord, keepsGoing: Bool) {
        let groups = program.groups
        if groups.isEmpty { record.pieces.append(.init(source: leading + program.source.text, output: "")) }
        for (number, group) in groups.enumerated() {
            let start = running?.outputs.count ?? 0
            var finished = group.statements.lowerBound
            for index in group.statements {
                let statement = program.statements[index]
                let ending = run(statement, of: program)
                var isKept = ending == .finished
                if ending != .finished {
                    record.ending = ending
                    record.isPartial = record.isPartial || statement.isCompound && !statement.binds.isEmpty
                    // What an interrupted statement had was kept.
                    if case .interrupted = ending { isKept = running?.wasAbandoned != true }
                }
                if isKept {
                    finished = index + 1
                    if keepsRecords { nameUse.note(statement, in: &record, interpreter) }
                }
                if isOver(ending, keepsGoing) { break }
            }
            if keepsRecords, finished > group.statements.lowerBound {
                let ran = group.statements.lowerBound..<finished
                record.pieces.append(
                    piece(
                        ran, of: group, in: program, leading: number == 0 ? leading : "",
                        running?.outputs[start...] ?? []))
            }
            if isOver(record.ending, keepsGoing) { break }
        }
    }

    /// Whether nothing more is to be run after a statement.
    private func isOver(_ ending: CellRecord.Ending, _ keepsGoing: Bool) -> Bool {
        isQuitting || running?.isStopped == true || ending != .finished && !(keepsGoing && mayGoOn())
    }

    private func fail(_ error: Diagnostic) {
        lastFailure = error
        emit(.failure(error))
    }

    /// Whether what follows something that failed may run, as behind a `catch`: under mpirun all ranks must have met its
    /// error.
    func mayGoOn() -> Bool {
        do {
            return try lastFailure.map(mayCatch) ?? true
        } catch {
            running?.isStopped = true
            return false
        }
    }

    /// What is remembered of statements on the same lines, the last of which may have failed.
    private func piece(
        _ ran: Range<Int>, of group: Program.Group, in program: Program, leading: String, _ outputs: ArraySlice<Output>
    ) -> CellRecord.Piece {
        // Of a line whose end failed the beginning stays, without the error, and as silent as it was.
        let isCut = ran.upperBound < group.statements.upperBound
        let statements = program.statements[ran]
        let end = isCut ? statements.last?.span.end ?? group.span.end : group.span.end
        let said = isCut ? outputs.filter { if case .failure = $0 { false } else { true } } : Array(outputs)
        var piece = CellRecord.Piece(
            source: leading + program.source.text(Span(Int(group.span.start), Int(end)))
                + (isCut && statements.last?.isSilent ?? false ? ";" : ""),
            output: said.saved)
        piece.items = said.compactMap { ExportedDocument.Item($0) }
        piece.isLook = statements.allSatisfy { $0.command.map(SessionCommands.onlyLooks) ?? false }
        if statements.count == 1, let only = statements.first, only.isPrinted {
            piece.valueStart = leading.utf8.count + Int(only.span.start - group.span.start)
        }
        return piece
    }

    /// Runs one statement and shows what went wrong, if anything did.
    private func run(_ statement: Program.Statement, of program: Program) -> CellRecord.Ending {
        beforeStatement()
        defer { configuration.progress?.finish() }
        // Only whoever can press Ctrl-C twice needs a way back.
        let before = running?.number == nil ? nil : checkpoint(before: statement)
        let generator = configuration.engine?.generator
        running?.wasAbandoned = false
        do {
            if statement.command == nil { willChange() }
            try interpreter.run(statement, of: program)
            return .finished
        } catch let told as AlreadyTold {
            return told.ending
        } catch let interruption as Language.Interruption {
            running?.isStopped = true
            if exitStatus != nil { return .finished }
            var message = interruption.message
            if isAbandoned, let before {
                restore(before)
                running?.wasAbandoned = true
                message = "abandoned: names keep the values they had before this statement"
            }
            emit(.interrupted(message))
            return .interrupted(message)
        } catch {
            fail(error as? Diagnostic ?? Diagnostic("\(error)", source: program.source, span: statement.span))
        }
        // A statement that failed draws no random numbers: a saved session, which leaves it out, repeats the others
        // exactly.
        if let generator { configuration.engine?.generator = generator }
        return .failed
    }

    /// What cells that a command ran have already said of their ending; it is the command's, too.
    private struct AlreadyTold: Error { let ending: CellRecord.Ending }
    /// Ends a command as the cells ended that it ran.
    static func pass(on ending: CellRecord.Ending) throws {
        if ending != .finished { throw AlreadyTold(ending: ending) }
    }

    // MARK: For the commands

    /// Computes what was asked for and not read yet: before a clock is read, so that it belongs to the time before.
    func finishWaitingWork() { configuration.engine?.device.finishWaitingWork() }

    /// A command is about to change names or the random generator: `:undo` takes its cell back too.
    func willChange() { running?.hasChanged = true }

    /// A command changed nothing that `:undo` could take back.
    func hasChangedNothing() { running?.hasChanged = false }

    /// A lost session is being brought back: commands that would act on the outside or only look do nothing.
    var isRepeating: Bool { running?.repetition != nil }

    /// Runs text on behalf of a command, as if it stood in its place.
    func runNested(_ text: String, in source: Source) throws {
        willChange()
        try interpreter.run(Source(text, origin: source.origin))
    }

    /// The value of an expression, which is not printed; whatever running it changed is put back.
    func evaluate(_ text: String, in source: Source) throws -> Value? {
        let (before, hadChanged) = (checkpoint(), running?.hasChanged ?? false)
        var result: Value?
        running?.capture = { result = $0 }
        defer {
            running?.capture = nil
            restore(before)
            running?.hasChanged = hadChanged
        }
        try interpreter.run(Source(text, origin: source.origin))
        return result
    }
}
