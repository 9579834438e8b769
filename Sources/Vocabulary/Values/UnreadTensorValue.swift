/// What stands in a file's record for a tensor that cannot be read: an error once it is used, and not before.
import Language

final class UnreadTensorValue: Foreign {
    /// Why, and what to do.
    let reason: String
    private let shape: [Int]
    private let typeName: String

    init(_ reason: String, shape: [Int], typeName: String) {
        self.reason = reason
        self.shape = shape
        self.typeName = typeName
        super.init()
    }

    override var kind: String { "unread tensor" }
    override var phrase: String { "an unread tensor: \(reason)" }
    override var summary: String { "unread tensor \(shape) of \(typeName)" }

    private var use: LanguageError { LanguageError(reason) }
    override func field(_ name: String) throws -> Value? { throw use }
    override func index(_ indices: [Index]) throws -> Value? { throw use }
    override func negated() throws -> Value? { throw use }
    override func binary(_ op: BinaryOperator, _ other: Value, isReversed: Bool) throws -> Value? { throw use }
    override func apply(_ function: String, _ arguments: [Value]) throws -> Value? { throw use }
    override func truth() throws -> Bool? { throw use }
}
