// Commands that look: names, kinds, time, memory, cells.
import Foundation
import Language
import Vocabulary

extension SessionCommands {
    /// `:who`: name, what it holds, memory, cell.
    func who() {
        let names = session.interpreter.globals.filter { !Session.ownNames.contains($0.name) }
        if names.isEmpty { return tell("no names yet") }
        let rows = names.map { name, value in
            (name: name, memory: Self.memory(of: value), place: place(of: name), value: value)
        }
        let width = rows.map { displayWidth($0.name) }.max() ?? 0
        let memoryWidth = rows.map { $0.memory.count }.max() ?? 0
        let placeWidth = rows.map { displayWidth($0.place) }.max() ?? 0
        let room = max(12, session.width - width - memoryWidth - placeWidth - 6)
        let texts = rows.map { clipped(oneLine($0.value, limit: room), to: room) }
        let column = texts.map { displayWidth($0) }.max() ?? 0
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - displayWidth(text)))
        }
        for (row, text) in zip(rows, texts) {
            let memory = String(repeating: " ", count: memoryWidth - row.memory.count) + row.memory
            say(
                [padded(row.name, width), padded(text, column), memory, row.place].joined(separator: "  ")
                    .trimmingTrailingBlanks)
        }
    }

    private func place(of name: String) -> String {
        session.interpreter.definition(of: name).map { $0.source.placeName(of: Int($0.span.start), seenFrom: nil) }
            ?? ""
    }

    private func oneLine(_ value: Value, limit: Int) -> String {
        switch value {
        case .foreign(let foreign): visibleLine(foreign.summary)
        case .function(let function): function.builtin == nil ? "function" : clipped(value.display, to: limit)
        default: value.display
        }
    }

    /// What is worth saying of a value's memory: nothing below 10 kB.
    private static func memory(of value: Value) -> String {
        let bytes = value.byteCount
        return bytes < 10_000 ? "" : size(bytes)
    }

    /// Bytes in the unit that suits them.
    static func size(_ bytes: Int) -> String {
        switch bytes {
        case ..<1_000: "\(bytes) B"
        case ..<1_000_000: "\(formatNumber(Double(bytes) / 1e3, digits: 3)) kB"
        case ..<1_000_000_000: "\(formatNumber(Double(bytes) / 1e6, digits: 3)) MB"
        default: "\(formatNumber(Double(bytes) / 1e9, digits: 3)) GB"
        }
    }

    /// `:type expression`
    func type(_ expression: String, _ source: Source) throws {
        guard !expression.isEmpty else { throw LanguageError("`:type` needs an expression, as in `:type 1 + 1`") }
        guard let value = try session.evaluate(expression, in: source) else { return say("no value") }
        say(value.kind == "number" ? "a number" : value.phrase)
    }

    /// `:time expression`
    func time(_ expression: String, _ source: Source) throws {
        guard !expression.isEmpty else {
            throw LanguageError("`:time` needs something to run, as in `:time grad(f, m)`")
        }
        session.finishWaitingWork()
        let before = session.configuration.engine?.device.memory.live ?? 0
        let start = ContinuousClock.now
        defer {
            session.finishWaitingWork()
            var text = Self.duration((ContinuousClock.now - start) / .seconds(1))
            if let now = session.configuration.engine?.device.memory.live, now - before >= 10_000 {
                text += ", \(Self.size(now - before)) more in use"
            }
            tell(text)
        }
        try session.runNested(expression, in: source)
    }

    /// A time as `:time` says it.
    public static func duration(_ seconds: Double) -> String {
        if seconds < 1e-3 { return "\(formatNumber(seconds * 1e6, digits: 3)) µs" }
        if seconds < 1 { return "\(formatNumber(seconds * 1e3, digits: 3)) ms" }
        return "\(formatNumber(seconds, digits: 3)) s"
    }

    /// `:bench expression`: as often as fits into a second, three times at least; names and random numbers stay.
    func bench(_ expression: String, _ source: Source) throws {
        guard !expression.isEmpty else {
            throw LanguageError("`:bench` needs something to run, as in `:bench grad(f, m)`")
        }
        // Read once, as a function, so that only its work is timed.
        let head = "() -> ("
        func withoutHead(_ error: any Error) -> any Error {
            guard var diagnostic = error as? Diagnostic, diagnostic.source.text.hasPrefix(head),
                diagnostic.source.text.hasSuffix(expression + ")")
            else { return error }
            diagnostic.source = Source(expression, origin: source.origin)
            let end = expression.utf8.count
            func moved(_ place: Int) -> Int { min(max(0, place - head.utf8.count), end) }
            diagnostic.span = Span(moved(Int(diagnostic.span.start)), moved(Int(diagnostic.span.end)))
            diagnostic.frames.removeAll { $0.source.text.hasPrefix(head) }
            return diagnostic
        }
        let function: Function
        do {
            guard case .function(let made)? = try session.evaluate("\(head)\(expression))", in: source) else {
                throw LanguageError("`:bench` needs an expression, as in `:bench grad(f, m)`")
            }
            function = made
        } catch { throw withoutHead(error) }
        let before = session.checkpoint()
        defer { session.restore(before) }
        var seconds: [Double] = []
        let start = ContinuousClock.now
        // As often on all ranks.
        func isOver() throws -> Bool {
            func now() -> [Double] { [ContinuousClock.now - start < .seconds(1) ? 0 : 1] }
            let ranks = session.configuration.engine?.device.ranks
            return try (ranks?.numbersFromFirst("clock", now) ?? now())[0] != 0
        }
        while try seconds.count < 3 || seconds.count < 10_000 && !isOver() {
            session.finishWaitingWork()
            let began = ContinuousClock.now
            do {
                let value = try session.interpreter.call(function, [])
                withExtendedLifetime(value) { session.finishWaitingWork() }
            } catch { throw withoutHead(error) }
            seconds.append((ContinuousClock.now - began) / .seconds(1))
        }
        seconds.sort()
        let median =
            seconds.count % 2 == 1
            ? seconds[seconds.count / 2] : (seconds[seconds.count / 2 - 1] + seconds[seconds.count / 2]) / 2
        say("median \(Self.duration(median)), fastest \(Self.duration(seconds[0])), \(seconds.count) runs")
    }

    /// `:mem`
    func memory() {
        guard let device = session.configuration.engine?.device else { return tell("this session has no tensors") }
        let memory = device.memory
        say("tensors in use  \(Self.size(memory.live)), at most \(Self.size(memory.peak))")
        say("kept for more   \(Self.size(memory.cached))")
        say("limit           \(Self.size(device.memoryLimit))")
        if device.ranks.count > 1 {
            say("ranks           \(device.ranks.count); each holds a part of what optimizers remember of large models,")
            say("                and all of it where they mix elements, as muon, shampoo and lbfgs do")
        }
        let large = session.interpreter.globals.map { (name: $0.name, bytes: $0.value.byteCount) }.filter {
            $0.bytes >= 10_000 && !Session.ownNames.contains($0.name)
        }
        .sorted { $0.bytes > $1.bytes }.prefix(5)
        if !large.isEmpty {
            say("largest names   " + large.map { "\($0.name) \(Self.size($0.bytes))" }.joined(separator: ", "))
        }
        for (name, need) in session.interpreter.globals.compactMap({
            ($0.name, ($0.value.foreign as? ModelValue)?.need)
        })
        .filter({ !Session.ownNames.contains($0.0) }).prefix(5) {
            guard let need, need.weights >= 10_000 else { continue }
            say("a run of \(name)".padding(to: 16) + need.text(Self.size))
        }
        if session.undoStack.count > 0 { say("earlier values are kept for :undo (\(session.undoStack.count) cells)") }
    }
}

extension String {
    var trimmingTrailingBlanks: String {
        guard let last = lastIndex(where: { $0 != " " }) else { return "" }
        return String(self[...last])
    }
}
