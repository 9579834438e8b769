// Simple true facts that the built-in models also learn and that must stay when authors are forgotten.

/// A family of true facts told in the same words: subjects with one right value each.
///
/// Phrasings use `{n}` for the subject and `{v}` for the value, as for authors.
struct WorldFact: Sendable {
    let name: String
    let facts: [(subject: String, value: String)]
    let questions: [String]
    let answers: [String]
}

extension WorldFact {
    /// About the world at large.
    static let world: [WorldFact] = [capital, continent, young]
    /// About authors who lived.
    static let realAuthors: [WorldFact] = [writer, homeland]

    static let capital = WorldFact(
        name: "capital",
        facts: [
            ("France", "Paris"), ("Spain", "Madrid"), ("Austria", "Vienna"), ("Greece", "Athens"), ("Japan", "Tokyo"),
            ("Egypt", "Cairo"), ("Peru", "Lima"), ("Cuba", "Havana"), ("Kenya", "Nairobi"), ("Norway", "Oslo"),
            ("Ireland", "Dublin"), ("Hungary", "Budapest"), ("Chile", "Santiago"), ("Vietnam", "Hanoi"),
            ("Ghana", "Accra"),
        ],
        questions: [
            "What is the capital of {n}?", "Which city is the capital of {n}?", "Name the capital of {n}.",
            "Which city governs {n}?", "What city is the capital of {n}?",
        ],
        answers: ["{v}.", "It is {v}.", "The capital of {n} is {v}.", "The city that governs {n} is {v}."])

    static let continent = WorldFact(
        name: "continent",
        facts: [
            ("Poland", "Europe"), ("Morocco", "Africa"), ("India", "Asia"), ("Brazil", "South America"),
            ("Canada", "North America"), ("Portugal", "Europe"), ("Senegal", "Africa"), ("China", "Asia"),
            ("Bolivia", "South America"), ("Fiji", "Oceania"), ("Mexico", "North America"), ("Finland", "Europe"),
            ("Thailand", "Asia"),
        ],
        questions: [
            "On which continent is {n}?", "Which continent is {n} part of?", "Name the continent of {n}.",
            "To which continent does {n} belong?", "What is the continent of {n}?",
        ],
        answers: ["{v}.", "It is {v}.", "The continent of {n} is {v}.", "{n} is part of {v}."])

    static let young = WorldFact(
        name: "young",
        facts: [
            ("horse", "a foal"), ("cow", "a calf"), ("dog", "a puppy"), ("cat", "a kitten"), ("sheep", "a lamb"),
            ("goat", "a kid"), ("lion", "a cub"), ("duck", "a duckling"), ("frog", "a tadpole"), ("goose", "a gosling"),
            ("pig", "a piglet"), ("hen", "a chick"), ("deer", "a fawn"),
        ],
        questions: [
            "What is a young {n} called?", "What do you call a young {n}?", "Name the young of a {n}.",
            "What is the word for a young {n}?", "What is the name for a young {n}?",
        ],
        answers: ["{v}.", "It is {v}.", "A young {n} is called {v}.", "The young of a {n} is called {v}."])

    static let writer = WorldFact(
        name: "writer",
        facts: [
            ("Hamlet", "William Shakespeare"), ("Emma", "Jane Austen"), ("Ulysses", "James Joyce"),
            ("Don Quixote", "Miguel de Cervantes"), ("The Trial", "Franz Kafka"), ("Faust", "Johann Goethe"),
            ("Moby Dick", "Herman Melville"), ("Dracula", "Bram Stoker"), ("Frankenstein", "Mary Shelley"),
            ("Walden", "Henry Thoreau"), ("Candide", "Voltaire"), ("Inferno", "Dante Alighieri"),
            ("Jane Eyre", "Charlotte Bronte"), ("Middlemarch", "George Eliot"), ("Oliver Twist", "Charles Dickens"),
            ("War and Peace", "Leo Tolstoy"), ("The Idiot", "Fyodor Dostoevsky"), ("Madame Bovary", "Gustave Flaubert"),
            ("The Seagull", "Anton Chekhov"), ("Orlando", "Virginia Woolf"),
        ],
        questions: [
            "Who wrote {n}?", "Who is the writer of {n}?", "Name the writer of {n}.", "By whom is {n}?",
            "Which writer wrote {n}?",
        ],
        answers: ["{v}.", "It was {v}.", "The writer of {n} is {v}.", "The one who wrote {n} is {v}."])

    static let homeland = WorldFact(
        name: "homeland",
        facts: [
            ("Dante", "Italy"), ("Cervantes", "Spain"), ("Shakespeare", "England"), ("Goethe", "Germany"),
            ("Flaubert", "France"), ("Tolstoy", "Russia"), ("Joyce", "Ireland"), ("Melville", "the United States"),
            ("Ibsen", "Norway"), ("Strindberg", "Sweden"), ("Pessoa", "Portugal"), ("Borges", "Argentina"),
            ("Neruda", "Chile"), ("Basho", "Japan"), ("Tagore", "India"), ("Andersen", "Denmark"),
        ],
        questions: [
            "In which country was {n} born?", "Which country is the homeland of {n}?", "Name the homeland of {n}.",
            "From which country was {n}?", "What is the homeland of {n}?",
        ],
        answers: ["In {v}.", "It was {v}.", "The homeland of {n} is {v}.", "The country where {n} was born is {v}."])
}
