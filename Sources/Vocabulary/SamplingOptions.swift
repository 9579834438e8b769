/// How the next token is chosen, and where a text ends: options that all functions share that let a model write.
import Evaluation
import Language
import LanguageModels

enum SamplingOptions {
    /// The options, with what the function takes where none is given.
    static func parameters(most: Int, temperature: Double = 0) -> [Parameter] {
        [
            .option("most", .count(min: 1), default: .number(most), unit: "tokens", "how many tokens at most"),
            .option(
                "temperature", .number(in: 0...1e6), default: .number(temperature),
                "0 takes the most likely token, 1 draws from the model's own distribution"),
            .option("top", .count(min: 0), default: 0, "draws from so many most likely tokens only; 0 from all"),
            .option(
                "top_p", .number(in: 0...1), default: 1,
                "draws from the fewest tokens whose probabilities add up to this (nucleus sampling)"),
            .option(
                "repetition_penalty", .number(in: 0.01...100), default: 1,
                "above 1, tokens that stand in the text already are less likely (as in transformers)"),
            .option(
                "stop", .either(.string, .list(of: .string)), default: .nothing, shown: "none",
                "texts before which the answer ends"),
        ]
    }

    static func sampling(_ call: Call) throws -> Sampling {
        Sampling(
            temperature: try call.number("temperature"), top: try call.integer("top"),
            topP: try call.number("top_p"), repetitionPenalty: try call.number("repetition_penalty"))
    }

    /// Texts before which an answer ends.
    static func stops(_ call: Call) throws -> [String] {
        switch try call.value("stop") {
        case .nothing: return []
        case .string(let text): return text.isEmpty ? [] : [text.string]
        case .list(let list):
            guard let texts = try list.writable().strings else {
                throw call.wrong("stop", .list(list), mustBe: "a text or a list of texts")
            }
            return texts.filter { !$0.isEmpty }
        case let other: throw call.wrong("stop", other, mustBe: "a text or a list of texts")
        }
    }
}

extension LanguageModel {
    /// Lets the model go on after prompts, up to where it ends, a template's end, or one of `stops`; a single prompt's
    /// text is shown while it grows.
    func written(
        after prompts: [[Int]], ends: Set<Int>, keptEnds: Set<Int> = [], stops: [String], _ call: Call,
        _ engine: EngineContext
    ) throws -> [[Int]] {
        let most = try call.integer("most", min: 1, max: 1_000_000), sampling = try SamplingOptions.sampling(call)
        let marks = stops + [prompting.template.end].filter { !$0.isEmpty && tokenizer?.id($0) == nil }
        // A token is at least a byte of text.
        let reach = marks.map(\.utf8.count).max() ?? 0
        return try engine.drawing(call) { generator in
            try generate(
                prompts, maximum: most, ends: ends, keptEnds: keptEnds, sampling: sampling,
                stops: { row, tokens in
                    if prompts.count == 1, let tokenizer = self.tokenizer, tokens.count & 3 == 0 {
                        let tail = tokenizer.decode(Array(tokens.suffix(16)), skippingSpecial: true)
                        call.host.progress(call.builtin.name, done: tokens.count, total: most, note: tail)
                    }
                    guard reach > 0, let tokenizer = self.tokenizer else { return false }
                    let tail = tokenizer.decode(Array(tokens.suffix(reach + 8)), skippingSpecial: false)
                    return marks.contains { tail.holds($0) }
                }, from: &generator)
        }
    }
}

extension String {
    private func place(of mark: String) -> Int? {
        let bytes = Array(utf8), sought = Array(mark.utf8)
        guard !sought.isEmpty, sought.count <= bytes.count else { return nil }
        return (0...(bytes.count - sought.count)).first { bytes[$0..<($0 + sought.count)].elementsEqual(sought) }
    }

    fileprivate func holds(_ mark: String) -> Bool { place(of: mark) != nil }

    /// The text before the first of some marks.
    func cut(before marks: [String]) -> String {
        guard let place = marks.compactMap(place(of:)).min() else { return self }
        return String(decoding: Array(utf8)[..<place], as: UTF8.self)
    }
}
