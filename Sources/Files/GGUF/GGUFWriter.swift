// Writes GGUF files.

/// A tensor that is to be written.
public struct GGUFTensor: Sendable {
    public var name: String
    /// As in memory, the last side the closest together.
    public var shape: [Int]
    public var format: GGUFFormat

    public init(_ name: String, shape: [Int], format: GGUFFormat) {
        self.name = name
        self.shape = shape
        self.format = format
    }

    var count: Int { shape.reduce(1, *) }
    var size: Int { count / format.elements * format.bytes }
}

extension GGUFFile {
    /// Names in ggml end before their 64th byte.
    static let longestName = 63

    /// Writes a file of version 3 atomically, asking for the numbers of one tensor at a time.
    /// - Parameters:
    ///   - metadata: in the order given.
    ///   - numbers: lends the numbers of the tensor at that place of the list, as many as its shape says, in pieces of
    ///     whole rows.
    /// - Throws: `FileError` where a format cannot hold a tensor, or the file cannot be written; nothing is left of it.
    public static func write(
        _ tensors: [GGUFTensor], metadata: [(key: String, value: GGUFValue)], to path: String,
        numbers: (Int, (UnsafeBufferPointer<Float>) throws -> Void) throws -> Void
    ) throws {
        let file = try AtomicFile(path)
        try file.write(try header(of: tensors, metadata, path))
        for (index, tensor) in tensors.enumerated() {
            var count = 0
            try numbers(index) { values in
                count += values.count
                try write(values, of: tensor, to: file)
            }
            guard count == tensor.count else {
                throw FileError(
                    path: path,
                    message: "the tensor `\(tensor.name)` has the shape \(tensor.shape) but \(count) numbers")
            }
            let excess = tensor.size % defaultAlignment
            if excess > 0 { try file.write([UInt8](repeating: 0, count: defaultAlignment - excess)) }
        }
        try file.publish()
    }

    private static func header(
        of tensors: [GGUFTensor], _ metadata: [(key: String, value: GGUFValue)], _ path: String
    ) throws(FileError) -> [UInt8] {
        var bytes = Array("GGUF".utf8)
        bytes.append(integer: versions.upperBound)
        bytes.append(integer: UInt64(tensors.count))
        bytes.append(integer: UInt64(metadata.count))
        for (key, value) in metadata {
            bytes.append(length: key)
            bytes.append(integer: value.kind.rawValue)
            value.write(to: &bytes)
        }
        var offset = 0
        for tensor in tensors {
            func wrong(_ message: String) -> FileError {
                FileError(path: path, message: "the tensor `\(tensor.name)` \(message)")
            }
            guard tensor.name.utf8.count <= longestName else {
                throw wrong("has a name of more than \(longestName) bytes, which GGUF does not allow")
            }
            guard tensor.shape.count <= sides, (tensor.shape.last ?? 1) % tensor.format.elements == 0 else {
                throw wrong("of the shape \(tensor.shape) cannot be stored as \(tensor.format.name)")
            }
            bytes.append(length: tensor.name)
            bytes.append(integer: UInt32(tensor.shape.count))
            for side in tensor.shape.reversed() { bytes.append(integer: UInt64(side)) }
            bytes.append(integer: tensor.format.code)
            bytes.append(integer: UInt64(offset))
            offset += (tensor.size + defaultAlignment - 1) / defaultAlignment * defaultAlignment
        }
        let excess = bytes.count % defaultAlignment
        if excess > 0 { bytes += [UInt8](repeating: 0, count: defaultAlignment - excess) }
        return bytes
    }

    private static func write(
        _ values: UnsafeBufferPointer<Float>, of tensor: GGUFTensor, to file: AtomicFile
    ) throws(FileError) {
        func wrong(_ value: Float, _ message: String) -> FileError {
            FileError(path: file.shown, message: "the tensor `\(tensor.name)` holds \(value), which \(message)")
        }
        if let odd = UnsafeMutableBufferPointer(mutating: values).firstNotFinite {
            throw wrong(values[odd], "is not saved; go back to a step before the model diverged")
        }
        let format = tensor.format
        if format.element == .float32 { return try file.write(UnsafeRawBufferPointer(values)) }
        let step = 1 << 16
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * step, alignment: 64)
        defer { scratch.deallocate() }
        var done = 0
        while done < values.count {
            let count = min(step, values.count - done)
            let part = UnsafeBufferPointer(rebasing: values[done..<(done + count)])
            let size: Int
            if let element = format.element, let name = element.configurationName, element.size == 2 {
                size = 2 * count
                if let index = element.encode(part, into: scratch.bindMemory(to: UInt16.self)) {
                    throw wrong(part[index], "is beyond the range of \(name); save as f32")
                }
            } else if let encode = format.encode, let base = part.baseAddress, let target = scratch.baseAddress {
                size = count / format.elements * format.bytes
                for block in 0..<(count / format.elements) {
                    let numbers = base + block * format.elements
                    guard encode(numbers, target + block * format.bytes) else {
                        let run = UnsafeBufferPointer(start: numbers, count: format.elements)
                        let largest = run.max { $0.magnitude < $1.magnitude } ?? 0
                        throw wrong(largest, "is beyond what the scales of \(format.name) reach; save as f32")
                    }
                }
            } else {
                throw FileError(
                    path: file.shown, message: "tensors are written as F32, F16, BF16 or Q8_0, not as \(format.name)")
            }
            try file.write(UnsafeRawBufferPointer(rebasing: scratch[..<size]))
            done += count
        }
    }
}
