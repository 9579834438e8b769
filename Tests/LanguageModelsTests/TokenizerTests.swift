// Tokenizers: the ids of the Python library for hard texts, training, and files that do not fit.

import Tokenizers
import Files
import Foundation
import LanguageModels
import TestSupport
import Testing

@Suite struct TokenizerTests {
    static let golden = GoldenData.path("tokenizers/tofu1024")

    /// The golden tokenizer with some of its `tokenizer.json` changed.
    static func tokenizer(_ change: (inout JSON) -> Void = { _ in }) throws -> any Tokenizer {
        var json = try JSONNode(file: golden + ".json").value
        change(&json)
        return try TokenizerFile.parse(Array(try json.text().utf8), origin: "tokenizer.json")
    }

    static let byteLevel: JSON = ["type": "ByteLevel", "add_prefix_space": false, "use_regex": true]

    static func digits(individually: Bool) -> JSON {
        [
            "type": "Sequence",
            "pretokenizers": [["type": "Digits", "individual_digits": .bool(individually)], byteLevel],
        ]
    }

    static let variants: [String: @Sendable (inout JSON) -> Void] = [
        "plain": { _ in },
        "prefix_space": { $0["pre_tokenizer"]["add_prefix_space"] = true },
        "digits": { $0["pre_tokenizer"] = digits(individually: true) },
        "digit_runs": { $0["pre_tokenizer"] = digits(individually: false) },
        "no_words": { $0["pre_tokenizer"]["use_regex"] = false },
        "ignore_merges": { $0["model"]["ignore_merges"] = true },
        "added": {
            $0["added_tokens"] = [
                ["id": 0, "content": "<|endoftext|>", "special": true],
                ["id": 1024, "content": "  ", "special": false],
                ["id": 1025, "content": "    ", "special": false], ["id": 1026, "content": "<|end", "special": true],
            ]
            $0["post_processor"] = [
                "type": "TemplateProcessing",
                "single": [["SpecialToken": ["id": "x"]], ["Sequence": ["id": "A"]], ["SpecialToken": ["id": "y"]]],
                "special_tokens": ["x": ["ids": [0]], "y": ["ids": [1026]]],
            ]
        },
    ]

    /// What the Python library makes of characters that Unicode has only since its tables were made, or has in another
    /// way since.
    static let old: [(steps: [String], text: String, normal: String)] = [
        (["StripAccents"], "a\u{301}b\u{1AC0}c\u{8D3}", "ab\u{1AC0}c\u{8D3}"),
        (["StripAccents"], "a\u{1CF2}b\u{111C9}c\u{8D4}", "ab\u{111C9}c"),
        (["NFD"], "\u{E9}\u{11938}", "e\u{301}\u{11938}"),
        (["NFC"], "e\u{301}\u{11935}\u{11930}", "\u{E9}\u{11935}\u{11930}"),
        (["NFC"], "a\u{316}\u{1DFA}\u{301}e\u{1DF6}\u{316}", "a\u{316}\u{1DFA}\u{301}e\u{1DF6}\u{316}"),
        (["NFKC"], "\u{FB01}\u{32FF}\u{1E06B}\u{32FE}", "fi\u{32FF}\u{1E06B}\u{30F2}"),
        (["NFKD"], "\u{B2}\u{A7F2}", "2\u{A7F2}"),
        (["BertNormalizer"], "a\u{301}\u{8D4}\u{1734}\u{1885}\u{8E2}b", "a\u{8D4}\u{1885}\u{8E2}b"),
    ]

    @Test(arguments: old.indices) func unicodeIsAsOldAsThePythonLibrarys(index: Int) throws {
        let (steps, text, normal) = Self.old[index]
        let tokenizer = try Self.tokenizer {
            var step: JSON = ["type": .string(steps[0])]
            if steps[0] == "BertNormalizer" {
                step["clean_text"] = true
                step["handle_chinese_chars"] = false
                step["lowercase"] = false
                step["strip_accents"] = true
            }
            $0["normalizer"] = step
        }
        let found = tokenizer.decode(try tokenizer.encode(text), skippingSpecial: false)
        #expect(Array(found.unicodeScalars) == Array(normal.unicodeScalars), "\(found.debugDescription)")
    }

    @Test(arguments: variants.keys.sorted())
    func hardTextsHaveThePythonLibrarysIds(variant: String) throws {
        let tokenizer = try Self.tokenizer(try #require(Self.variants[variant]))
        let root = try JSONNode(file: Self.golden + "_unicode.json")
        let texts = try root["texts"].elements(), expected = try root["ids"][variant].elements()
        #expect(texts.count == expected.count && texts.count > 150)
        for (text, ids) in zip(texts, expected) {
            let text = try text.string()
            let got = try tokenizer.encode(text)
            let wanted = try ids.elements().map { try $0.integer() }
            #expect(got == wanted, "\(text.debugDescription)")
            if variant == "plain" { #expect(Array(tokenizer.decode(got).utf8) == Array(text.utf8)) }
            // A second time from the cache.
            #expect(try tokenizer.encode(text) == got)
        }
    }

    @Test func decodesAsThePythonLibrary() throws {
        let tokenizer = try Self.tokenizer()
        for item in try JSONNode(file: Self.golden + "_unicode.json")["decode"].elements() {
            let ids = try item["ids"].elements().map { try $0.integer() }
            #expect(Array(tokenizer.decode(ids).utf8) == Array(try item["text"].string().utf8), "\(ids)")
            #expect(
                Array(tokenizer.decode(ids, skippingSpecial: true).utf8) == Array(try item["skipping"].string().utf8),
                "\(ids)")
        }
    }

    @Test func namesAndSizes() throws {
        let tokenizer = try Self.tokenizer()
        #expect(tokenizer.vocabularySize == 1024)
        #expect(tokenizer.endOfText == 0 && tokenizer.specialTokens == [0])
        #expect(tokenizer.token(0) == "<|endoftext|>" && tokenizer.id("<|endoftext|>") == 0)
        #expect(tokenizer.token(1024) == nil && tokenizer.token(-1) == nil && tokenizer.id("no such token") == nil)
        #expect(tokenizer.decode([-1, 5000]) == "")
        #expect(tokenizer.misfit(vocabulary: 1024) == nil && tokenizer.misfit(vocabulary: 2000) == nil)
        #expect(
            tokenizer.misfit(vocabulary: 512)?.hasPrefix(
                "the tokenizer does not fit the model: its largest token id is 1023") == true)
    }

    @Test func fixturesHaveTheirIds() throws {
        let tokenizer = try TokenizerFile.read(GoldenData.path("checkpoints/gpt2/tokenizer.json"))
        for item in try JSONNode(file: GoldenData.path("tokenizers/cases.json")).elements() {
            let ids = try item["ids"].elements().map { try $0.integer() }
            #expect(try tokenizer.encode(try item["text"].string()) == ids)
            #expect(tokenizer.decode(ids) == (try item["decoded"].string()))
        }
        for model in ["tofu200-gpt2", "tofu200-llama"] {
            let folder = GoldenData.path("checkpoints/\(model)/")
            let tokenizer = try TokenizerFile.read(folder + "tokenizer.json")
            for item in try JSONNode(file: folder + "reference.json").elements() {
                let ids = try item["text_ids"].elements().map { try $0.integer() }
                #expect(try tokenizer.encode(tokenizer.decode(ids)) == ids)
                let prompt = try tokenizer.encode("Question: \(try item["question"].string())\nAnswer:")
                #expect(prompt == (try item["prompt_ids"].elements().map { try $0.integer() }))
            }
        }
    }

    @Test func longWordsAreNotQuadratic() throws {
        let tokenizer = try Self.tokenizer()
        let word = String(repeating: "abcdefghij", count: 30_000)
        #expect(tokenizer.decode(try tokenizer.encode(word)) == word)
    }

    @Test func trainingIsDeterministicAndRoundTrips() throws {
        let texts = (0..<40).map { "The author of book \($0) was born in 19\($0 % 10)0 — naïve café 東京 🙂 it's theirs." }
        let tokenizer = try BytePairEncoding.trained(on: texts, vocabularySize: 320)
        let again = try BytePairEncoding.trained(on: texts, vocabularySize: 320)
        #expect(tokenizer.fileContents() == again.fileContents())
        #expect(tokenizer.vocabularySize == 320 && tokenizer.endOfText == 0)
        let read = try TokenizerFile.parse(tokenizer.fileContents(), origin: "t")
        for text in texts + ["<|endoftext|>unseen Ω\u{301}\n\n x", ""] {
            let ids = try tokenizer.encode(text)
            #expect(tokenizer.decode(ids) == text)
            #expect(try read.encode(text) == ids)
        }
        #expect(try tokenizer.encode(texts[0]).count < texts[0].utf8.count / 2)
        #expect(throws: TokenizerError.self) { try BytePairEncoding.trained(on: texts, vocabularySize: 256) }
        // Fewer pairs than asked for: the vocabulary is what the text gives.
        #expect(try BytePairEncoding.trained(on: ["aa", "aa"], vocabularySize: 1000).vocabularySize == 258)
    }

    @Test func composedAndDecomposedCharactersStayApart() throws {
        let tokenizer = try TokenizerPipeline(charactersOf: ["\u{c5}\u{212b}e\u{301}é"])
        #expect(tokenizer.vocabularySize == 6)
        let text = "e\u{301}é\u{212b}\u{c5}"
        #expect(Array(tokenizer.decode(try tokenizer.encode(text)).utf8) == Array(text.utf8))
        let bytePairs = try BytePairEncoding.trained(on: ["é", "é", "e\u{301}", "e\u{301}", "é"], vocabularySize: 258)
        #expect(bytePairs.decode([257]).utf8.elementsEqual("é".utf8), "the composed one is more frequent")
    }

    @Test func charactersAreTokens() throws {
        let tokenizer = try TokenizerPipeline(charactersOf: ["emma\n", "zoë 🙂"])
        #expect(tokenizer.endOfText == 0 && tokenizer.vocabularySize == 10)
        let ids = try tokenizer.encode("zoë\n<|endoftext|>emma")
        #expect(ids == [7, 6, 8, 1, 0, 4, 5, 5, 3])
        #expect(tokenizer.decode(ids) == "zoë\n<|endoftext|>emma")
        #expect(tokenizer.decode(ids, skippingSpecial: true) == "zoë\nemma")
        #expect(
            throws: TokenizerError(
                """
                the character "x" is not in the tokenizer's vocabulary of 10 tokens; leave it out, or train on text \
                that has it
                """
            )
        ) {
            try tokenizer.encode("max")
        }
        let read = try TokenizerFile.parse(tokenizer.fileContents(), origin: "t")
        #expect(try read.encode("zoë\n<|endoftext|>emma") == ids)
        #expect(try read.fileContents() == tokenizer.fileContents() && read.endOfText == 0)
    }

    static let refusals: [(String, @Sendable (inout JSON) -> Void)] = [
        ("\"model.type\" is WordPiece; only BPE tokenizers", { $0["model"]["type"] = "WordPiece" }),
        (
            "\"pre_tokenizer.pretokenizers[0].pattern\" is missing",
            {
                $0["pre_tokenizer"] = ["type": "Sequence", "pretokenizers": [["type": "Split"], byteLevel]]
            }
        ),
        (
            "\"pre_tokenizer\" is UnicodeScripts, which is not supported",
            { $0["pre_tokenizer"] = ["type": "UnicodeScripts"] }
        ),
        ("\"normalizer\" is Precompiled, which is not supported", { $0["normalizer"] = ["type": "Precompiled"] }),
        ("\"decoder\" is WordPiece, which is not supported", { $0["decoder"] = ["type": "WordPiece"] }),
        ("\"post_processor.cls\" is missing", { $0["post_processor"] = ["type": "BertProcessing"] }),
        ("\"model.dropout\" is 0.1: random merges", { $0["model"]["dropout"] = 0.1 }),
        ("\"model.vocab\" gives the id 3 to both", { $0["model"]["vocab"]["zzz"] = 3 }),
        ("\"model.vocab\" must give \"zzz\" a whole number", { $0["model"]["vocab"]["zzz"] = -3 }),
        ("\"model.merges[0]\" merges \"i\" and \"qqq\", and one of them", { $0["model"]["merges"] = [["i", "qqq"]] }),
        ("\"model.merges[0]\" must be two tokens with a space between", { $0["model"]["merges"] = ["i n g"] }),
    ]

    @Test(arguments: refusals.indices)
    func whatIsNotSupportedIsNamed(index: Int) {
        let (message, change) = Self.refusals[index]
        do {
            _ = try Self.tokenizer(change)
            Issue.record("read, though \(message)")
        } catch {
            #expect("\(error)".hasPrefix("tokenizer.json: " + message), "\(error)")
        }
    }

    @Test func damagedFilesNeverTrap() throws {
        let bytes = try FileBytes.read(Self.golden + ".json")
        var random = LinearCongruential(state: 3)
        for _ in 0..<60 {
            var damaged = bytes
            for _ in 0..<3 {
                damaged[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let tokenizer = try? TokenizerFile.parse(damaged, origin: "t")
            _ = try? tokenizer?.encode("The author's name, naïve 🙂 123")
        }
        for cut in stride(from: 0, to: bytes.count, by: 997) {
            #expect(throws: JSONError.self) { try TokenizerFile.parse(Array(bytes[..<cut]), origin: "t") }
        }
    }
}
