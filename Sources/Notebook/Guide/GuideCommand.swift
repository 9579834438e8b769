// `:guide`, and what the tour says between cells.
import Language

extension SessionCommands {
    /// `:guide`, `:guide next`, `:guide back`, `:guide stop`, `:guide 3`.
    func guide(_ rest: String, in source: Source) throws {
        let isNumbered = if case .cell = source.origin { true } else { false }
        let last = Guide.steps.count
        if !isNumbered, rest.isEmpty {
            // A script has no one who could press Enter: the whole tour, to read.
            for position in Guide.steps.indices {
                session.emit(.text(.results, session.guideText(at: position, breaksCode: false) + "\n"))
            }
            return
        }
        switch rest {
        case "": session.guide.go(to: session.guide.position ?? session.guide.resting ?? 0)
        case "next":
            if session.guide.position == last - 1 { return endGuide(Guide.farewell) { $0.finish() } }
            session.guide.go(to: session.guide.position.map { $0 + 1 } ?? 0)
        case "back": session.guide.go(to: (session.guide.position ?? 1) - 1)
        case "stop":
            return endGuide(
                session.guide.position == nil
                    ? "no tour is under way; `:guide` begins one" : "`:guide` goes on any time"
            ) { $0.stop() }
        default:
            guard let number = Int(rest), (1...last).contains(number) else {
                throw LanguageError(
                    "`:guide` knows `next`, `back`, `stop` and the numbers 1 to \(last), as in `:guide 3`")
            }
            session.guide.go(to: number - 1)
        }
        session.showGuideStep(isNumbered ? .messages : .results)
    }

    private func endGuide(_ words: String, _ end: (inout Guide) -> Void) {
        end(&session.guide)
        session.emit(
            .text(
                .messages,
                TextLayout.wrapped(words, width: max(40, session.width), indent: "").joined(separator: "\n") + "\n"))
    }
}

extension Session {
    /// What an empty line runs while a lesson or the tour is under way; nil otherwise.
    public var lineForEmptyInput: String? { lesson != nil ? ":play next" : guide.position.map(guideLine) }

    /// A step's line, with the lines before it that bind what is missing.
    private func guideLine(at position: Int) -> String {
        let step = Guide.steps[position]
        var lines = [step.line]
        var needed = Set(step.line.split(whereSeparator: { !($0.isLetter || $0 == "_") }).map(String.init))
        for earlier in Guide.steps[..<position].reversed() where earlier.line.first != ":" {
            guard let name = earlier.binds.first, needed.contains(name), interpreter[name] == nil,
                !step.binds.contains(name) || step.line.first == ":"
            else { continue }
            lines.insert(earlier.line, at: 0)
            needed.formUnion(earlier.line.split(whereSeparator: { !($0.isLetter || $0 == "_") }).map(String.init))
        }
        return lines.joined(separator: "\n")
    }

    /// Goes on with the tour when a cell was what it asked for.
    func followGuide(_ cell: String, failed: Bool) {
        guard guide.position != nil, !isQuitting, !isRepeating else { return }
        switch guide.note(cell.trimmed, failed: failed) {
        case .nothing: break
        case .reminder:
            guard let position = guide.position else { return }
            emit(
                .text(
                    .messages,
                    """
                    guide \(position + 1)/\(Guide.steps.count): an empty line runs \
                    \(Guide.steps[position].line.split(separator: "\n").joined(separator: "; "))

                    """
                ))
        case .nextStep: showGuideStep(.messages)
        case .end:
            emit(
                .text(
                    .messages,
                    "\n" + TextLayout.wrapped(Guide.farewell, width: max(40, width), indent: "").joined(separator: "\n")
                        + "\n"))
        }
    }

    func showGuideStep(_ stream: Output.Stream) {
        guard let position = guide.position else { return }
        var text = guideText(at: position, breaksCode: stream == .messages)
        if position == 0 {
            let how = """
                Type the line, or a variation of it; an empty line (Enter) runs it for you. :guide next, :guide back \
                and :guide stop lead on.
                """
            text +=
                "\n\n" + TextLayout.wrapped(how, width: max(40, min(width, 100)), indent: "").joined(separator: "\n")
        }
        emit(.text(stream, text + "\n"))
    }

    /// A step as it is shown.
    /// - Parameter breaksCode: whether lines of code that are too long for the window are broken.
    func guideText(at position: Int, breaksCode: Bool) -> String {
        let step = Guide.steps[position], room = max(40, min(width, 100))
        let isUnicode = configuration.isUnicode()
        let title = "guide \(position + 1)/\(Guide.steps.count) \(isUnicode ? "·" : "-") \(step.title) "
        let rule = title + String(repeating: isUnicode ? "─" : "-", count: max(3, min(room, 72) - title.count))
        let lines = ["", rule] + TextLayout.wrapped(step.text, width: room, indent: "") + [""]
        let code = TextLayout.code(guideLine(at: position), width: breaksCode ? room : .max)
        return (lines + [code]).joined(separator: "\n")
    }
}

extension String {
    /// Without blanks at either end.
    fileprivate var trimmed: String {
        String(self.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
