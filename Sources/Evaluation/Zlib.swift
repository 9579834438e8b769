/// How well a text compresses, which tells how much of its loss is its own doing.
import CZlib

/// The bytes that a text's UTF-8 takes compressed by zlib at its default level, header and checksum included.
///
/// Throws where zlib fails.
public func zlibLength(_ text: String) throws -> Int {
    let bytes = Array(text.utf8)
    var length = compressBound(uLong(bytes.count))
    var buffer = [UInt8](repeating: 0, count: Int(length))
    guard compress(&buffer, &length, bytes, uLong(bytes.count)) == Z_OK else {
        throw MetricError("zlib could not compress a text of \(bytes.count) bytes: is there memory left?")
    }
    return Int(length)
}
