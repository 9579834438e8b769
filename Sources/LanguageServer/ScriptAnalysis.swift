// What is known of a whole script while it is written: its cells, its names, and what is wrong with it.
import Language
import Notebook

/// An analysis of one version of a script.
struct ScriptAnalysis {
    struct Piece {
        let bytes: Range<Int>
        let parsed: ParsedPiece
        /// Whether it is there to show an error.
        let isToFail: Bool
    }

    /// A name where it stands in the script.
    struct Name {
        let piece: Int
        let occurrence: SyntaxOutline.Occurrence
        let bytes: Range<Int>
    }

    private(set) var cells: [ScriptPieces.Cell]
    private(set) var pieces: [Piece] = []
    /// Where each name of the session gets a value, in order.
    private(set) var bound: [String: [Name]] = [:]
    /// Functions that are defined once and never bound otherwise.
    private var functions: [String: SyntaxOutline.Definition] = [:]
    /// Names that pieces with syntax errors, and lines for the session, seem to bind.
    private var guessed: Set<String> = ["ans", "out", "args"]
    /// Whether a line for the session brings names that stand elsewhere.
    private(set) var hasUnknownNames = false

    /// The longest run of lines that is tried as one statement.
    private static let mostJoined = 20_000
    /// How often an unfinished statement is parsed anew with lines below it: a key must not cost a parse for each line.
    private static let mostAttempts = 8

    /// - Parameter cache: what is known of texts; what the script still has is kept in it.
    init(_ bytes: [UInt8], _ session: Session, cache: inout [String: ParsedPiece]) {
        let cut = ScriptPieces(bytes)
        cells = cut.cells
        var kept: [String: ParsedPiece] = [:]
        func parsed(_ range: Range<Int>) -> ParsedPiece {
            let text = String(decoding: bytes[range], as: UTF8.self)
            let piece = kept[text] ?? cache[text] ?? ParsedPiece(text, session)
            kept[text] = piece
            return piece
        }
        // Looked up once, however many statements above a piece are unfinished.
        var alone: [ParsedPiece?] = Array(repeating: nil, count: cut.pieces.count)
        func parsed(pieceAt index: Int) -> ParsedPiece {
            if let known = alone[index] { return known }
            let piece = parsed(cut.pieces[index].bytes)
            alone[index] = piece
            return piece
        }
        var index = 0
        while index < cut.pieces.count {
            let piece = cut.pieces[index]
            var result = parsed(pieceAt: index), range = piece.bytes, last = index
            if result.isIncomplete {
                // Its end may stand at the beginning of a line further down: where as many brackets close as are open, or,
                // with none open, where lines of its chunk no longer end in the middle.
                var depth = result.openBrackets, next = index + 1, attempts = 0
                while next < cut.pieces.count, next - index < Self.mostJoined, attempts < Self.mostAttempts {
                    let following = parsed(pieceAt: next), isEnclosed = depth > 0
                    if !isEnclosed, cut.pieces[next].chunk != cut.pieces[next - 1].chunk { break }
                    depth += following.openBrackets
                    if depth <= 0, isEnclosed || !following.isIncomplete {
                        attempts += 1
                        let longer = piece.bytes.lowerBound..<cut.pieces[next].bytes.upperBound
                        let joined = parsed(longer)
                        // Lines that look like marks of a notebook are comments inside of brackets.
                        let isOne = cut.pieces[next].chunk == piece.chunk || joined.outline != nil
                        if !joined.isIncomplete, isOne {
                            (result, range, last) = (joined, longer, next)
                            break
                        }
                    }
                    next += 1
                }
            }
            let isToFail = cut.chunksToFail.contains(cut.pieces[last].chunk)
            pieces.append(Piece(bytes: range, parsed: result, isToFail: isToFail))
            index = last + 1
        }
        cache = kept
        joinCells()
        collectNames()
    }

    /// Cells that seem to begin inside of a statement belong to the one before them.
    private mutating func joinCells() {
        let all = cells
        cells = []
        for cell in all {
            let start = cell.bytes.lowerBound, piece = piece(at: start).map { pieces[$0].bytes }
            guard let piece, piece.lowerBound < start, start < piece.upperBound, let last = cells.indices.last else {
                cells.append(cell)
                continue
            }
            cells[last].lines = cells[last].lines.lowerBound..<cell.lines.upperBound
            cells[last].bytes = cells[last].bytes.lowerBound..<cell.bytes.upperBound
        }
    }

    private mutating func collectNames() {
        for (index, piece) in pieces.enumerated() {
            guessed.formUnion(piece.parsed.guessedNames)
            if let names = piece.parsed.commandNames { guessed.formUnion(names) } else { hasUnknownNames = true }
            guard let outline = piece.parsed.outline else { continue }
            for occurrence in outline.occurrences where occurrence.isBound {
                guard case .session(let name) = occurrence.binding else { continue }
                bound[name, default: []].append(self.name(occurrence, in: index))
            }
            for definition in outline.definitions where definition.isTopLevel {
                if let name = definition.syntax.name { functions[name] = definition }
            }
        }
    }

    private func name(_ occurrence: SyntaxOutline.Occurrence, in piece: Int) -> Name {
        let start = pieces[piece].bytes.lowerBound, range = occurrence.span.range
        return Name(
            piece: piece, occurrence: occurrence, bytes: (start + range.lowerBound)..<(start + range.upperBound))
    }

    // MARK: Names

    /// The function that a name of the session stands for, where that is sure.
    func function(_ name: String) -> SyntaxOutline.Definition? { bound[name]?.count == 1 ? functions[name] : nil }

    /// All names that the script binds at top level.
    var names: [String] { Array(bound.keys) }

    /// Names behind a dot anywhere.
    var fields: Set<String> {
        pieces.reduce(into: []) { if let outline = $1.parsed.outline { $0.formUnion(outline.fields) } }
    }

    /// The piece that holds a byte.
    func piece(at offset: Int) -> Int? {
        var low = 0, high = pieces.count
        while low < high {
            let middle = (low + high) / 2
            if pieces[middle].bytes.upperBound < offset { low = middle + 1 } else { high = middle }
        }
        // Where one ends the next begins.
        while low + 1 < pieces.count, pieces[low + 1].bytes.lowerBound <= offset { low += 1 }
        return low < pieces.count && pieces[low].bytes.lowerBound <= offset ? low : nil
    }

    /// The name at a byte, or right before it.
    func name(at offset: Int) -> Name? {
        guard let index = piece(at: offset), let outline = pieces[index].parsed.outline else { return nil }
        let names = outline.occurrences.lazy.map { name($0, in: index) }
        return names.first { $0.bytes.contains(offset) } ?? names.first { $0.bytes.upperBound == offset }
    }

    /// All places of what a name stands for.
    func places(of name: Name) -> [Name] {
        let among: Range<Int>
        if case .session = name.occurrence.binding {
            among = pieces.indices
        } else {
            among = name.piece..<(name.piece + 1)
        }
        return among.flatMap { index in
            (pieces[index].parsed.outline?.occurrences ?? []).filter { $0.binding == name.occurrence.binding }.map {
                self.name($0, in: index)
            }
        }
    }

    /// The cell that holds a byte.
    func cell(at offset: Int) -> ScriptPieces.Cell? {
        cells.last { $0.bytes.lowerBound <= offset } ?? cells.first
    }

    // MARK: Problems

    /// What is wrong, in bytes of the script.
    func problems(_ session: Session, most: Int, line: (Int) -> Int) -> [(problem: Problem, bytes: Range<Int>)] {
        var found: [(problem: Problem, bytes: Range<Int>)] = []
        lazy var known = names.sorted() + session.configuration.registry.names
        for (index, piece) in pieces.enumerated() where !piece.isToFail {
            var problems = piece.parsed.problems
            if !hasUnknownNames {
                let isBuiltin = { (name: String) in bound[name] == nil && !guessed.contains(name) }
                problems += piece.parsed.builtinCalls.filter { isBuiltin($0.name) }.map(\.problem)
            }
            for call in piece.parsed.ownCalls { problems += ownCall(call) }
            if !hasUnknownNames {
                for read in piece.parsed.freeReads where !read.isInTry {
                    if let problem = unknown(read, in: index, session, known: { known }, line: line) {
                        problems.append(problem)
                    }
                }
            }
            let start = piece.bytes.lowerBound
            for problem in problems {
                let range = problem.span.range
                found.append((problem, (start + range.lowerBound)..<(start + range.upperBound)))
            }
            if found.count >= most { break }
        }
        return Array(found.prefix(most))
    }

    private func unknown(
        _ read: SyntaxOutline.Occurrence, in index: Int, _ session: Session, known: () -> [String],
        line: (Int) -> Int
    ) -> Problem? {
        let name = read.name
        if let first = bound[name]?.first {
            guard !read.isInFunction, !guessed.contains(name), isLater(first, than: read, in: index) else { return nil }
            let place = line(first.bytes.lowerBound)
            let isHere = place == line(pieces[index].bytes.lowerBound + read.span.range.lowerBound)
            return Problem(
                "`\(name)` " + (isHere ? "has no value yet" : "gets its value further down, in line \(place + 1)"),
                read.span, note: nil, advice: [], severity: .warning)
        }
        if guessed.contains(name) { return nil }
        let locals = pieces[index].parsed.outline?.occurrences.filter(\.isBound).map(\.name) ?? []
        let near = suggestion(for: name, among: locals + known())
        let hint = session.interpreter.hint(forUndefined: name, isCalled: read.isCalled)
        return Problem(
            "`\(name)` is not defined", read.span, note: hint ?? near.map { "did you mean `\($0)`?" }, advice: [])
    }

    /// Whether a name surely gets its first value only after it was read.
    private func isLater(_ first: Name, than read: SyntaxOutline.Occurrence, in index: Int) -> Bool {
        guard first.piece == index else { return first.piece > index }
        // In the order in which they are run; what a loop binds it may have bound the turn before.
        let all = pieces[index].parsed.outline?.occurrences ?? []
        guard read.loop == nil || read.loop != first.occurrence.loop,
            let readAt = all.firstIndex(where: { !$0.isBound && $0.span == read.span }),
            let boundAt = all.firstIndex(where: { $0.isBound && $0.span == first.occurrence.span })
        else { return false }
        return readAt < boundAt
    }

    /// What a function of the script does not take.
    private func ownCall(_ call: SyntaxOutline.CallSite) -> [Problem] {
        guard case .session(let name) = call.callee.binding, !call.callee.isInTry, let function = function(name) else {
            return []
        }
        let parameters = function.syntax.parameters
        let names = parameters.map(\.name)
        let positional = call.arguments.filter { $0.name == nil }
        if positional.count > parameters.count {
            let error = LanguageError.tooManyArguments(
                positional.count, for: name, parameters: names, options: [], at: parameters.count)
            return [Problem(error, positional[parameters.count].value.place)]
        }
        return call.arguments.enumerated().compactMap { index, argument in
            guard let option = argument.name, !names.contains(option) else { return nil }
            let error = LanguageError.unknownOption(
                option, of: name, parameters: names,
                options: parameters.filter { $0.defaultValue != nil }.map(\.name), takesAny: !parameters.isEmpty,
                at: index)
            return Problem(error, argument.nameSpan)
        }
    }
}
