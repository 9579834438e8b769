// Post-processors one after the other.

import Files

struct SequencePostProcessor: PostProcessor {
    static let name = "Sequence"
    private let parts: [any PostProcessor]

    init(_ node: JSONNode, among steps: TokenizerSteps) throws {
        parts = try node["processors"].elements().map { try steps.postProcessor($0) }
    }

    func process(_ ids: inout [Int]) { for part in parts { part.process(&ids) } }
}
