// Cells that one or more sliders move: which they are, and their code for each position.
import Language

/// Successive cells of a script under the same sliders, with the prose between them.
struct SliderGroup {
    /// Places in the document's chunks; the first is that of the sliders.
    let chunks: Range<Int>
    private(set) var sliders: [Slider]
    /// The position of what the script itself says.
    private(set) var home: [Int] = []
    /// The chunk in which each name first gets a value, which is the one that its slider moves; nil for a name that gets
    /// its value outside of the group.
    private var assignedIn: [Int?] = []

    /// The group that begins at a chunk; nil where none does.
    ///
    /// A cell titled `[slider lr=1e-4..1e-2]` begins one; cells titled `[slider]` after it belong to it, and prose
    /// between them ends it as little.
    init?(at start: Int, in chunks: [Document.Chunk]) throws(LanguageError) {
        let first = chunks[start]
        guard first.kind == .code, first.lines.lowerBound < first.codeLines.lowerBound else { return nil }
        var sliders: [Slider] = []
        for tag in first.tags.sorted() { sliders += try Slider.read(tag) }
        guard !sliders.isEmpty else { return nil }
        var end = start + 1
        for index in chunks.indices.dropFirst(start + 1) where end <= index {
            let chunk = chunks[index]
            // A chunk below recorded output goes on with its cell.
            let goesOn = chunk.lines.lowerBound == chunk.codeLines.lowerBound && chunk.kind == .code
            if chunk.kind == .code, goesOn || chunk.tags.contains(Slider.word) {
                end = index + 1
            } else if chunk.kind == .code {
                break
            }
        }
        self.chunks = start..<end
        self.sliders = sliders
    }

    /// Finds out what the script itself says of the names.
    ///
    /// - Parameter value: what a name has before the group, as text; nil for none.
    mutating func settle(_ all: [Document.Chunk], value: (String) -> String?) throws(LanguageError) {
        for index in sliders.indices {
            let name = sliders[index].name
            // What the first statement with the name says: it gives the name a value, or reads the one from above.
            let first = chunks.first { all[$0].kind == .code && Self.names(name, in: all[$0].source) }
            let written = first.flatMap { place in
                Self.firstAssignment(of: name, in: all[place].source).map { (place: place, value: $0.value) }
            }
            assignedIn.append(written?.place)
            guard let given = written?.value ?? value(name) else {
                throw LanguageError(
                    "the slider's cell gives `\(name)` no value, which the script needs",
                    note: "write \(name) = \(sliders[index].values[0]) in it")
            }
            home.append(sliders[index].place(of: given))
        }
        let count = sliders.reduce(1) { $0 * $1.values.count }
        // The script's own values may have come to them.
        guard count <= 2 * Slider.most else {
            throw LanguageError("these sliders have \(count) combinations; a page holds the results of \(Slider.most)")
        }
    }

    /// What runs before the group's cells in a position: names that get their value outside of them.
    func setting(at position: [Int]) -> String {
        sliders.indices.filter { assignedIn[$0] == nil }.map {
            "\(sliders[$0].name) = \(sliders[$0].values[position[$0]])\n"
        }.joined()
    }

    /// The code of a chunk in a position. What assigns a slider's name further down stays as it is: it may be computed
    /// from the slider's value.
    func source(of chunk: Int, _ source: String, at position: [Int]) -> String {
        var bytes = Array(source.utf8)
        let changes = sliders.indices.filter { assignedIn[$0] == chunk }.flatMap { index in
            Self.firstAssignment(of: sliders[index].name, in: source).map {
                [($0.range, sliders[index].values[position[index]])]
            } ?? []
        }
        for (range, value) in changes.sorted(by: { $0.0.lowerBound > $1.0.lowerBound }) {
            bytes.replaceSubrange(range, with: Array(value.utf8))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func names(_ name: String, in source: String) -> Bool {
        let program = try? Program(parsing: Source(source, origin: .cell(0)))
        return program?.statements.contains { $0.binds.contains(name) || $0.reads.contains(name) } ?? false
    }

    /// The statement `name = value` of a cell, where that is the first with the name: the value, and where it stands.
    private static func firstAssignment(of name: String, in source: String) -> (value: String, range: Range<Int>)? {
        let program = try? Program(parsing: Source(source, origin: .cell(0)))
        guard let program,
            let statement = program.statements.first(where: { $0.binds.contains(name) || $0.reads.contains(name) }),
            !statement.isCompound, statement.binds == [name], !statement.reads.contains(name)
        else { return nil }
        let text = program.source.text(statement.span)
        guard text.hasPrefix(name) else { return nil }
        let rest = text.dropFirst(name.count).drop { $0 == " " }
        guard rest.hasPrefix("="), !rest.hasPrefix("==") else { return nil }
        let value = rest.dropFirst().trimmingSpaces
        let end = Int(statement.span.start) + text.trimmingSpaces.utf8.count
        return (value, end - value.utf8.count..<end)
    }
}
