// A model that came from a GGUF file, through all that a session does with models.
import Foundation
import TestSupport
import Testing

@Suite struct GGUFSessionTests {
    private static let start = """
        made = gpt(tokenizer(["to be or not to be, that is the question"], size=270), layers=1, width=32, heads=2, \
        seed=1)
        save(made, "{here}/m.gguf"); m = load("{here}/m.gguf")
        texts = ["to be or not", "that is the question"]; b = batch([encode(m, texts[0])]); r = batch([encode(m, \
        texts[1])])
        """

    private func start(_ folder: TemporaryFolder) -> String {
        Self.start.replacingOccurrences(of: "{here}", with: folder.path)
    }

    @Test func isWhatWasSaved() throws {
        let folder = try TemporaryFolder(), bench = Bench()
        bench(start(folder))
        #expect(bench("repr(nll(m, b)) == repr(nll(made, b))") == "true\n", "\(bench.messages)")
        #expect(bench("encode(m, \"the bee\") == encode(made, \"the bee\")") == "true\n")
        // Derivatives and runs, forth and back.
        #expect(bench("norm(grad(x -> nll(x, b), m)) == norm(grad(x -> nll(x, b), made))") == "true\n")
        bench("u = start(m, b, r, optimizer=adamw(lr=0.01)); v = step(u, 2); after = nll(v.model, b); u = back(v, 2)")
        #expect(bench("nll(u.model, b) == nll(m, b) and after > nll(m, b)") == "true\n", "\(bench.messages)")
        #expect(!bench("explain(v)").isEmpty, "\(bench.messages)")
    }

    @Test func isKeptInAWorkspaceAndInAFolder() throws {
        let folder = try TemporaryFolder(), before = Bench(), after = Bench()
        before(start(folder))
        before("save(m, \"\(folder.path)/folder\"); f = load(\"\(folder.path)/folder\")")
        #expect(before("f == m") == "true\n", "\(before.messages)")
        before(":save \(folder.path)/f.ws")
        after(":load \(folder.path)/f.ws")
        let look = "print(repr(nll(m, b)), encode(m, texts[1]), generate(m, [5, 6], most=3))"
        #expect(after(look) == before(look) && !before(look).isEmpty, "\(after.messages)")
    }

    @Test func metadataAndTensorsAreReadByTheirNames() throws {
        let folder = try TemporaryFolder(), bench = Bench()
        bench(start(folder))
        bench("d = read_metadata(\"\(folder.path)/m.gguf\"); t = read_tensors(\"\(folder.path)/m.gguf\")")
        #expect(bench("d[\"gpt2.block_count\"]") == "1\n", "\(bench.messages)")
        #expect(bench("d[\"general.architecture\"]") == "\"gpt2\"\n")
        #expect(bench("len(d[\"tokenizer.ggml.tokens\"])") == "261\n")
        #expect(bench("max(abs(t[\"token_embd.weight\"] - parameters(m)[\"transformer.wte.weight\"]))") == "0\n")
        // Eight bits: within half of the largest magnitude over 127.
        bench("save(m, \"\(folder.path)/q.gguf\", dtype=\"q8_0\"); q = read_tensors(\"\(folder.path)/q.gguf\")")
        bench("w = t[\"token_embd.weight\"]; e = max(abs(q[\"token_embd.weight\"] - w))")
        #expect(bench("e > 0 and e < 0.51 * max(abs(w)) / 127") == "true\n", "\(bench.messages)")
    }
}
