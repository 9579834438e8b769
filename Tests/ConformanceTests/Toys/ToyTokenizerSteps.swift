// The steps of a tokenizer from outside their module: a language of known words.
import Files
import Tokenizers

/// Letters in lower case.
struct ToyLowercase: Normalizer {
    static let name = "ToyLowercase"

    init(_: JSONNode, among _: TokenizerSteps) {}
    func normalized(_ text: String) -> String { text.lowercased() }
}

/// Pieces between characters: blanks by default, whatever `at` says otherwise.
struct ToyCutter: PreTokenizer {
    static let name = "ToyCutter"
    private let mark: UInt8

    init(_ node: JSONNode, among _: TokenizerSteps) throws {
        mark = try node.optional("at")?.string().utf8.first ?? UInt8(ascii: " ")
    }

    func cut(_ text: TextPiece, _ emit: (TextPiece) throws -> Void) throws {
        for piece in text.bytes.split(separator: mark) { try emit(text[piece.startIndex..<piece.endIndex]) }
    }
}

/// One token a word; words it does not know are errors.
struct ToyWords: TokenModel {
    static let name = "ToyWords"
    let vocabulary: TokenVocabulary

    init(_ root: JSONNode, pieces _: PieceSpelling?) throws {
        vocabulary = TokenVocabulary(try root["model"]["words"].elements().map { try $0.string() })
    }

    func ids(of piece: UnsafeBufferPointer<UInt8>) throws -> [Int32] {
        let word = String(decoding: piece, as: UTF8.self)
        guard let id = vocabulary.id(word) else { throw TokenizerError("the word \(word) is not known") }
        return [Int32(id)]
    }
}

/// One id behind every text.
struct ToyStop: PostProcessor {
    static let name = "ToyStop"
    private let id: Int

    init(_ node: JSONNode, among _: TokenizerSteps) throws { id = try node["id"].integer() }
    func process(_ ids: inout [Int]) { ids.append(id) }
}

/// Blanks between words.
struct ToyBlanks: TokenDecoder {
    static let name = "ToyBlanks"

    init(_: JSONNode, among _: TokenizerSteps) {}
    func decoded(_ tokens: [String]) -> [String] { [tokens.joined(separator: " ")] }
}
