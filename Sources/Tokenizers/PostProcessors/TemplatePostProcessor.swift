// Marks before and behind a text.

import Files

/// Puts the ids of a template's marks before and behind those of a text.
struct TemplatePostProcessor: PostProcessor {
    static let name = "TemplateProcessing"
    private var prefix: [Int] = []
    private var suffix: [Int] = []

    init(_ node: JSONNode, among _: TokenizerSteps) throws {
        var afterText = false
        for part in try node["single"].elements() {
            if try part.optional("Sequence") != nil {
                afterText = true
                continue
            }
            let mark = try part["SpecialToken"]["id"].string()
            for id in try node["special_tokens"][mark]["ids"].elements() {
                let id = try id.integer(in: 0...TokenVocabulary.idLimit)
                if afterText { suffix.append(id) } else { prefix.append(id) }
            }
        }
    }

    func process(_ ids: inout [Int]) { ids = prefix + ids + suffix }
}
