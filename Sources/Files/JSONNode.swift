// Typed access to a JSON file: every error names the file and the key path.

/// A JSON value that remembers where it stands, so that reading it as the wrong type gives an error that
/// names the file and the key path.
///
/// ```swift
/// let config = try JSONNode(file: "model/config.json")
/// let layers = try config["n_layer"].integer(in: 1...)
/// let inner = try config.optional("n_inner")?.integer() ?? 4 * width
/// ```
public struct JSONNode: Sendable {
    /// The value itself.
    public let value: JSON
    /// The file, and the line where there are several values in it: `full.json:17`.
    public let origin: String
    /// Keys and indices from the file's root to here: `rope_parameters.rope_theta`; empty at the root.
    public let path: String

    public init(_ value: JSON, origin: String, path: String = "") {
        self.value = value
        self.origin = origin
        self.path = path
    }

    /// The value in a JSON file.
    public init(file: String) throws {
        let bytes = try FileBytes.read(file)
        try FileKind.refuse(bytes, at: file, unless: [.notebook], wanted: "a JSON file")
        self.init(try JSON(parsing: bytes, origin: file), origin: file)
    }

    /// An error about this value: `origin: path message`.
    public func error(_ message: String) -> JSONError {
        JSONError(origin: origin, message: path.isEmpty ? message : "\"\(path)\" \(message)")
    }

    private func error(expected: String) -> JSONError {
        let shown: String
        switch value {
        case .number(let number) where !number.isFinite: shown = "\(number)"
        case .integer, .number, .bool: shown = (try? value.text()) ?? value.kind
        case .string(let text): shown = "the string \"\(text.prefix(40))\(text.count > 40 ? "…" : "")\""
        default: shown = value.kind
        }
        return error(path.isEmpty ? "expected \(expected), found \(shown)" : "must be \(expected), but is \(shown)")
    }

    private func child(_ value: JSON, _ key: String) -> JSONNode {
        JSONNode(value, origin: origin, path: path.isEmpty ? key : "\(path).\(key)")
    }

    /// The member of that name; an error if there is none or this is not an object.
    public subscript(key: String) -> JSONNode {
        get throws(JSONError) {
            guard let members = value.object else { throw error(expected: "an object") }
            guard let member = members[key] else {
                throw JSONError(
                    origin: origin,
                    message: "\"\(path.isEmpty ? key : "\(path).\(key)")\" is missing")
            }
            return child(member, key)
        }
    }

    /// The member of that name, or nil if it is missing or null.
    public func optional(_ key: String) throws(JSONError) -> JSONNode? {
        guard let members = value.object else { throw error(expected: "an object") }
        guard let member = members[key], !member.isNull else { return nil }
        return child(member, key)
    }

    /// The keys of this object, in the file's order.
    public func keys() throws(JSONError) -> [String] {
        guard let members = value.object else { throw error(expected: "an object") }
        return Array(members.keys)
    }

    /// The members of this object, in the file's order.
    public func members() throws(JSONError) -> [(key: String, value: JSONNode)] {
        guard let members = value.object else { throw error(expected: "an object") }
        return members.map { ($0.key, child($0.value, $0.key)) }
    }

    /// The elements of this array.
    public func elements() throws(JSONError) -> [JSONNode] {
        guard let elements = value.array else { throw error(expected: "an array") }
        return elements.enumerated().map { JSONNode($1, origin: origin, path: "\(path)[\($0)]") }
    }

    public func string() throws(JSONError) -> String {
        guard let text = value.string else { throw error(expected: "a string") }
        return text
    }

    public func bool() throws(JSONError) -> Bool {
        guard let flag = value.bool else { throw error(expected: "true or false") }
        return flag
    }

    public func number() throws(JSONError) -> Double {
        guard let number = value.number else { throw error(expected: "a number") }
        // Python writes NaN and Infinity; no setting is one.
        guard number.isFinite else { throw error(expected: "a finite number") }
        return number
    }

    public func integer() throws(JSONError) -> Int {
        guard let number = value.integer else { throw error(expected: "a whole number") }
        return number
    }

    /// A whole number of at least the range's lower bound.
    public func integer(in range: PartialRangeFrom<Int>) throws(JSONError) -> Int {
        guard let number = value.integer, range.contains(number) else {
            throw error(expected: "a whole number of at least \(range.lowerBound)")
        }
        return number
    }

    /// A whole number between two bounds.
    public func integer(in range: ClosedRange<Int>) throws(JSONError) -> Int {
        guard let number = value.integer, range.contains(number) else {
            throw error(expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
