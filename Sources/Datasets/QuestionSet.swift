// A named list of questions and answers that can be cut, joined and filtered.

import Files

/// Questions and answers in a fixed order, under a name that error messages and tables use.
///
/// A set is a value: every operation gives a new set and leaves the old one as it was.
public struct QuestionSet: Hashable, Sendable {
    public var name: String
    public var examples: [QuestionAnswer]

    public init(name: String, examples: [QuestionAnswer]) {
        self.name = name
        self.examples = examples
    }

    /// The examples of `self` followed by those of `other`.
    public func concatenated(with other: QuestionSet, name: String? = nil) -> QuestionSet {
        QuestionSet(name: name ?? "\(self.name) + \(other.name)", examples: examples + other.examples)
    }

    /// The examples that satisfy the condition, in order.
    public func filtered(name: String? = nil, _ keep: (QuestionAnswer) throws -> Bool) rethrows -> QuestionSet {
        QuestionSet(name: name ?? self.name, examples: try examples.filter(keep))
    }

    /// The examples that are not in `others`. Two examples are the same when question and answer are.
    public func without(_ others: QuestionSet, name: String? = nil) -> QuestionSet {
        let removed = Set(others.examples.map(QuestionKey.init))
        return filtered(name: name ?? "\(self.name) without \(others.name)") { !removed.contains(QuestionKey($0)) }
    }

    /// The first example of `others` that is not in this set, nil where all are. Two examples are the same when
    /// question and answer are.
    public func firstMissing(of others: QuestionSet) -> QuestionAnswer? {
        let own = Set(examples.map(QuestionKey.init))
        return others.examples.first { !own.contains(QuestionKey($0)) }
    }

    /// The same examples in an order drawn from `generator` (Fisher-Yates).
    public func shuffled(using generator: inout some RandomNumberGenerator) -> QuestionSet {
        QuestionSet(name: name, examples: examples.shuffled(using: &generator))
    }
}

extension QuestionSet: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { examples.count }

    public subscript(index: Int) -> QuestionAnswer { examples[index] }

    /// A part of the set under the same name. Indices of the part start at zero again.
    public subscript(range: Range<Int>) -> QuestionSet {
        QuestionSet(name: name, examples: Array(examples[range]))
    }
}

/// What makes two examples the same one.
private struct QuestionKey: Hashable {
    let question: Spelling
    let answer: Spelling

    init(_ example: QuestionAnswer) {
        question = Spelling(example.question)
        answer = Spelling(example.answer)
    }
}
