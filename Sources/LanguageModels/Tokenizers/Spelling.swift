// Text compared byte by byte.

/// A text as a dictionary's key. `String` itself would not do: it takes `é` as one scalar and `é` as two for the same
/// text, and tokenizers do not.
struct Spelling: Hashable, Sendable {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        text = String(decoding: bytes, as: UTF8.self)
    }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    static func == (a: Spelling, b: Spelling) -> Bool {
        var a = a.text, b = b.text
        return a.withUTF8 { a in b.withUTF8 { b in a.elementsEqual(b) } }
    }
}
