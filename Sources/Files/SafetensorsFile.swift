// Reads tensors from a safetensors file, one at a time and straight into the caller's memory.

/// An opened safetensors file: its header is checked at once, its tensors are read when asked for.
///
/// Layout: 8 bytes little-endian length of the header, the header (JSON from name to dtype, shape and byte
/// range), then the numbers. Tensors are read with positioned reads rather than through a memory map, so that a
/// file that another program cuts short gives an error and not a signal.
public struct SafetensorsFile: Sendable {
    /// Where one tensor lies.
    public struct Entry: Sendable, Equatable {
        /// How the numbers are stored; nil for a format that is not read here.
        public let type: ElementType?
        /// The format's name in the file.
        public let typeName: String
        public let shape: [Int]
        /// Offset of the first byte in the file.
        let offset: Int
        /// Bytes in the file.
        let size: Int
        /// Number of elements.
        public let count: Int
    }

    /// The path as the user gave it.
    public var path: String { file.path }
    /// Tensors by name, in the order of the header.
    public let tensors: NamedValues<Entry>
    /// The free text pairs of the header's `__metadata__`.
    public let metadata: NamedValues<String>
    private let file: OpenFile

    /// The longest header that is read, as in the reference implementation.
    public static let headerLimit = 100_000_000
    /// More elements than any memory holds. Also the axes of an empty tensor multiply to no more, so that no shape made
    /// of them overflows.
    static let elementLimit = 1 << 40

    /// Opens a file and checks its whole header: lengths, types, shapes, and that the tensors fill the file
    /// without gaps or overlaps.
    public init(_ path: String) throws(FileError) {
        file = try OpenFile(path)
        (tensors, metadata) = try SafetensorsFile.header(of: file)
    }

    /// Reads a tensor as float32 into memory of exactly its number of elements.
    /// - Parameter finite: whether NaN or an infinity is an error.
    /// - Throws: `FileError` naming the tensor and the element where float32 cannot hold a number.
    public func read(
        _ name: String, into target: UnsafeMutableBufferPointer<Float>, finite: Bool = false
    ) throws(FileError) {
        if let misfit = try readIfFits(name, into: target, finite: finite) {
            throw wrong(name, "holds \(misfit.text) at element \(misfit.index), which float32 cannot hold")
        }
    }

    /// Reads a tensor as float32, or returns the first number that float32 cannot hold: a whole number that it would
    /// change, a float64 beyond its range.
    public func readIfFits(
        _ name: String, into target: UnsafeMutableBufferPointer<Float>, finite: Bool = false
    ) throws(FileError) -> (index: Int, text: String)? {
        let entry = try entry(name)
        guard let type = entry.type else { throw unreadable(name, entry) }
        guard entry.count == target.count else {
            throw wrong(name, "has \(entry.count) numbers, but \(target.count) are wanted")
        }
        if type == .float32 {
            try file.read(UnsafeMutableRawBufferPointer(target), at: entry.offset)
            if finite { try check(target, name, from: 0) }
            return nil
        }
        var misfit: (index: Int, text: String)?
        try blocks(of: entry, type) { (bytes, start) throws(FileError) in
            let part = UnsafeMutableBufferPointer(rebasing: target[start..<(start + bytes.count / type.size)])
            if let index = type.decode(bytes, into: part) {
                misfit = (start + index, type.text(bytes, at: index))
                return false
            }
            if finite { try check(part, name, from: start) }
            return true
        }
        return misfit
    }

    /// Reads the bytes of a tensor that is stored in bfloat16 or float16.
    /// - Returns: false where it is stored in another type, and nothing was read.
    /// - Throws: `FileError` where a number is NaN or infinite.
    public func readBytes(
        _ name: String, of type: ElementType, into target: UnsafeMutableRawBufferPointer
    ) throws(FileError) -> Bool {
        let entry = try entry(name)
        guard entry.type == type, entry.size == target.count, type == .bfloat16 || type == .float16 else {
            return false
        }
        try file.read(target, at: entry.offset)
        let special: UInt16 = type == .bfloat16 ? 0x7F80 : 0x7C00
        let numbers = target.bindMemory(to: UInt16.self)
        var worst: UInt16 = 0
        for i in numbers.indices { worst = max(worst, numbers[i] & special) }
        if worst == special, let index = numbers.firstIndex(where: { $0 & special == special }) {
            let isNaN = numbers[index] & ~(special | 0x8000) != 0
            throw wrong(
                name,
                """
                holds \(isNaN ? "nan" : "inf") at element \(index), so the model computes nothing; save it again from \
                a training run that did not diverge
                """)
        }
        return true
    }

    /// A tensor's numbers as doubles, in row-major order: exactly, or an error that names the element.
    public func doubles(_ name: String) throws(FileError) -> [Double] {
        let entry = try entry(name)
        guard let type = entry.type else { throw unreadable(name, entry) }
        var values: [Double] = []
        try blocks(of: entry, type) { (bytes, start) throws(FileError) in
            for index in 0..<(bytes.count / type.size) {
                guard let value = type.double(bytes, at: index) else {
                    throw wrong(
                        name,
                        """
                        holds \(type.text(bytes, at: index)) at element \(start + index), which no number here holds \
                        exactly
                        """
                    )
                }
                values.append(value)
            }
            return true
        }
        return values
    }

    /// Whether a tensor has the shape and the bits of another file's, or, stored in other formats, its numbers.
    public func hasSameNumbers(
        _ name: String, as otherName: String, in other: SafetensorsFile
    ) throws(FileError) -> Bool {
        let own = try entry(name), second = try other.entry(otherName)
        guard own.shape == second.shape else { return false }
        guard own.typeName == second.typeName else { return try floats(name) == other.floats(otherName) }
        let block = 1 << 18
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * block, alignment: 64)
        defer { scratch.deallocate() }
        var start = 0
        while start < own.size {
            let count = min(block, own.size - start)
            let a = UnsafeMutableRawBufferPointer(rebasing: scratch[..<count])
            let b = UnsafeMutableRawBufferPointer(rebasing: scratch[block..<(block + count)])
            try file.read(a, at: own.offset + start)
            try other.file.read(b, at: second.offset + start)
            if !a.elementsEqual(b) { return false }
            start += count
        }
        return true
    }

    private func entry(_ name: String) throws(FileError) -> Entry {
        guard let entry = tensors[name] else {
            throw FileError(path: path, message: "there is no tensor `\(name)` in this file")
        }
        return entry
    }

    private func wrong(_ name: String, _ message: String) -> FileError {
        FileError(path: path, message: "the tensor `\(name)` \(message)")
    }

    /// That a tensor is stored in a format that is not read here.
    public func unreadable(_ name: String, _ entry: Entry) -> FileError {
        let known = ElementType.allCases.map(\.rawValue).joined(separator: ", ")
        return wrong(
            name,
            """
            is stored as \(entry.typeName), which is not read here (\(known) are); convert it to float32, float16 or \
            bfloat16 before you save it
            """
        )
    }

    /// Reads a tensor's bytes block by block; `body` is told where a block begins, and says whether to go on.
    private func blocks(
        of entry: Entry, _ type: ElementType, _ body: (UnsafeRawBufferPointer, Int) throws(FileError) -> Bool
    ) throws(FileError) {
        let block = 1 << 16
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: block * type.size, alignment: 64)
        defer { scratch.deallocate() }
        var start = 0
        while start < entry.count {
            let end = min(start + block, entry.count)
            let bytes = UnsafeMutableRawBufferPointer(rebasing: scratch[..<((end - start) * type.size)])
            try file.read(bytes, at: entry.offset + start * type.size)
            guard try body(UnsafeRawBufferPointer(bytes), start) else { return }
            start = end
        }
    }

    /// A tensor's numbers as float32, in row-major order.
    public func floats(_ name: String, finite: Bool = false) throws(FileError) -> [Float] {
        var failure: FileError?
        let values = [Float](unsafeUninitializedCapacity: tensors[name]?.count ?? 0) { buffer, count in
            buffer.initialize(repeating: 0)
            do throws(FileError) {
                try read(
                    name, into: UnsafeMutableBufferPointer(rebasing: buffer[..<(tensors[name]?.count ?? 0)]),
                    finite: finite)
                count = tensors[name]?.count ?? 0
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return values
    }

    private func check(_ values: UnsafeMutableBufferPointer<Float>, _ name: String, from start: Int) throws(FileError) {
        // A reduction without branches vectorises; the search runs only when there is something to find.
        var worst: UInt32 = 0
        for i in values.indices { worst = max(worst, values[i].bitPattern & 0x7F80_0000) }
        guard worst == 0x7F80_0000, let index = values.firstIndex(where: { !$0.isFinite }) else { return }
        throw FileError(
            path: path,
            message: """
                the tensor `\(name)` holds \(values[index]) at element \(start + index), so the model computes \
                nothing; save it again from a training run that did not diverge
                """)
    }
}

extension SafetensorsFile {
    private typealias Header = (NamedValues<Entry>, NamedValues<String>)

    private static func header(of file: OpenFile) throws(FileError) -> Header {
        func wrong(_ message: String) -> FileError { FileError(path: file.path, message: message) }
        let advice = "download or copy it again"
        let head = file.isRegular ? try file.bytes(min(file.size, FileKind.enough), at: 0) : []
        try FileKind.refuse(head, at: file.path, unless: [.safetensors, .workspace], wanted: "a safetensors file")
        guard file.isRegular else {
            throw wrong("this is a pipe, and tensors are read from files; copy it into a file")
        }
        guard file.size >= 8 else {
            throw wrong("this is not a safetensors file: it has only \(file.size) bytes; \(advice)")
        }
        let length = try file.bytes(8, at: 0).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(headerLimit) else {
            throw wrong(
                """
                this is not a safetensors file, or it is damaged: it claims a header of \(length) bytes, and at most \
                \(headerLimit) are read; \(advice)
                """
            )
        }
        let size = Int(length)
        guard size <= file.size - 8 else {
            throw wrong(
                "the file is truncated: its header needs \(size) bytes, but only \(file.size - 8) follow; \(advice)")
        }
        let text = try file.bytes(size, at: 8)
        let root: JSONNode
        do throws(JSONError) {
            root = JSONNode(try JSON(parsing: text), origin: file.path)
            guard root.value.object != nil else { throw JSONError(message: "expected an object") }
        } catch {
            throw wrong("this is not a safetensors file, or it is damaged: in its header, \(error); \(advice)")
        }

        var entries: NamedValues<Entry> = [:]
        var metadata: NamedValues<String> = [:]
        do throws(JSONError) {
            for (name, node) in try root.members() {
                if name == "__metadata__" {
                    // Free texts by the format; whatever else stands there says nothing about the tensors.
                    for (key, value) in node.value.object ?? [:] {
                        metadata[key] = value.string ?? (try? value.text()) ?? ""
                    }
                } else {
                    entries[name] = try entry(name, node, data: 8 + size)
                }
            }
        } catch {
            throw wrong("in the header, \(error.message); \(advice)")
        }
        try checkCover(entries, of: file, from: 8 + size)
        return (entries, metadata)
    }

    /// One tensor's line of the header; `data` is where the numbers begin.
    private static func entry(_ name: String, _ node: JSONNode, data: Int) throws(JSONError) -> Entry {
        func wrong(_ message: String) -> JSONError { JSONError(message: "the tensor `\(name)` \(message)") }
        let typeName = try node["dtype"].string(), type = ElementType(rawValue: typeName)
        var shape: [Int] = []
        var count = 1, area = 1
        for axis in try node["shape"].elements() {
            let extent = try axis.integer(in: 0...)
            let (product, overflow) = area.multipliedReportingOverflow(by: max(1, extent))
            if overflow || product > elementLimit { throw wrong("claims an impossible shape") }
            shape.append(extent)
            area = product
            count *= extent
        }
        if shape.count > 64 { throw wrong("claims an impossible shape of \(shape.count) axes") }
        let range = try node["data_offsets"].elements()
        guard range.count == 2 else { throw wrong("needs two data_offsets, but has \(range.count)") }
        let start = try range[0].integer(in: 0...), end = try range[1].integer(in: 0...)
        // What a format that is not known takes can only be told from its place.
        let bytes = type.map { count * $0.size } ?? max(0, end - start)
        guard end >= start, end - start == bytes else {
            throw wrong(
                """
                has the shape \(shape) of \(typeName), which takes \(bytes) bytes, but its data_offsets are \(start) \
                to \(end)
                """
            )
        }
        let (offset, beyond) = start.addingReportingOverflow(data)
        if beyond { throw wrong("lies beyond the end of the file") }
        return Entry(type: type, typeName: typeName, shape: shape, offset: offset, size: bytes, count: count)
    }

    /// Tensors must fill the file from the end of the header to its own end, without gaps or overlaps.
    private static func checkCover(
        _ entries: NamedValues<Entry>, of file: OpenFile, from data: Int
    ) throws(FileError) {
        var position = data
        for (name, entry) in entries.sorted(by: { ($0.value.offset, $0.value.size) < ($1.value.offset, $1.value.size) })
        {
            guard entry.offset == position else {
                let relation = entry.offset < position ? "overlaps the tensor before it" : "leaves a gap before it"
                throw FileError(
                    path: file.path,
                    message: "the file is damaged: the tensor `\(name)` \(relation); download or copy it again")
            }
            let (end, overflow) = position.addingReportingOverflow(entry.size)
            guard !overflow, end <= file.size else {
                throw FileError(
                    path: file.path,
                    message: """
                        the file is truncated: the tensor `\(name)` ends at byte \(overflow ? "∞" : "\(end)"), but the \
                        file has \(file.size) bytes; download or copy it again
                        """)
            }
            position = end
        }
        guard position == file.size else {
            throw FileError(
                path: file.path,
                message: """
                    the file is damaged: \(file.size - position) bytes follow the last tensor; download or copy it again
                    """
            )
        }
    }
}
