// Safetensors files: the reference implementation's bytes, rounding, and every kind of damage.

import Files
import Foundation
import LanguageModels
import TestSupport
import Testing

@Suite struct SafetensorsTests {
    /// Written by the Python package: the same numbers in several formats, an empty tensor and a scalar.
    static let reference = [UInt8](
        Data(
            base64Encoded: """
                4AEAAAAAAAB7Imk2NCI6eyJkdHlwZSI6Ikk2NCIsInNoYXBlIjpbMiwyXSwiZGF0YV9vZmZzZXRzIjpbMCwzMl19LCJmNjQiOnsiZHR5cGUi\
                OiJGNjQiLCJzaGFwZSI6WzhdLCJkYXRhX29mZnNldHMiOlszMiw5Nl19LCJlbXB0eSI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMCwzXSwi\
                ZGF0YV9vZmZzZXRzIjpbOTYsOTZdfSwiZjMyIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOls4XSwiZGF0YV9vZmZzZXRzIjpbOTYsMTI4XX0s\
                InNjYWxhciI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbXSwiZGF0YV9vZmZzZXRzIjpbMTI4LDEzMl19LCJiZjE2Ijp7ImR0eXBlIjoiQkYx\
                NiIsInNoYXBlIjpbOF0sImRhdGFfb2Zmc2V0cyI6WzEzMiwxNDhdfSwiZjE2Ijp7ImR0eXBlIjoiRjE2Iiwic2hhcGUiOls4XSwiZGF0YV9v\
                ZmZzZXRzIjpbMTQ4LDE2NF19LCJ1OCI6eyJkdHlwZSI6IlU4Iiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRzIjpbMTY0LDE2Nl19fSAgICAg\
                ICABAAAAAAAAAP7/////////AwAAAAAAAAAEAAAAAAAAAAAAAAAAAPA/AAAAAAAABMAAAAAAAPzvQAAAAAAAAHA+AAAAAEj7Dz8AAAAAAADw\
                fwAAAKCZmbk/AAAAAAAAAIAAAIA/AAAgwADgf0cAAIAzQNp/OAAAgH/NzMw9AAAAgAAA4ECAPyDAgEeAM4A4gH/NPQCAADwAwf97AQD/AwB8\
                Zi4AgAD/
                """) ?? Data())

    @Test func readsWhatTheReferenceImplementationWrites() throws {
        let folder = try TemporaryFolder()
        let file = try SafetensorsFile(try folder.file("x.safetensors", Self.reference))
        let numbers: [Float] = [1, -2.5, 65504, 5.9604645e-08, 6.1e-05, .infinity, 0.1, -0.0]
        #expect(file.tensors.count == 8)
        #expect(try file.floats("f32") == numbers)
        #expect(try file.floats("f32")[7].sign == .minus)
        #expect(try file.floats("f64") == numbers)
        #expect(try file.floats("f16") == numbers.map { Float(Float16($0)) })
        #expect(
            try file.floats("bf16") == [1, -2.5, 65536, 5.9604645e-08, 6.103515625e-05, .infinity, 0.10009765625, 0])
        #expect(try file.floats("i64") == [1, -2, 3, 4])
        #expect(try file.floats("u8") == [0, 255])
        #expect(try file.floats("empty") == [])
        #expect(file.tensors["empty"]?.shape == [0, 3])
        #expect(try file.floats("scalar") == [7])
        #expect(file.tensors["scalar"]?.shape == [])
    }

    @Test func halfPrecisionIsExactForEveryBitPattern() throws {
        let folder = try TemporaryFolder()
        let header = Array(#"{"h":{"dtype":"F16","shape":[65536],"data_offsets":[0,131072]}}"#.utf8)
        let data = (0..<65536).flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        let file = try SafetensorsFile(
            try folder.file("h", [UInt8(header.count), 0, 0, 0, 0, 0, 0, 0] + header + data))
        for (bits, value) in try file.floats("h").enumerated() {
            let expected = Float(Float16(bitPattern: UInt16(bits)))
            if value != expected && !(value.isNaN && expected.isNaN) {
                Issue.record("\(bits): \(value), not \(expected)")
            }
        }
    }

    @Test func rewritesACheckpointByteForByte() throws {
        let folder = try TemporaryFolder()
        let original = GoldenData.path("checkpoints/gpt2/model.safetensors")
        let file = try SafetensorsFile(original)
        let values = try file.tensors.keys.map {
            ($0, file.tensors[$0]?.shape ?? [], try file.floats($0, finite: true))
        }
        let copy = try folder.file("copy.safetensors")
        try write(values.reversed(), to: copy, as: .float32)
        #expect(try FileBytes.read(copy) == FileBytes.read(original))
    }

    @Test func roundsToNearestEven() throws {
        let folder = try TemporaryFolder()
        // Bits computed with PyTorch; the last value is beyond float16.
        let values: [Float] = [
            1.00048828125, 1.00146484375, 2.98023224e-08, 8.9406967e-08, 65519, 1e-08, 3.3333333, -1.00390625,
            1.01171875,
        ]
        let half: [UInt16] = [0x3c00, 0x3c02, 0x0, 0x2, 0x7bff, 0x0, 0x42ab, 0xbc04, 0x3c0c]
        let brain: [UInt16] = [0x3f80, 0x3f80, 0x3300, 0x33c0, 0x4780, 0x322c, 0x4055, 0xbf80, 0x3f82]
        let path = try folder.file("r.safetensors")
        try write([("x", [9], values)], to: path, as: .float16)
        #expect(try SafetensorsFile(path).floats("x") == half.map { Float(Float16(bitPattern: $0)) })
        try write([("x", [9], values)], to: path, as: .bfloat16)
        #expect(try SafetensorsFile(path).floats("x") == brain.map { Float(bitPattern: UInt32($0) << 16) })
        let before = try FileBytes.read(path)
        #expect(
            throws: FileError(
                path: path,
                message: "the tensor `x` holds 70000.0, which is beyond the range of float16; save as float32")
        ) {
            try write([("x", [2], [0, 70000])], to: path, as: .float16)
        }
        #expect(throws: FileError.self) { try write([("x", [1], [3.4e38])], to: path, as: .bfloat16) }
        #expect(try FileBytes.read(path) == before, "a failed save leaves the old file")
        #expect(folder.names == ["r.safetensors"], "and nothing beside it")
    }

    @Test func refusesWhatCannotBeWritten() throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("x")
        #expect(throws: FileError(path: path, message: "the tensor `a` has the shape [3] but 2 numbers")) {
            try write([("a", [3], [1, 2])], to: path, as: .float32)
        }
        #expect(throws: FileError(path: path, message: "there are two tensors named `a`")) {
            try write([("a", [1], [1]), ("a", [1], [2])], to: path, as: .float32)
        }
        let nowhere = folder.path + "/none/x.safetensors"
        #expect(
            throws: FileError(path: nowhere, message: "the folder \(folder.path)/none/ does not exist; create it first")
        ) {
            try write([("a", [1], [1])], to: nowhere, as: .float32)
        }
        #expect(folder.names == [])
    }

    @Test func nonFiniteNumbersAreNamed() throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("n")
        try write([("ln.weight", [3], [1, .nan, 2])], to: path, as: .bfloat16)
        let file = try SafetensorsFile(path)
        #expect(try file.floats("ln.weight")[1].isNaN)
        do {
            _ = try file.floats("ln.weight", finite: true)
            Issue.record("NaN was let through")
        } catch {
            #expect("\(error)".hasPrefix("\(path): the tensor `ln.weight` holds nan at element 1"))
        }
    }

    @Test(arguments: [
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 7,
            "is truncated: the tensor `a` ends at byte 70, but the file has 69 bytes"
        ),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 9, "1 bytes follow the last tensor"),
        (
            #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, 8,
            "the tensor `a` has the shape [3] of F32, which takes 12 bytes, but its data_offsets are 0 to 8"
        ),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#, 12, "the tensor `a` leaves a gap before it"),
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            8, "the tensor `b` overlaps the tensor before it"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            8, "the key \"a\" appears twice"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, 8,
            "\"a.shape[0]\" must be a whole number of at least 0, but is -2"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}"#, 8,
            "the tensor `a` claims an impossible shape"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[2305843009213693952],"data_offsets":[0,8]}}"#, 8,
            "the tensor `a` claims an impossible shape"
        ),
        (
            #"{"a":{"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}}"#, 8,
            "the tensor `a` claims an impossible shape"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[4611686018427387904,0,4611686018427387904],"data_offsets":[0,0]}}"#, 0,
            "the tensor `a` claims an impossible shape"
        ),
        (
            #"{"a":{"dtype":"F32","shape":[0,4294967296,4294967296,4294967296],"data_offsets":[0,0]}}"#, 0,
            "the tensor `a` claims an impossible shape"
        ),
        (#"{"a":{"dtype":"X9","shape":[2],"data_offsets":[0,9223372036854775807]}}"#, 8, "ends at byte ∞"),
        (
            #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[9223372036854775807,9223372036854775807]}}"#, 0,
            "lies beyond the end of the file"
        ),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, 8, "its data_offsets are 8 to 0"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#, 8, "needs two data_offsets, but has 1"),
        (#"{"a":{"shape":[2],"data_offsets":[0,8]}}"#, 8, "\"a.dtype\" is missing"),
        (#"{"a":1}"#, 0, "\"a\" must be an object, but is 1"),
        (#"[1]"#, 0, "expected an object"),
        (#"{"a":"#, 0, "line 1, column 6: expected a value, found the end of the text"),
    ])
    func damageIsNamed(header: String, data: Int, message: String) throws {
        let folder = try TemporaryFolder()
        let bytes =
            [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8) + [UInt8](repeating: 0, count: data)
        let path = try folder.file("d.safetensors", bytes)
        do {
            _ = try SafetensorsFile(path)
            Issue.record("the damage went unnoticed")
        } catch {
            #expect("\(error)".hasPrefix(path + ": ") && "\(error)".contains(message), "\(error)")
        }
    }

    /// A header, and bytes behind it.
    private func file(_ header: String, _ data: [UInt8], in folder: TemporaryFolder) throws -> String {
        try folder.file("t.safetensors", [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8) + data)
    }

    @Test func aFormatThatIsNotReadStopsOnlyItsTensor() throws {
        let folder = try TemporaryFolder()
        let header =
            #"{"f":{"dtype":"F8_E4M3","shape":[3],"data_offsets":[0,3]},"w":{"dtype":"I8","shape":[2],"data_offsets":[3,5]}}"#
        let file = try SafetensorsFile(try file(header, [1, 2, 3, 1, 254], in: folder))
        #expect(try file.floats("w") == [1, -2])
        #expect { try file.floats("f") } throws: {
            "\($0)".contains("the tensor `f` is stored as F8_E4M3, which is not read here")
        }
    }

    /// Metadata are free texts: what else stands there says nothing about the tensors.
    @Test(arguments: ["null", "{}", #"{"a":1,"b":[null]}"#, "7"]) func oddMetadataAreNoDamage(metadata: String) throws {
        let folder = try TemporaryFolder()
        let header = #"{"__metadata__":\#(metadata),"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#
        #expect(try SafetensorsFile(try file(header, [7], in: folder)).floats("w") == [7])
    }

    @Test func namesAreTheSameOnlyWithTheSameBytes() throws {
        let folder = try TemporaryFolder()
        let header = """
            {"\u{e9}":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"e\u{301}":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}
            """
        let file = try SafetensorsFile(try file(header, [7, 8], in: folder))
        #expect(try file.floats("\u{e9}") == [7] && file.floats("e\u{301}") == [8])
    }

    /// Whole numbers that float32 changes and float64 beyond its range are told by element; as doubles they are exact
    /// or refused.
    @Test func numbersThatFloat32DoesNotHold() throws {
        let folder = try TemporaryFolder()
        func bytes<T: FixedWidthInteger>(_ numbers: [T]) -> [UInt8] {
            numbers.flatMap { number in withUnsafeBytes(of: number.littleEndian) { Array($0) } }
        }
        func opened(_ type: String, _ count: Int, _ data: [UInt8]) throws -> SafetensorsFile {
            try SafetensorsFile(
                try file(
                    "{\"x\":{\"dtype\":\"\(type)\",\"shape\":[\(count)],\"data_offsets\":[0,\(data.count)]}}", data,
                    in: folder))
        }
        #expect(
            try opened("I64", 3, bytes([1 << 24, -(1 << 24), 1 << 40] as [Int64])).floats("x") == [
                16_777_216, -16_777_216, 0x1p40,
            ])
        #expect(
            try opened("U32", 2, bytes([UInt32.max, 1 << 31] as [UInt32])).doubles("x") == [
                4_294_967_295, 2_147_483_648,
            ])
        for (type, data) in [
            ("I64", bytes([-100, 16_777_217] as [Int64])), ("I64", bytes([0, .min + 1] as [Int64])),
            ("I32", bytes([0, -16_777_217] as [Int32])), ("U32", bytes([0, .max] as [UInt32])),
            ("U64", bytes([0, .max] as [UInt64])), ("F64", bytes([0, (1e300).bitPattern] as [UInt64])),
        ] {
            let file = try opened(type, 2, data)
            #expect { try file.floats("x") } throws: { "\($0)".contains("at element 1, which float32 cannot hold") }
        }
        #expect(try opened("I64", 2, bytes([-100, 16_777_217] as [Int64])).doubles("x") == [-100, 16_777_217])
        #expect(try opened("F64", 1, bytes([(1e300).bitPattern] as [UInt64])).doubles("x") == [1e300])
        #expect { try opened("U64", 2, bytes([0, .max] as [UInt64])).doubles("x") } throws: {
            "\($0)".contains("`x` holds 18446744073709551615 at element 1, which no number here holds exactly")
        }
    }

    @Test func lengthsAreChecked() throws {
        let folder = try TemporaryFolder()
        let cases: [([UInt8], String)] = [
            ([1, 2, 3], "it has only 3 bytes"),
            ([255, 255, 255, 255, 255, 255, 255, 255], "it claims a header of 18446744073709551615 bytes"),
            ([10, 0, 0, 0, 0, 0, 0, 0, 0x7B], "is truncated: its header needs 10 bytes, but only 1 follow"),
        ]
        for (bytes, message) in cases {
            let path = try folder.file("l", bytes)
            do {
                _ = try SafetensorsFile(path)
                Issue.record("\(bytes) was read")
            } catch {
                #expect(error.description.contains(message), "\(error)")
            }
        }
    }

    @Test func damagedFilesNeverTrap() throws {
        let folder = try TemporaryFolder()
        var random = LinearCongruential(state: 1)
        for cut in stride(from: 0, to: Self.reference.count, by: 7) {
            let path = try folder.file("f", Array(Self.reference[..<cut]))
            #expect(throws: FileError.self) { try SafetensorsFile(path) }
        }
        for _ in 0..<400 {
            var bytes = Self.reference
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<500, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            // Either an error or numbers; both are fine, a trap is not.
            if let file = try? SafetensorsFile(try folder.file("f", bytes)) {
                for name in file.tensors.keys { _ = try? file.floats(name, finite: true) }
            }
        }
    }
}

/// Writes arrays as tensors.
func write(_ tensors: [(String, [Int], [Float])], to path: String, as type: ElementType) throws {
    var named: [NamedTensor] = []
    func next(_ index: Int) throws {
        if index == tensors.count { return try SafetensorsFile.write(named, to: path, as: type) }
        try tensors[index].2.withUnsafeBufferPointer {
            named.append(NamedTensor(name: tensors[index].0, shape: tensors[index].1, values: $0))
            try next(index + 1)
        }
    }
    try next(0)
}
