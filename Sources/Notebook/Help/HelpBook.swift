// All pages of help of one registry: looking one up, searching all of them, finding near names.
import Language

/// The pages of help, derived from what the built-ins, commands and topics declare about themselves.
public struct HelpBook: Sendable {
    public let pages: [HelpPage]

    /// - Parameter registry: what a session knows, the notebook's own functions included.
    public init(_ registry: Registry) {
        let commands = Set(SessionCommands.all.map { ":" + $0.name })
        let all =
            registry.builtins.map { HelpPage($0) } + registry.constants.map { HelpPage($0) }
            + SessionCommands.all.map { HelpPage($0, CommandPages.all[$0.name]) }
            + LanguageTopics.all.map { HelpPage($0) } + Recipes.all.map { HelpPage($0, family: HelpPage.howTo) }
        pages = all.map { page in
            var page = page
            page.seeAlso.removeAll { $0.hasPrefix(":") && !commands.contains($0) }
            return page
        }
    }

    /// Names and aliases of all pages.
    public var names: [String] { pages.flatMap { [$0.name] + $0.aliases } }

    /// The pages of a name: a function first, then a command (`save` and `:save`), then a topic.
    public func pages(for name: String) -> [HelpPage] {
        pages.filter { $0.name == name || $0.kind == .command && $0.name == ":" + name || $0.aliases.contains(name) }
    }

    /// The chapters of the built-ins in their order, with the names in them.
    public var families: [(name: String, pages: [HelpPage])] {
        var families: [(name: String, pages: [HelpPage])] = []
        for page in pages where page.kind == .function || page.kind == .constant {
            if let index = families.firstIndex(where: { $0.name == page.family }) {
                families[index].pages.append(page)
            } else {
                families.append((page.family, [page]))
            }
        }
        return families
    }

    /// Pages that mention all of the words, those in whose names they stand first.
    public func search(_ words: String) -> [HelpPage] {
        let wanted = words.lowercased().split(whereSeparator: \.isWhitespace).map(String.init)
        guard !wanted.isEmpty else { return [] }
        let ranked = pages.enumerated().compactMap { index, page -> (rank: Int, index: Int, page: HelpPage)? in
            var total = 0
            for word in wanted {
                guard let rank = Self.rank(of: word, in: page) else { return nil }
                total += rank
            }
            return (total, index, page)
        }
        return ranked.sorted { ($0.rank, $0.index) < ($1.rank, $1.index) }.map(\.page)
    }

    /// How near to a page's heart a word stands, 0 nearest; nil where it does not occur.
    private static func rank(of word: String, in page: HelpPage) -> Int? {
        let names = ([page.name] + page.aliases).map { $0.lowercased() }
        if names.contains(word) || names.contains(":" + word) { return 0 }
        if names.contains(where: { $0.hasPrefix(word) }) { return 1 }
        if names.contains(where: { $0.contains(word) }) { return 2 }
        if page.family.lowercased().contains(word) { return 4 }
        if page.sentence.lowercased().contains(word) { return 3 }
        if page.summary.lowercased().contains(word) { return 5 }
        if page.rows.contains(where: { ($0.name + " " + $0.text).lowercased().contains(word) }) { return 6 }
        if page.examples.contains(where: { $0.lowercased().contains(word) }) { return 8 }
        return page.hiddenText.lowercased().contains(word) ? 9 : nil
    }

    /// Names that look or sound like one that does not exist, the nearest first.
    public func near(_ name: String, own: [String] = []) -> [String] {
        let candidates = own + names
        var near: [String] = []
        var rest = candidates
        while near.count < 5, let next = suggestion(for: name, among: rest) {
            near.append(next)
            rest.removeAll { $0 == next }
        }
        let lowered = name.lowercased()
        if lowered.count >= 3 {
            near += candidates.filter { $0.lowercased().contains(lowered) && !near.contains($0) }.prefix(5)
        }
        return Array(near.prefix(6))
    }
}
