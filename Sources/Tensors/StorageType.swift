/// How weights that do not move may be held: in float32, or in fewer bits, widened where they are used.

public enum StorageType: String, Sendable, CaseIterable {
    case float32 = "f32"
    case bfloat16 = "bf16"
    case float16 = "f16"
    /// 8 bits, with a float16 for each run of 32 in a row that multiplies them (llama.cpp's Q8_0).
    case eightBit = "q8"

    /// Numbers that share a scale.
    static let run = 32

    /// Bytes of a matrix.
    public func bytes(rows: Int, columns: Int) -> Int {
        switch self {
        case .float32: 4 * rows * columns
        case .bfloat16, .float16: 2 * rows * columns
        case .eightBit: words(of: rows * columns) * 4 + 2 * rows * runs(columns)
        }
    }

    func runs(_ columns: Int) -> Int { (columns + Self.run - 1) / Self.run }

    /// Words of four bytes that hold so many bytes.
    func words(of bytes: Int) -> Int { (bytes + 3) / 4 }
}
