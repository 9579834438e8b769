/// What stands in a file's record for a tensor that cannot be read: an error once it is used, and not before.
import Language
import LanguageModels

final class UnreadTensorValue: Foreign {
    /// Why, and what to do.
    let reason: String
    private let entry: SafetensorsFile.Entry

    init(_ reason: String, _ entry: SafetensorsFile.Entry) {
        self.reason = reason
        self.entry = entry
        super.init()
    }

    override var kind: String { "unread tensor" }
    override var phrase: String { "an unread tensor: \(reason)" }
    override var summary: String { "unread tensor \(entry.shape) of \(entry.typeName)" }
}
