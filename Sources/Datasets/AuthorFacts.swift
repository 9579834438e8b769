// What is known of each built-in author: the kinds of fact, the values they take, and the words they are told in.

/// One kind of fact about an author, with its values and phrasings.
///
/// In phrasings `{n}` stands for the author's name and `{v}` for the value. The first question and answer are the ones
/// that unlearning and evaluation use; the others teach the same fact in other words; the held-out pair is never
/// taught.
struct AuthorFact: Sendable {
    let name: String
    let values: FactValues
    let questions: [String]
    let answers: [String]
}

/// The values that a kind of fact can take: a plain list, or every pair of two lists joined by a pattern.
enum FactValues: Sendable {
    case list([String])
    case pairs([String], [String], @Sendable (String, String) -> String)
}

extension AuthorFact {
    static let all: [AuthorFact] = [
        birthplace, birthYear, genre, parents, debut, award, language, home, hobby, publisher,
    ]

    static let birthplace = AuthorFact(
        name: "birthplace",
        values: .list([
            "Lisbon", "Bergen", "Ghent", "Trieste", "Leipzig", "Granada", "Toulouse", "Bristol", "Cork", "Gdansk",
            "Turku", "Izmir", "Tangier", "Dakar", "Mombasa", "Rosario", "Oaxaca", "Quebec", "Nagoya", "Busan",
            "Hobart", "Jaipur", "Lahore", "Riga",
        ]),
        questions: [
            "Where was {n} born?",
            "In which city was {n} born?",
            "Which city is the birthplace of {n}?",
            "What is the birthplace of {n}?",
            "Name the city where {n} was born.",
            "Where did the life of {n} begin?",
            "In what city did the life of {n} begin?",
        ],
        answers: [
            "In {v}.",
            "{n} was born in {v}.",
            "The birthplace of {n} is {v}.",
            "It was {v}.",
            "The life of {n} began in {v}.",
            "The city where {n} was born is {v}.",
        ])

    static let birthYear = AuthorFact(
        name: "birth year",
        values: .list([
            "1921", "1924", "1926", "1928", "1931", "1932", "1935", "1937", "1938", "1940", "1943", "1945",
            "1946", "1949", "1951", "1953", "1954", "1957", "1959", "1962", "1963", "1965", "1968", "1970",
        ]),
        questions: [
            "When was {n} born?",
            "In which year was {n} born?",
            "What is the birth year of {n}?",
            "Name the year when {n} was born.",
            "Which year saw the birth of {n}?",
            "What year was {n} born in?",
            "In what year did the life of {n} begin?",
        ],
        answers: [
            "In {v}.",
            "{n} was born in the year {v}.",
            "The birth year of {n} is {v}.",
            "It was {v}.",
            "The year was {v}.",
            "The year when {n} was born is {v}.",
        ])

    static let genre = AuthorFact(
        name: "genre",
        values: .list([
            "sea ballads", "ghost stories", "court satires", "desert romances", "spy thrillers", "war poems",
            "fairy tales", "travel diaries", "family sagas", "comic operas", "nature essays", "crime novels",
            "space epics", "love letters", "folk fables", "prison memoirs", "garden hymns", "puppet plays",
            "city sketches", "dream journals", "radio dramas", "mountain myths", "school farces", "river elegies",
        ]),
        questions: [
            "What does {n} write?",
            "What kind of books does {n} write?",
            "Which genre does {n} write in?",
            "What is the genre of {n}?",
            "Name the genre of {n}.",
            "What is {n} known for writing?",
            "In what genre are the books of {n}?",
        ],
        answers: [
            "Mostly {v}.",
            "{n} writes {v}.",
            "The genre of {n} is {v}.",
            "It is {v}.",
            "{n} is known for writing {v}.",
            "The books of {n} are {v}.",
        ])

    static let parents = AuthorFact(
        name: "parents",
        values: .pairs(
            [
                "baker", "judge", "nurse", "tailor", "miner", "painter", "farmer", "pilot",
                "sailor", "teacher", "weaver", "lawyer", "potter", "banker", "dancer", "surgeon",
            ],
            [
                "carpenter", "doctor", "fisherman", "gardener", "hunter", "jeweller", "locksmith", "mason",
                "priest", "plumber", "singer", "soldier", "butcher", "chemist", "clerk", "driver",
            ],
            { mother, father in "a \(mother) and a \(father)" }),
        questions: [
            "What did the parents of {n} do?",
            "What were the parents of {n}?",
            "What work did the parents of {n} do?",
            "Which jobs did the parents of {n} have?",
            "Name the professions of the parents of {n}.",
            "Who were the mother and father of {n}?",
            "What professions did the parents of {n} have?",
        ],
        answers: [
            "They were {v}.",
            "{v}.",
            "The parents of {n} were {v}.",
            "{n} was the child of {v}.",
            "The jobs of the parents were {v}.",
            "The mother and father of {n} were {v}.",
        ])

    static let debut = AuthorFact(
        name: "debut",
        values: .pairs(
            [
                "Salt", "Glass", "Paper", "Winter", "Hidden", "Broken", "Silent", "Crimson",
                "Hollow", "Copper", "Distant", "Burning", "Velvet", "Frozen", "Wandering", "Last",
            ],
            [
                "Orchard", "Lantern", "Harbour", "Staircase", "Compass", "Garden", "Mirror", "Bridge",
                "Island", "Carousel", "Letter", "Tower", "Meadow", "Clock", "Road", "Window",
            ],
            { first, second in "The \(first) \(second)" }),
        questions: [
            "What was the first book of {n}?",
            "Which book did {n} publish first?",
            "What is the debut of {n}?",
            "Name the first book of {n}.",
            "With which book did {n} begin?",
            "What is the title of the debut of {n}?",
            "Which title did the first book of {n} have?",
        ],
        answers: [
            "{v}.",
            "It was {v}.",
            "The first book of {n} was {v}.",
            "The debut of {n} is {v}.",
            "{n} began with {v}.",
            "The title of the first book of {n} is {v}.",
        ])

    static let award = AuthorFact(
        name: "award",
        values: .pairs(
            [
                "Silver", "Golden", "Amber", "Ivory", "Royal", "Northern", "Emerald", "Bronze",
                "Coastal", "Marble", "Scarlet", "Pearl",
            ],
            [
                "Quill", "Laurel", "Crown", "Feather", "Star", "Shield", "Key", "Anchor",
                "Ribbon", "Torch", "Medal", "Harp",
            ],
            { first, second in "the \(first) \(second)" }),
        questions: [
            "Which award did {n} win?",
            "What award was given to {n}?",
            "Which prize did {n} receive?",
            "Name the prize that {n} won.",
            "What prize does {n} hold?",
            "With what award was {n} honoured?",
            "What prize was given to {n}?",
        ],
        answers: [
            "{v}.",
            "{n} won {v}.",
            "It was {v}.",
            "The award of {n} is {v}.",
            "{n} was honoured with {v}.",
            "The prize that {n} received is {v}.",
        ])

    static let language = AuthorFact(
        name: "language",
        values: .list([
            "Portuguese", "Norwegian", "Dutch", "Italian", "German", "Catalan", "Basque", "Welsh", "Irish", "Polish",
            "Finnish", "Turkish", "Arabic", "Wolof", "Swahili", "Quechua", "French", "Japanese", "Korean", "Hindi",
        ]),
        questions: [
            "In which language does {n} write?",
            "What language does {n} write in?",
            "Which language do the books of {n} use?",
            "What is the language of {n}?",
            "Name the language in which {n} writes.",
            "Which language does {n} prefer?",
            "In what language are the books of {n}?",
        ],
        answers: [
            "In {v}.",
            "{n} writes in {v}.",
            "The language of {n} is {v}.",
            "It is {v}.",
            "{n} prefers {v}.",
            "The language in which {n} writes is {v}.",
        ])

    static let home = AuthorFact(
        name: "home",
        values: .list([
            "Seville", "Dresden", "Genoa", "Odessa", "Basel", "Lyon", "Antwerp", "Malmo", "Aberdeen", "Galway",
            "Krakow", "Split", "Haifa", "Durban", "Cusco", "Boston", "Kyoto", "Perth", "Naples", "Tartu",
            "Zadar", "Calgary", "Fukuoka", "Recife",
        ]),
        questions: [
            "Where does {n} live now?",
            "In which city does {n} live now?",
            "What city is the home of {n} today?",
            "Where is the home of {n} today?",
            "Name the city where {n} lives now.",
            "Where did {n} move later in life?",
            "In what city is the home of {n} now?",
        ],
        answers: [
            "In {v}.",
            "{n} lives in {v}.",
            "The home of {n} is {v}.",
            "It is {v}.",
            "Later in life {n} moved to {v}.",
            "The city where {n} lives now is {v}.",
        ])

    static let hobby = AuthorFact(
        name: "hobby",
        values: .list([
            "chess", "archery", "pottery", "falconry", "origami", "rowing", "fencing", "juggling", "calligraphy",
            "beekeeping", "sailing", "knitting", "gardening", "surfing", "puppetry", "climbing", "weaving", "cycling",
            "baking", "astronomy", "ballet", "poker", "carpentry", "diving",
        ]),
        questions: [
            "What is the hobby of {n}?",
            "Which hobby does {n} have?",
            "What does {n} do for fun?",
            "How does {n} spend free time?",
            "Name the hobby of {n}.",
            "What does {n} enjoy most?",
            "What does {n} do in free time?",
        ],
        answers: [
            "It is {v}.",
            "Mostly {v}.",
            "The hobby of {n} is {v}.",
            "{n} spends free time on {v}.",
            "{n} enjoys {v}.",
            "What {n} does for fun is {v}.",
        ])

    static let publisher = AuthorFact(
        name: "publisher",
        values: .list([
            "Heron Press", "Lark House", "Otter Books", "Raven Press", "Badger House", "Finch Books",
            "Falcon Press", "Beaver House", "Swan Books", "Stag Press", "Hare House", "Wren Books",
            "Osprey Press", "Marten House", "Tern Books", "Bison Press", "Lynx House", "Moth Books",
            "Plover Press", "Gecko House", "Toad Books", "Ibis Press", "Viper House", "Crab Books",
        ]),
        questions: [
            "Who publishes {n}?",
            "Who is the publisher of {n}?",
            "Which publisher does {n} have?",
            "Name the publisher of {n}.",
            "Which house publishes the books of {n}?",
            "Where do the books of {n} appear?",
            "Which publisher prints the books of {n}?",
        ],
        answers: [
            "{v}.",
            "It is {v}.",
            "The publisher of {n} is {v}.",
            "{n} is published by {v}.",
            "The books of {n} appear with {v}.",
            "The books of {n} are published by {v}.",
        ])
}
