/// Which files a run of a study reads, and what was in them: its result is worth nothing once they are others.
import Files
import Foundation
import Language

/// Notes files as built-in functions open them.
final class FilesRead {
    /// What identifies a file's content, by the path that the program gave.
    private(set) var fingerprints: [String: String] = [:]
    /// Where the run wrote itself, as whole paths: what it finds there is its own.
    private var written: Set<String> = []

    /// A file, or a folder with all that is in it, is about to be read.
    func read(_ path: String) throws {
        guard fingerprints[path] == nil, !isOwn(path) else { return }
        fingerprints[path] = try Self.fingerprint(path)
    }

    /// A file or folder is about to be written.
    func write(_ path: String) {
        written.insert(Self.whole(path))
        for path in fingerprints.keys where isOwn(path) { fingerprints[path] = nil }
    }

    private func isOwn(_ path: String) -> Bool {
        let path = Self.whole(path)
        return written.contains { $0 == path || path.hasPrefix($0 + "/") || $0.hasPrefix(path + "/") }
    }

    private static func whole(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

    /// What identifies the content of a file, or of all files in a folder; `absent` where there is none.
    static func fingerprint(_ path: String) throws -> String {
        guard FileBytes.exists(path) else { return "absent" }
        var hash = FingerprintHash()
        guard FileBytes.isFolder(path) else {
            try add(path, to: &hash)
            return "\(Fingerprint(hash.words))"
        }
        let names = (FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []).sorted()
        for name in names where !FileBytes.isFolder(path + "/" + name) {
            Array(name.utf8).withUnsafeBytes { hash.add($0) }
            try add(path + "/" + name, to: &hash)
        }
        return "\(Fingerprint(hash.words))"
    }

    private static func add(_ path: String, to hash: inout FingerprintHash) throws {
        // What cannot be opened is for the function that reads it to complain about.
        guard let file = FileHandle(forReadingAtPath: path) else { return }
        defer { try? file.close() }
        while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty {
            piece.withUnsafeBytes { hash.add($0) }
        }
    }
}

extension Call {
    /// A path that is about to be read.
    func path(_ name: String, readBy engine: EngineContext) throws -> String {
        let path = try path(name)
        try engine.filesRead?.read(path)
        return path
    }

    /// A path that is about to be written.
    func path(_ name: String, writtenBy engine: EngineContext) throws -> String {
        let path = try path(name)
        engine.filesRead?.write(path)
        return path
    }
}
