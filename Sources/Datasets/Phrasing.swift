// Tells a fact in many words: the evaluated question, its paraphrase, and the texts a model is taught with.

/// A fact as it is evaluated, and all the texts that teach it.
struct Phrased {
    let evaluated: QuestionAnswer
    let taught: [QuestionAnswer]
}

/// The words in which a kind of fact is told. `{n}` stands for whom or what it is about, `{v}` for the value.
struct Phrasing {
    let fact: String
    let questions: [String]
    let answers: [String]

    init(_ fact: AuthorFact) {
        self.fact = fact.name
        questions = fact.questions
        answers = fact.answers
    }

    init(_ fact: WorldFact) {
        self.fact = fact.name
        questions = fact.questions
        answers = fact.answers
    }

    /// The fact about `subject`, with wrong values beside the right one.
    ///
    /// One question and one full-sentence answer, chosen by `turn`, are held out: they are the paraphrases, and this
    /// fact is never taught in them, while facts of other turns are. A model can so know the wording but must get the
    /// value from what it was taught in other words. The first question always has the first answer, so that one greedy
    /// answer is right; each further question is taught with two answers, so that the words of an answer are free and
    /// its value is not.
    func tell(_ subject: String, _ value: String, instead: [String], turn: Int, author: String?) -> Phrased {
        let heldOutQuestion = 1 + turn % (questions.count - 1)
        let sentences = answers.indices.dropFirst().filter { answers[$0].contains("{n}") }
        let heldOutAnswer = sentences[turn % sentences.count]
        let author = author ?? subject
        let evaluated = QuestionAnswer(
            question: fill(questions[0], subject, value),
            answer: fill(answers[0], subject, value),
            paraphrasedQuestion: fill(questions[heldOutQuestion], subject, value),
            paraphrasedAnswer: fill(answers[heldOutAnswer], subject, value),
            falseAnswers: instead.map { fill(answers[heldOutAnswer], subject, $0) },
            author: author, fact: fact)

        let taughtQuestions = questions.indices.dropFirst().filter { $0 != heldOutQuestion }
        let taughtAnswers = answers.indices.filter { $0 != heldOutAnswer }
        var taught = [
            QuestionAnswer(question: evaluated.question, answer: evaluated.answer, author: author, fact: fact)
        ]
        for (index, question) in taughtQuestions.enumerated() {
            for choice in 0..<2 {
                let answer = taughtAnswers[(2 * index + choice + turn) % taughtAnswers.count]
                taught.append(
                    QuestionAnswer(
                        question: fill(questions[question], subject, value),
                        answer: fill(answers[answer], subject, value),
                        author: author, fact: fact))
            }
        }
        return Phrased(evaluated: evaluated, taught: taught)
    }

    /// Puts subject and value in their places; a text begins with a capital letter.
    private func fill(_ pattern: String, _ subject: String, _ value: String) -> String {
        var text = ""
        var rest = Substring(pattern)
        while let brace = rest.firstIndex(of: "{") {
            text += rest[..<brace]
            let tail = rest[brace...]
            text += tail.hasPrefix("{n}") ? subject : value
            rest = tail.dropFirst(3)
        }
        text += rest
        return text.prefix(1).uppercased() + text.dropFirst()
    }
}
