// A kind of tokenizer from outside its module.
import Files
import Tokenizers

/// One token a word between blanks; words it does not know are errors, and the word `.` ends a text.
final class ToyTokenizer: Tokenizer, TokenizerKind {
    private let words: [String]
    var endOfText: Int? { id(".") }
    var specialTokens: Set<Int> { Set([endOfText].compactMap(\.self)) }
    var vocabularySize: Int { words.count }

    init(_ words: [String]) { self.words = words }

    static func matches(_ root: JSONNode) -> Bool { root.value["model"]?["type"] == "ToyWords" }

    static func read(_ root: JSONNode, contents _: [UInt8], endOfText _: String?) throws -> any Tokenizer {
        ToyTokenizer(try root["model"]["words"].elements().map { try $0.string() })
    }

    func encode(_ text: String, addingSpecial _: Bool) throws -> [Int] {
        try text.split(separator: " ").map { word in
            guard let id = id(String(word)) else { throw TokenizerError("the word \(word) is not known") }
            return id
        }
    }

    func decode(_ ids: [Int], skippingSpecial _: Bool) -> String { ids.compactMap(token).joined(separator: " ") }
    func token(_ id: Int) -> String? { words.indices.contains(id) ? words[id] : nil }
    func id(_ token: String) -> Int? { words.firstIndex(of: token) }

    func fileContents() throws -> [UInt8] {
        let model: JSON = ["type": "ToyWords", "words": .array(words.map { .string($0) })]
        return Array(try JSON.object(["model": model]).text().utf8)
    }
}
