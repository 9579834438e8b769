/// Patterns of dotted names, such as those of a model's parameters.

/// `*` stands for any letters, dots among them, `?` for one letter; alternatives are divided by `|`.
public struct NamePattern: Equatable, Sendable {
    public let text: String
    private let alternatives: [[Unicode.Scalar]]

    public init(_ text: String) {
        self.text = text
        alternatives = text.split(separator: "|", omittingEmptySubsequences: false).map { part in
            Array(part.unicodeScalars.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// Its alternatives, each as a pattern.
    public var parts: [NamePattern] {
        alternatives.map { NamePattern(String(String.UnicodeScalarView($0))) }
    }

    /// Whether a whole name fits.
    public func fits(_ name: String) -> Bool {
        let name = Array(name.unicodeScalars)
        return alternatives.contains { Self.fits(name, $0) }
    }

    /// In time of the product of both lengths.
    private static func fits(_ name: [Unicode.Scalar], _ pattern: [Unicode.Scalar]) -> Bool {
        var place = 0, at = 0
        // Where the last star was, and up to where it stands for the name.
        var star: (at: Int, place: Int)?
        while place < name.count {
            if at < pattern.count, pattern[at] == "*" {
                star = (at, place)
                at += 1
            } else if at < pattern.count, pattern[at] == "?" || pattern[at] == name[place] {
                (place, at) = (place + 1, at + 1)
            } else if let last = star {
                star = (last.at, last.place + 1)
                (at, place) = (last.at + 1, last.place + 1)
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == "*" }
    }
}
