// What is told of the word under the pointer, and of the call around the cursor.
import Files
import Language
import Notebook

struct Hovers {
    let script: OpenScript
    let session: Session
    let book: HelpBook

    // MARK: Hover

    func hover(at offset: Int) -> JSON {
        let (text, start) = script.cell(around: offset)
        let tokens = Language.tokens(of: text).filter { $0.kind != .newline && $0.kind != .end }
        let cursor = offset - start
        guard
            let index = tokens.firstIndex(where: { $0.span.range.contains(cursor) })
                ?? tokens.firstIndex(where: { Int($0.span.end) == cursor })
        else { return .null }
        let token = tokens[index]
        let bytes = start + Int(token.span.start)..<(start + Int(token.span.end))
        guard let markdown = markdown(tokens, index, script.document.text(bytes), bytes.lowerBound, text) else {
            return .null
        }
        return [
            "contents": ["kind": "markdown", "value": .string(markdown)], "range": script.document.range(bytes),
        ]
    }

    private func markdown(_ tokens: [Token], _ index: Int, _ word: String, _ offset: Int, _ text: String) -> String? {
        let token = tokens[index]
        if token.kind == .command { return command(word) }
        let isField = index > 0 && tokens[index - 1].kind == .dot
        if token.kind == .name, !isField {
            if index + 1 < tokens.count, tokens[index + 1].kind == .assign, let option = option(word, token, text) {
                return option
            }
            if let name = script.analysis.name(at: offset), let text = own(name) { return text }
        }
        guard !isField, token.kind == .name || token.category == .keyword || token.category == .constant else {
            return nil
        }
        return book.pages(for: word).first.map(HelpMarkdown.text)
    }

    private func command(_ line: String) -> String? {
        let word = line.dropFirst().split(separator: " ").first.map(String.init) ?? ""
        let name = line.hasPrefix(":") ? ":" + word : line.hasPrefix("?") ? word : String(line.prefix { $0 != "?" })
        return (book.pages.first { $0.name == name } ?? book.pages(for: name).first).map(HelpMarkdown.text)
    }

    /// A parameter that is given by name.
    private func option(_ word: String, _ token: Token, _ text: String) -> String? {
        let before = String(decoding: Array(text.utf8)[..<Int(token.span.start)], as: UTF8.self)
        guard let call = CallContext(text, LineContext(before), wordStart: Int(token.span.start)),
            let callee = call.callee.name, script.analysis.bound[callee] == nil,
            let builtin = session.configuration.registry[callee],
            let row = HelpBook(Registry([builtin])).pages(for: callee).first?.rows.first(where: { $0.name == word })
        else { return nil }
        return "`\(word)` of `\(callee)` — \(ReferenceManual.escaped(row.text))"
    }

    /// A name of the script: where it gets its value, and the comment above.
    private func own(_ name: ScriptAnalysis.Name) -> String? {
        let analysis = script.analysis
        let places = analysis.places(of: name).filter(\.occurrence.isBound)
        guard let place = places.last(where: { $0.bytes.lowerBound <= name.bytes.lowerBound }) ?? places.first else {
            return nil
        }
        let document = script.document
        if place.occurrence.isParameter { return "`\(name.occurrence.name)` — a parameter" }
        let line = document.lineIndex(of: place.bytes.lowerBound)
        var written = document.text(document.line(line))
        if case .session(let word) = name.occurrence.binding, let function = analysis.function(word) {
            let isBlock = if case .block = function.syntax.body { true } else { false }
            if isBlock { written = "def " + script.signature(of: function) + " { … }" }
        }
        var lines = HelpMarkdown.code(clipped(written, to: 300))
        let comment = comment(above: line)
        if !comment.isEmpty { lines += ["", comment.map(ReferenceManual.escaped).joined(separator: "\n")] }
        lines += [
            "",
            "line \(line + 1)"
                + (analysis.cell(at: place.bytes.lowerBound)?.title.map {
                    $0.isEmpty ? "" : ", “\(ReferenceManual.escaped($0))”"
                } ?? ""),
        ]
        return lines.joined(separator: "\n")
    }

    private func comment(above line: Int) -> [String] {
        var lines: [String] = [], above = line - 1
        while above >= 0 {
            let text = script.document.text(script.document.line(above))
            guard text.hasPrefix("#"), !text.hasPrefix("#>"), Document.marker(text) == nil, !text.hasPrefix("#!") else {
                break
            }
            lines.append(String(text.dropFirst(text.hasPrefix("# ") ? 2 : 1)))
            above -= 1
        }
        return lines.reversed()
    }

    // MARK: Signature help

    func signature(at offset: Int) -> JSON {
        let (text, start) = script.cell(around: offset)
        let before = String(decoding: Array(text.utf8).prefix(offset - start), as: UTF8.self)
        guard let call = CallContext(text, LineContext(before), wordStart: offset - start), let name = call.callee.name
        else { return .null }
        if let function = script.analysis.function(name) {
            let parameters = function.syntax.parameters
            let words = HelpMarkdown.parameters(of: function.syntax, script.text(of: function))
            let active =
                call.currentName.flatMap { name in parameters.firstIndex { $0.name == name } } ?? call.positionals
            return signature(name, words.map { ($0, "") }, active: active, help: nil)
        }
        guard script.analysis.bound[name] == nil, let builtin = session.configuration.registry[name] else {
            return .null
        }
        let rows = book.pages(for: name).first?.rows ?? []
        let words = builtin.parameters.enumerated().map { index, parameter in
            let word =
                switch parameter.role {
                case .rest: "\(parameter.name)…"
                case .named: "\(parameter.name)=…"
                default:
                    parameter.name + (parameter.defaultValue.map { "=" + (parameter.defaultText ?? $0.display) } ?? "")
                }
            return (word, index < rows.count ? rows[index].text : "")
        }
        let named = call.currentName.flatMap { name in builtin.parameters.firstIndex { $0.name == name } }
        let byPosition = builtin.parameters.indices.filter {
            [.positional, .rest].contains(builtin.parameters[$0].role)
        }
        let active = named ?? (byPosition.isEmpty ? nil : byPosition[min(call.positionals, byPosition.count - 1)])
        let sentence = book.pages(for: name).first?.sentence
        return signature(name, words, active: active ?? 0, help: sentence)
    }

    private func signature(
        _ name: String, _ parameters: [(word: String, help: String)], active: Int, help: String?
    ) -> JSON {
        var label = name + "(", list: [JSON] = []
        for (index, parameter) in parameters.enumerated() {
            if index > 0 { label += ", " }
            let start = label.utf16.count
            label += parameter.word
            var members: [(String, JSON)] = [("label", [.integer(start), .integer(label.utf16.count)])]
            if !parameter.help.isEmpty { members.append(("documentation", markdown(parameter.help))) }
            list.append(.object(NamedValues(members)))
        }
        var members: [(String, JSON)] = [("label", .string(label + ")")), ("parameters", .array(list))]
        if let help { members.append(("documentation", markdown(help))) }
        return [
            "signatures": [.object(NamedValues(members))], "activeSignature": 0, "activeParameter": .integer(active),
        ]
    }

    private func markdown(_ text: String) -> JSON {
        ["kind": "markdown", "value": .string(ReferenceManual.escaped(text))]
    }
}
