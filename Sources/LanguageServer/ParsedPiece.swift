// A piece of a script that is parsed by itself — a statement, mostly — and all that is known of it alone. Pieces are
// kept: while someone types, one of thousands is another.
import Language
import Notebook

/// Something to tell about a place.
struct Problem {
    enum Severity: Int { case error = 1, warning, information, hint }

    var severity = Severity.error
    var message: String
    /// In bytes from the start of the piece.
    var span: Span
    /// What could stand there instead.
    var replacement: String?
    /// Whether what stands there has no use.
    var isUnnecessary = false

    init(_ message: String, _ span: Span, note: String?, advice: [String], severity: Severity = .error) {
        self.message = ([message + (note.map { "; \($0)" } ?? "")] + advice).joined(separator: "\n")
        self.span = span
        self.severity = severity
        if let note, let start = note.firstRange(of: "did you mean `"),
            let end = note[start.upperBound...].firstIndex(of: "`")
        {
            replacement = String(note[start.upperBound..<end])
        }
    }

    init(_ error: LanguageError, _ span: Span) {
        self.init(error.message, span, note: error.note, advice: error.advice)
    }

    init(_ diagnostic: Diagnostic) {
        self.init(diagnostic.message, diagnostic.span, note: diagnostic.note, advice: diagnostic.advice)
    }
}

/// What one piece is found to be.
final class ParsedPiece {
    /// nil where it has a syntax error.
    let outline: SyntaxOutline?
    /// What is wrong with it whatever stands around it.
    let problems: [Problem]
    /// Whether only more text could make it whole.
    let isIncomplete: Bool
    /// Wrong calls of built-ins, by the name called: none where the script gives that name a value of its own.
    let builtinCalls: [(name: String, problem: Problem)]
    /// Names of the session that it reads and that are not built in.
    let freeReads: [SyntaxOutline.Occurrence]
    /// Calls of names that are not built in.
    let ownCalls: [SyntaxOutline.CallSite]
    /// Names it seems to bind, where it has a syntax error.
    let guessedNames: Set<String>
    /// Names that lines for the session bind; nil where they may bind any.
    let commandNames: Set<String>?

    private let text: String
    /// Brackets that it opens, less those that it closes.
    private(set) lazy var openBrackets = Language.tokens(of: text).reduce(0) { depth, token in
        switch token.kind {
        case .openParen, .openBracket, .openBrace, .stringHead: depth + 1
        case .closeParen, .closeBracket, .closeBrace, .stringTail: depth - 1
        default: depth
        }
    }

    init(_ text: String, _ session: Session) {
        self.text = text
        let registry = session.configuration.registry
        let source = Source(text, origin: .cell(0))
        do {
            let program = try Program(parsing: source)
            let outline = SyntaxOutline(program) { registry[$0]?.places(ofArgument: $1, at: $2) ?? [] }
            let constants = Set(registry.constants.map(\.name))
            func isBuiltIn(_ name: String) -> Bool { registry[name] != nil || constants.contains(name) }
            self.outline = outline
            isIncomplete = false
            guessedNames = []
            problems = session.interpreter.problems(in: program).map { Problem($0) } + Self.unread(outline)
            freeReads = outline.occurrences.filter {
                if case .session(let name) = $0.binding { !$0.isBound && !isBuiltIn(name) } else { false }
            }
            var builtinCalls: [(name: String, problem: Problem)] = [], ownCalls: [SyntaxOutline.CallSite] = []
            for call in outline.calls {
                guard case .session(let name) = call.callee.binding else { continue }
                if let builtin = registry[name] {
                    builtinCalls += BuiltinCallCheck(builtin, call).problems.map { (name, $0) }
                } else {
                    ownCalls.append(call)
                }
            }
            self.builtinCalls = builtinCalls
            self.ownCalls = ownCalls
            commandNames = Self.names(boundBy: outline.commands)
        } catch {
            outline = nil
            let diagnostic = error as? Diagnostic
            problems = diagnostic.map { [Problem($0)] } ?? []
            isIncomplete = diagnostic?.isAtEndOfInput ?? false
            guessedNames = LocalNames.bound(in: text, except: -1)
            builtinCalls = []
            freeReads = []
            ownCalls = []
            commandNames = []
        }
    }

    private static func names(boundBy commands: [SessionCommand]) -> Set<String>? {
        var names: Set<String> = []
        for command in commands {
            // These bring back whatever a file holds.
            if command.kind == .colon, ["load", "restore", "play"].contains(where: { command.words.hasPrefix($0) }) {
                return nil
            }
            names.formUnion(SessionCommands.names(boundBy: command))
        }
        return names
    }

    /// Variables of functions that nothing reads.
    private static func unread(_ outline: SyntaxOutline) -> [Problem] {
        var read: Set<SyntaxOutline.Binding> = []
        for occurrence in outline.occurrences where !occurrence.isBound { read.insert(occurrence.binding) }
        return outline.occurrences.compactMap { occurrence in
            guard case .local = occurrence.binding, occurrence.isAlone, !read.contains(occurrence.binding) else {
                return nil
            }
            var problem = Problem(
                "nothing reads `\(occurrence.name)`", occurrence.span, note: nil, advice: [], severity: .hint)
            problem.isUnnecessary = true
            return problem
        }
    }
}
