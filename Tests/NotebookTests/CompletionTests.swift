// What TAB finds: names, fields, options, choices, paths, arguments of commands.
import Foundation
import Language
import Notebook
import TestSupport
import Testing

@Suite struct CompletionTests {
    /// A session with a function of every shape.
    private static func session() -> Session {
        let builtins = [
            Builtin(
                "train", family: "training",
                [
                    .positional("model", .model), .positional("data", .data),
                    .option("steps", .count, default: 1),
                    .option("schedule", .choice(["constant", "linear"]), default: "constant"),
                    .option("optimizer", .optimizer, default: .nothing),
                    .option("tied", .flag, default: false),
                ], summary: "Trains."
            ) { _ in .nothing },
            Builtin(
                "adamw", family: "optimizers",
                [
                    .positional("model", .model), .positional("gradient", .described("a gradient")),
                    .option("lr", .number, default: 1), .option("beta", .number, default: 1),
                ],
                summary: "An optimizer."
            ) { _ in .nothing },
            Builtin("transpose", family: "tensors", [.positional("x", .tensor)], summary: "Turns.") { _ in .nothing
            },
        ]
        let session = Session(Session.Configuration(registry: Registry(builtins)))
        session.run(
            Cell(
                """
                base = (weights=[(name="a", size=1)], log=(steps=3), heads=2)
                d = [1]
                trio = 3
                i = 0
                key = "log"
                """
            ))
        session.run(Cell("def spin(x, speed=1, turns=2) = x * speed"))
        session.run(Cell("quick = adamw(lr=3)"))
        return session
    }

    private func found(_ text: String, in session: Session = session()) -> [String] {
        // A bar is the cursor.
        let parts = text.split(separator: "┃", omittingEmptySubsequences: false)
        return session.complete(parts.joined(), at: parts[0].utf8.count).candidates
    }

    @Test func namesComeBeforeBuiltIns() {
        #expect(found("tr") == ["trio", "train", "transpose", "true", "try"])
        #expect(found("x = 1 + tri") == ["trio"])
        #expect(found("wh") == ["while"])
        #expect(found("TRIO") == ["trio"])
        #expect(found("# tr").isEmpty)
        #expect(found("12").isEmpty)
        #expect(found("x = ").contains("base") && !found("x = ").contains("train"))
    }

    @Test func namesOfTheCellUnderWay() {
        #expect(found("def f(model, data) { mod") == ["model"])
        #expect(found("for item in base { ite") == ["item"])
        #expect(found("g = pace -> pac") == ["pace"])
        #expect(found("(pace, other) -> oth") == ["other"])
        #expect(found("velo = 1\nvel") == ["velo"])
        #expect(found("train(base, velo=1, vel").isEmpty)
    }

    @Test(arguments: ["base.", "print(base.", "\"{base.", "x = [1, base."])
    func fields(_ text: String) { #expect(found(text) == ["weights", "log", "heads"]) }

    @Test func fieldsOfFieldsAndItems() {
        #expect(found("base.log.st") == ["steps"])
        #expect(found("base.weights[0].") == ["name", "size"])
        #expect(found("base.weights[-1].na") == ["name"])
        #expect(found("base.weights[i].na") == ["name"])
        #expect(found("base[key].") == ["steps"])
        #expect(found("base[\"log\"].") == ["steps"])
        #expect(found("base.weights[7].").isEmpty)
        #expect(found("nobody.").isEmpty)
        #expect(found("f(2).").isEmpty)
        #expect(found("3.").isEmpty)
        #expect(found("base[\"lo") == ["log"])
    }

    @Test func optionsNotYetGiven() {
        #expect(found("train(base, d, st") == ["steps="])
        #expect(found("train(base, d, ") == ["steps=", "schedule=", "optimizer=", "tied="])
        #expect(found("train(base, d, steps=1, ") == ["schedule=", "optimizer=", "tied="])
        #expect(found("train(base, d, ┃, steps=1)") == ["schedule=", "optimizer=", "tied="])
        #expect(found("train(base, \"steps=1\", s") == ["steps=", "schedule="])
        #expect(found("train(base, [d, d], (steps=2), s") == ["steps=", "schedule="])
        #expect(found("f(train(base, d, steps=1), 2, train(base, d, o") == ["optimizer="])
        #expect(found("base |> train(d, st") == ["steps="])
        #expect(found("train(\n  base,\n  d,\n  st") == ["steps="])
        // While the function still needs what it works on, names come too.
        #expect(found("train(bas") == ["base"])
        #expect(found("train(s").prefix(2) == ["steps=", "schedule="] && found("train(s").contains("spin"))
        #expect(
            found("train(") == [
                "steps=", "schedule=", "optimizer=", "tied=", "base", "d", "i", "key", "quick", "spin", "trio",
            ])
    }

    @Test func optionsOfRecipesAndOfUsersFunctions() {
        #expect(found("adamw(") == ["lr=", "beta="])
        #expect(found("train(base, d, optimizer=adamw(be") == ["beta="])
        #expect(found("spin(2, sp") == ["speed="])
        #expect(found("spin(2, ") == ["speed=", "turns="])
        #expect(found("quick(") == ["lr=", "beta="])
        #expect(found("def spin(x, sp").isEmpty || !found("def spin(x, sp").contains("speed="))
    }

    @Test func valuesOfOptions() {
        #expect(found("train(base, d, schedule=") == ["\"constant\"", "\"linear\""])
        #expect(found("train(base, d, schedule=\"li") == ["linear"])
        #expect(found("train(base, d, optimizer=") == ["adamw"])
        #expect(found("train(base, d, tied=") == ["true", "false"])
        #expect(found("train(base, d, steps=tri") == ["trio"])
    }

    @Test func commandsAndTheirArguments() {
        #expect(found(":wh") == [":who"])
        #expect(found("x = 1\n:wh") == [":who"])
        #expect(found(":drop tr") == ["trio"])
        #expect(found(":drop trio ba") == ["base"])
        #expect(found(":set ").contains("digits") && found(":set se") == ["seed"])
        #expect(found(":time tri") == ["trio"])
        #expect(found(":time train(base, d, st") == ["steps="])
        #expect(found("?trai") == ["train", "trainable", "training"])
        #expect(found(":help trai") == ["train", "trainable", "training"])
        #expect(found(":help :wh").contains(":who"))
        #expect(found("?whi") == ["while"])
        #expect(found(":nosuch x").isEmpty)
        #expect(found(":").count > 5)
    }

    @Test func paths() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lethe-paths-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("sub dir"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["names.txt", "numbers.csv", ".hidden", "a {1}.txt"] {
            try Data().write(to: folder.appendingPathComponent(name))
        }
        let session = Self.session(), path = folder.path
        func complete(_ text: String) -> Completion { session.complete(text, at: text.utf8.count) }
        let one = complete("load(\"\(path)/na")
        #expect(one == Completion(kind: .paths, start: 6, candidates: [path + "/names.txt"], suffix: "\""))
        #expect(complete("load('\(path)/na").suffix == "'")
        #expect(complete("\"\(path)/n").labels == ["names.txt", "numbers.csv"])
        #expect(
            complete("\"\(path)/su") == Completion(kind: .paths, start: 1, candidates: [path + "/sub dir/"], suffix: "")
        )
        #expect(complete("\"\(path)/a").candidates == [path + "/a {{1}}.txt"])
        #expect(complete("\"\(path)/a {{").candidates == [path + "/a {{1}}.txt"])
        #expect(complete("\"\(path)/.h").candidates == [path + "/.hidden"])
        #expect(!complete("\"\(path)/").candidates.contains(path + "/.hidden"))
        #expect(complete("\"/nosuch/").candidates.isEmpty)
        #expect(complete("!cat \(path)/nu").candidates == [path + "/numbers.csv"])
    }

    @Test func aThousandNamesTakeNoTime() {
        let session = Self.session()
        for start in stride(from: 0, to: 1000, by: 100) {
            session.run(Cell((start..<(start + 100)).map { "name_\($0) = (a=\($0), b=2)" }.joined(separator: "\n")))
        }
        let time = computingTime {
            #expect(found("train(name_1, d, st", in: session) == ["steps="])
            #expect(found("name_99", in: session).count == 11)
            #expect(found("name_500.", in: session) == ["a", "b"])
        }
        #expect(time < 5)
    }

    @Test func nothingTypedDoesHarm() {
        let session = Self.session()
        let pieces = [
            "(", ")", "[", "]", "{", "}", "\"", "'", ",", "=", ".", "base", "train", "|>", "->", ":", "?", "!", "\n",
            " ", "\\", "é", "日", "#", "1", "-",
        ]
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<3000 {
            let text = (0..<Int.random(in: 1...12, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }.joined()
            for offset in 0...text.utf8.count {
                let completion = session.complete(text, at: offset)
                #expect(completion.start <= offset, "\(text) at \(offset)")
            }
        }
        _ = session.complete(String(repeating: "a.", count: 100_000), at: 200_000)
        _ = session.complete(String(repeating: "f(", count: 100_000), at: 200_000)
    }
}
