// Writes a checkpoint folder, all of it or nothing.

import Tokenizers
import Files
import Glibc

extension CheckpointFolder {
    /// Writes `config.json`, `generation_config.json`, `model.safetensors` and, with a tokenizer, `tokenizer.json` and
    /// `tokenizer_config.json`, as transformers reads them.
    ///
    /// The folder appears whole, by one renaming. One that is a checkpoint already changes places with the new one in a
    /// single step, so that whoever reads it, or a crash at any time, finds the old or the new; other files in it stay.
    /// - Throws: `FileError` for a folder that cannot be written or holds something other than a checkpoint, and for
    ///   weights that are not finite; nothing is left half-written.
    public static func write(
        _ path: String, _ configuration: ArchitectureConfiguration, generation: SpecialIds? = nil,
        tokenizer: (any Tokenizer)?, tensors: [NamedTensor], as type: ElementType = .float32
    ) throws {
        var texts = [
            ("config.json", Array(try configuration.json(as: type).text(.pretty).utf8)),
            (
                "generation_config.json",
                Array(try self.generation(generation ?? configuration.special).text(.pretty).utf8)
            ),
        ]
        if let tokenizer {
            texts.append(("tokenizer.json", try tokenizer.fileContents()))
            texts.append(
                (
                    "tokenizer_config.json",
                    Array(try self.configuration(of: tokenizer, configuration).text(.pretty).utf8)
                ))
        }
        var form = FolderForm.checkpoint
        if tokenizer == nil { form.stale += ["tokenizer.json", "tokenizer_config.json"] }
        try write(path, form, texts, tensors, as: type)
    }

    /// What a folder of one kind holds.
    struct FolderForm {
        /// What it is called in messages, and the file that such a folder has in any case.
        var kind, mark: String
        /// Where its tensors are.
        var weights: String
        /// Files that an earlier one may have left, and that would contradict the new one.
        var stale: [String]

        static let checkpoint = FolderForm(
            kind: "checkpoint", mark: "config.json", weights: CheckpointTensors.fileName,
            stale: [
                CheckpointTensors.indexName,
                // Other forms of another model's tokenizer.
                "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt", "tokenizer.model",
                "chat_template.jinja",
            ])
    }

    /// Writes texts and tensors as a folder, all of it or nothing.
    static func write(
        _ path: String, _ form: FolderForm, _ texts: [(String, [UInt8])], _ tensors: [NamedTensor],
        as type: ElementType
    ) throws {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        try FileBytes.checkPath(path, "folder")
        if let target = FileBytes.brokenLink(path) {
            throw FileError(
                path: path,
                message: "this is a link to \(target), which is not there; make that folder, or remove the link")
        }
        for tensor in tensors {
            var done = 0
            try tensor.numbers { values in
                if let index = values.firstIndex(where: { !$0.isFinite }) {
                    throw FileError(
                        path: path,
                        message: """
                            the tensor `\(tensor.name)` holds \(values[index]) at element \(done + index), so the \
                            model is not saved; go back to a step before it diverged
                            """
                    )
                }
                done += values.count
            }
        }
        if FileBytes.exists(path) {
            try replace(path, form, texts, tensors, type)
        } else {
            try create(path, form, texts, tensors, type)
        }
    }

    private static func create(
        _ path: String, _ form: FolderForm, _ texts: [(String, [UInt8])], _ tensors: [NamedTensor], _ type: ElementType
    ) throws {
        TemporaryName.removeLeftovers(beside: path)
        guard let (temporary, lock) = TemporaryName.makeFolder(beside: path, mode: 0o777) else {
            let code = errno
            let parent = TemporaryName.split(path).folder
            if code == ENOENT, !FileBytes.isFolder(parent.isEmpty ? "." : parent) {
                throw FileError(path: path, message: "the folder it is to lie in does not exist; create that first")
            }
            throw FileError.system(path, code, trying: "creating this folder")
        }
        defer { close(lock) }
        do {
            for file in try files(in: temporary.path, form, texts, tensors, type, shownAs: path) { try file.publish() }
            if rename(temporary.path, path) == 0 { return }
            let code = errno
            // Somebody else has made it meanwhile: this checkpoint takes the other's place, as if it had come a moment
            // later.
            guard [EEXIST, ENOTEMPTY, ENOTDIR].contains(code), FileBytes.exists(path) else {
                throw FileError.system(path, code, trying: "creating this folder")
            }
        } catch {
            FolderSwap.remove(temporary.path)
            throw error
        }
        FolderSwap.remove(temporary.path)
        try replace(path, form, texts, tensors, type)
    }

    private static func replace(
        _ path: String, _ form: FolderForm, _ texts: [(String, [UInt8])], _ tensors: [NamedTensor], _ type: ElementType
    ) throws {
        guard FileBytes.isFolder(path) else {
            throw FileError(path: path, message: "there is a file of this name; choose another name for the folder")
        }
        guard FileBytes.exists(path + "/" + form.mark) || FileBytes.isEmptyFolder(path) else {
            throw FileError(
                path: path,
                message: """
                    this folder holds files but no \(form.kind); choose a new or empty folder, so that nothing is \
                    mixed up
                    """
            )
        }
        // What an earlier checkpoint left and would contradict this one.
        let isCheckpoint = form.weights == CheckpointTensors.fileName
        let shards = isCheckpoint ? (try? CheckpointTensors(folder: path).files.map(\.path)) ?? [] : []
        let stale = shards.map { String($0.dropFirst(path.count + 1)) } + form.stale
        let written = texts.map(\.0) + [form.weights]
        let swap = FolderSwap(path)
        if try swap.replace(
            keepingAllBut: written + stale,
            writing: { folder in
                for file in try files(in: folder, form, texts, tensors, type, shownAs: path) { try file.publish() }
            })
        {
            return
        }
        // Where folders cannot change places, the files do so one after the other.
        for file in try files(in: path, form, texts, tensors, type, shownAs: path) { try file.publish() }
        for file in stale where !written.contains(file) { unlink(path + "/" + file) }
    }

    /// All files, written out and flushed under temporary names. The weights come last to be published.
    private static func files(
        in folder: String, _ form: FolderForm, _ texts: [(String, [UInt8])], _ tensors: [NamedTensor],
        _ type: ElementType, shownAs path: String
    ) throws -> [AtomicFile] {
        var files: [AtomicFile] = []
        for (name, contents) in texts {
            let file = try AtomicFile(folder + "/" + name, shownAs: path + "/" + name)
            try file.write(contents)
            files.append(file)
        }
        let weights = try AtomicFile(
            folder + "/" + form.weights, shownAs: path + "/" + form.weights)
        try SafetensorsFile.write(tensors, to: weights, as: type)
        files.append(weights)
        for file in files { try file.finish() }
        return files
    }

    private static func generation(_ special: SpecialIds) -> JSON {
        .object(NamedValues([("_from_model_config", true)] + special.json + [("use_cache", true)]))
    }

    private static func configuration(of tokenizer: any Tokenizer, _ configuration: ArchitectureConfiguration) -> JSON {
        if let kept = tokenizer.configuration { return kept.json }
        let end: JSON = tokenizer.endOfText.flatMap(tokenizer.token).map { .string($0) } ?? .null
        let beginning: JSON = configuration.special.beginning.flatMap(tokenizer.token).map { .string($0) } ?? .null
        return [
            "bos_token": beginning, "clean_up_tokenization_spaces": false, "eos_token": end,
            "model_max_length": .integer(configuration.context), "tokenizer_class": "PreTrainedTokenizerFast",
        ]
    }
}
