/// A float32 tensor: a shape and a run of contiguous memory, row-major. A value: nothing changes it once it is made.

public struct Tensor: Sendable {
    package private(set) var storage: Storage
    /// First element, counted from the start of the storage.
    public let offset: Int
    public let shape: [Int]
    /// Number of elements; 1 for a scalar (shape `[]`).
    public let count: Int

    public var device: Device { storage.device }
    public var rank: Int { shape.count }

    init(storage: Storage, offset: Int, shape: [Int], count: Int) {
        self.storage = storage
        self.offset = offset
        self.shape = shape
        self.count = count
    }

    /// Memory for a result, not yet written. Only for kernels that write every element.
    package init(uninitialized shape: [Int], on device: Device) throws {
        guard let count = Tensor.product(shape), count < 1 << 50 else {
            if let negative = shape.first(where: { $0 < 0 }) {
                throw TensorError.invalid("a tensor cannot have a side of \(negative)")
            }
            throw TensorError.invalid("a tensor of shape \(shape) is larger than any memory; use smaller sides")
        }
        self.init(storage: try device.allocate(count), offset: 0, shape: shape, count: count)
    }

    /// All elements `value`.
    public init(repeating value: Float, shape: [Int], on device: Device) throws {
        try self.init(uninitialized: shape, on: device)
        fill(with: value)
    }

    public static func zeros(_ shape: [Int], on device: Device) throws -> Tensor {
        try Tensor(repeating: 0, shape: shape, on: device)
    }

    /// A tensor of rank 0.
    public init(scalar: Float, on device: Device) throws {
        try self.init(uninitialized: [], on: device)
        withWritable { $0[0] = scalar }
    }

    /// - Throws: when the number of elements does not equal the product of `shape`.
    public init(_ elements: some Collection<Float>, shape: [Int], on device: Device) throws {
        try self.init(uninitialized: shape, on: device)
        guard elements.count == count else {
            throw TensorError.invalid("\(elements.count) numbers do not fill a tensor of shape \(shape)")
        }
        withWritable { _ = UnsafeMutableBufferPointer(start: $0, count: count).initialize(from: elements) }
    }

    /// Writes a new tensor's elements through `body`, which must set all of them.
    public init(
        shape: [Int], on device: Device, fillingWith body: (UnsafeMutableBufferPointer<Float>) throws -> Void
    ) throws {
        try self.init(uninitialized: shape, on: device)
        try withWritable { try body(UnsafeMutableBufferPointer(start: $0, count: count)) }
    }

    public var elements: [Float] { withElements { Array($0) } }

    /// Whether both have the same numbers, whatever their shapes; NaN equals nothing.
    public func hasSameElements(as other: Tensor) -> Bool {
        withElements { a in other.withElements { a.elementsEqual($0) } }
    }

    /// The value of a tensor with one element.
    public func item() throws -> Float {
        guard count == 1 else { throw TensorError.invalid("a tensor of shape \(shape) is not one number") }
        return withReadable { $0[0] }
    }

    /// The number of elements of a shape; `nil` for one that no tensor has.
    private static func product(_ shape: [Int]) -> Int? {
        // The axes of an empty tensor are bounded, too: whatever is made of them multiplies some and leaves others out.
        var count = 1, area = 1
        for size in shape {
            let (product, overflow) = area.multipliedReportingOverflow(by: max(1, size))
            if overflow || size < 0 || product >= 1 << 50 { return nil }
            area = product
            count *= size
        }
        return count
    }

    /// The same memory under another shape of equally many elements.
    public func reshaped(_ shape: [Int]) throws -> Tensor {
        guard Tensor.product(shape) == count else {
            throw TensorError.invalid("a tensor of shape \(self.shape) cannot be reshaped to \(shape)")
        }
        return Tensor(storage: storage, offset: offset, shape: shape, count: count)
    }

    /// `length` consecutive elements from `start` on, under `shape`; shares memory.
    package func segment(_ start: Int, shape: [Int]) -> Tensor {
        let length = shape.reduce(1, *)
        precondition(start >= 0 && start + length <= count, "segment outside of its tensor")
        return Tensor(storage: storage, offset: offset + start, shape: shape, count: length)
    }

    /// Rows `range` of the first axis; shares memory.
    public func rows(_ range: Range<Int>) throws -> Tensor {
        guard let first = shape.first, range.lowerBound >= 0, range.upperBound <= first else {
            throw TensorError.invalid("rows \(range.lowerBound):\(range.upperBound) are outside of shape \(shape)")
        }
        let row = first == 0 ? 0 : count / first
        return Tensor(
            storage: storage, offset: offset + range.lowerBound * row,
            shape: [range.count] + shape.dropFirst(), count: range.count * row)
    }

    /// A copy in memory of its own.
    public func copied() throws -> Tensor {
        let copy = try Tensor(uninitialized: shape, on: device)
        copy.copy(from: self)
        return copy
    }

    /// Adds `other` (of equally many elements): in place if nobody else sees this tensor's memory, else into new
    /// memory.
    package mutating func add(_ other: Tensor) throws {
        if isKnownUniquelyReferenced(&storage) {
            accumulate(other)
        } else {
            self = try combined(1, other.reshaped(shape), 1)
        }
    }

    /// Whether both begin at the same place of the same memory.
    package func isSameMemory(as other: Tensor) -> Bool { storage === other.storage && offset == other.offset }

    /// Whether nobody else sees this tensor's memory.
    package var isUnique: Bool { mutating get { isKnownUniquelyReferenced(&storage) } }

    /// Overwrites this tensor's elements; only for tensors nobody else sees.
    package func copy(from other: Tensor) {
        precondition(count == other.count, "copy of different sizes")
        lend(other, to: self) { source, target in
            device.forEachBlock(count) { (target + $0).update(from: source + $0, count: $1) }
        }
    }

    package func fill(with value: Float) {
        withWritable { target in device.forEachBlock(count) { lethe_fill(target + $0, value, $1) } }
    }
}

import CKernels
