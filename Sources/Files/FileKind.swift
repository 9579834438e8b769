// What a file is by its first bytes, so that one that is something else is called by its name.

/// A kind of file that is told by its beginning.
public enum FileKind: Sendable, Equatable {
    case gitLFSPointer, html, notebook
    case zip, pickle, gguf, numPy, hdf5, parquet, arrow, sqlite
    case gzip, zstandard, xz, bzip2, tar
    case utf16, utf32
    case pdf, image, program
    case safetensors, workspace

    /// How many bytes tell all kinds.
    static let enough = 1 << 12

    /// - Parameters:
    ///   - bytes: the beginning of a file, or all of it.
    ///   - path: its name; what is inside decides, but a page is expected in a file that is called one.
    public init?(_ bytes: some Collection<UInt8>, path: String) {
        let head = Array(bytes.prefix(FileKind.enough))
        guard let kind = FileKind.byMark(head) ?? FileKind.byText(head, path.lowercased()) else { return nil }
        self = kind
    }

    /// The kind of a file that can be opened; nil for one that cannot, for plain text and for what is not known. A pipe
    /// is not waited for.
    public init?(at path: String) {
        guard FileBytes.isRegular(path), let file = try? OpenFile(path), file.isRegular,
            let head = try? file.bytes(min(file.size, FileKind.enough), at: 0)
        else { return nil }
        self.init(head, path: path)
    }

    private static func byMark(_ head: [UInt8]) -> FileKind? {
        func starts(_ text: String) -> Bool { head.starts(with: text.utf8) }
        func starts(_ bytes: UInt8...) -> Bool { head.starts(with: bytes) }
        // First, since the length that it begins with may look like any other mark.
        if let kind = tensors(head) { return kind }
        if starts("version https://git-lfs") { return .gitLFSPointer }
        if starts("PK\u{3}\u{4}") || starts("PK\u{5}\u{6}") { return .zip }
        if starts("GGUF") || starts("lmgg") || starts("tjgg") { return .gguf }
        if starts("PAR1") { return .parquet }
        if starts("ARROW1") { return .arrow }
        if starts("SQLite format 3") { return .sqlite }
        if starts("%PDF-") { return .pdf }
        if starts("BZh"), head.count > 9, head[4...9].elementsEqual([0x31, 0x41, 0x59, 0x26, 0x53, 0x59]) {
            return .bzip2
        }
        if starts(0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59) { return .numPy }
        if starts(0x89, 0x48, 0x44, 0x46) { return .hdf5 }
        if starts(0x1F, 0x8B) { return .gzip }
        if starts(0x28, 0xB5, 0x2F, 0xFD) { return .zstandard }
        if starts(0xFD, 0x37, 0x7A, 0x58, 0x5A) { return .xz }
        if starts(0x89, 0x50, 0x4E, 0x47) || starts(0xFF, 0xD8, 0xFF) || starts("GIF8") { return .image }
        if starts(0x7F, 0x45, 0x4C, 0x46) { return .program }
        if head.count > 262, head[257..<262].elementsEqual("ustar".utf8) { return .tar }
        if starts(0xFF, 0xFE, 0, 0) || starts(0, 0, 0xFE, 0xFF) { return .utf32 }
        if starts(0xFF, 0xFE) || starts(0xFE, 0xFF) { return .utf16 }
        if head.count > 1, head[0] == 0x80, (2...5).contains(head[1]) { return .pickle }
        return wideText(head)
    }

    /// UTF-16 or UTF-32 without a mark: letters with zeros between.
    private static func wideText(_ head: [UInt8]) -> FileKind? {
        guard head.count >= 8 else { return nil }
        let zeros = head[..<8].map { $0 == 0 }
        func isText(_ places: [Int]) -> Bool {
            places.allSatisfy { head[$0] == 9 || head[$0] == 10 || head[$0] == 13 || (0x20..<0x7F).contains(head[$0]) }
        }
        switch zeros {
        case [false, true, false, true, false, true, false, true]: return isText([0, 2, 4, 6]) ? .utf16 : nil
        case [true, false, true, false, true, false, true, false]: return isText([1, 3, 5, 7]) ? .utf16 : nil
        case [false, true, true, true, false, true, true, true]: return isText([0, 4]) ? .utf32 : nil
        case [true, true, true, false, true, true, true, false]: return isText([3, 7]) ? .utf32 : nil
        default: return nil
        }
    }

    /// Eight bytes of length, then a header in JSON.
    private static func tensors(_ head: [UInt8]) -> FileKind? {
        guard head.count > 9, head[8] == UInt8(ascii: "{"), head[5...7].allSatisfy({ $0 == 0 }) else { return nil }
        return String(decoding: head[8...].prefix(400), as: UTF8.self).contains("\"lethe\"") ? .workspace : .safetensors
    }

    private static func byText(_ head: [UInt8], _ path: String) -> FileKind? {
        guard let first = head.firstIndex(where: { ![0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }) else {
            return nil
        }
        let text = String(decoding: head[first...].prefix(1000), as: UTF8.self).lowercased()
        if text.hasPrefix("<!doctype html") || text.hasPrefix("<html")
            || text.hasPrefix("<?xml") && text.contains("<html")
        {
            return path.hasSuffix(".html") || path.hasSuffix(".htm") || path.hasSuffix(".xhtml") ? nil : .html
        }
        if text.hasPrefix("{"),
            path.hasSuffix(".ipynb") || text.contains("\"nbformat\"") || text.contains("\"cell_type\"")
        {
            return .notebook
        }
        return nil
    }
}

extension FileKind {
    /// What it is, with its article.
    public var phrase: String {
        switch self {
        case .gitLFSPointer: "a Git LFS pointer: the file itself was not downloaded"
        case .html: "a web page, perhaps what a server answered instead of the file"
        case .notebook: "a Jupyter notebook"
        case .zip: "a zip archive, which is what PyTorch saves in"
        case .pickle: "a Python pickle, which is what PyTorch saves in"
        case .gguf: "a GGUF file (llama.cpp)"
        case .numPy: "a NumPy array"
        case .hdf5: "an HDF5 file"
        case .parquet: "a Parquet file"
        case .arrow: "an Arrow file"
        case .sqlite: "a SQLite database"
        case .gzip: "compressed with gzip"
        case .zstandard: "compressed with zstd"
        case .xz: "compressed with xz"
        case .bzip2: "compressed with bzip2"
        case .tar: "a tar archive"
        case .utf16: "text in UTF-16"
        case .utf32: "text in UTF-32"
        case .pdf: "a PDF document"
        case .image: "an image"
        case .program: "a program"
        case .safetensors: "a safetensors file"
        case .workspace: "a workspace of Lethe"
        }
    }

    /// The way out.
    public func advice(for path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return switch self {
        case .gitLFSPointer: "run `git lfs pull` in its folder, or download the file by itself"
        case .html: "look into it, and download the file again"
        case .notebook: "`lethe export \(name) --lethe` makes a script of it"
        case .zip, .pickle:
            """
            a model is read after transformers has loaded it and written it with save_pretrained; other tensors, with \
            safetensors.torch.save_file
            """
        case .gguf: "load(\"\(path)\") reads the model in it, read_tensors its tensors"
        case .numPy: "in Python, write it with safetensors.numpy.save_file"
        case .hdf5: "in Python, load the model and write it with save_pretrained"
        case .parquet, .arrow:
            """
            in Python, pandas.read_\(self == .parquet ? "parquet" : "feather")("\(name)").to_csv("\(name).csv", \
            index=False) makes a table that is read
            """
        case .sqlite: "write the table that you need as CSV"
        case .gzip: "decompress it with `gunzip \(name)`"
        case .zstandard: "decompress it with `unzstd \(name)`"
        case .xz: "decompress it with `unxz \(name)`"
        case .bzip2: "decompress it with `bunzip2 \(name)`"
        case .tar: "unpack it with `tar -xf \(name)`"
        case .utf16: "convert it to UTF-8 with `iconv -f UTF-16 -t UTF-8 \(name)`"
        case .utf32: "convert it to UTF-8 with `iconv -f UTF-32 -t UTF-8 \(name)`"
        case .pdf, .image, .program: "give another file"
        case .safetensors: "read_tensors(\"\(path)\") reads its tensors; load takes the folder that it lies in"
        case .workspace: "`:load \(path)` brings it back"
        }
    }

    /// Refuses a file that is something else than what is wanted.
    /// - Parameters:
    ///   - bytes: the beginning of the file.
    ///   - fine: kinds that are not refused.
    ///   - wanted: what was expected, with its article; nil where the kind says enough.
    public static func refuse(
        _ bytes: some Collection<UInt8>, at path: String, unless fine: [FileKind] = [], wanted: String
    ) throws(FileError) {
        guard let kind = FileKind(bytes, path: path), !fine.contains(kind) else { return }
        throw kind.refusal(at: path, wanted: wanted)
    }

    /// That a file is of this kind, and not what is wanted.
    public func refusal(at path: String, wanted: String) -> FileError {
        FileError(path: path, message: "this is \(phrase), not \(wanted); \(advice(for: path))")
    }
}
