// A class token before a text and a separator behind it.

import Files

/// RoBERTa's marks, and BERT's: `cls` before a text, `sep` behind it.
struct RobertaPostProcessor: PostProcessor {
    static let name = "RobertaProcessing"
    private let marks: ClassAndSeparator

    init(_ node: JSONNode, among _: TokenizerSteps) throws { marks = try ClassAndSeparator(node) }

    func process(_ ids: inout [Int]) { marks.process(&ids) }
}

struct BertPostProcessor: PostProcessor {
    static let name = "BertProcessing"
    private let marks: ClassAndSeparator

    init(_ node: JSONNode, among _: TokenizerSteps) throws { marks = try ClassAndSeparator(node) }

    func process(_ ids: inout [Int]) { marks.process(&ids) }
}

/// `cls` and `sep`, each a token with its id.
private struct ClassAndSeparator {
    private let first: Int
    private let last: Int

    init(_ node: JSONNode) throws {
        func id(_ key: String) throws -> Int {
            let pair = try node[key].elements()
            guard pair.count == 2 else { throw try node[key].error("must be a token and its id") }
            return try pair[1].integer(in: 0...TokenVocabulary.idLimit)
        }
        first = try id("cls")
        last = try id("sep")
    }

    func process(_ ids: inout [Int]) { ids = [first] + ids + [last] }
}
