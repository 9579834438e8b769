// What is added from outside, a file and a line each, is used like what comes with Lethe.
import Autodiff
import Files
import Foundation
import Language
import LanguageModels
import Notebook
import Tensors
import TestSupport
import Testing
import Tokenizers
import Vocabulary

@Suite struct ToyTests {
    static var catalogue: Catalogue {
        var catalogue = Catalogue()
        catalogue.optimizers.append(ToyOptimizer.self)
        catalogue.losses.append(ToyLoss.self)
        catalogue.retainTerms.append(ToyRetainTerm.self)
        catalogue.solvers.append(ToySolver.self)
        catalogue.estimators.append(ToyEstimator.self)
        catalogue.landscapes.append(ToyLandscape.self)
        catalogue.functions.append(toyMetric)
        catalogue.metrics.append(ToyShare.self)
        catalogue.attacks.append(ToyAttack.self)
        catalogue.architectures.append(ToyConfiguration.self)
        catalogue.tokenizerSteps = tokenizerSteps
        catalogue.datasets.append(ToyDataset.self)
        return catalogue
    }

    static var tokenizerSteps: TokenizerSteps {
        var steps = TokenizerSteps()
        steps.normalizers.append(ToyLowercase.self)
        steps.preTokenizers.append(ToyCutter.self)
        steps.models.append(ToyWords.self)
        steps.postProcessors.append(ToyStop.self)
        steps.decoders.append(ToyBlanks.self)
        return steps
    }

    static let names = [
        "toy", "toy_loss", "toy_retain", "toy_solver", "toy_estimator", "toy_bowl", "toy_metric", "toy_sums",
        "toy_share", "toy_shrunk",
    ]

    /// A session that knows the toys, with a model, and data to forget and to retain.
    private func bench() -> Bench {
        let bench = Bench(catalogue: Self.catalogue)
        bench("m = gpt(7, layers=1, width=8, heads=2, seed=3); f = batch([[1, 2, 3]]); r = batch([[3, 2, 1], [4, 5]])")
        return bench
    }

    /// Runs a condition of the language; whether it held.
    private func holds(_ bench: Bench, _ condition: String, _ place: SourceLocation = #_sourceLocation) {
        #expect(bench(condition) == "true\n", "\(condition): \(bench.messages)", sourceLocation: place)
    }

    @Test func othersDoNotKnowThem() {
        let bench = Bench()
        bench("toy")
        #expect(bench.messages.contains("`toy` is not defined"))
    }

    @Test(arguments: names) func helpAndItsExamples(_ name: String) throws {
        let bench = bench()
        #expect(bench("?\(name)").contains("A toy: "))
        let examples = try #require(bench.session.examples.first { $0.name == name }).examples
        #expect(!examples.isEmpty)
        for example in examples {
            let fresh = Bench(catalogue: Self.catalogue)
            let report = Checker(session: fresh.session).check(example, name: name)
            #expect(report.mismatches.isEmpty && report.passed > 0, "\(report.text)")
        }
    }

    @Test func helpShowsTheSettings() {
        let help = bench()("?toy")
        #expect(help.contains("lr") && help.contains("0.25") && help.contains("learning rate of the toy"))
    }

    @Test func completionOffersThem() {
        let bench = bench()
        func offered(_ text: String) -> [String] { bench.session.complete(text, at: text.utf8.count).candidates }
        #expect(offered("train(m, f, optimizer=to").contains("toy"))
        #expect(offered("toy(l").contains { $0.hasPrefix("lr") })
        #expect(offered("toy_loss(st").contains { $0.hasPrefix("strength") })
    }

    @Test func theirArgumentsAreChecked() {
        let bench = bench()
        bench("toy(lr=-1)")
        #expect(bench.messages.contains("`lr` of `toy`") && bench.messages.contains("is -1"), "\(bench.messages)")
        bench("toy_solver(ratt=1)")
        #expect(bench.messages.contains("rate"), "\(bench.messages)")
        bench("train(m, f, optimizer=toyy(lr=1))")
        #expect(bench.messages.contains("did you mean `toy`"), "\(bench.messages)")
    }

    @Test func anOptimizerTrains() {
        let bench = bench()
        bench(
            """
            a = train(m, f, steps=4, optimizer=toy(lr=0.1)); b = train(m, f, steps=4, optimizer=sgd(lr=0.1, \
            momentum=0.5))
            """
        )
        holds(bench, "distance(a, b) < 1e-5 and distance(a, m) > 0.01")
        bench("run = step(start(m, f, r, optimizer=toy(lr=0.1)), 4)")
        holds(bench, "back(run, 4).model == m and step(back(run, 2), 2).model == run.model")
        #expect(bench("explain(run)").contains("forget"))
        #expect(bench("race([1, 1], quadratic, toy(lr=0.1), adamw(lr=0.1), steps=5)") != "" || !bench.messages.isEmpty)
    }

    @Test func aLossIsUnlearnedWith() {
        let bench = bench()
        bench("a = unlearn(m, f, r, loss=toy_loss(strength=2), optimizer=toy(lr=0.05), steps=4)")
        bench("b = unlearn(m, f, r, loss=graddiff(forget_weight=2), optimizer=toy(lr=0.05), steps=4)")
        holds(bench, "distance(a, b) < 1e-5 and nll(a, f) > nll(m, f)")
        holds(bench, "abs(toy_loss(m, f, r, retain_weight=3) - (3 * nll(m, r) - 0.5 * nll(m, f))) < 1e-5")
        holds(bench, "norm(grad(m -> toy_loss(m, f, r), m)) > 0")
        holds(bench, "abs(toy_retain(m, r, factor=3) - 3 * nll(m, r)) < 1e-5")
        bench("c = unlearn(m, f, r, loss=graddiff(retain=toy_retain), optimizer=toy(lr=0.05), steps=4)")
        bench("d = unlearn(m, f, r, loss=graddiff(retain_weight=2), optimizer=toy(lr=0.05), steps=4)")
        holds(bench, "distance(c, d) < 1e-5")
    }

    @Test func aSolverInverts() {
        let bench = bench()
        bench("a = influence(m, f, r, inverse=toy_solver(damping=1, rate=0.05, steps=400))")
        bench("b = influence(m, f, r, inverse=cg(damping=1, steps=200))")
        holds(bench, "distance(a, b) < 1e-2 * distance(a, m)")
    }

    @Test func anEstimatorEstimates() {
        let bench = bench()
        holds(bench, "abs(toy_estimator(v -> tensor([1, -5, 2]) * v, zeros(3), steps=60).largest - 5) < 1e-3")
        // Of a model's loss, as built-in ones do.
        bench("a = toy_estimator(m, r, steps=60, seed=1).largest; b = abs(eigenvalues(m, 1, r)[0])")
        holds(bench, "abs(a / b - 1) < 0.1")
        bench("toy_estimator(v -> v)")
        #expect(bench.messages.contains("built like"), "\(bench.messages)")
    }

    @Test func aFunctionOfThePlaneAndAMetric() {
        let bench = bench()
        holds(bench, "toy_bowl([1, 2]) == 0 and norm(grad(toy_bowl, tensor([1, 2]))) == 0")
        bench("w = train(m, f, steps=2, watch=toy_metric)")
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        holds(bench, "toy_metric(m, scale=0.5) * 2 == toy_metric(m)")
    }

    @Test func aMetricIsComparedWith() {
        let bench = bench()
        bench("t = compare(m, on=f, metrics=[toy_share(bound=1), toy_share(bound=0), toy_metric])")
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        holds(bench, "t.m.toy_share_bound_1 == 1 and t.m.toy_share_bound_0 == 0 and t.m.toy_metric == m.weights")
        holds(bench, "toy_share(m, f, bound=1, details=true).by_example == [1]")
    }

    @Test func anAttackIsMadeAndDrawn() {
        let bench = bench()
        bench(
            """
            two = [toy_shrunk(factor=1), toy_shrunk(factor=0)]
            t = attack(m, on=f, attacks=two, names=["m"])
            u = compare(m, on=f, metrics=[toy_shrunk(factor=1), probability])
            p = robustness(m, on=f, attacks=two, names=["m"])
            hits = attack(m, on=f)
            """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        holds(bench, "abs(t.m.toy_shrunk_factor_1 - probability(m, f)) < 1e-6")
        holds(bench, "abs(u.m.toy_shrunk - u.m.probability) < 1e-6")
        // Without weights every token is as likely as the others.
        holds(bench, "abs(t.m.toy_shrunk_factor_0 - 1 / 7) < 1e-6 and p.plots == [\"toy_shrunk\"]")
        holds(bench, "abs(hits.m.toy_shrunk - toy_shrunk(m, f)) < 1e-6")
    }

    /// An architecture that does not show its hidden states is not patched.
    @Test func whatIsHiddenIsNotPatched() throws {
        var generator = RandomGenerator(seed: 1)
        let model = try LanguageModel(
            initializing: ToyArchitecture(vocabulary: 5, width: 3), from: &generator, on: Device(threads: 1))
        let batch = try TokenBatch([[1, 2]])
        #expect(throws: ModelError.noResidualStream("toy_bigram")) { try model.residualStream(batch) }
        let states = Variable(try Tensor.zeros([2, 3], on: model.device))
        #expect(throws: ModelError.noResidualStream("toy_bigram")) {
            try model.targetLogits(batch, [0], patching: 0, with: states)
        }
    }

    @Test func anArchitectureAndATokenizerAreLoadedTrainedAndSaved() throws {
        let folder = try TemporaryFolder(), bench = Bench(catalogue: Self.catalogue), path = folder.path + "/toy"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        bench(
            """
            e = tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1], [0, 0, 0]])
            write_json((model_type="toy_bigram", vocab_size=5, hidden_size=3), "\(path)/config.json")
            steps = (
              pre_tokenizer=(type="ToyCutter"), model=(type="ToyWords", words=["to", "be", "or", "not", "</s>"]),
              added_tokens=[(id=4, content="</s>", special=true)], decoder=(type="ToyBlanks"))
            write_json(steps, "\(path)/tokenizer.json")
            write_tensors(to_record(["toy.embedding", "toy.head"], [e, 2 * e]), "\(path)/model.safetensors")
            m = load("\(path)")
            f = text_set(["to be or not to be"])
            """)
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        holds(bench, "m.architecture == \"toy_bigram\" and keys(parameters(m)) == [\"toy.embedding\", \"toy.head\"]")
        holds(bench, "encode(m, \"not to be\") == [3, 0, 1] and decode(m, [2, 3]) == \"or not\"")
        // By hand: the last position of `to be` is e[1], and its logits are 2 e[1] · e.
        holds(bench, "norm(logits(m, batch([[0, 1]]))[0, 1] - tensor([0, 2, 0, 2, 0])) == 0")
        bench("t = train(m, f, steps=5, optimizer=adamw(lr=0.1)); save(t, \"\(path)2\"); again = load(\"\(path)2\")")
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        holds(bench, "nll(t, f) < nll(m, f) and again == t and distance(again, m) > 0")
        bench(":save \(path).ws")
        let other = Bench(catalogue: Self.catalogue)
        other(":load \(path).ws")
        #expect(other.failures.isEmpty, "\(other.messages)")
        let look = "repr(nll(train(t, f, steps=1, optimizer=adamw(lr=0.1)), f))"
        #expect(other(look) == bench(look) && other.failures.isEmpty, "\(other.messages)")
        // Where they are not known, that is what is said, with what is.
        let stranger = Bench()
        stranger("load(\"\(path)\")")
        #expect(stranger.messages.contains("toy_bigram") && stranger.messages.contains("gpt2"), "\(stranger.messages)")
    }

    @Test func stepsOfTokenizersGoTogetherWithThoseThatComeWithLethe() throws {
        let byteLevel: JSON = ["type": "ByteLevel", "add_prefix_space": false]
        var file = try #require(JSONNode(file: GoldenData.path("tokenizers/tofu1024.json")).value.object)
        func contents() throws -> [UInt8] { Array(try JSON.object(file).text().utf8) }
        let plain = try TokenizerFile.parse(contents(), origin: "plain")
        file["normalizer"] = ["type": "Sequence", "normalizers": [["type": "ToyLowercase"]]]
        file["pre_tokenizer"] = [
            "type": "Sequence", "pretokenizers": [["type": "ToyCutter", "at": "-"], byteLevel],
        ]
        file["post_processor"] = ["type": "Sequence", "processors": [["type": "ToyStop", "id": 7]]]
        let toy = try TokenizerFile.parse(contents(), origin: "toy", among: Self.tokenizerSteps)
        let before = try plain.encode("the well"), after = try plain.encode("known author's")
        #expect(try toy.encode("The WELL-known author's", addingSpecial: false) == before + after)
        // Added tokens are found before the text is changed; marks are put around in the end.
        #expect(try toy.encode("THE WELL-<|endoftext|>-known author's") == before + [0] + after + [7])
        #expect(toy.decode(before + after) == "the wellknown author's")
        // Where the steps are not known that is said.
        do {
            _ = try TokenizerFile.parse(contents(), origin: "t")
            Issue.record("read without its steps")
        } catch { #expect("\(error)".contains("ToyLowercase, which is not supported"), "\(error)") }
        // An added token that is changed with the text is found in the changed one.
        file["added_tokens"] = [["id": 0, "content": "<|endoftext|>", "normalized": true]]
        let changed = try TokenizerFile.parse(contents(), origin: "t", among: Self.tokenizerSteps)
        #expect(try changed.encode("<|ENDoftext|>", addingSpecial: false) == [0])
    }

    @Test func aDataSetIsForgotten() {
        let bench = bench()
        holds(bench, "len(toy_sums()) == 9 and toy_sums(last=\"0\").forget[1].answer == \"1\"")
        bench("q = toy_sums(); m = gpt(tokenizer(q.full, size=262), layers=1, width=8, heads=2, seed=3)")
        bench("u = unlearn(m, q.forget, q.retain, steps=2)")
        #expect(bench.failures.isEmpty, "\(bench.messages)")
        holds(bench, "nll(u, q.forget) != nll(m, q.forget)")
    }

    @Test func anExportIsWritten() throws {
        let folder = try TemporaryFolder(), path = folder.path + "/lesson.toy"
        var configuration = Session.Configuration(EngineContext(device: Device(threads: 1)))
        configuration.exports.append(ToyExport())
        let session = Session(configuration)
        for cell in ["x = 1", "x + 1", ":export \(path)"] { session.run(Cell(cell)) }
        func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
        #expect(try text(path) == "\(path).1\n\(path).2\n")
        #expect(try text(path + ".1") == "x = 1\n" && text(path + ".2") == "x + 1\n")
        let outputs = Bench()
        outputs("1")
        outputs(":export \(path)")
        #expect(outputs.messages.contains(".html, .md and .ipynb"), "\(outputs.messages)")
    }

    @Test func aWorkspaceKeepsThem() throws {
        let folder = try TemporaryFolder(), bench = bench(), path = folder.path + "/s.ws"
        bench("o = toy(lr=0.1); s = toy_loss(strength=1); run = step(start(m, f, r, loss=s, optimizer=o), 2)")
        bench(":save \(path)")
        let other = self.bench()
        other(":load \(path)")
        #expect(other.failures.isEmpty, "\(other.messages)")
        let look = "repr(nll(step(run, 2).model, f))"
        #expect(other(look) == bench(look) && other.failures.isEmpty)
        // Where the toys are not known, that is what is said.
        let stranger = Bench()
        stranger(":load \(path)")
        #expect(stranger.messages.contains("toy"), "\(stranger.messages)")
    }
}
