// Turns text into numbers, one a character: the simplest tokenizer there is.

/// The characters of some texts, numbered from 1 in the order of their code points; 0 marks both ends of a document.
public struct CharacterVocabulary: Hashable, Sendable {
    /// The id that begins and ends every document.
    public static let boundary = 0

    /// The characters in order: `characters[i]` has the id `i + 1`.
    public let characters: [Character]
    private let ids: [Character: Int]

    public init(_ documents: some Sequence<String>) {
        var seen = Set<Character>()
        for document in documents { seen.formUnion(document) }
        characters = seen.sorted()
        ids = Dictionary(uniqueKeysWithValues: characters.enumerated().map { ($1, $0 + 1) })
    }

    /// How many ids there are, the boundary's included.
    public var count: Int { characters.count + 1 }

    /// The ids of a text's characters, without boundaries. Throws on a character that is not in the vocabulary.
    public func encode(_ text: String) throws -> [Int] {
        try text.map { character in
            guard let id = ids[character] else {
                throw DatasetError("the character \"\(character)\" of \"\(text)\" is not in the vocabulary of \(characters.count) characters")
            }
            return id
        }
    }

    /// The text of some ids; boundaries and ids out of range are left out.
    public func decode(_ tokens: [Int]) -> String {
        String(tokens.compactMap { characters.indices.contains($0 - 1) ? characters[$0 - 1] : nil })
    }
}
