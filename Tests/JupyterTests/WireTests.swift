// Messages to frames and back; what is forged, repeated or cut is refused.
import Files
import Jupyter
import Testing

@Suite struct WireTests {
    private static func message() -> Message {
        Message(
            identities: [[1, 2], [3]], header: Sender().header("execute_request"), parent: [:], metadata: ["a": 1],
            content: ["code": "é = \"𝒙\""])
    }

    private let signature = Signature(key: Array("key".utf8))
    private var frames: [[UInt8]] { Wire(signature: signature).frames(of: Self.message()) }

    /// RFC 4231, cases 1, 2 and 6: short keys, and one longer than a block.
    @Test(arguments: [
        (
            [UInt8](repeating: 0x0b, count: 20), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xaa, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ])
    func signaturesAreHMACs(key: [UInt8], text: String, code: String) {
        let signature = Signature(key: key), parts = [Array(text.utf8.prefix(3)), Array(text.utf8.dropFirst(3))]
        #expect(String(decoding: signature.sign(parts), as: UTF8.self) == code)
        #expect(signature.isValid(Array(code.utf8), of: parts))
        #expect(!signature.isValid(Array(code.utf8.dropLast()), of: parts))
        #expect(!signature.isValid([], of: parts))
    }

    @Test func aMessageComesBack() throws {
        var message = Self.message()
        message.buffers = [[9, 8], []]
        var reader = WireReader(signature: signature)
        #expect(try reader.message(from: Wire(signature: signature).frames(of: message)) == message)
        #expect(message.type == "execute_request")
    }

    @Test func withoutAKeyNothingIsSigned() throws {
        let open = Signature(key: [])
        let frames = Wire(signature: open).frames(of: Self.message())
        #expect(frames[3] == [])
        var reader = WireReader(signature: open)
        _ = try reader.message(from: frames)
        _ = try reader.message(from: frames)
    }

    @Test func aMessageThatComesAgainIsRefused() throws {
        var reader = WireReader(signature: signature)
        let frames = frames
        _ = try reader.message(from: frames)
        #expect(throws: WireReader.Refusal.repeated) { try reader.message(from: frames) }
    }

    @Test func aChangedBitIsRefused() {
        let frames = frames
        for frame in 3..<frames.count {
            for byte in stride(from: 0, to: frames[frame].count, by: 7) {
                var changed = frames
                changed[frame][byte] ^= 1
                var reader = WireReader(signature: signature)
                #expect(throws: WireReader.Refusal.wrongSignature) { try reader.message(from: changed) }
            }
        }
    }

    @Test func whatIsCutIsRefused() {
        let frames = frames
        for count in 0..<frames.count {
            var reader = WireReader(signature: signature)
            #expect(throws: WireReader.Refusal.self) { try reader.message(from: Array(frames.prefix(count))) }
            #expect(throws: WireReader.Refusal.self) {
                try reader.message(from: Array(frames[..<count] + frames[(count + 1)...].dropLast(count < 2 ? 1 : 0)))
            }
        }
        var reader = WireReader(signature: signature)
        #expect(throws: WireReader.Refusal.tooManyFrames) {
            try reader.message(from: Array(repeating: [1], count: 100_000))
        }
    }

    @Test(arguments: ["[]", "7", "{", "", "{}", "\u{0}"]) func whatIsSignedAndNoMessageIsRefused(text: String) {
        let parts = Array(repeating: Array(text.utf8), count: 4)
        var reader = WireReader(signature: signature)
        #expect(throws: WireReader.Refusal.self) {
            try reader.message(from: [Array("<IDS|MSG>".utf8), signature.sign(parts)] + parts)
        }
    }
}
