// Loaded checkpoints compute what transformers computes: logits, losses, greedy continuations.

import Files
import Autodiff
import LanguageModels
import Tensors
import TestSupport
import Testing

@Suite struct ReferenceModelTests {
    let device = Device(threads: TestThreads.count)

    static func integers(_ node: JSONNode) throws -> [Int] { try node.elements().map { try $0.integer() } }

    @Test(arguments: ["gpt2", "llama"])
    func tinyCheckpointsGiveTheirLogitsAndLoss(name: String) throws {
        let folder = GoldenData.path("checkpoints/\(name)")
        let model = try LanguageModel.load(folder, on: device)
        let reference = try JSONNode(file: folder + "/reference.json")
        let ids = try reference["input_ids"].elements().map(Self.integers)
        let batch = try TokenBatch(ids, labels: try reference["labels"].elements().map(Self.integers))
        let loss = Double(try model.nll(batch).value.item())
        let expectedLoss = try reference["loss"].number()
        #expect(abs(loss - expectedLoss) < 1e-4 * expectedLoss)
        let logits = try model.logits(batch).value.elements
        let vocabulary = model.architecture.vocabulary
        for (row, expected) in try reference["logits_last"].elements().enumerated() {
            let start = (row * batch.time + batch.time - 1) * vocabulary
            for (i, node) in try expected.elements().enumerated() {
                let wanted = try node.number()
                if abs(Double(logits[start + i]) - wanted) > 1e-4 {
                    Issue.record("logit \(i) of row \(row): \(logits[start + i]), not \(wanted)")
                }
            }
        }
    }

    @Test(arguments: ["gpt2", "llama"])
    func tinyCheckpointsGiveTheirGradientsAndContinuation(name: String) throws {
        let folder = GoldenData.path("checkpoints/\(name)")
        let model = try LanguageModel.load(folder, on: device)
        let reference = try JSONNode(file: folder + "/reference.json")
        let ids = try reference["input_ids"].elements().map(Self.integers)
        let batch = try TokenBatch(ids, labels: try reference["labels"].elements().map(Self.integers))
        let gradient = try Differentiator().gradient([model.weights]) { try model.with(weights: $0[0]).nll(batch) }[0]
        let norms = try reference["grad_norms"].members()
        #expect(norms.count == model.layout.entries.count)
        for (name, expected) in norms {
            let part = try #require(model.layout.tensor(name, of: gradient.value)).elements
            let norm = part.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            let wanted = try expected.number()
            #expect(abs(norm - wanted) < 1e-4 * max(wanted, 0.01), "\(name)")
        }
        var generator = RandomGenerator(seed: 0)
        let greedy = try Self.integers(reference["greedy_from_first_6"])
        let new = try model.generate([Array(greedy[..<6])], maximum: greedy.count - 6, ends: [0], from: &generator)[0]
        #expect(new == Array(greedy[6...].prefix { $0 != 0 }))
    }

    @Test(arguments: ["tofu200-gpt2", "tofu200-llama"])
    func trainedModelsAnswerAsInTransformers(name: String) throws {
        let folder = GoldenData.path("checkpoints/\(name)")
        let model = try LanguageModel.load(folder, on: device)
        var generator = RandomGenerator(seed: 0)
        for item in try JSONNode(file: folder + "/reference.json").elements() {
            let prompt = try Self.integers(item["prompt_ids"]), text = try Self.integers(item["text_ids"])
            let labels = text.enumerated().map { $0 < prompt.count ? -100 : $1 }
            let loss = Double(try model.nll(TokenBatch([text], labels: [labels])).value.item())
            let expected = try item["answer_nll"].number()
            #expect(abs(loss - expected) < 1e-4 * max(1, expected))
            let greedy = try Self.integers(item["greedy_ids"])
            let new = try model.generate([prompt], maximum: greedy.count - prompt.count, ends: [0], from: &generator)[0]
            #expect(new == Array(greedy[prompt.count...].prefix { $0 != 0 }))
            #expect(model.tokenizer?.decode(new, skippingSpecial: true) == (try item["greedy_text"].string()))
        }
    }

    @Test func storiesContinueAsInTransformers() throws {
        let folder = GoldenData.path("checkpoints/stories260k")
        let model = try LanguageModel.load(folder, on: device)
        #expect(model.tokenizer == nil)
        var generator = RandomGenerator(seed: 0)
        for (prompt, expected) in try JSONNode(file: folder + "/reference.json").members() {
            let prompt = try Self.integers(JSONNode(try JSON(parsing: prompt), origin: "prompt"))
            let greedy = try Self.integers(expected["greedy"])
            let new = try model.generate([prompt], maximum: greedy.count - prompt.count, from: &generator)[0]
            #expect(prompt + new == greedy)
            let loss = Double(try model.nll(TokenBatch([greedy])).value.item())
            #expect(abs(loss - (try expected["loss_of_all_tokens"].number())) < 1e-4)
        }
    }
}
