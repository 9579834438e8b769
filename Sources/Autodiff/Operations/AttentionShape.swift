/// What an attention layer works on: sizes, lengths, and what becomes of its scores.
import Tensors

/// Where queries, keys and values lie in one row.
public enum AttentionLayout: Sendable {
    /// All queries, all keys, all values.
    case sideBySide
    /// Query, key and value of the first head, then of the next (GPT-NeoX); as many key-value heads as heads.
    case interleaved
}

/// Sizes of an attention layer's work, and what becomes of its scores.
public struct AttentionShape: Equatable, Sendable {
    /// Sequences, positions a sequence, query heads, key-value heads, and the width of a head.
    public let batch, time, heads, groups, width: Int
    /// Real lengths of right-padded sequences: keys after them are not attended to. `nil` if all are full.
    public let lengths: [Int]?
    /// What the products of queries and keys are multiplied with; `nil` for 1/√width.
    public let scale: Float?
    /// Scaled scores s become cap · tanh(s / cap) (Gemma 2); `nil` for none.
    public let softCap: Float?
    /// How many positions, its own among them, a query sees; `nil` for all before it.
    public let window: Int?
    /// How queries, keys and values are packed.
    public let layout: AttentionLayout

    public init(
        batch: Int, time: Int, heads: Int, groups: Int, width: Int, lengths: [Int]? = nil, scale: Float? = nil,
        softCap: Float? = nil, window: Int? = nil, layout: AttentionLayout = .sideBySide
    ) {
        self.batch = batch
        self.time = time
        self.heads = heads
        self.groups = groups
        self.width = width
        self.lengths = lengths
        self.scale = scale
        self.softCap = softCap
        self.window = window
        self.layout = layout
    }

    /// What scores are multiplied with.
    public var scoreScale: Float { scale ?? 1 / Float(width).squareRoot() }

    /// The columns of a head's queries (`part` 0), keys (1) or values (2) in a packed row.
    public func column(_ part: Int, head: Int) -> Int {
        switch layout {
        case .interleaved: (3 * head + part) * width
        case .sideBySide: (part == 0 ? 0 : heads + (part - 1) * groups) * width + head * width
        }
    }

    /// Whether position `key` is seen from position `query`, in a sequence of `length`.
    public func sees(_ query: Int, _ key: Int, length: Int) -> Bool {
        key <= query && key < length && (window.map { key > query - $0 } ?? true)
    }
}

extension AttentionShape {
    /// 1 for each query that sees a key, 0 for padding far behind a text's end, [time, 1]; `nil` where all see one.
    func rowsThatSee(length: Int, on device: Device) throws -> Tensor? {
        guard let window, length < time, time - length >= window else { return nil }
        return try Tensor((0..<time).map { $0 - window + 1 < length ? 1 : 0 }, shape: [time, 1], on: device)
    }
}
