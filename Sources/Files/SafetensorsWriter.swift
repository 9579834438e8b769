// Writes tensors as a safetensors file.

/// Float32 numbers with a name and a shape, to be written; the memory stays the caller's.
public struct NamedTensor {
    public var name: String
    public var shape: [Int]
    /// Lends its numbers, as many as the shape says, in row-major order and in as many pieces as it likes.
    public var numbers: (_ body: (UnsafeBufferPointer<Float>) throws -> Void) throws -> Void

    public init(name: String, shape: [Int], values: UnsafeBufferPointer<Float>) {
        self.init(name: name, shape: shape) { body in try body(values) }
    }

    /// - Parameter numbers: lends them, the same each time; may be asked more than once.
    public init(
        name: String, shape: [Int],
        numbers: @escaping (_ body: (UnsafeBufferPointer<Float>) throws -> Void) throws -> Void
    ) {
        self.name = name
        self.shape = shape
        self.numbers = numbers
    }
}

extension SafetensorsFile {
    /// Writes tensors atomically, ordered by name, so that the same tensors give the same bytes.
    /// - Parameter type: `float32`, or `float16` or `bfloat16` rounded to nearest even.
    public static func write(
        _ tensors: [NamedTensor], to path: String, as type: ElementType = .float32,
        metadata: KeyValuePairs<String, String> = ["format": "pt"]
    ) throws {
        let file = try AtomicFile(path)
        try write(tensors, to: file, as: type, metadata: metadata)
        try file.publish()
    }

    /// As the public function, without putting the file in its place.
    package static func write(
        _ tensors: [NamedTensor], to file: AtomicFile, as type: ElementType,
        metadata: KeyValuePairs<String, String> = ["format": "pt"]
    ) throws {
        guard [.float32, .float16, .bfloat16].contains(type) else {
            throw FileError(
                path: file.shown, message: "tensors are written as float32, float16 or bfloat16, not as \(type)")
        }
        let sorted = tensors.sorted { Array($0.name.utf8).lexicographicallyPrecedes(Array($1.name.utf8)) }
        try file.write(
            try header(
                of: sorted.map { ($0.name, $0.shape) }, in: file, as: type,
                metadata: metadata.map { ($0.key, $0.value) }))
        for tensor in sorted {
            var count = 0
            try tensor.numbers { values in
                count += values.count
                try write(values, of: tensor.name, to: file, as: type)
            }
            guard count == tensor.shape.reduce(1, *) else {
                throw FileError(
                    path: file.shown,
                    message: "the tensor `\(tensor.name)` has the shape \(tensor.shape) but \(count) numbers")
            }
        }
    }

    /// Writes float32 tensors atomically in the order given, asking for the numbers of one at a time.
    /// - Parameters:
    ///   - metadata: free text pairs.
    ///   - numbers: lends the numbers of the tensor at that place of the list, as many as its shape says.
    public static func write(
        _ tensors: [(name: String, shape: [Int])], metadata: [(key: String, value: String)], to path: String,
        numbers: (Int, (UnsafeBufferPointer<Float>) throws -> Void) throws -> Void
    ) throws {
        let file = try AtomicFile(path)
        try file.write(try header(of: tensors, in: file, as: .float32, metadata: metadata))
        for (index, tensor) in tensors.enumerated() {
            try numbers(index) { values in
                guard values.count == tensor.shape.reduce(1, *) else {
                    throw FileError(
                        path: path,
                        message: "the tensor `\(tensor.name)` has the shape \(tensor.shape) but \(values.count) numbers"
                    )
                }
                try file.write(UnsafeRawBufferPointer(values))
            }
        }
        try file.publish()
    }

    /// What stands before the numbers.
    private static func header(
        of tensors: [(name: String, shape: [Int])], in file: AtomicFile, as type: ElementType,
        metadata: [(key: String, value: String)]
    ) throws(FileError) -> [UInt8] {
        func wrong(_ message: String) -> FileError { FileError(path: file.shown, message: message) }
        var header: NamedValues<JSON> = [:]
        if !metadata.isEmpty {
            header["__metadata__"] = .object(
                NamedValues(metadata.map { ($0.key, .string($0.value)) }))
        }
        var offset = 0
        for tensor in tensors {
            guard tensor.shape.allSatisfy({ $0 >= 0 }) else {
                throw wrong("the tensor `\(tensor.name)` cannot have the shape \(tensor.shape)")
            }
            guard tensor.name != "__metadata__" else {
                throw wrong("no tensor may be called `__metadata__`: the format has that name for something else")
            }
            guard header[tensor.name] == nil else { throw wrong("there are two tensors named `\(tensor.name)`") }
            let end = offset + tensor.shape.reduce(1, *) * type.size
            header[tensor.name] = [
                "dtype": .string(type.rawValue), "shape": .array(tensor.shape.map { .integer($0) }),
                "data_offsets": [.integer(offset), .integer(end)],
            ]
            offset = end
        }
        var bytes: [UInt8]
        do throws(JSONError) {
            bytes = Array(try JSON.object(header).text().utf8)
        } catch {
            throw wrong("\(error)")
        }
        guard bytes.count <= headerLimit else {
            throw wrong(
                """
                what describes the tensors takes \(bytes.count) bytes, more than the \(headerLimit) that a safetensors \
                file may have
                """
            )
        }
        // Numbers begin at a multiple of 8 bytes, as the reference implementation wants.
        bytes.append(contentsOf: repeatElement(0x20, count: (8 - bytes.count % 8) % 8))
        return (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) } + bytes
    }

    private static func write(
        _ values: UnsafeBufferPointer<Float>, of name: String, to file: AtomicFile, as type: ElementType
    ) throws(FileError) {
        if type == .float32 { return try file.write(UnsafeRawBufferPointer(values)) }
        let block = 1 << 16
        let scratch = UnsafeMutableBufferPointer<UInt16>.allocate(capacity: block)
        defer { scratch.deallocate() }
        var start = 0
        while start < values.count {
            let end = min(start + block, values.count)
            let part = UnsafeBufferPointer(rebasing: values[start..<end])
            if let index = type.encode(part, into: scratch) {
                throw FileError(
                    path: file.shown,
                    message: """
                        the tensor `\(name)` holds \(part[index]), which is beyond the range of \
                        \(type.configurationName ?? type.rawValue); save as float32
                        """)
            }
            try file.write(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: scratch[..<(end - start)])))
            start = end
        }
    }
}
