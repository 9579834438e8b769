// Adapters in a folder as peft lays them out: adapter_config.json and adapter_model.safetensors.

import Autodiff
import Files
import Tensors

/// An opened folder of adapters: the configuration is read, the numbers wait in their file.
public struct AdapterFolder: Sendable {
    public static let configurationName = "adapter_config.json", weightsName = "adapter_model.safetensors"

    /// The path as the user gave it.
    public let path: String
    public let configuration: LoRAConfiguration
    /// The model that it says it belongs to: a folder, or a name on the Hugging Face hub.
    public let baseName: String?
    /// What is worth saying of it, though it can be read.
    public let remarks: [String]

    /// Whether a folder holds adapters and no whole model.
    public static func isAdapter(_ path: String) -> Bool {
        FileBytes.exists(path + "/" + configurationName) && !FileBytes.exists(path + "/config.json")
    }

    /// - Throws: `FileError` and `JSONError` for what is no folder of adapters, and for kinds that are not supported.
    public init(_ path: String) throws {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        guard FileBytes.exists(path + "/" + Self.configurationName) else {
            throw FileError(
                path: path,
                message: FileBytes.isFolder(path)
                    ? "there is no \(Self.configurationName) in this folder; is it an adapter that peft saved?"
                    : "there is no such folder; check the path")
        }
        let root = try JSONNode(file: path + "/" + Self.configurationName)
        self.path = path
        configuration = try LoRAConfiguration(root)
        baseName = try root.optional("base_model_name_or_path")?.string()
        let dropout = try root.optional("lora_dropout")?.number() ?? 0
        remarks = dropout > 0 ? ["lora_dropout is \(dropout); a further training here leaves nothing out"] : []
    }

    /// The folder of the model that it belongs to, where that is on this machine: as it stands in the configuration,
    /// or seen from this folder.
    public var localBase: String? { Self.localBase(baseName, of: path) }

    /// What a folder's configuration says of the model that it belongs to.
    public static func baseName(of path: String) throws -> String? {
        try JSONNode(file: path + "/" + configurationName).optional("base_model_name_or_path")?.string()
    }

    /// The folder of that name, seen from here or from the adapter's own folder.
    public static func localBase(_ baseName: String?, of path: String) -> String? {
        guard let baseName, !baseName.isEmpty else { return nil }
        let beside = path + "/" + baseName, up = path + "/../" + baseName
        return ([baseName] + (baseName.hasPrefix("/") ? [] : [beside, up])).first {
            FileBytes.exists($0 + "/config.json")
        }
    }

    /// The model with the adapters beside its weights, which stay as they are.
    /// - Throws: `FileError` naming tensors that are missing, have no place or another shape, or hold NaN or infinities;
    ///   `AdapterError` where the model is of another kind.
    public func model(on base: LanguageModel) throws -> LanguageModel {
        let (transformer, frozen) = try base.frozenBase()
        let architecture: Adapted
        do {
            architecture = try Adapted(transformer, frozen, configuration)
        } catch let error as AdapterError {
            throw FileError(path: path, message: "this adapter does not fit the model: \(error)")
        }
        let file = try weightsFile()
        let layout = ParameterLayout(architecture.parameterShapes)
        try check(file, layout, architecture)
        let weights = try Tensor(shape: [layout.count], on: base.device) { flat in
            for (name, entry) in layout.entries {
                let part = flat[entry.offset..<(entry.offset + entry.count)]
                try file.read(name, into: UnsafeMutableBufferPointer(rebasing: part), finite: true)
            }
        }
        var model = try LanguageModel(
            architecture, layout: layout, weights: Variable(weights), tokenizer: base.tokenizer,
            prompting: base.prompting)
        (model.marks, model.source, model.recomputes) = (base.marks, base.source ?? baseName, base.recomputes)
        return model
    }

    private func weightsFile() throws -> SafetensorsFile {
        if !FileBytes.exists(path + "/" + Self.weightsName), FileBytes.exists(path + "/adapter_model.bin") {
            throw FileError(
                path: path,
                message: """
                    there is no \(Self.weightsName) in this folder, only adapter_model.bin, which is not read here; \
                    convert it: load it with peft and save it with save_pretrained
                    """)
        }
        return try SafetensorsFile(path + "/" + Self.weightsName)
    }

    /// That the file holds the adapters' tensors and nothing else.
    private func check(_ file: SafetensorsFile, _ layout: ParameterLayout, _ adapted: Adapted) throws {
        func wrong(_ message: String) -> FileError { FileError(path: file.path, message: message) }
        for (name, entry) in layout.entries {
            guard let found = file.tensors[name] else {
                throw wrong(
                    """
                    there is no tensor `\(name)`, though \(Self.configurationName) asks for an adapter there; check \
                    that both come from the same training, and that the model is the one it was made for
                    """)
            }
            guard found.type?.configurationName != nil else { throw file.unreadable(name, found) }
            guard found.shape == entry.shape else {
                throw wrong(
                    """
                    the tensor `\(name)` is \(found.shape) instead of \(entry.shape), as the rank in \
                    \(Self.configurationName) and the model's layer ask for; check that the adapter was made for this \
                    model
                    """)
            }
        }
        for extra in file.tensors.keys where layout.entries[extra] == nil {
            if try isCopy(extra, of: adapted, file) { continue }
            throw wrong(
                """
                the tensor `\(extra)` has no place in this model with the targets in \(Self.configurationName); check \
                that the adapter was made for this model
                """)
        }
    }
}

extension AdapterFolder {
    /// Whether a tensor is the weight, or the bias, that an adapter lies beside, which peft writes too where that is the
    /// head.
    private func isCopy(_ name: String, of adapted: Adapted, _ file: SafetensorsFile) throws -> Bool {
        func another(_ adapter: Adapter) -> FileError {
            FileError(
                path: file.path,
                message: """
                    the tensor `\(name)` is another `\(adapter.module)` than the model's own; give the model that the \
                    adapter was made for
                    """)
        }
        if let adapter = adapted.adapters.first(where: { name == $0.copyOfBias }), adapter.weight.hasSuffix("weight"),
            let own = try? adapted.frozen.tensor(adapter.weight.dropLast("weight".count) + "bias"),
            file.tensors[name]?.shape == own.shape
        {
            // The file may hold it in sixteen bits.
            let areAlike = try zip(own.elements, file.floats(name)).allSatisfy { abs($0 - $1) <= abs($0) / 128 + 1e-7 }
            guard areAlike else { throw another(adapter) }
            return true
        }
        guard let adapter = adapted.adapters.first(where: { name == $0.copy }), let found = file.tensors[name],
            found.shape.count == 2
        else { return false }
        let own = try adapted.frozen.tensor(adapter.weight)
        guard found.shape == own.shape else { return false }
        let (rows, columns) = (own.shape[0], own.shape[1])
        let theirs = try StoredMatrix(
            adapted.frozen.storage, rows: rows, columns: columns, rounding: file.floats(name), on: own.device)
        guard try theirs.widened().hasSameElements(as: own) else { throw another(adapter) }
        return true
    }
}

extension LanguageModel {
    /// Saves the adapters alone, as a folder that peft reads.
    /// - Throws: `FileError` where the folder cannot be written, holds something else, or a number is not finite.
    func saveAdapters(_ adapted: Adapted, to path: String, as type: ElementType) throws {
        try weights.value.withElements { flat in
            let tensors = layout.entries.map { name, entry in
                NamedTensor(
                    name: name, shape: entry.shape,
                    values: UnsafeBufferPointer(rebasing: flat[entry.offset..<(entry.offset + entry.count)]))
            }
            let configuration = adapted.adapterConfiguration(baseName: source)
            try CheckpointFolder.write(
                path,
                CheckpointFolder.FolderForm(
                    kind: "adapter", mark: AdapterFolder.configurationName, weights: AdapterFolder.weightsName,
                    stale: ["adapter_model.bin"]),
                [(AdapterFolder.configurationName, Array(try configuration.text(.pretty).utf8))], tensors, as: type)
        }
    }
}
