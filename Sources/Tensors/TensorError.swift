/// What can go wrong with tensors, in words a user can act on.
public enum TensorError: Error, Equatable, CustomStringConvertible {
    /// Shapes that an operation cannot combine: the operation's sign or name and both shapes.
    case shapesDoNotFit(operation: String, left: [Int], right: [Int])
    /// A single shape, axis or index an operation cannot work with.
    case invalid(String)
    /// A job that would not fit into memory, refused before it starts; sizes in bytes.
    case outOfMemory(needed: Int, available: Int)
    /// The user asked to stop (Ctrl-C).
    case interrupted

    public var description: String {
        switch self {
        case .shapesDoNotFit(let operation, let left, let right):
            "shapes do not fit: \(left) \(operation) \(right)"
        case .invalid(let message): message
        case .outOfMemory(let needed, let available):
            """
            this needs \(TensorError.megabytes(needed)) more memory, but only \(TensorError.megabytes(available)) are \
            free; use a smaller model, a smaller batch, or fewer examples at once
            """
        case .interrupted: "interrupted"
        }
    }

    static func megabytes(_ bytes: Int) -> String {
        bytes >= 10 << 30 ? "\(bytes >> 30) GiB" : "\(max(1, bytes >> 20)) MiB"
    }
}
