// How messages travel: frames of bytes, a delimiter between addresses and message, a signature, four texts of JSON.
import Files

/// Makes frames of messages.
public struct Wire: Sendable {
    static let delimiter = Array("<IDS|MSG>".utf8)
    /// Frames of a message that is looked at; no front end sends that many.
    static let mostFrames = 1000

    let signature: Signature

    public init(signature: Signature) { self.signature = signature }

    public func frames(of message: Message) -> [[UInt8]] {
        let parts = [message.header, message.parent, message.metadata, message.content].map { part in
            // Numbers that JSON does not know do not come here.
            Array(((try? part.text(.compact, nonFinite: .null)) ?? "{}").utf8)
        }
        return message.identities + [Self.delimiter, signature.sign(parts)] + parts + message.buffers
    }
}

/// Makes messages of frames that anyone may have sent.
public struct WireReader {
    /// Why frames are no message for this kernel.
    public enum Refusal: Error, Equatable {
        case tooManyFrames, noDelimiter, tooFewFrames, wrongSignature, repeated
        case damaged(String)
    }

    private let signature: Signature
    private var seen = SeenSignatures()

    public init(signature: Signature) { self.signature = signature }

    /// - Throws: ``Refusal``; such frames are dropped without an answer.
    public mutating func message(from frames: [[UInt8]]) throws(Refusal) -> Message {
        guard frames.count <= Wire.mostFrames else { throw .tooManyFrames }
        guard let delimiter = frames.firstIndex(of: Wire.delimiter) else { throw .noDelimiter }
        let rest = frames[(delimiter + 1)...]
        guard let given = rest.first, rest.count >= 5 else { throw .tooFewFrames }
        let parts = rest.dropFirst().prefix(4)
        // The signature is that of the bytes as they came; only then are they read.
        guard signature.isValid(given, of: parts) else { throw .wrongSignature }
        if signature.isRequired, !seen.insert(given) { throw .repeated }
        var objects: [JSON] = []
        for part in parts {
            let object: JSON
            do { object = try JSON(parsing: part) } catch { throw .damaged("\(error)") }
            guard object.object != nil else { throw .damaged("a part is \(object.kind), no object") }
            objects.append(object)
        }
        var message = Message(
            identities: Array(frames[..<delimiter]), header: objects[0], parent: objects[1], metadata: objects[2],
            content: objects[3])
        guard !message.type.isEmpty, !message.id.isEmpty else { throw .damaged("the header names no kind or no id") }
        message.buffers = Array(rest.dropFirst(5))
        return message
    }
}
