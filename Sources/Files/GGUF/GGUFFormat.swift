// How tensors are stored in GGUF files: plain numbers, and blocks of few bits with a scale.

/// A format of tensors. Numbers come in blocks, and blocks lie within rows.
///
/// Adding one is a constant like ``q8_0`` and a place in ``all``.
public struct GGUFFormat: Sendable {
    /// Its name in ggml: "Q4_K".
    public let name: String
    /// Its number in files.
    let code: UInt32
    /// Numbers of a block, and the bytes it takes.
    public let elements, bytes: Int
    /// The plain format it is, where it is one.
    public let element: ElementType?
    /// Widens one block to float32, each number as ggml's reference code computes it.
    let decode: @Sendable (_ block: UnsafeRawPointer, _ numbers: UnsafeMutablePointer<Float>) -> Void
    /// Rounds one block; `nil` for formats that are not written.
    let encode: (@Sendable (_ numbers: UnsafePointer<Float>, _ block: UnsafeMutableRawPointer) -> Bool)?

    init(
        _ name: String, code: UInt32, elements: Int, bytes: Int,
        encode: (@Sendable (UnsafePointer<Float>, UnsafeMutableRawPointer) -> Bool)? = nil,
        decode: @escaping @Sendable (UnsafeRawPointer, UnsafeMutablePointer<Float>) -> Void
    ) {
        self.name = name
        self.code = code
        self.elements = elements
        self.bytes = bytes
        self.element = nil
        self.decode = decode
        self.encode = encode
    }

    /// Numbers one by one.
    private init(_ element: ElementType, code: UInt32) {
        name = element.rawValue
        self.code = code
        elements = 1
        bytes = element.size
        self.element = element
        decode = { _, _ in }
        encode = nil
    }

    public static let float32 = GGUFFormat(.float32, code: 0)
    public static let float16 = GGUFFormat(.float16, code: 1)
    public static let bfloat16 = GGUFFormat(.bfloat16, code: 30)

    /// The formats that are read.
    public static let all: [GGUFFormat] =
        [float32, float16, bfloat16] + [
            GGUFFormat(.float64, code: 28), GGUFFormat(.int8, code: 24), GGUFFormat(.int16, code: 25),
            GGUFFormat(.int32, code: 26), GGUFFormat(.int64, code: 27),
        ] + [q4_0, q4_1, q5_0, q5_1, q8_0, q2_K, q3_K, q4_K, q5_K, q6_K, iq4_NL, iq4_XS]

    /// Those that ggml knows beside them.
    private static let others: [UInt32: String] = [
        9: "Q8_1", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 21: "IQ3_S", 22: "IQ2_S",
        29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4", 40: "NVFP4",
    ]

    /// The format of that number, if it is read here.
    static func coded(_ code: UInt32) -> GGUFFormat? { all.first { $0.code == code } }

    /// The name of a format that may not be read here.
    static func name(of code: UInt32) -> String { coded(code)?.name ?? others[code] ?? "number \(code)" }

    /// Whether weights may be stored so: not whole numbers, which meant something else.
    public var holdsWeights: Bool { element == nil || element?.configurationName != nil && element != .float64 }
}

extension UnsafeRawPointer {
    /// The half-precision number at an offset.
    @inline(__always)
    func half(_ offset: Int) -> Float {
        ElementType.float(half: UInt16(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
    }

    /// The byte at an offset.
    @inline(__always)
    func byte(_ offset: Int) -> UInt8 { load(fromByteOffset: offset, as: UInt8.self) }
}
