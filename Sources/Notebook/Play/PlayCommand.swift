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
            LessonPlayer(session: session).show()
        default:
            let path = try path(rest, "`:play` needs a script, as in `:play lesson.lethe`")
            let lesson = Lesson(path: path, document: Document(try session.text(ofFile: path)))
            guard lesson.count > 0 else { throw LanguageError("`\(path)` holds no code to play") }
            session.lesson = lesson
            tell("an empty line (Enter) goes on; :play back, :play show and :play stop, and any cell of your own")
            LessonPlayer(session: session).show()
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

    private var width: Int { max(40, min(session.width, 100)) }

    func move(_ change: (inout Lesson) -> Void) {
        if var lesson = session.lesson {
            change(&lesson)
            session.lesson = lesson
        }
        show()
    }

    // MARK: Showing

    /// The prose before the stop, and the stop.
    func show() {
        guard let lesson = session.lesson else { return }
        for index in lesson.prose { say("\n" + prose(lesson.document.chunks[index])) }
        switch lesson.stop {
        case .end:
            say("\nThat was \(lesson.path); its names stay.")
            session.lesson = nil
        case .code(let index):
            say(head(lesson, index, "Enter runs it"))
            say(code(lesson.document.chunks[index].source))
        case .exercise(let index, let solutions):
            let chunk = lesson.document.chunks[index]
            say(head(lesson, index, "your turn"))
            say(code(chunk.source))
            if !chunk.expected.isEmpty { say(code(chunk.expected.map(Document.recorded).joined(separator: "\n"))) }
            let shows = solutions.isEmpty ? "" : "; :play show has a solution"
            say("Write what is missing, so that this prints what stands below it; Enter checks it\(shows).")
        case .solution(let indices):
            say(head(lesson, indices[0], "your turn"))
            say("Try it in cells of your own; Enter goes on with the lesson's own solution.")
        }
    }

    private func head(_ lesson: Lesson, _ index: Int, _ what: String) -> String {
        let isUnicode = session.configuration.isUnicode()
        let title = lesson.document.chunks[index].title
        let words =
            "\(lesson.number)/\(lesson.count) \(isUnicode ? "·" : "-") " + (title.isEmpty ? "" : title + " ")
            + "(\(what)) "
        let rule = String(repeating: isUnicode ? "─" : "-", count: max(3, min(width, 72) - displayWidth(words)))
        return "\n" + clipped(words + rule, to: width)
    }

    private func code(_ text: String) -> String {
        text.trimmingNewlines.allLines.map { "    \($0)" }.joined(separator: "\n")
    }

    /// Prose as it is read in a terminal: paragraphs filled, headings without their marks, all else as it stands.
    private func prose(_ chunk: Document.Chunk) -> String {
        let blocks = MarkdownBlocks(chunk.source).blocks
        let title = chunk.title.isEmpty ? [] : [chunk.title.uppercased()]
        let texts = blocks.map { block -> String in
            switch block {
            case .heading(_, let words): words.uppercased()
            case .paragraph(let words):
                TextLayout.wrapped(words.allLines.joined(separator: " "), width: width, indent: "").joined(
                    separator: "\n")
            case .code(_, let text): code(text)
            case .formula(let text): text
            default: ""
            }
        }
        // What is no plain paragraph is shown as it was written.
        return texts.contains("")
            ? (title + [chunk.source]).joined(separator: "\n\n")
            : (title + texts).joined(separator: "\n\n")
    }

    // MARK: Going on

    func next() throws {
        guard let lesson = session.lesson else { return }
        switch lesson.stop {
        case .end: break
        case .code(let index):
            let ending = run(index, of: lesson)
            if ending != .finished, !lesson.document.chunks[index].expectsFailure { try Session.pass(on: ending) }
        case .solution(let indices): try solve(indices, of: lesson)
        case .exercise(let index, _):
            guard check(index, of: lesson) else { return }
        }
        move { $0.goOn() }
    }

    func showSolution() throws {
        guard let lesson = session.lesson else { return }
        switch lesson.stop {
        case .exercise(_, let solutions) where !solutions.isEmpty: try solve(solutions, of: lesson)
        case .solution(let indices):
            try solve(indices, of: lesson)
            move { $0.goOn() }
        default: throw LanguageError("there is no solution to show here")
        }
    }

    private func solve(_ indices: [Int], of lesson: Lesson) throws {
        for index in indices {
            say(code(lesson.document.chunks[index].source))
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
            say(code(expected.joined(separator: "\n")))
        } else {
            say("not yet")
        }
        return false
    }
}
