/// Which files a run, or a variant of a study, reads, and what was in them: its result is worth nothing once they are
/// others.
import Files
import Foundation
import Language

/// Notes files as built-in functions open them.
final class FilesRead {
    /// What identifies a file's content, by the path that the program gave.
    private(set) var fingerprints: [String: String] = [:]
    /// How the files that were found were, so that most that did not change need not be read again.
    private var looks: [String: FileLook] = [:]
    /// Whether the clock was read, which is never the same again.
    private(set) var readsClock = false
    /// Hears of the same files: the study that a run is part of.
    var outer: FilesRead?
    /// Where the run wrote itself, as whole paths: what it finds there is its own.
    private var written: Set<String> = []

    /// A file, or a folder with all that is in it, is about to be read.
    func read(_ path: String) throws {
        try outer?.read(path)
        guard fingerprints[path] == nil, !isOwn(path) else { return }
        looks[path] = FileLook(path)
        fingerprints[path] = try Self.fingerprint(path)
    }

    /// What runs within this one read, in this process or another.
    func add(_ fingerprints: [String: String]) {
        outer?.add(fingerprints)
        for (path, content) in fingerprints where self.fingerprints[path] == nil && !isOwn(path) {
            self.fingerprints[path] = content
        }
    }

    /// A file or folder is about to be written.
    func write(_ path: String) {
        outer?.write(path)
        written.insert(Self.whole(path))
        for path in fingerprints.keys where isOwn(path) { fingerprints[path] = nil }
    }

    /// Takes over what was noted in another session. The files are looked at before the run reads again.
    func takeOver(_ fingerprints: [(path: String, content: String)], readsClock: Bool) {
        self.fingerprints = Dictionary(fingerprints.map { ($0.path, $0.content) }, uniquingKeysWith: { $1 })
        looks = [:]
        self.readsClock = readsClock
    }

    func readClock() {
        outer?.readClock()
        readsClock = true
    }

    /// A file that was read and is another one now; nil for none.
    func changed() throws -> String? {
        for (path, fingerprint) in fingerprints.sorted(by: { $0.key < $1.key }) {
            let look = FileLook(path)
            if let look, look == looks[path] { continue }
            if try Self.fingerprint(path) != fingerprint { return path }
            looks[path] = look
        }
        return nil
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
            // What comes through a pipe is there once.
            guard FileBytes.isRegular(path) else { return "a pipe or a device" }
            try add(path, to: &hash)
            return "\(Fingerprint(hash.words))"
        }
        let names = (FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []).sorted()
        for name in names where FileBytes.isRegular(path + "/" + name) {
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

/// What the system says of a file without its being read; of folders nothing, since what is in them may change alone.
private struct FileLook: Equatable {
    private let size, node: UInt64
    private let changed: Date

    init?(_ path: String) {
        guard let found = try? FileManager.default.attributesOfItem(atPath: path),
            found[.type] as? FileAttributeType == .typeRegular, let size = found[.size] as? NSNumber,
            let node = found[.systemFileNumber] as? NSNumber, let changed = found[.modificationDate] as? Date
        else { return nil }
        (self.size, self.node, self.changed) = (size.uint64Value, node.uint64Value, changed)
    }
}

extension EngineContext {
    /// Does the work of a run's function, which notes the files that it reads.
    /// - Throws: `LanguageError` where a file that the run read before is another one now: the run's steps would no
    ///   longer follow from how it began.
    func noting<R>(_ files: FilesRead, _ body: () throws -> R) throws -> R {
        if let path = try files.changed() {
            throw LanguageError(
                "`\(path)` has changed since this run read it first: its steps would no longer follow from its beginning",
                advice: ["begin another run, or read the file before it and hand over what is in it"])
        }
        // An optimizer that asks for the loss.
        if filesRead === files { return try body() }
        let outer = filesRead
        files.outer = outer
        filesRead = files
        defer {
            filesRead = outer
            files.outer = nil
        }
        return try body()
    }
}

extension EngineContext {
    /// Notes that a file is about to be read.
    /// - Throws: as `requireShared`.
    func read(_ path: String, at location: LanguageError.Location) throws {
        try requireShared(path, at: location)
        guard let filesRead else { return }
        try filesRead.read(path)
        if let content = filesRead.fingerprints[path] { device.ranks.note("file", path, content) }
    }

    /// Makes sure that all ranks read the same there. Where their files differ that ends all of them.
    /// - Throws: `LanguageError` where only one of several ranks could read what is there.
    package func requireShared(_ path: String, at location: LanguageError.Location = .whole) throws {
        guard device.ranks.count > 1 else { return }
        if FileBytes.exists(path), !FileBytes.isFolder(path), !FileBytes.isRegular(path) {
            throw LanguageError(
                "`\(path)` is a pipe or a device, and of several processes the first one alone can read it",
                advice: ["write it to a file before, and read that"], at: location)
        }
        try device.ranks.requireSame(path) { FileSketch.bytes(of: path) }
    }
}

extension Call {
    /// A path that is about to be read.
    func path(_ name: String, readBy engine: EngineContext) throws -> String {
        let path = try path(name)
        try engine.read(path, at: .argument(name))
        return path
    }

    /// A path that is about to be written.
    func path(_ name: String, writtenBy engine: EngineContext) throws -> String {
        let path = try path(name)
        engine.filesRead?.write(path)
        return path
    }
}
