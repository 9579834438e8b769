// The tensors of a checkpoint folder, in one safetensors file or in several with an index.

import Files
import Glibc

/// The tensors of a folder by name, wherever they lie.
struct CheckpointTensors: Sendable {
    static let fileName = "model.safetensors"
    static let indexName = "model.safetensors.index.json"

    let files: [SafetensorsFile]
    /// Which of the files holds a tensor.
    let location: NamedValues<Int>
    /// What to say of tensors that the index names, but that its files do not hold.
    let lost: NamedValues<FileError>

    /// Opens `model.safetensors`, or the files that `model.safetensors.index.json` names.
    init(folder: String) throws {
        let single = folder + "/" + CheckpointTensors.fileName, index = folder + "/" + CheckpointTensors.indexName
        for path in [single, index] where FileBytes.brokenLink(path) != nil {
            throw FileError.system(path, ENOENT, trying: "reading")
        }
        if FileBytes.exists(single) || !FileBytes.exists(index) {
            guard FileBytes.exists(single) else { throw CheckpointTensors.missing(folder) }
            let file = try SafetensorsFile(single)
            files = [file]
            lost = [:]
            location = NamedValues(file.tensors.keys.map { ($0, 0) })
            return
        }
        let map = try JSONNode(file: index)["weight_map"]
        var files: [SafetensorsFile] = []
        var numbers: NamedValues<Int> = [:]
        var location: NamedValues<Int> = [:], lost: NamedValues<FileError> = [:]
        for (tensor, node) in try map.members() {
            let name = try node.string()
            guard !name.isEmpty, !name.contains("/"), !name.hasPrefix(".") else {
                throw node.error("is \"\(name)\", but it must be the name of a file in the same folder")
            }
            if numbers[name] == nil {
                guard FileBytes.exists(folder + "/" + name) else {
                    if FileBytes.brokenLink(folder + "/" + name) != nil {
                        throw FileError.system(folder + "/" + name, ENOENT, trying: "reading")
                    }
                    throw FileError(
                        path: folder + "/" + name,
                        message: """
                            this part of the checkpoint is missing, though \(CheckpointTensors.indexName) names it; \
                            download or copy it again
                            """
                    )
                }
                numbers[name] = files.count
                files.append(try SafetensorsFile(folder + "/" + name))
            }
            let number = numbers[name] ?? 0
            // A tied head that was not written still stands in some indexes: what is missing is asked for later.
            guard files[number].tensors[tensor] != nil else {
                lost[tensor] = FileError(
                    path: files[number].path,
                    message: """
                        there is no tensor `\(tensor)` in this file, though \(CheckpointTensors.indexName) says so; \
                        download or copy both again
                        """
                )
                continue
            }
            location[tensor] = number
        }
        // As in transformers, what the files hold counts, wherever the index says it is.
        for (number, file) in files.enumerated() {
            for name in file.tensors.keys where location[name] == nil { location[name] = number }
        }
        self.lost = lost
        self.files = files
        self.location = location
    }

    /// Whether two tensors hold the same numbers.
    func areEqual(_ a: String, _ b: String) throws -> Bool {
        guard let first = file(of: a), let second = file(of: b) else { return false }
        return try first.hasSameNumbers(a, as: b, in: second)
    }

    /// The file that holds a tensor.
    func file(of name: String) -> SafetensorsFile? { location[name].map { files[$0] } }

    private static func missing(_ folder: String) -> FileError {
        let names = FolderSwap.entries(of: folder) ?? []
        if let part = names.sorted().first(where: { $0.hasPrefix("model-") && $0.hasSuffix(".safetensors") }) {
            return FileError(
                path: folder,
                message: """
                    there is \(part) in this folder, a part of a checkpoint, but not \(indexName), which names all \
                    parts; download or copy that, too
                    """
            )
        }
        if let other = names.sorted().first(where: { $0.hasSuffix(".gguf") }) {
            return FileError(
                path: folder,
                message: """
                    there is no \(fileName) in this folder, only \(other) (llama.cpp); load("\(folder)/\(other)") \
                    reads that
                    """
            )
        }
        if FileBytes.exists(folder + "/adapter_model.safetensors") {
            return FileError(
                path: folder,
                message: """
                    there is no \(fileName) in this folder, only an adapter (peft); give it its model: \
                    load("\(folder)", base=load("…"))
                    """
            )
        }
        let others = ["pytorch_model.bin", "pytorch_model.bin.index.json", "tf_model.h5", "flax_model.msgpack"]
        if let other = others.first(where: { FileBytes.exists(folder + "/" + $0) }) {
            return FileError(
                path: folder,
                message: """
                    there is no \(fileName) in this folder, only \(other), which is not read here; convert it: load it \
                    in transformers and save it with save_pretrained
                    """)
        }
        return FileError(
            path: folder, message: "there is no \(fileName) (or \(indexName)) in this folder; is it a checkpoint?")
    }
}
