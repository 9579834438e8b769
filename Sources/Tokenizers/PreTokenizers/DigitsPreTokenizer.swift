// Numbers apart from the text around them.

import Files

/// Cuts numbers off the text around them: every run of digits, or every digit alone.
struct DigitsPreTokenizer: PreTokenizer {
    static let name = "Digits"
    private let individually: Bool

    init(_ node: JSONNode, among _: TokenizerSteps) throws {
        individually = try node.optional("individual_digits")?.bool() ?? false
    }

    func cut(_ text: UnsafeBufferPointer<UInt8>, _ emit: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
        try WordSplitter(bytes: text).cutDigits(in: text.indices, individually: individually) {
            try emit(UnsafeBufferPointer(rebasing: text[$0]))
        }
    }
}
