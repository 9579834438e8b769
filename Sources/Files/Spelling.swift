// Text compared byte by byte.

import Foundation

/// A text as a dictionary's key, equal to another where both have the same Unicode scalars.
///
/// `String` itself would not do: it takes `é` as one scalar and `é` as two for the same text, Ω and the Ohm sign too,
/// so that of two tensors, columns or tokens one would vanish.
public struct Spelling: Hashable, Sendable {
    public let text: String

    public init(_ text: String) { self.text = text }

    public init(bytes: UnsafeBufferPointer<UInt8>) { text = String(decoding: bytes, as: UTF8.self) }

    public func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    public static func == (a: Spelling, b: Spelling) -> Bool { a.text.isSpelled(b.text) }
}

extension Spelling: Comparable {
    /// The order of the code points.
    public static func < (a: Spelling, b: Spelling) -> Bool {
        a.text.utf8.lexicographicallyPrecedes(b.text.utf8)
    }
}

extension String {
    /// Whether another text has the same Unicode scalars, which `==` does not ask.
    public func isSpelled(_ other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        var a = self, b = other
        return a.withUTF8 { a in
            b.withUTF8 { b in
                guard let first = a.baseAddress, let second = b.baseAddress else { return true }
                return memcmp(first, second, a.count) == 0
            }
        }
    }
}
