// Where a name is defined and used, and giving it another.
import Files
import Foundation
import Language
import Notebook

struct NamePlaces {
    let script: OpenScript
    let session: Session

    /// Why a name keeps its name.
    struct Refusal: Error { let message: String }

    private func location(_ bytes: Range<Int>) -> JSON {
        ["uri": .string(script.uri), "range": script.document.range(bytes)]
    }

    // MARK: Going there

    /// Where what stands at a byte gets its value: the places, or the beginning of a file that is used.
    func definition(at offset: Int) -> JSON {
        if let file = usedFile(at: offset) { return file }
        if let parameter = namedParameter(at: offset) { return [location(parameter)] }
        guard let name = script.analysis.name(at: offset) else { return .null }
        let places = script.analysis.places(of: name).filter(\.occurrence.isBound)
        // The one that was last before it, where there are several; in a function, the last of all may be meant.
        let before = places.filter { $0.bytes.lowerBound <= name.bytes.lowerBound }
        guard let last = before.last ?? places.first else { return .null }
        return .array((name.occurrence.isInFunction && places.count > 1 ? places : [last]).map { location($0.bytes) })
    }

    private func usedFile(at offset: Int) -> JSON? {
        guard let index = script.analysis.piece(at: offset) else { return nil }
        let piece = script.analysis.pieces[index], here = offset - piece.bytes.lowerBound
        for use in piece.parsed.outline?.uses ?? [] where use.span.range.contains(here) {
            guard let own = URL(string: script.uri), own.isFileURL else { return nil }
            let file = URL(fileURLWithPath: use.path, relativeTo: own.deletingLastPathComponent()).standardizedFileURL
            guard FileManager.default.fileExists(atPath: file.path) else { return nil }
            let start = Position(line: 0, character: 0).json
            return [["uri": .string(file.absoluteString), "range": ["start": start, "end": start]]]
        }
        return nil
    }

    /// The parameter that `name=` in a call of one of the script's functions stands for.
    private func namedParameter(at offset: Int) -> Range<Int>? {
        guard let index = script.analysis.piece(at: offset) else { return nil }
        let piece = script.analysis.pieces[index], here = offset - piece.bytes.lowerBound
        for call in piece.parsed.outline?.calls ?? [] {
            guard case .session(let callee) = call.callee.binding,
                let argument = call.arguments.first(where: { $0.name != nil && $0.nameSpan.range.contains(here) }),
                let function = script.analysis.function(callee), let place = script.analysis.bound[callee]?.last,
                let parameter = function.syntax.parameters.first(where: { $0.name == argument.name })
            else { continue }
            let start = script.analysis.pieces[place.piece].bytes.lowerBound, range = parameter.span.range
            return (start + range.lowerBound)..<(start + range.upperBound)
        }
        return nil
    }

    // MARK: All places

    func references(at offset: Int, withDefinition: Bool) -> JSON {
        guard let name = script.analysis.name(at: offset) else { return .null }
        let places = script.analysis.places(of: name).filter { withDefinition || !$0.occurrence.isBound }
        return .array((places.map(\.bytes) + mentions(of: name)).sorted { $0.lowerBound < $1.lowerBound }.map(location))
    }

    /// Where lines for the session and titles of sliders mean a name of the session, too.
    private func mentions(of name: ScriptAnalysis.Name) -> [Range<Int>] {
        guard case .session(let word) = name.occurrence.binding else { return [] }
        let inLines = script.analysis.pieces.flatMap { piece in
            (piece.parsed.outline?.commands ?? []).flatMap { command -> [Range<Int>] in
                let start = piece.bytes.lowerBound + Int(command.span.start)
                return SessionCommands.places(of: word, in: command).map {
                    start + $0.lowerBound..<start + $0.upperBound
                }
            }
        }
        let inTitles = script.analysis.cells.flatMap { cell in
            SliderTitle.places(of: word, in: script.document.bytes[cell.bytes.lowerBound..<cell.codeStart])
        }
        return inLines + inTitles
    }

    func highlights(at offset: Int) -> JSON {
        guard let name = script.analysis.name(at: offset) else { return .null }
        return .array(
            script.analysis.places(of: name).map {
                ["range": script.document.range($0.bytes), "kind": $0.occurrence.isBound ? 3 : 2]
            } + mentions(of: name).map { ["range": script.document.range($0), "kind": 1] })
    }

    // MARK: Renaming

    /// The name at a byte, where it can get another.
    func renamable(at offset: Int) throws -> ScriptAnalysis.Name {
        guard let name = script.analysis.name(at: offset) else { throw Refusal(message: "no name stands here") }
        let word = name.occurrence.name
        let places = script.analysis.places(of: name)
        if !places.contains(where: \.occurrence.isBound) {
            throw Refusal(message: "`\(word)` does not get its value in this script")
        }
        if let broken = script.analysis.pieces.first(where: { $0.parsed.outline == nil && !$0.isToFail }) {
            let line = script.document.lineIndex(of: broken.bytes.lowerBound) + 1
            throw Refusal(
                message: "there is a syntax error below line \(line); what stands there would keep the old name")
        }
        // Calls give parameters by name, from other files and from inside Lethe, too.
        if places.contains(where: \.occurrence.isParameter), isGivenByName(word) {
            throw Refusal(message: "`\(word)` is a parameter that calls give by name; rename it by hand, there as well")
        }
        // What a workspace calls so is called so in the workspace.
        if case .session = name.occurrence.binding {
            for piece in script.analysis.pieces {
                for command in piece.parsed.outline?.commands ?? []
                where command.words.hasPrefix("load") && SessionCommands.names(boundBy: command).contains(word) {
                    throw Refusal(message: "`\(word)` is taken from a workspace by that name: `\(command.text)`")
                }
            }
        }
        return name
    }

    private func isGivenByName(_ word: String) -> Bool {
        script.analysis.pieces.contains { piece in
            guard let outline = piece.parsed.outline else { return false }
            return outline.calls.contains { $0.arguments.contains { $0.name == word } }
                || outline.definitions.contains { definition in
                    definition.syntax.parameters.contains { $0.name == word && $0.defaultValue != nil }
                }
        }
    }

    func rename(at offset: Int, to new: String) throws -> JSON {
        let name = try renamable(at: offset)
        guard isName(new), Keyword(rawValue: new) == nil else {
            throw Refusal(message: "`\(new)` is no name: a name is letters, digits and _, and no word of the language")
        }
        let registry = session.configuration.registry
        if registry[new] != nil || registry.constants.contains(where: { $0.name == new }) {
            throw Refusal(message: "`\(new)` is built in; choose another name")
        }
        let taken = script.analysis.pieces.enumerated().contains { index, piece in
            // A local name stays within its piece; one of the session could be hidden anywhere.
            if case .local = name.occurrence.binding, index != name.piece { return false }
            return piece.parsed.outline?.occurrences.contains { $0.name == new } ?? false
        }
        if taken { throw Refusal(message: "`\(new)` is used here already; choose another name") }
        let edits = (script.analysis.places(of: name).map(\.bytes) + mentions(of: name)).map { bytes -> JSON in
            ["range": script.document.range(bytes), "newText": .string(new)]
        }
        return ["changes": .object(NamedValues([(script.uri, .array(edits))]))]
    }
}
