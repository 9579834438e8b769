// A data set from outside its module.
import Datasets

/// Sums of small numbers; those of one of them are to be forgotten.
enum ToyDataset: Dataset {
    static let name = "toy_sums"
    static let summary = "A toy: what i + j is for i and j from 0 to 2; the sums with i = last are to be forgotten."
    static let parameters: [DatasetParameter] = [.text("last", "2", "which i is to be forgotten")]
    static let examples = ["len(toy_sums(last=\"1\").forget)\n#> 3"]

    static func split(_ argument: (String) throws -> String) throws -> QuestionSplit {
        let last = try argument("last")
        func questions(_ name: String, where keep: (Int) -> Bool) -> QuestionSet {
            QuestionSet(
                name: name,
                examples: (0..<3).filter(keep).flatMap { i in
                    (0..<3).map { j in QuestionAnswer(question: "\(i) + \(j) =", answer: "\(i + j)") }
                })
        }
        let none = QuestionSet(name: "none", examples: [])
        return QuestionSplit(
            name: "toy sums", full: questions("full") { _ in true }, forget: questions("forget") { "\($0)" == last },
            retain: questions("retain") { "\($0)" != last }, realAuthors: none, worldFacts: none)
    }
}
