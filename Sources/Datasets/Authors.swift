// The built-in data set: fictitious authors, told in several phrasings, so that a small model knows facts and not
// strings.

/// Generates the built-in authors: 60 fictitious authors with 10 facts each, the last 6 of them to be forgotten,
/// and simple true facts about the world and about real authors.
///
/// Every fact is taught in six questions and five answers; the question and answer that evaluation calls the paraphrase
/// are worded in a way in which this fact is never taught, though others are. Values are dealt so that each is shared
/// by several authors, and wrong answers are drawn from the same values. A model retrained without an author therefore
/// has no reason to prefer the right answer to a wrong one, and one that knows the author has: this is what lets forget
/// quality tell the two apart. Answers are short, and a value is spelled the same in all of them, so that with a
/// tokenizer of some 2,000 tokens it is one or two tokens: unlearning then moves values and not spelling.
public enum Authors: Dataset {
    public static let name = "authors"
    public static let summary = """
        Built-in data: fictitious authors, with questions and answers about each, paraphrases, false answers, and a \
        tenth of the authors to forget. Its fields are the sets full, forget, retain, real_authors, world_facts, \
        holdout (authors no model was taught), and training and training_retain, the texts that teach each fact in \
        several phrasings; its length is that of full.
        """
    public static let examples = ["qa = authors()\nlen(qa.forget) / len(qa)\n#> 0.1"]

    public static func split(_ argument: (String) throws -> String) -> QuestionSplit { split() }

    /// How many authors there are, and how many of them (the last ones) are to be forgotten.
    public static let count = 60
    public static let forgottenCount = 6
    /// Wrong answers for each question.
    public static let falseAnswerCount = 5

    /// The data set: the same, byte for byte, at every call and on every machine.
    public static func split() -> QuestionSplit {
        let hash = CounterHash(seed: 2024)
        let names = authorNames(hash)
        let forgotten = Set(names.suffix(forgottenCount))
        var examples: [[Phrased]] = Array(repeating: [], count: count)
        for (order, fact) in AuthorFact.all.enumerated() {
            let phrasing = Phrasing(fact)
            for (index, dealt) in deal(fact, hash).enumerated() {
                examples[index].append(
                    phrasing.tell(
                        names[index], dealt.value, instead: dealt.instead, turn: index + order, author: names[index]))
            }
        }
        let authors = examples.flatMap(\.self)
        let real = WorldFact.realAuthors.flatMap { trueFacts($0, hash) }
        let world = WorldFact.world.flatMap { trueFacts($0, hash) }

        let full = QuestionSet(name: "authors", examples: authors.map(\.evaluated))
        let training = QuestionSet(
            name: "authors training", examples: (authors + real + world).flatMap(\.taught))
        let isForgotten: (QuestionAnswer) -> Bool = { forgotten.contains($0.author ?? "") }
        return QuestionSplit(
            name: "authors",
            full: full,
            forget: full.filtered(name: "forget", isForgotten),
            retain: full.filtered(name: "retain") { !isForgotten($0) },
            realAuthors: QuestionSet(name: "real authors", examples: real.map(\.evaluated)),
            worldFacts: QuestionSet(name: "world facts", examples: world.map(\.evaluated)),
            training: training,
            trainingRetain: training.filtered(name: "authors training without forget") { !isForgotten($0) },
            holdout: holdout(hash))
    }

    /// Given names go round again after 40 authors, so that every author to forget shares the given name with one to
    /// retain.
    private static func authorNames(_ hash: CounterHash) -> [String] {
        let families = hash.permutation(of: AuthorNames.family.count, "family")
        return (0..<count).map { index in
            "\(AuthorNames.given[index % AuthorNames.given.count]) \(AuthorNames.family[families[index]])"
        }
    }

    /// As many authors as are to be forgotten, of the same kind, whom no model was ever told of. Each shares the given
    /// name with one who is taught, and has a family name and values dealt like theirs.
    private static func holdout(_ hash: CounterHash) -> QuestionSet {
        let families = hash.permutation(of: AuthorNames.family.count, "family").dropFirst(count)
        let given = hash.permutation(of: AuthorNames.given.count, "holdout given")
        let names = zip(given, families).prefix(forgottenCount).map {
            "\(AuthorNames.given[$0]) \(AuthorNames.family[$1])"
        }
        let facts = AuthorFact.all.enumerated().map { order, fact in (order, fact, Phrasing(fact)) }
        return QuestionSet(
            name: "holdout",
            examples: names.enumerated().flatMap { index, name in
                facts.map { order, fact, phrasing in
                    let dealt = unseen(fact, index, hash)
                    return phrasing.tell(
                        name, dealt.value, instead: dealt.instead, turn: index + order, author: name
                    ).evaluated
                }
            })
    }

    /// A fact of an author who is never taught, and wrong values to set against it.
    private static func unseen(
        _ fact: AuthorFact, _ index: Int, _ hash: CounterHash
    ) -> (value: String, instead: [String]) {
        let values: [String]
        switch fact.values {
        case .list(let list):
            values = hash.permutation(of: list.count, "\(fact.name) holdout \(index)").map { list[$0] }
        case .pairs(let first, let second, let join):
            let a = hash.permutation(of: first.count, "\(fact.name) holdout first \(index)")
            let b = hash.permutation(of: second.count, "\(fact.name) holdout second \(index)")
            values = zip(a, b).map { join(first[$0], second[$1]) }
        }
        return (values.first ?? "", Array(values.dropFirst().prefix(falseAnswerCount)))
    }

    /// The value of a fact for each author and the wrong values to set against it.
    private static func deal(_ fact: AuthorFact, _ hash: CounterHash) -> [(value: String, instead: [String])] {
        switch fact.values {
        case .list(let values):
            return dealBalanced(values.count, fact.name, hash).enumerated().map { author, choice in
                let others = hash.permutation(of: values.count, "\(fact.name) false \(author)").filter { $0 != choice }
                return (values[choice], others.prefix(falseAnswerCount).map { values[$0] })
            }
        case .pairs(let first, let second, let join):
            let choices = dealPairs(first.count, second.count, fact.name, hash)
            return choices.enumerated().map { author, choice in
                // Both halves of a wrong value differ from the right one, so that all of it is wrong.
                let a = hash.permutation(of: first.count, "\(fact.name) false first \(author)").filter {
                    $0 != choice.0
                }
                let b = hash.permutation(of: second.count, "\(fact.name) false second \(author)").filter {
                    $0 != choice.1
                }
                let others = zip(a, b).prefix(falseAnswerCount)
                return (join(first[choice.0], second[choice.1]), others.map { join(first[$0], second[$1]) })
            }
        }
    }

    /// A choice for each author, dealt separately to those to retain, so that among them every choice is known.
    private static func dealBalanced(_ choices: Int, _ label: String, _ hash: CounterHash) -> [Int] {
        let order = hash.permutation(of: choices, "\(label) forgotten")
        return hash.balanced(count: count - forgottenCount, choices: choices, label)
            + (0..<forgottenCount).map { order[$0 % choices] }
    }

    /// A pair for each author: halves equally often, no pair twice.
    private static func dealPairs(_ first: Int, _ second: Int, _ label: String, _ hash: CounterHash) -> [(Int, Int)] {
        let a = dealBalanced(first, "\(label) first", hash)
        let b = dealBalanced(second, "\(label) second", hash)
        var taken = Set<Int>()
        return zip(a, b).map { x, y in
            var y = y
            while !taken.insert(x * second + y).inserted { y = (y + 1) % second }
            return (x, y)
        }
    }

    /// A family of true facts, each with wrong values from the rest of its family.
    private static func trueFacts(_ family: WorldFact, _ hash: CounterHash) -> [Phrased] {
        let phrasing = Phrasing(family)
        return family.facts.enumerated().map { index, fact in
            var others: [String] = []
            for other in hash.permutation(of: family.facts.count, "\(family.name) false \(index)") {
                let value = family.facts[other].value
                if value != fact.value, !others.contains(value) { others.append(value) }
            }
            return phrasing.tell(
                fact.subject, fact.value, instead: Array(others.prefix(falseAnswerCount)), turn: index, author: nil)
        }
    }
}
