// Models in GGUF files that were written in other ways than ours.

import Files
import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

@Suite struct GGUFModelTests {
    let folder: TemporaryFolder
    let device = Device(threads: 2)
    init() throws { folder = try TemporaryFolder() }

    private func floats(_ model: LanguageModel) -> [Float] { model.weights.value.withElements { Array($0) } }

    /// A file's tensors and values as they are read, changed and written again.
    private func rewrite(
        _ path: String, to name: String,
        _ change: (inout [(GGUFTensor, [Float])], inout [(key: String, value: GGUFValue)]) -> Void
    ) throws -> String {
        let file = try GGUFFile(path)
        var tensors: [(GGUFTensor, [Float])] = []
        for (name, entry) in file.tensors {
            var numbers = [Float](repeating: 0, count: entry.count)
            try numbers.withUnsafeMutableBufferPointer { try file.read(name, into: $0) }
            tensors.append((GGUFTensor(name, shape: entry.shape, format: .float32), numbers))
        }
        var values = file.metadata.map { (key: $0.key, value: $0.value) }
        change(&tensors, &values)
        let target = folder.path + "/" + name
        try GGUFFile.write(tensors.map(\.0), metadata: values, to: target) { index, body in
            try tensors[index].1.withUnsafeBufferPointer(body)
        }
        return target
    }

    private func saved(_ name: String) throws -> (model: LanguageModel, path: String) {
        let model = try LanguageModel.load(GoldenData.path(name), on: device)
        let path = folder.path + "/m.gguf"
        try model.save(gguf: path)
        return (model, path)
    }

    @Test func queriesKeysAndValuesMayLieTogether() throws {
        let (model, path) = try saved("hf2/phi")
        let fused = try rewrite(path, to: "fused.gguf") { tensors, _ in
            for layer in 0..<2 {
                for suffix in ["weight", "bias"] {
                    let names = ["q", "k", "v"].map { "blk.\(layer).attn_\($0).\(suffix)" }
                    let parts = names.compactMap { name in tensors.first { $0.0.name == name } }
                    tensors.removeAll { names.contains($0.0.name) }
                    var shape = parts[0].0.shape
                    shape[0] = parts.map { $0.0.shape[0] }.reduce(0, +)
                    tensors.append(
                        (
                            GGUFTensor("blk.\(layer).attn_qkv.\(suffix)", shape: shape, format: .float32),
                            parts.flatMap(\.1)
                        ))
                }
            }
        }
        #expect(try floats(LanguageModel.load(GGUFModel(fused), on: device)) == floats(model))
    }

    @Test func aHeadThatIsTheEmbeddingsIsTiedToThem() throws {
        let (model, path) = try saved("hf2/smollm")
        let doubled = try rewrite(path, to: "doubled.gguf") { tensors, _ in
            guard let embedding = tensors.first(where: { $0.0.name == "token_embd.weight" }) else { return }
            tensors.append((GGUFTensor("output.weight", shape: embedding.0.shape, format: .float32), embedding.1))
        }
        let again = try LanguageModel.load(GGUFModel(doubled), on: device)
        #expect(floats(again) == floats(model) && again.architecture.headName == model.architecture.headName)
        let own = try rewrite(path, to: "own.gguf") { tensors, _ in
            guard let embedding = tensors.first(where: { $0.0.name == "token_embd.weight" }) else { return }
            tensors.append(
                (
                    GGUFTensor("output.weight", shape: embedding.0.shape, format: .float32),
                    embedding.1.map { $0 + 1 }
                ))
        }
        let other = try LanguageModel.load(GGUFModel(own), on: device)
        #expect(other.architecture.headName == "lm_head.weight")
    }

    @Test func whatIsMissingHasItsUsualValue() throws {
        let (model, path) = try saved("hf2/smollm")
        let optional = ["rope.freq_base", "rope.dimension_count", "attention.key_length", "attention.value_length"]
        let bare = try rewrite(path, to: "bare.gguf") { _, values in
            values.removeAll { value in optional.contains { value.key.hasSuffix($0) } }
        }
        let again = try GGUFModel(bare)
        #expect(try floats(LanguageModel.load(again, on: device)) == floats(model))
        #expect(again.configuration.context == 64 && again.remarks.isEmpty)
        // A tokenizer that does not say how it cuts text is llama.cpp's default, and that is said.
        let unnamed = try rewrite(path, to: "unnamed.gguf") { _, values in
            values.removeAll { $0.key == "tokenizer.ggml.pre" }
        }
        #expect(try GGUFModel(unnamed).remarks.first?.contains("tokenizer.ggml.pre is missing") == true)
    }

    @Test func aListWithOneNumberForEachLayerIsRead() throws {
        let (model, path) = try saved("hf2/smollm")
        func heads(_ numbers: [Int32]) throws -> String {
            try rewrite(path, to: "heads.gguf") { _, values in
                for index in values.indices where values[index].key == "llama.attention.head_count_kv" {
                    values[index].value = .array(GGUFArray(numbers))
                }
            }
        }
        #expect(try floats(LanguageModel.load(GGUFModel(heads([2, 2])), on: device)) == floats(model))
        let error = #expect(throws: FileError.self) { try GGUFModel(heads([2, 4])) }
        #expect(error?.message.contains("differs among layers") == true)
    }

    @Test func paddingTokensAreLeftOut() throws {
        let (model, path) = try saved("hf2/smollm")
        let padded = try rewrite(path, to: "padded.gguf") { tensors, values in
            guard let index = tensors.firstIndex(where: { $0.0.name == "token_embd.weight" }) else { return }
            tensors[index].0.shape[0] += 3
            tensors[index].1 += [Float](repeating: 0, count: 3 * 32)
            for index in values.indices {
                if values[index].key == "tokenizer.ggml.tokens" {
                    let tokens = values[index].value.array?.strings ?? []
                    values[index].value = .array(
                        GGUFArray(tokens + (0..<3).map { "[PAD\(tokens.count + $0)]" }))
                } else if values[index].key == "tokenizer.ggml.token_type" {
                    let kinds = values[index].value.array?.integers ?? []
                    values[index].value = .array(GGUFArray(kinds.map { Int32($0) } + [5, 5, 5]))
                }
            }
        }
        let again = try LanguageModel.load(GGUFModel(padded), on: device)
        #expect(again.architecture.vocabulary == model.architecture.vocabulary + 3)
        #expect(again.tokenizer?.vocabularySize == model.tokenizer?.vocabularySize)
        // They come back when it is saved.
        try again.save(gguf: folder.path + "/again.gguf")
        let tokens = try GGUFFile(folder.path + "/again.gguf").metadata["tokenizer.ggml.tokens"]?.array
        #expect(tokens?.count == again.architecture.vocabulary)
    }
}
