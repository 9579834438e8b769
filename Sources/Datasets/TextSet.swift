// Plain texts, one document a line.

import Files

/// Documents in a fixed order under a name, such as a list of names, one a line.
public struct TextSet: Hashable, Sendable {
    public var name: String
    public var documents: [String]

    public init(name: String, documents: [String]) {
        self.name = name
        self.documents = documents
    }

    /// Reads a UTF-8 file with one document a line; white space around a document and blank lines are dropped.
    ///
    /// Throws where the file is missing, not text, or holds no document.
    public static func load(path: String) throws -> TextSet {
        let documents = TextFile.lines(try TextFile.read(path)).compactMap { line in
            let document = line.trimming(while: \.properties.isWhitespace)
            return document.isEmpty ? nil : String(document)
        }
        guard !documents.isEmpty else {
            throw DatasetError("\(path) is empty: it should hold one document a line")
        }
        return TextSet(name: path.split(separator: "/").last.map(String.init) ?? path, documents: documents)
    }

    /// The documents that satisfy the condition, in order.
    public func filtered(name: String? = nil, _ keep: (String) throws -> Bool) rethrows -> TextSet {
        TextSet(name: name ?? self.name, documents: try documents.filter(keep))
    }

    /// The documents that are not among those of `others`.
    public func without(_ others: TextSet, name: String? = nil) -> TextSet {
        let removed = Set(others.documents.map(Spelling.init))
        return filtered(name: name ?? "\(self.name) without \(others.name)") { !removed.contains(Spelling($0)) }
    }

    /// The documents of `self` followed by those of `other`.
    public func concatenated(with other: TextSet, name: String? = nil) -> TextSet {
        TextSet(name: name ?? "\(self.name) + \(other.name)", documents: documents + other.documents)
    }

    /// The same documents in an order drawn from `generator` (Fisher-Yates).
    public func shuffled(using generator: inout some RandomNumberGenerator) -> TextSet {
        TextSet(name: name, documents: documents.shuffled(using: &generator))
    }
}

extension TextSet: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { documents.count }

    public subscript(index: Int) -> String { documents[index] }

    /// A part of the set under the same name. Indices of the part start at zero again.
    public subscript(range: Range<Int>) -> TextSet {
        TextSet(name: name, documents: Array(documents[range]))
    }
}
