// What tells a file from another at a glance: ranks that read different files would go on with different values.
import Files
import Foundation

enum FileSketch {
    /// Bytes that are looked at, at the beginning and at the end of a file.
    private static let most = 1 << 20
    /// What models and data sets are read from, by names and endings; a folder may hold others, such as logs that grow.
    private static let endings: Set = ["gguf", "jinja", "json", "jsonl", "model", "safetensors"]
    private static let names: Set = ["merges.txt", "vocab.txt"]

    /// Of a file its length, beginning and end; of a folder those of the files in it that are read; nothing of what is not
    /// there.
    static func bytes(of path: String) -> [UInt8] {
        guard FileBytes.exists(path) else { return [] }
        var hash = FingerprintHash()
        guard FileBytes.isFolder(path) else {
            add(path, to: &hash)
            return Array("\(Fingerprint(hash.words))".utf8)
        }
        let found = (try? FileManager.default.contentsOfDirectory(atPath: path))?.sorted() ?? []
        for name in found
        where names.contains(name) || endings.contains(URL(fileURLWithPath: name).pathExtension) {
            Array(name.utf8).withUnsafeBytes { hash.add($0) }
            add(path + "/" + name, to: &hash)
        }
        return Array("\(Fingerprint(hash.words))".utf8)
    }

    /// What cannot be opened is for the function that reads it to complain about; what the system makes up as it is read,
    /// without a length, is each process's own.
    private static func add(_ path: String, to hash: inout FingerprintHash) {
        guard FileBytes.isRegular(path), let file = FileHandle(forReadingAtPath: path) else { return }
        defer { try? file.close() }
        guard let size = try? file.seekToEnd(), size > 0 else { return }
        withUnsafeBytes(of: size.littleEndian) { hash.add($0) }
        for start in Set([0, size - min(size, UInt64(most))]).sorted() {
            guard (try? file.seek(toOffset: start)) != nil, let piece = try? file.read(upToCount: most) else {
                continue
            }
            piece.withUnsafeBytes { hash.add($0) }
        }
    }
}
