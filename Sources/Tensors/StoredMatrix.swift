/// A matrix held in fewer bits than float32.
import CKernels

/// Rows of numbers in a storage type; a value, as tensors are.
public struct StoredMatrix: Sendable {
    public let type: StorageType
    public let rows, columns: Int
    /// Its bytes, as a tensor whose numbers mean nothing.
    public let memory: Tensor

    /// Of memory that another matrix of that type and shape showed.
    /// - Throws: `TensorError` where there is not as much of it as the shape needs.
    public init(_ type: StorageType, rows: Int, columns: Int, memory: Tensor) throws {
        guard memory.shape == [type.words(of: type.bytes(rows: rows, columns: columns))] else {
            throw TensorError.invalid(
                "\(memory.count) words do not hold a matrix [\(rows), \(columns)] of \(type.rawValue)")
        }
        self.type = type
        self.rows = rows
        self.columns = columns
        self.memory = memory
    }

    /// Rounds numbers to nearest.
    /// - Parameter numbers: rows · columns of them, row by row.
    /// - Throws: `TensorError` where a number is beyond what the type holds.
    public init(
        _ type: StorageType, rows: Int, columns: Int, rounding numbers: UnsafePointer<Float>, on device: Device
    ) throws {
        let memory = try Tensor(
            uninitialized: [type.words(of: type.bytes(rows: rows, columns: columns))], on: device)
        try self.init(type, rows: rows, columns: columns, memory: memory)
        let lost = memory.withWritable { base in
            let bytes = UnsafeMutableRawPointer(base), runs = type.runs(columns)
            return device.partials(ofRows: rows, columns) { first, count in
                let start = first * columns, source = numbers + start, length = count * columns
                switch type {
                case .float32:
                    (base + start).update(from: source, count: length)
                    return 0
                case .bfloat16:
                    return lethe_narrow_bf16(source, bytes.assumingMemoryBound(to: UInt16.self) + start, length)
                case .float16:
                    return lethe_narrow_f16(source, bytes.assumingMemoryBound(to: UInt16.self) + start, length)
                case .eightBit:
                    let (values, scales) = (self.values(bytes), self.scales(bytes))
                    return withUnsafeTemporaryAllocation(of: Float.self, capacity: runs) { wide in
                        guard let wideBase = wide.baseAddress else { return 0 }
                        var lost = 0
                        for row in first..<(first + count) {
                            lost += lethe_narrow_q8(
                                numbers + row * columns, values + row * columns, wideBase, columns)
                            lost += lethe_narrow_f16(wideBase, scales + row * runs, runs)
                        }
                        return lost
                    }
                }
            }
        }
        guard lost == 0 else {
            throw TensorError.invalid("\(lost) numbers are larger than \(type.rawValue) can hold")
        }
    }

    /// Fills the memory with bytes that are of the type already.
    /// - Parameter body: writes rows · columns elements of two bytes.
    public init(
        _ type: StorageType, rows: Int, columns: Int, on device: Device,
        bytes body: (UnsafeMutableRawBufferPointer) throws -> Void
    ) throws {
        let count = type.bytes(rows: rows, columns: columns)
        let memory = try Tensor(uninitialized: [type.words(of: count)], on: device)
        try memory.withWritable { try body(UnsafeMutableRawBufferPointer(start: $0, count: count)) }
        try self.init(type, rows: rows, columns: columns, memory: memory)
    }

    public var device: Device { memory.device }
    public var byteCount: Int { 4 * memory.count }

    private func values(_ base: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Int8> {
        base.assumingMemoryBound(to: Int8.self)
    }
    private func scales(_ base: UnsafeMutableRawPointer) -> UnsafeMutablePointer<UInt16> {
        (base + 4 * type.words(of: rows * columns)).assumingMemoryBound(to: UInt16.self)
    }

    /// Writes a part as float32, row after row.
    /// - Parameter across: columns; they begin at a multiple of 32.
    func widen(_ down: Range<Int>, _ across: Range<Int>, into target: UnsafeMutablePointer<Float>) {
        memory.withReadable { base in
            let bytes = UnsafeMutableRawPointer(mutating: UnsafeRawPointer(base)), width = across.count
            for (position, row) in down.enumerated() {
                let start = row * columns + across.lowerBound, place = target + position * width
                switch type {
                case .float32: place.update(from: base + start, count: width)
                case .bfloat16: lethe_widen_bf16(bytes.assumingMemoryBound(to: UInt16.self) + start, place, width)
                case .float16: lethe_widen_f16(bytes.assumingMemoryBound(to: UInt16.self) + start, place, width)
                case .eightBit:
                    let scale = scales(bytes) + row * type.runs(columns) + across.lowerBound / StorageType.run
                    lethe_widen_q8(values(bytes) + start, scale, place, width)
                }
            }
        }
    }

    /// All of it as float32, [rows, columns].
    public func widened() throws -> Tensor {
        let result = try Tensor(uninitialized: [rows, columns], on: device)
        widen(into: result)
        return result
    }

    /// Some rows as float32, [range, columns]; those that are so already share its memory.
    public func widened(_ range: Range<Int>) throws -> Tensor {
        if type == .float32 { return memory.segment(range.lowerBound * columns, shape: [range.count, columns]) }
        let result = try Tensor(uninitialized: [range.count, columns], on: device)
        result.withWritable { target in
            device.forEachBlock(range.count, size: max(1, Device.block / max(1, columns))) { first, count in
                let start = range.lowerBound + first
                widen(start..<(start + count), 0..<columns, into: target + first * columns)
            }
        }
        return result
    }

    /// Writes all of it as float32; only into tensors nobody else sees.
    package func widen(into result: Tensor) {
        result.withWritable { target in
            device.forEachBlock(rows, size: max(1, Device.block / max(1, columns))) { first, count in
                widen(first..<(first + count), 0..<columns, into: target + first * columns)
            }
        }
    }

    /// Some rows as float32, under the shape `leading` and the columns.
    /// - Throws: `TensorError` for a row that is not there.
    public func gathered(_ indices: [Int32], leading: [Int]) throws -> Tensor {
        if let wrong = indices.first(where: { $0 < 0 || Int($0) >= rows }) {
            throw TensorError.invalid("row \(wrong) is outside of a matrix with \(rows) rows")
        }
        let result = try Tensor(uninitialized: leading + [columns], on: device)
        result.withWritable { target in
            for (position, row) in indices.enumerated() {
                widen(Int(row)..<(Int(row) + 1), 0..<columns, into: target + position * columns)
            }
        }
        return result
    }
}

extension Device {
    /// The sum of what `body` returns for blocks of rows.
    fileprivate func partials(ofRows rows: Int, _ columns: Int, _ body: (Int, Int) -> Int) -> Int {
        let size = max(1, Device.block / max(1, columns)), blocks = (rows + size - 1) / size
        let sums = [Int](unsafeUninitializedCapacity: blocks) { buffer, initialized in
            let sums = buffer
            forEachBlock(rows, size: size) { sums.initializeElement(at: $0 / size, to: body($0, $1)) }
            initialized = blocks
        }
        return sums.reduce(0, +)
    }
}
