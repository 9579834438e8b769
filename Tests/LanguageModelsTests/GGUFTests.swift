// GGUF files: every format of tensors, every kind of value, every family, and every kind of damage.

import Files
import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

@Suite struct GGUFTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    // MARK: Tensors

    @Test func everyFormatIsWidenedAsGGMLDoes() throws {
        let file = try GGUFFile(GoldenData.path("gguf/types.gguf"))
        let expected = try SafetensorsFile(GoldenData.path("gguf/types.safetensors"))
        #expect(file.tensors.count == 15)
        for (name, entry) in file.tensors {
            var numbers = [Float](repeating: 0, count: entry.count)
            try numbers.withUnsafeMutableBufferPointer { try file.read(name, into: $0) }
            #expect(entry.shape == expected.tensors[name]?.shape)
            #expect(try numbers == expected.floats(name), "\(name)")
        }
        // Every format that is read has a tensor in it, plain numbers aside.
        let formats = Set(file.tensors.map(\.value.formatName))
        #expect(GGUFFormat.all.allSatisfy { formats.contains($0.name) || $0.element != nil })
    }

    @Test func partsOfATensorAreThoseOfTheWhole() throws {
        let file = try GGUFFile(GoldenData.path("gguf/types.gguf"))
        var whole = [Float](repeating: 0, count: 1536), part = [Float](repeating: 0, count: 512)
        try whole.withUnsafeMutableBufferPointer { try file.read("t.Q4_K", into: $0) }
        try part.withUnsafeMutableBufferPointer { try file.read("t.Q4_K", from: 768, into: $0) }
        #expect(Array(whole[768..<1280]) == part)
        #expect(throws: FileError.self) {
            try part.withUnsafeMutableBufferPointer { try file.read("t.Q4_K", from: 5, into: $0) }
        }
    }

    @Test func eightBitsAreRoundedAsGGMLRoundsThem() throws {
        // Block by block: the largest magnitude over 127 in half precision, halves away from zero.
        var numbers: [Float] = (0..<32).map { Float($0) - 16 } + [Float](repeating: 0, count: 32)
        numbers +=
            (0..<32).map { $0 == 3 ? 127 : Float($0) + 0.5 } + [Float(bitPattern: 71_362)]
            + [Float](repeating: 0, count: 31)
        let path = try folder.file("q.gguf")
        try GGUFFile.write([GGUFTensor("w", shape: [2, 64], format: .q8_0)], metadata: [], to: path) { _, body in
            try numbers.withUnsafeBufferPointer(body)
        }
        let file = try GGUFFile(path)
        var read = [Float](repeating: 9, count: 128)
        try read.withUnsafeMutableBufferPointer { try file.read("w", into: $0) }
        let scale = Float(Float16(Float(16) / 127))
        #expect(read[0] == -127 * scale && read[16] == 0 && read[20] == 32 * scale)
        #expect(read[32..<64].allSatisfy { $0 == 0 } && read[96..<128].allSatisfy { $0 == 0 })
        #expect(read[67] == 127 && read[64] == 1 && read[66] == 3)
    }

    @Test func writtenTensorsComeBack() throws {
        let numbers = (0..<96).map { Float($0) * 0.37 - 11 }
        for (format, tolerance) in [
            (GGUFFormat.float32, Float(0)), (.float16, 0.01), (.bfloat16, 0.1), (.q8_0, 0.15),
        ] {
            let path = try folder.file("\(format.name).gguf")
            let list = [
                GGUFTensor("w", shape: [3, 32], format: format), GGUFTensor("b", shape: [3], format: .float32),
            ]
            try GGUFFile.write(list, metadata: [("general.name", .string("x"))], to: path) { index, body in
                try (index == 0 ? numbers : [1, 2, 3]).withUnsafeBufferPointer(body)
            }
            let file = try GGUFFile(path)
            #expect(file.version == 3 && file.metadata["general.name"]?.string == "x")
            var read = [Float](repeating: 0, count: 96)
            try read.withUnsafeMutableBufferPointer { try file.read("w", into: $0) }
            #expect(zip(read, numbers).allSatisfy { abs($0 - $1) <= tolerance })
        }
        let path = folder.path + "/none.gguf"
        for (value, format, message) in [
            (Float.nan, GGUFFormat.float32, "nan"), (1e6, .float16, "beyond the range of float16"),
        ] {
            let error = #expect(throws: FileError.self) {
                try GGUFFile.write([GGUFTensor("w", shape: [1], format: format)], metadata: [], to: path) { _, body in
                    try [value].withUnsafeBufferPointer(body)
                }
            }
            #expect(error?.message.contains(message) == true)
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    // MARK: Values

    @Test func everyKindOfValueComesBack() throws {
        let values: [(key: String, value: GGUFValue)] = [
            ("a", .uint8(255)), ("b", .int8(-128)), ("c", .uint16(65535)), ("d", .int16(-32768)),
            ("e", .uint32(.max)), ("f", .int32(.min)), ("g", .uint64(.max)), ("h", .int64(.min)),
            ("i", .float32(0.1)), ("j", .float64(0.1)), ("k", .bool(true)), ("l", .string("東 \u{0} é")),
            ("m", .array(GGUFArray(["", "x"]))), ("n", .array(GGUFArray([Int32(-1), 2]))),
            ("o", .array(GGUFArray([Float(0.5)]))),
            ("p", .array(GGUFArray([GGUFArray(["y"]), GGUFArray([Int32]()), GGUFArray([GGUFArray(["z"])])]))),
            ("q", .array(GGUFArray([String]()))),
        ]
        let path = try folder.file("v.gguf")
        try GGUFFile.write([], metadata: values, to: path) { _, _ in }
        let file = try GGUFFile(path)
        #expect(file.metadata.map(\.key) == values.map(\.key))
        for (key, value) in values { #expect(file.metadata[key] == value, "\(key)") }
        #expect(file.metadata["g"]?.integer == nil && file.metadata["e"]?.integer == 4_294_967_295)
        #expect(file.metadata["p"]?.array?[0] == .array(GGUFArray(["y"])))
    }

    @Test func versionTwoIsReadAlike() throws {
        var bytes = [UInt8](try GoldenData.data("gguf/types.gguf"))
        bytes[4] = 2
        let file = try GGUFFile(try folder.file("two.gguf", bytes))
        #expect(file.version == 2 && file.metadata["test.answer"]?.integer == 42)
    }

    // MARK: Damage

    /// A header of these parts.
    private func bytes(
        version: UInt32 = 3, tensors: UInt64 = 0, values: UInt64 = 0, _ parts: [UInt8]...
    ) -> [UInt8] {
        Array("GGUF".utf8) + little(version) + little(tensors) + little(values) + parts.flatMap { $0 }
    }
    private func little<T: FixedWidthInteger>(_ number: T) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }
    private func text(_ text: String) -> [UInt8] { little(UInt64(text.utf8.count)) + Array(text.utf8) }
    private func tensor(_ name: String, _ sides: [UInt64], type: UInt32 = 0, offset: UInt64 = 0) -> [UInt8] {
        text(name) + little(UInt32(sides.count)) + sides.flatMap { little($0) } + little(type) + little(offset)
    }
    private func value(_ key: String, _ kind: UInt32, _ bytes: [UInt8]) -> [UInt8] { text(key) + little(kind) + bytes }

    @Test func damageIsNamed() throws {
        let data = [UInt8](repeating: 0, count: 256)
        let cases: [(String, [UInt8], String)] = [
            ("empty", [], "does not begin with \"GGUF\""), ("another file", Array("GGML".utf8) + data, "not a GGUF"),
            ("before GGUF", Array("lmgg".utf8) + data, "from before GGUF"),
            ("its head alone", Array("GGUF".utf8), "truncated"),
            ("version 1", bytes(version: 1, data), "version 1; 2 and 3 are read"),
            ("version 4", bytes(version: 4, data), "version 4"),
            ("big-endian", bytes(version: UInt32(3).byteSwapped, data), "big-endian"),
            ("2^60 tensors", bytes(tensors: 1 << 60, data), "number of tensors claims a length of 1152921504606846976"),
            ("2^60 values", bytes(values: 1 << 60, data), "number of metadata values"),
            ("a long key", bytes(values: 1, little(UInt64(1) << 63), data), "a length of 9223372036854775808"),
            ("a long text", bytes(values: 1, value("k", 8, little(UInt64.max)), data), "value `k` claims a length of"),
            ("a kind of 13", bytes(values: 1, value("k", 13, data)), "kind 13, which does not exist"),
            ("no text", bytes(values: 1, value("k", 8, text("x")).dropLast() + [0xFF], data), "`k` is not UTF-8"),
            ("twice a key", bytes(values: 2, value("k", 7, [1]), value("k", 7, [1]), data), "`k` stands there twice"),
            (
                "a long array", bytes(values: 1, value("k", 9, little(UInt32(10)) + little(UInt64(1) << 61)), data),
                "`k` claims a length of"
            ),
            (
                "arrays in arrays",
                bytes(
                    values: 1, value("k", 9, (0..<40).flatMap { _ in little(UInt32(9)) + little(UInt64(1)) }), data),
                "more than 8 deep"
            ),
            (
                "an alignment of 3", bytes(values: 1, value("general.alignment", 4, little(UInt32(3))), data),
                "power of two"
            ),
            ("five sides", bytes(tensors: 1, tensor("w", [1, 1, 1, 1, 1]), data), "claims 5 sides"),
            ("a wide side", bytes(tensors: 1, tensor("w", [1 << 63]), data), "impossible side of 9223372036854775808"),
            ("a large shape", bytes(tensors: 1, tensor("w", [1 << 33, 1 << 33]), data), "impossible shape"),
            ("sides of an empty one", bytes(tensors: 1, tensor("w", [0, 1 << 40, 1 << 40]), data), "impossible shape"),
            ("a torn row", bytes(tensors: 1, tensor("w", [33], type: 8), data), "rows of 33 numbers, which Q8_0"),
            ("two of a name", bytes(tensors: 2, tensor("w", [1]), tensor("w", [1], offset: 32), data), "two tensors"),
            ("an odd offset", bytes(tensors: 1, tensor("w", [1], offset: 4), data), "no multiple of 32"),
            ("outside", bytes(tensors: 1, tensor("w", [1], offset: 1 << 20), data), "from byte 1048576"),
            ("far outside", bytes(tensors: 1, tensor("w", [1], offset: UInt64.max - 31), data), "truncated or damaged"),
            ("too long", bytes(tensors: 1, tensor("w", [4096]), data), "takes 16384 bytes"),
            (
                "overlapping", bytes(tensors: 2, tensor("v", [16]), tensor("w", [1], offset: 32), data),
                "`w` overlaps the tensor `v`"
            ),
        ]
        for (name, bytes, message) in cases {
            let path = try folder.file("damaged.gguf", bytes)
            let error = #expect(throws: FileError.self, "\(name)") { try GGUFFile(path) }
            #expect(error?.message.contains(message) == true, "\(name): \(error?.message ?? "")")
        }
    }

    @Test func everyTruncationIsAnError() throws {
        let bytes = [UInt8](try GoldenData.data("gguf/types.gguf"))
        for length in Array(0..<1100) + Array(stride(from: 1100, to: bytes.count - 32, by: 97)) {
            let path = try folder.file("cut.gguf", Array(bytes[..<length]))
            #expect(throws: FileError.self, "\(length)") { try GGUFFile(path) }
        }
    }

    @Test func anUnknownFormatIsAnErrorOnlyWhenItIsRead() throws {
        let path = try folder.file(
            "u.gguf", bytes(tensors: 1, tensor("w", [256], type: 16), [UInt8](repeating: 0, count: 256)))
        let file = try GGUFFile(path)
        #expect(file.tensors["w"]?.formatName == "IQ2_XXS")
        var numbers = [Float](repeating: 0, count: 256)
        let error = #expect(throws: FileError.self) {
            try numbers.withUnsafeMutableBufferPointer { try file.read("w", into: $0) }
        }
        #expect(error?.message.contains("is stored as IQ2_XXS, which is not read here") == true)
    }
}
