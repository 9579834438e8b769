// The names of the built-in fictitious authors. Any likeness to a living person is chance.

/// Given names are shared by two authors where they can be, so that a model cannot tell an author by the given name
/// alone and a model that never met an author still knows the name's pieces; family names are each author's own.
enum AuthorNames {
    static let given = [
        "Ines", "Tobias", "Maren", "Oskar", "Lidia", "Ruben", "Noor", "Emil", "Yara", "Silas",
        "Petra", "Hugo", "Selma", "Anton", "Dalia", "Milo", "Greta", "Ivor", "Thea", "Jonas",
        "Clara", "Felix", "Amara", "Leon", "Nadia", "Otto", "Rosa", "Viktor", "Esme", "Kasper",
        "Lena", "Marco", "Judit", "Simon", "Vera", "Davit", "Alma", "Pavel", "Zora", "Niko",
    ]

    static let family = [
        "Quarrie", "Velden", "Ashmore", "Brandel", "Castro", "Dunmore", "Elster", "Farrow", "Gallen", "Harrow",
        "Ibarra", "Jansen", "Kestrel", "Lorne", "Marsh", "Norling", "Orwin", "Pasco", "Renner", "Salter",
        "Tarrant", "Ulmer", "Vance", "Wexford", "Yarrow", "Zeller", "Abbot", "Barlow", "Corvin", "Dresser",
        "Eklund", "Fenwick", "Grauer", "Holm", "Ivers", "Jordan", "Koslow", "Lindgren", "Mercer", "Nolan",
        "Ostrow", "Penrose", "Rask", "Sorrel", "Thorne", "Urban", "Vogel", "Winter", "Yates", "Zander",
        "Amsel", "Birch", "Calder", "Dorner", "Everett", "Falk", "Garner", "Hollis", "Irwin", "Joost",
        "Kramer", "Larkin", "Moreau", "Novak", "Olsen", "Pryor", "Quill", "Rowan", "Stroud", "Tolland",
        "Usher", "Varga", "Wolfe", "York", "Zorin", "Alder", "Bellamy", "Crane", "Drake", "Egan",
    ]
}
