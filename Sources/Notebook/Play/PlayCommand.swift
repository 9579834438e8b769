// `:play`: a script as a lesson, cell by cell.
import Language

extension SessionCommands {
    /// `:play lesson.lethe`, `:play next`, `:play back`, `:play show`, `:play stop`.
    func play(_ rest: String) throws {
        switch rest {
        case "next": try playing().next()
        case "back": try playing().move { $0.goBack() }
        case "show": try playing().showSolution()
        case "stop":
            tell(session.lesson == nil ? "no lesson is under way" : "the lesson is over; names keep their values")
            session.lesson = nil
        case "":
            guard session.lesson != nil else {
                throw LanguageError("`:play` needs a script, as in `:play lesson.lethe`")
            }
            LessonPlayer(session: session).move { $0.showAnew() }
        default:
            let path = try path(rest, "`:play` needs a script, as in `:play lesson.lethe`")
            let lesson = Lesson(path: path, document: Document(try session.text(ofFile: path)))
            guard lesson.count > 0 else { throw LanguageError("`\(path)` holds no code to play") }
            session.lesson = lesson
            let goesOn = session.configuration.rows() == nil ? ":play next" : "an empty line (Enter)"
            let keys = "\(goesOn) goes on; :play back, :play show and :play stop, and any cell of your own"
            let lines = wrapped(keys, to: max(40, session.width))
            tell(lines.joined(separator: "\n"))
            LessonPlayer(session: session).show(below: lines.count)
        }
    }

    private func playing() throws -> LessonPlayer {
        guard session.lesson != nil else {
            throw LanguageError("no lesson is under way", note: "`:play lesson.lethe` begins one")
        }
        return LessonPlayer(session: session)
    }
}

/// Shows and runs the lesson of a session.
private struct LessonPlayer {
    let session: Session

    private func say(_ text: String) { session.emit(.text(.messages, text + "\n")) }

    private var text: LessonText {
        LessonText(width: max(40, min(session.width, 100)), isUnicode: session.configuration.isUnicode())
    }

    func move(_ change: (inout Lesson) -> Void) {
        if var lesson = session.lesson {
            lesson.held = []
            change(&lesson)
            session.lesson = lesson
        }
        show()
    }

    // MARK: Showing

    /// The prose before the stop, and the stop, as much as the window holds below so many rows.
    func show(below rows: Int = 0) {
        guard var lesson = session.lesson else { return }
        let lines = text.lines(lesson), start = min(lesson.shownLines, lines.count)
        let end = room.map { Self.pageEnd(lines, from: start, room: max(4, $0 - rows)) }
        say(lines[start..<(end ?? lines.count)].joined(separator: "\n"))
        lesson.hasShown(end ?? lines.count, of: lines.count)
        if !lesson.isShown { say(Self.more) }
        session.lesson = lesson.stop == .end && lesson.isShown ? nil : lesson
    }

    private static let more = "\n(Enter goes on)"

    /// Lines that a page may have; nil where it may have any. Around it are the line that asked for it, how it goes on,
    /// and a prompt, with an empty line before each in projector mode.
    private var room: Int? { session.configuration.rows().map { max(4, $0 - (session.isSpaced ? 5 : 4)) } }

    /// Prints something, of which in projector mode waits what would leave the window.
    private func paged(_ printing: () throws -> Void) rethrows -> LessonPages? {
        guard let room, session.isSpaced else {
            try printing()
            return nil
        }
        let show = session.onOutput, pages = LessonPages(room: room, columns: session.width, show: show)
        session.onOutput = pages.take
        defer { session.onOutput = show }
        do { try printing() } catch {
            pages.giveUp()
            throw error
        }
        return pages
    }

    /// Where a page ends: at the end of a paragraph where one fills a third of it, else before a statement.
    private static func pageEnd(_ lines: [String], from start: Int, room: Int) -> Int {
        guard lines.count - start > room else { return lines.count }
        let most = start + room, least = start + room / 3
        func beginsStatement(_ line: String) -> Bool {
            line.hasPrefix("    ") && !(line.dropFirst(4).first.map { " })]".contains($0) } ?? true)
        }
        return (least..<most).last { lines[$0].isEmpty } ?? (least...most).last { beginsStatement(lines[$0]) } ?? most
    }

    // MARK: Going on

    func next() throws {
        guard let lesson = session.lesson else { return }
        if !lesson.held.isEmpty {
            session.lesson?.held = []
            return goOn(paged { lesson.held.forEach(session.onOutput) })
        }
        if !lesson.isShown { return show() }
        var isDone = true
        let pages = try paged {
            switch lesson.stop {
            case .end: break
            case .code(let index):
                let ending = run(index, of: lesson)
                if ending != .finished, !lesson.document.chunks[index].expectsFailure { try Session.pass(on: ending) }
            case .solution(let indices): try solve(indices, of: lesson)
            case .exercise(let index, _): isDone = check(index, of: lesson)
            }
        }
        guard isDone else {
            pages?.giveUp()
            return
        }
        session.lesson?.goOn()
        goOn(pages)
    }

    func showSolution() throws {
        guard let lesson = session.lesson else { return }
        switch lesson.stop {
        case .exercise(_, let solutions) where !solutions.isEmpty: try solve(solutions, of: lesson)
        case .solution(let indices):
            let pages = try paged { try solve(indices, of: lesson) }
            session.lesson?.goOn()
            goOn(pages)
        default: throw LanguageError("there is no solution to show here")
        }
    }

    /// To the stop, which waits where what was printed would leave the window.
    private func goOn(_ pages: LessonPages?) {
        guard let room else { return show() }
        let outputs = session.running?.outputs ?? []
        let printed = pages?.finish() ?? LessonPages.rows(of: outputs, columns: session.width)
        session.lesson?.held = pages?.held ?? []
        guard let lesson = session.lesson else { return }
        if lesson.held.isEmpty, printed == 0 || printed + text.lines(lesson).count <= room { return show() }
        // In a full window the prompt alone says that it goes on.
        if printed <= room { say(Self.more) }
    }

    private func solve(_ indices: [Int], of lesson: Lesson) throws {
        for index in indices {
            say(text.code(lesson.document.chunks[index].source))
            let ending = run(index, of: lesson)
            if ending != .finished { try Session.pass(on: ending) }
        }
    }

    private func run(_ index: Int, of lesson: Lesson) -> CellRecord.Ending { record(index, of: lesson).ending }

    private func record(_ index: Int, of lesson: Lesson) -> CellRecord {
        let chunk = lesson.document.chunks[index]
        return session.perform(
            chunk.source.trimmingNewlines,
            origin: .file(lesson.path, firstLine: chunk.codeLines.lowerBound + 1))
    }

    /// Runs a task's code and compares what it prints. Returns whether that is right.
    private func check(_ index: Int, of lesson: Lesson) -> Bool {
        let record = record(index, of: lesson), expected = lesson.document.chunks[index].expected
        if record.ending == .finished {
            let printed = Checker.lines(record.output)
            if ExpectedOutput(lines: expected).matches(printed) {
                say("right")
                return true
            }
            say("not yet: it should print")
            say(text.output(expected.joined(separator: "\n")))
        } else {
            say("not yet")
        }
        return false
    }
}
