// Commands that change what names hold.
import Language

extension SessionCommands {
    /// `:step run 20` stands for `run = step(run, 20)`, and shows what the run has become.
    func advance(_ verb: String, _ rest: String, _ source: Source) throws {
        let words = rest.split(separator: " ").map(String.init)
        guard let name = words.first, words.count <= 2, name.first?.isNumber == false,
            name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" })
        else {
            throw LanguageError("`:\(verb)` needs the name of a run and a number of steps, as in `:\(verb) run 20`")
        }
        try session.runNested("\(name) = \(verb)(\(name), \(words.count > 1 ? words[1] : "1"))\n\(name)", in: source)
    }

    /// `:undo [n]`
    func undo(_ rest: String) throws {
        guard let count = rest.isEmpty ? 1 : Int(rest), count > 0 else {
            throw LanguageError("`:undo` takes a number of cells, as in `:undo 2`")
        }
        let undone = session.undo(count)
        session.hasChangedNothing()
        let cells = listed(undone.map { String($0) })
        tell(undone.isEmpty ? "nothing to undo" : "took back cell\(undone.count == 1 ? "" : "s") \(cells)")
    }

    /// `:drop name…`
    func drop(_ rest: String) throws {
        let names = rest.split(separator: " ").map(String.init)
        guard !names.isEmpty else { throw LanguageError("`:drop` needs a name, as in `:drop x`") }
        for name in names where session.interpreter[name] == nil {
            let known = session.interpreter.globals.map(\.name)
            throw LanguageError(
                "`\(name)` is not defined", note: suggestion(for: name, among: known).map { "did you mean `\($0)`?" },
                at: .word(name))
        }
        session.willChange()
        for name in names { session.interpreter[name] = nil }
    }

    /// `:reset`
    func reset() {
        session.reset()
        tell("all names are gone; random numbers begin anew with seed \(session.firstSeed); :undo brings them back")
    }

    /// `:stale`
    func stale() {
        let stale = session.history.stale()
        if stale.isEmpty { return tell("no cell is stale") }
        for entry in stale {
            let record = session.records[entry.index]
            let reason =
                entry.rebound.map { "`\(entry.name)` was changed in \(session.records[$0].place)" }
                ?? "`\(entry.name)` is stale"
            say(
                clipped("\(record.place): \(record.firstLine)", to: max(20, session.width - reason.count - 2)) + "  "
                    + reason)
        }
    }

    /// `:rerun 3 5`, `:rerun stale`
    func rerun(_ rest: String) throws {
        let words = rest.split(separator: " ").map(String.init)
        if words == ["stale"] {
            var texts: Set<String> = []
            // Running a cell again may make others stale; two that use each other's names would never have done.
            while let next = nextStale(besides: texts) {
                texts.insert(next.source)
                try again(next)
            }
            if texts.isEmpty { tell("no cell is stale") }
            return
        }
        guard !words.isEmpty, !words.contains(where: { Int($0) == nil }) else {
            throw LanguageError("`:rerun` needs numbers of cells, or `stale`, as in `:rerun 3`")
        }
        for word in words {
            var records = session.records.filter { $0.number == Int(word) }
            // A cell that loaded a script or ran others again left records of those: doing its line again would do them
            // twice.
            let doing = records.filter { !$0.pieces.allSatisfy(\.isLook) }
            if !doing.isEmpty { records = doing }
            guard !records.isEmpty else {
                throw LanguageError(
                    "there is no cell \(word) to run again", advice: [":history lists the cells"], at: .word(word))
            }
            for record in records { try again(record) }
        }
    }

    /// The first stale cell that uses no name of another one: each is run once, after those it builds on. Of cells in a
    /// circle it is the first.
    private func nextStale(besides texts: Set<String>) -> CellRecord? {
        let stale = session.history.stale().map { session.records[$0.index] }.filter { !texts.contains($0.source) }
        let free = stale.indices.first { index in
            stale.indices.allSatisfy { $0 == index || stale[$0].binds.isDisjoint(with: stale[index].reads) }
        }
        return free.map { stale[$0] } ?? stale.first
    }

    /// Runs a cell's text again with the random numbers it had.
    private func again(_ record: CellRecord) throws {
        session.willChange()
        tell("\(record.home) again: \(clipped(record.firstLine, to: max(20, session.width - 20)))")
        let engine = session.configuration.engine
        let (before, now) = (record.randomBefore, engine?.generator)
        // Only a cell that drew numbers has its own place among them.
        let drew = before != record.randomAfter
        if drew, let before { engine?.generator = before }
        defer { if drew, let now { engine?.generator = now } }
        let ending = session.perform(record.source, origin: record.origin, isWhole: record.isWhole, isRerun: drew)
            .ending
        try Session.pass(on: ending)
    }

    /// `:set digits 6`
    func set(_ rest: String, _ source: Source) throws {
        let words = rest.split(separator: " ").map(String.init)
        switch words.first {
        case "digits":
            guard words.count == 2, let digits = Int(words[1]), (1...17).contains(digits) else {
                throw LanguageError("`:set digits` needs a whole number from 1 to 17")
            }
            session.digits = digits
        case "seed":
            guard words.count == 2, UInt64(words[1]) != nil else {
                throw LanguageError("`:set seed` needs a whole number, as in `:set seed 7`")
            }
            try session.runNested("seed(\(words[1]));", in: source)
        case "timer":
            guard words.count == 2, ["on", "off"].contains(words[1]) else {
                throw LanguageError("`:set timer` is `on` or `off`")
            }
            session.isTimed = words[1] == "on"
        case "trace":
            guard words.count == 2, ["on", "off"].contains(words[1]) else {
                throw LanguageError("`:set trace` is `on` or `off`: all calls that led to an error, or three")
            }
            session.interpreter.frameLimit = words[1] == "on" ? nil : 3
        case "pager":
            guard words.count == 2, ["on", "off"].contains(words[1]) else {
                throw LanguageError("`:set pager` is `on` or `off`: help longer than the window a page at a time")
            }
            session.usesPager = words[1] == "on"
        case "projector":
            guard words.count == 2, ["on", "off"].contains(words[1]) else {
                throw LanguageError("`:set projector` is `on` or `off`: room between cells, and long help by pages")
            }
            session.isSpaced = words[1] == "on"
            session.usesPager = session.isSpaced
        case "highlight":
            try setAid(.highlight, words, "colours of what is typed")
        case "suggest":
            try setAid(.suggest, words, "how an earlier cell went on, grey behind the cursor")
        case "pictures":
            guard words.count == 2, let style = PictureStyle(rawValue: words[1]) else {
                throw LanguageError(
                    "`:set pictures` is \(listed(PictureStyle.allCases.map { "`\($0.rawValue)`" }, "or"))")
            }
            guard style != .pixels || session.configuration.showsPixels() else {
                throw LanguageError(
                    "this terminal does not say that it shows pictures by kitty's protocol or as sixels",
                    note: "kitty, Ghostty, WezTerm, foot, Konsole, mlterm and tmux from 3.4 on do")
            }
            session.pictureStyle = style
        default:
            throw LanguageError(
                """
                `:set` knows `digits`, `seed`, `timer`, `trace`, `pager`, `projector`, `highlight`, `suggest` and \
                `pictures`, as in `:set digits 6`
                """)
        }
    }

    private func setAid(_ aid: TypingAids, _ words: [String], _ meaning: String) throws {
        guard words.count == 2, ["on", "off"].contains(words[1]) else {
            throw LanguageError("`:set \(words[0])` is `on` or `off`: \(meaning)")
        }
        if words[1] == "on" { session.typingAids.insert(aid) } else { session.typingAids.remove(aid) }
    }
}
