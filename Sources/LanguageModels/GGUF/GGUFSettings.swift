/// What the metadata of a GGUF file says of a model's sizes, by the names of its architecture.
import Files

/// The metadata of one model, with errors that name the key.
struct GGUFSettings {
    let file: GGUFFile
    private let prefix: String

    init(_ file: GGUFFile, _ form: GGUFForm) {
        self.file = file
        prefix = form.architecture + "."
    }

    func wrong(_ key: String, _ message: String) -> FileError {
        FileError(path: file.path, message: "the metadata value `\(prefix)\(key)` \(message)")
    }

    func value(_ key: String) -> GGUFValue? { file.metadata[prefix + key] }

    /// A whole number; nil where it is missing. Of a list with a number for each layer, all must be the same.
    func integer(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
        guard var value = value(key) else { return nil }
        if let list = value.array {
            guard list.count > 0, (0..<list.count).allSatisfy({ list[$0] == list[0] }) else {
                throw wrong(key, "differs among layers, which is not supported")
            }
            value = list[0]
        }
        guard let number = value.integer, range.contains(number) else {
            throw wrong(
                key,
                "must be a whole number from \(range.lowerBound) to \(range.upperBound), but is \(value.phrase)")
        }
        return number
    }

    func required(_ key: String, in range: ClosedRange<Int>) throws -> Int {
        guard let number = try integer(key, in: range) else { throw wrong(key, "is missing") }
        return number
    }

    /// A number above zero; of a float32 the shortest decimal that it is the nearest to.
    func positive(_ key: String) throws -> Double? {
        guard let value = value(key) else { return nil }
        guard let number = value.number, number > 0, number.isFinite else {
            throw wrong(key, "must be a number above zero, but is \(value.phrase)")
        }
        if case .float32(let single) = value { return Double("\(single)") ?? number }
        return number
    }

    func flag(_ key: String) throws -> Bool? {
        guard let value = value(key) else { return nil }
        guard let flag = value.bool else { throw wrong(key, "must be true or false, but is \(value.phrase)") }
        return flag
    }

    func text(_ key: String) throws -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.string else { throw wrong(key, "must be a text, but is \(value.phrase)") }
        return text
    }

    var layers: Int {
        get throws { try required("block_count", in: 1...SizeLimit.layers) }
    }
    var heads: Int {
        get throws { try required("attention.head_count", in: 1...SizeLimit.heads) }
    }
    var width: Int {
        get throws { try required("embedding_length", in: 1...SizeLimit.width) }
    }
    /// Width of a head.
    var headWidth: Int {
        get throws {
            let width = try width, heads = try heads
            guard let own = try integer("attention.key_length", in: 1...SizeLimit.heads) else {
                guard width % heads == 0 else {
                    throw wrong("embedding_length", "is \(width), which cannot be split among \(heads) heads")
                }
                return width / heads
            }
            if let value = try integer("attention.value_length", in: 1...SizeLimit.heads), value != own {
                throw wrong(
                    "attention.value_length", "is \(value), but keys have \(own): heads of two widths are not supported"
                )
            }
            return own
        }
    }

    func has(_ tensor: String) -> Bool { file.tensors[tensor] != nil }
}
