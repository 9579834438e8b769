// Reads GGUF files, in which llama.cpp keeps whole models: what describes them, and their tensors.

/// An opened GGUF file of version 2 or 3: its header is checked at once, its tensors are read when asked for.
///
/// Layout: "GGUF", version, numbers of tensors and of metadata; the metadata (name, kind, value); for each tensor its
/// name, sides, format and offset; then, at a multiple of the alignment, the numbers. Tensors are read with positioned
/// reads, as those of ``SafetensorsFile``.
public struct GGUFFile: Sendable {
    /// Where one tensor lies.
    public struct Entry: Sendable {
        /// How the numbers are stored; nil for a format that is not read here.
        public let format: GGUFFormat?
        /// The format's name.
        public let formatName: String
        /// As of a tensor in memory, the last side the closest together (a file has them the other way around).
        public let shape: [Int]
        /// Number of elements.
        public let count: Int
        /// Offset of the first byte in the file.
        let offset: Int
        /// Bytes in the file.
        let size: Int

        /// Numbers that lie in a row.
        public var row: Int { shape.last ?? 1 }
    }

    /// The path as the user gave it.
    public var path: String { file.path }
    /// 2 or 3.
    public let version: Int
    /// What the file says of itself, in its order.
    public let metadata: NamedValues<GGUFValue>
    /// Tensors by name, in the order of the header.
    public let tensors: NamedValues<Entry>
    private let file: OpenFile

    static let versions: ClosedRange<UInt32> = 2...3
    /// Sides of a tensor, as in ggml.
    static let sides = 4
    static let defaultAlignment = 32

    /// Opens a file and checks its whole header: lengths, kinds, and that tensors lie within the file and apart.
    public init(_ path: String) throws(FileError) {
        file = try OpenFile(path)
        (version, metadata, tensors) = try GGUFFile.header(of: file)
    }

    public func entry(_ name: String) throws(FileError) -> Entry {
        guard let entry = tensors[name] else {
            throw FileError(path: path, message: "there is no tensor `\(name)` in this file")
        }
        return entry
    }

    public func wrong(_ name: String, _ message: String) -> FileError {
        FileError(path: path, message: "the tensor `\(name)` \(message)")
    }

    /// That a tensor is stored in a format that is not read here.
    public func unreadable(_ name: String, _ entry: Entry) -> FileError {
        let known = GGUFFormat.all.map(\.name).joined(separator: ", ")
        return wrong(
            name,
            """
            is stored as \(entry.formatName), which is not read here (\(known) are); take another variant of the \
            model, such as Q8_0 or Q4_K_M
            """)
    }

    /// Widens a part of a tensor to float32. Several threads may do so at once.
    /// - Parameters:
    ///   - start: the first element, a multiple of the format's block.
    ///   - target: memory for as many elements as are wanted, whole blocks.
    /// - Throws: `FileError` naming the tensor and the element where float32 cannot hold a number, or where a number is
    ///   not finite and `finite` wants it to be.
    public func read(
        _ name: String, from start: Int = 0, into target: UnsafeMutableBufferPointer<Float>, finite: Bool = false
    ) throws(FileError) {
        if let misfit = try readIfFits(name, from: start, into: target, finite: finite) {
            throw wrong(name, "holds \(misfit.text) at element \(misfit.index), which float32 cannot hold")
        }
    }

    /// The same, or the first number that float32 cannot hold.
    public func readIfFits(
        _ name: String, from start: Int = 0, into target: UnsafeMutableBufferPointer<Float>, finite: Bool = false
    ) throws(FileError) -> (index: Int, text: String)? {
        let entry = try entry(name)
        guard let format = entry.format else { throw unreadable(name, entry) }
        guard start >= 0, start % format.elements == 0, target.count % format.elements == 0,
            target.count <= entry.count - start
        else { throw wrong(name, "has \(entry.count) numbers, but \(target.count) are wanted from \(start) on") }
        // Blocks of a few tens of kilobytes stay in the cache between reading and widening.
        let step = max(1, (1 << 16) / format.bytes) * format.elements
        let scratch = UnsafeMutableRawBufferPointer.allocate(
            byteCount: step / format.elements * format.bytes, alignment: 64)
        defer { scratch.deallocate() }
        var done = 0
        while done < target.count {
            let count = min(step, target.count - done), first = start + done
            let bytes = UnsafeMutableRawBufferPointer(rebasing: scratch[..<(count / format.elements * format.bytes)])
            try file.read(bytes, at: entry.offset + first / format.elements * format.bytes)
            let part = UnsafeMutableBufferPointer(rebasing: target[done..<(done + count)])
            if let element = format.element {
                if let index = element.decode(UnsafeRawBufferPointer(bytes), into: part) {
                    return (first + index, element.text(UnsafeRawBufferPointer(bytes), at: index))
                }
            } else if let source = UnsafeRawPointer(bytes.baseAddress), let base = part.baseAddress {
                for block in 0..<(count / format.elements) {
                    format.decode(source + block * format.bytes, base + block * format.elements)
                }
            }
            if finite, let index = part.firstNotFinite {
                throw wrong(
                    name,
                    """
                    holds \(part[index]) at element \(first + index), so the model computes nothing; download or \
                    convert it again
                    """)
            }
            done += count
        }
        return nil
    }

    /// A tensor of plain numbers as doubles, in row-major order: exactly, or an error that names the element.
    public func doubles(_ name: String) throws(FileError) -> [Double] {
        let entry = try entry(name)
        guard let element = entry.format?.element else { throw unreadable(name, entry) }
        let bytes = try file.bytes(entry.size, at: entry.offset)
        var misfit: FileError?
        let values = bytes.withUnsafeBytes { bytes in
            (0..<entry.count).map { index in
                if let value = element.double(bytes, at: index) { return value }
                misfit =
                    misfit
                    ?? wrong(
                        name,
                        """
                        holds \(element.text(bytes, at: index)) at element \(index), which no number here holds \
                        exactly
                        """)
                return 0
            }
        }
        if let misfit { throw misfit }
        return values
    }

    /// Whether two tensors of this file have the same shape and the same bytes in the same format.
    public func areSame(_ a: String, _ b: String) throws(FileError) -> Bool {
        let first = try entry(a), second = try entry(b)
        guard first.shape == second.shape, first.formatName == second.formatName else { return false }
        var done = 0
        while done < first.size {
            let count = min(1 << 20, first.size - done)
            if try file.bytes(count, at: first.offset + done) != file.bytes(count, at: second.offset + done) {
                return false
            }
            done += count
        }
        return true
    }
}

extension GGUFFile {
    private typealias Header = (Int, NamedValues<GGUFValue>, NamedValues<Entry>)

    private static func header(of file: OpenFile) throws(FileError) -> Header {
        func wrong(_ message: String) -> FileError { FileError(path: file.path, message: message) }
        let head = file.isRegular ? try file.bytes(min(file.size, FileKind.enough), at: 0) : []
        try FileKind.refuse(head, at: file.path, unless: [.gguf], wanted: "a GGUF file")
        guard file.isRegular else {
            throw wrong("this is a pipe, and tensors are read from files; copy it into a file")
        }
        guard head.starts(with: "GGUF".utf8) else {
            throw wrong(
                head.starts(with: "lmgg".utf8) || head.starts(with: "tjgg".utf8)
                    ? "this is a file of llama.cpp from before GGUF; download the model as GGUF, or in Hugging Face layout"
                    : "this is not a GGUF file; it does not begin with \"GGUF\"")
        }
        var cursor = GGUFCursor(file)
        _ = try cursor.integer(UInt32.self, "its head")
        let version = try cursor.integer(UInt32.self, "its head")
        guard versions.contains(version) else {
            throw wrong(
                versions.contains(version.byteSwapped)
                    ? """
                    this GGUF file has its bytes in big-endian order; gguf_convert_endian.py of llama.cpp turns them, \
                    or download the little-endian file
                    """
                    : "this GGUF file has the version \(version); 2 and 3 are read, so convert or download it again")
        }
        let tensorCount = try cursor.count(of: 24, "the number of tensors")
        let valueCount = try cursor.count(of: 13, "the number of metadata values")

        var metadata: NamedValues<GGUFValue> = [:]
        for index in 0..<valueCount {
            let key = try cursor.string("the name of metadata value \(index)")
            let kind = try cursor.kind("the metadata value `\(key)`")
            let value = try cursor.value(kind, "the metadata value `\(key)`")
            guard metadata.updateValue(value, forKey: key) == nil else {
                throw cursor.wrong("the file is damaged: the metadata value `\(key)` stands there twice")
            }
        }
        let alignment = try self.alignment(metadata, file.path)
        var entries: NamedValues<Entry> = [:], offsets: [UInt64] = []
        for index in 0..<tensorCount {
            let name = try cursor.string("the name of tensor \(index)")
            let (entry, offset) = try entry(name, &cursor)
            guard entries.updateValue(entry, forKey: name) == nil else {
                throw cursor.wrong("the file is damaged: there are two tensors named `\(name)`")
            }
            offsets.append(offset)
        }
        let data = (cursor.offset + alignment - 1) / alignment * alignment
        return (
            Int(version), metadata,
            try placed(entries, offsets, from: data, alignment: alignment, in: file)
        )
    }

    private static func alignment(_ metadata: NamedValues<GGUFValue>, _ path: String) throws(FileError) -> Int {
        guard let value = metadata["general.alignment"] else { return defaultAlignment }
        guard let alignment = value.integer, alignment > 0, alignment & (alignment - 1) == 0, alignment <= 1 << 30
        else {
            throw FileError(
                path: path,
                message: """
                    the file is damaged: `general.alignment` must be a power of two, but is \(value.phrase); download \
                    or copy it again
                    """)
        }
        return alignment
    }

    /// One tensor's line of the header, with its offset from where the numbers begin.
    private static func entry(_ name: String, _ cursor: inout GGUFCursor) throws(FileError) -> (Entry, UInt64) {
        let what = "the description of the tensor `\(name)`"
        func wrong(_ message: String) -> FileError {
            cursor.wrong("the file is damaged: the tensor `\(name)` \(message)")
        }
        let axes = try cursor.integer(UInt32.self, what)
        guard axes <= sides else { throw wrong("claims \(axes) sides, and \(sides) are the most") }
        var shape: [Int] = []
        var count = 1, area = 1
        for _ in 0..<axes {
            let side = try cursor.integer(UInt64.self, what)
            guard let extent = Int(exactly: side), extent <= SafetensorsFile.elementLimit else {
                throw wrong("claims an impossible side of \(side)")
            }
            let (product, overflow) = area.multipliedReportingOverflow(by: max(1, extent))
            if overflow || product > SafetensorsFile.elementLimit { throw wrong("claims an impossible shape") }
            shape.insert(extent, at: 0)
            area = product
            count *= extent
        }
        let code = try cursor.integer(UInt32.self, what), offset = try cursor.integer(UInt64.self, what)
        let format = GGUFFormat.coded(code)
        let row = shape.last ?? 1
        if let format, row % format.elements != 0 {
            throw wrong(
                "has rows of \(row) numbers, which \(format.name) with blocks of \(format.elements) cannot hold")
        }
        let size = format.map { count / $0.elements * $0.bytes } ?? 0
        return (
            Entry(
                format: format, formatName: GGUFFormat.name(of: code), shape: shape, count: count, offset: 0,
                size: size), offset
        )
    }

    /// The tensors with their places in the file: aligned, within it, and apart.
    private static func placed(
        _ entries: NamedValues<Entry>, _ offsets: [UInt64], from data: Int, alignment: Int, in file: OpenFile
    ) throws(FileError) -> NamedValues<Entry> {
        func wrong(_ name: String, _ message: String) -> FileError {
            FileError(
                path: file.path, message: "the tensor `\(name)` \(message); download or copy the file again")
        }
        var placed: NamedValues<Entry> = [:]
        for ((name, entry), offset) in zip(entries, offsets) {
            guard offset % UInt64(alignment) == 0 else {
                throw wrong(name, "begins at byte \(offset) of the numbers, which is no multiple of \(alignment)")
            }
            let start = Int(exactly: offset).map { $0.addingReportingOverflow(data) }
            guard let start, !start.overflow, start.partialValue <= file.size,
                entry.size <= file.size - start.partialValue
            else {
                throw wrong(
                    name,
                    """
                    takes \(entry.size) bytes from byte \(offset) of the numbers on, but the file, truncated or \
                    damaged, has only \(max(0, file.size - data)) of them
                    """)
            }
            placed[name] = Entry(
                format: entry.format, formatName: entry.formatName, shape: entry.shape, count: entry.count,
                offset: start.partialValue, size: entry.size)
        }
        var end = 0, before = ""
        for (name, entry) in placed.sorted(by: { ($0.value.offset, $0.value.size) < ($1.value.offset, $1.value.size) })
        where entry.size > 0 {
            guard entry.offset >= end else { throw wrong(name, "overlaps the tensor `\(before)`") }
            (end, before) = (entry.offset + entry.size, name)
        }
        return placed
    }
}

extension UnsafeMutableBufferPointer<Float> {
    /// The place of the first NaN or infinity.
    var firstNotFinite: Int? {
        // A reduction without branches vectorises; the search runs only when there is something to find.
        var worst: UInt32 = 0
        for i in indices { worst = Swift.max(worst, self[i].bitPattern & 0x7F80_0000) }
        return worst == 0x7F80_0000 ? firstIndex { !$0.isFinite } : nil
    }
}
