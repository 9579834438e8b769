// The memory of tensors, lent for the time of a closure.
//
// A tensor's last mention may be the one that asks for its memory; the compiler may let go of it there, and its buffer
// would go back to the pool, and to another tensor, while it is still read. So no pointer outlives the closure it is
// lent to, and the tensors that lend it outlive the closure.

extension Tensor {
    /// Lends the memory for reading, from the first element on.
    package func withReadable<R>(_ body: (UnsafePointer<Float>) throws -> R) rethrows -> R {
        try withExtendedLifetime(storage) { try body(UnsafePointer(storage.base + offset)) }
    }

    /// Lends the memory for writing; only for tensors not yet shared.
    package func withWritable<R>(_ body: (UnsafeMutablePointer<Float>) throws -> R) rethrows -> R {
        try withExtendedLifetime(storage) { try body(storage.base + offset) }
    }

    /// Reads the elements in row-major order.
    public func withElements<R>(_ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
        try withReadable { try body(UnsafeBufferPointer(start: $0, count: count)) }
    }
}

extension Tensor? {
    /// Lends the memory for reading, where there is any.
    package func withReadable<R>(_ body: (UnsafePointer<Float>?) throws -> R) rethrows -> R {
        guard let self else { return try body(nil) }
        return try self.withReadable { try body($0) }
    }
}

extension [Tensor] {
    /// Lends the memory of all, those only for writing that are not yet shared.
    package func withPointers<R>(_ body: ([UnsafeMutablePointer<Float>]) throws -> R) rethrows -> R {
        try withExtendedLifetime(self) { try body(map { $0.storage.base + $0.offset }) }
    }
}

extension [[Tensor]] {
    /// Lends the memory of all, those only for writing that are not yet shared.
    package func withPointers<R>(_ body: ([[UnsafeMutablePointer<Float>]]) throws -> R) rethrows -> R {
        try withExtendedLifetime(self) { try body(map { $0.map { $0.storage.base + $0.offset } }) }
    }
}

/// Lends the memory of one tensor for reading and that of another, not yet shared, for writing.
package func lend<R>(
    _ x: Tensor, to y: Tensor, _ body: (UnsafePointer<Float>, UnsafeMutablePointer<Float>) throws -> R
) rethrows -> R {
    try x.withReadable { x in try y.withWritable { y in try body(x, y) } }
}

/// Lends the memory of two tensors for reading and that of another, not yet shared, for writing.
package func lend<R>(
    _ a: Tensor, _ b: Tensor, to y: Tensor,
    _ body: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>) throws -> R
) rethrows -> R {
    try a.withReadable { a in try lend(b, to: y) { b, y in try body(a, b, y) } }
}

/// Lends the memory of four tensors for reading.
package func lend<R>(
    _ a: Tensor, _ b: Tensor, _ c: Tensor, _ d: Tensor,
    _ body: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>) throws -> R
) rethrows -> R {
    try a.withReadable { a in
        try b.withReadable { b in try c.withReadable { c in try d.withReadable { d in try body(a, b, c, d) } } }
    }
}

/// Lends the memory of three tensors for reading and that of another, not yet shared, for writing.
package func lend<R>(
    _ a: Tensor, _ b: Tensor, _ c: Tensor, to y: Tensor,
    _ body: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>) throws -> R
) rethrows -> R {
    try a.withReadable { a in try lend(b, c, to: y) { b, c, y in try body(a, b, c, y) } }
}
