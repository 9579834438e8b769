// The tensors of a checkpoint folder, in one safetensors file or in several with an index.

import Collections
import Files
/// The tensors of a folder by name, wherever they lie.
struct CheckpointTensors: Sendable {
    static let fileName = "model.safetensors"
    static let indexName = "model.safetensors.index.json"

    let files: [SafetensorsFile]
    /// Which of the files holds a tensor.
    let location: NamedValues<Int>

    /// Opens `model.safetensors`, or the files that `model.safetensors.index.json` names.
    init(folder: String) throws {
        let single = folder + "/" + CheckpointTensors.fileName, index = folder + "/" + CheckpointTensors.indexName
        if FileBytes.exists(single) || !FileBytes.exists(index) {
            guard FileBytes.exists(single) else { throw CheckpointTensors.missing(folder) }
            let file = try SafetensorsFile(single)
            files = [file]
            location = NamedValues(file.tensors.keys.map { ($0, 0) })
            return
        }
        let map = try JSONNode(file: index)["weight_map"]
        var files: [SafetensorsFile] = []
        var numbers: NamedValues<Int> = [:]
        var location: NamedValues<Int> = [:]
        for (tensor, node) in try map.members() {
            let name = try node.string()
            guard !name.isEmpty, !name.contains("/"), !name.hasPrefix(".") else {
                throw node.error("is \"\(name)\", but it must be the name of a file in the same folder")
            }
            if numbers[name] == nil {
                guard FileBytes.exists(folder + "/" + name) else {
                    throw FileError(
                        path: folder + "/" + name,
                        message:
                            "this part of the checkpoint is missing, though \(CheckpointTensors.indexName) names it; download or copy it again"
                    )
                }
                numbers[name] = files.count
                files.append(try SafetensorsFile(folder + "/" + name))
            }
            let number = numbers[name] ?? 0
            guard files[number].tensors[tensor] != nil else {
                throw FileError(
                    path: files[number].path,
                    message:
                        "there is no tensor `\(tensor)` in this file, though \(CheckpointTensors.indexName) says so; download or copy both again"
                )
            }
            location[tensor] = number
        }
        self.files = files
        self.location = location
    }

    /// The file that holds a tensor.
    func file(of name: String) -> SafetensorsFile? { location[name].map { files[$0] } }

    private static func missing(_ folder: String) -> FileError {
        let others = ["pytorch_model.bin", "pytorch_model.bin.index.json", "tf_model.h5", "flax_model.msgpack"]
        if let other = others.first(where: { FileBytes.exists(folder + "/" + $0) }) {
            return FileError(
                path: folder,
                message: """
                    there is no \(fileName) in this folder, only \(other), which is not read here; convert it: load it \
                    in \
                    transformers and save it with save_pretrained
                    """)
        }
        return FileError(
            path: folder, message: "there is no \(fileName) (or \(indexName)) in this folder; is it a checkpoint?")
    }
}
