// Values as they lie in a workspace file: described in JSON, their numbers as tensors.
//
// A number, string, truth value or list is JSON's own; what JSON cannot say is an object with one key:
//
//     {"x": "nan"}  a number that is not finite          {"range": [0, 1, 10]}  a range
//     {"r": [["mom", 0], …]}  a record, in order          {"o": 3}  the value number 3 of the table of objects
//
// An object stands in the table once however often it is used, behind all objects it uses: tensors, models, data,
// functions. Sources, tokenizers, layouts and questions that several of them share stand in tables of their own.
import Files
import Datasets
import Language
import LanguageModels
import Tensors

/// The tables of a file's JSON that its values share.
enum StoredTables {
    static let objects = "objects", tensors = "tensors", sources = "sources", tokenizers = "tokenizers",
        layouts = "layouts", questions = "questions"
}

/// What is believed of a file. Its checksum tells damage from what was written, not what an honest session would have
/// written.
public enum StoredLimits {
    /// Cells that a session has run.
    public static let cells = 1_000_000
    /// Steps that a run or an optimizer has taken.
    static let steps = 1_000_000_000
    /// The longest range, as `range` makes them.
    static let range = 1_000_000_000_000_000
    /// Weights of a model.
    static let weights = 1 << 40
}

/// A value that cannot be stored.
public struct NotStorable: Error {
    /// What it is, with its article: "a plot".
    public let what: String
}
