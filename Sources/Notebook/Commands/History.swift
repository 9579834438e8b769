// `:history`: the cells of this session as they would be pasted; earlier ones looked for, and brought back to the prompt.
import Language

/// What a prompt remembers of cells, also of earlier sessions.
public struct PromptHistory {
    /// Oldest first.
    let cells: () -> [String]
    /// Puts a text at the next prompt, to be changed and run.
    let edit: (String) -> Void

    public init(cells: @escaping () -> [String], edit: @escaping (String) -> Void) {
        (self.cells, self.edit) = (cells, edit)
    }
}

extension SessionCommands {
    /// `:history`, `:history 10`, `:history word`, `:history !812`
    func history(_ rest: String) throws {
        if rest.hasPrefix("!") { return try recall(String(rest.dropFirst()).trimmingSpaces, as: rest) }
        guard rest.isEmpty || Int(rest) != nil else { return search(rest) }
        guard rest.isEmpty || Int(rest) ?? 0 > 0 else {
            throw LanguageError("`:history` takes a number of cells, as in `:history 10`, or what to look for")
        }
        list(session.records.suffix(Int(rest) ?? Int.max))
    }

    /// As they would be pasted.
    private func list(_ records: some Sequence<CellRecord>) {
        for record in records {
            var prompt = Transcript.prompt(cell: record.number)
            if case .file(let name, let line) = record.origin { prompt = "\(name):\(line)> " }
            let mark = record.ending == .failed ? "  # failed" : record.ending == .finished ? "" : "  # interrupted"
            let lines = record.source.allLines
            say(
                prompt + lines.joined(separator: "\n" + String(repeating: " ", count: prompt.count - 1) + " ")
                    + (lines.count == 1 ? mark : ""))
        }
    }

    /// Hits that are shown, the latest.
    private static let mostHits = 15

    /// Cells that hold a text, of all that the prompt remembers; each once, with the number by which it is brought back.
    private func search(_ sought: String) {
        // Capitals are meant; without any it does not matter.
        let isExact = sought.contains { $0.isUppercase }
        func holds(_ text: String) -> Bool { (isExact ? text : text.lowercased()).contains(sought) }
        guard let prompt = session.promptHistory else {
            let found = session.records.filter { holds($0.source) }
            return found.isEmpty ? tell("no cell holds `\(sought)`") : list(found)
        }
        var last: [String: Int] = [:]
        for (index, cell) in prompt.cells().enumerated() where holds(cell) && !Self.looksForCells(cell) {
            last[cell] = index
        }
        let found = last.sorted { $0.value < $1.value }
        if found.isEmpty { return tell("no cell holds `\(sought)`") }
        let width = String((found.last?.value ?? 0) + 1).count
        for (cell, index) in found.suffix(Self.mostHits) {
            let number = String(index + 1), room = String(repeating: " ", count: width + 1 - number.count)
            say(clipped(room + number + "  " + visible(cell.firstCodeLine), to: session.width))
        }
        let more = found.count > Self.mostHits ? "\(found.count - Self.mostHits) earlier ones are not shown; " : ""
        tell(more + ":history !\((found.last?.value ?? 0) + 1) brings one to the prompt")
    }

    /// Puts a cell at the prompt.
    private func recall(_ number: String, as word: String) throws {
        guard let prompt = session.promptHistory else {
            throw LanguageError("cells are brought back at the prompt alone", at: .word(word))
        }
        let cells = prompt.cells()
        guard let place = Int(number), cells.indices.contains(place - 1) else {
            throw LanguageError(
                "there is no earlier cell \(number.isEmpty ? "without a number" : number)",
                note: ":history word looks for cells and tells their numbers", at: .word(word))
        }
        prompt.edit(cells[place - 1])
    }

    /// Whether a cell only looks for others.
    private static func looksForCells(_ cell: String) -> Bool { cell.hasPrefix(":hi") }
}
