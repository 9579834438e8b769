// Decoders one after the other.

import Files

struct SequenceDecoder: TokenDecoder {
    static let name = "Sequence"
    private let parts: [any TokenDecoder]

    init(_ node: JSONNode, among steps: TokenizerSteps) throws {
        parts = try node["decoders"].elements().map { try steps.decoder($0) }
    }

    func decoded(_ tokens: [String]) -> [String] { parts.reduce(tokens) { $1.decoded($0) } }
}
