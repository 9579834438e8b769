// Names of the session in lines for it, such as `:step run 20`.
import Language

extension SessionCommands {
    /// Names that a line gives other values.
    package static func names(boundBy command: SessionCommand) -> Set<String> {
        let (word, rest) = parts(of: command)
        guard command.kind == .colon, let description = try? named(word) else { return [] }
        if description.name == "step" || description.name == "back" {
            return Set(rest.split(separator: " ").prefix(1).map(String.init))
        }
        if description.name == "load" { return WorkspacePart(rest)?.binds ?? [] }
        if description.name == "time", let program = try? Program(parsing: Source(rest, origin: .cell(0))) {
            return program.statements.reduce(into: []) { $0.formUnion($1.binds) }
        }
        return []
    }

    /// Where a line names a value of the session: bytes of its text.
    package static func places(of name: String, in command: SessionCommand) -> [Range<Int>] {
        let text = command.text
        if command.kind == .help { return command.words == name ? words(of: text, besides: "?").map(\.bytes) : [] }
        let (word, rest) = parts(of: command)
        guard command.kind == .colon, let description = try? named(word),
            let start = text.range(of: word)?.upperBound, let part = text[start...].range(of: rest)
        else { return [] }
        let before = text.utf8.distance(from: text.startIndex, to: part.lowerBound)
        let found: [Range<Int>]
        switch description.name {
        case "step", "back": found = words(of: rest).prefix(1).filter { $0.word == name }.map(\.bytes)
        case "drop": found = words(of: rest).filter { $0.word == name }.map(\.bytes)
        case "save": found = words(of: rest).dropFirst().filter { $0.word == name }.map(\.bytes)
        case "type", "time", "bench": found = namesRead(name, in: rest)
        default: found = []
        }
        return found.map { before + $0.lowerBound..<before + $0.upperBound }
    }

    private static func words(of text: String, besides mark: Character = ",") -> [(word: String, bytes: Range<Int>)] {
        text.split(whereSeparator: { $0 == " " || $0 == mark }).map { part in
            let start = text.utf8.distance(from: text.startIndex, to: part.startIndex)
            return (String(part), start..<start + part.utf8.count)
        }
    }

    /// Places of a name in an expression, where it is neither a field nor an argument's name.
    private static func namesRead(_ name: String, in expression: String) -> [Range<Int>] {
        let tokens = tokens(of: expression), bytes = Array(expression.utf8)
        return tokens.indices.filter { index in
            let next = index + 1 < tokens.count ? tokens[index + 1].kind : .end
            return tokens[index].kind == .name && bytes[tokens[index].span.range].elementsEqual(name.utf8)
                && next != .assign && (index == 0 || tokens[index - 1].kind != .dot)
        }.map { tokens[$0].span.range }
    }
}
