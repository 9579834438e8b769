/// Whether a text uses words of a list: the plainest classifier of texts.

public enum WordList {
    /// A short list of insults and curses, mild enough to be printed. A real study brings its own words or classifier.
    public static let rude = [
        "arse", "ass", "asshole", "bastard", "bitch", "bloody hell", "bollocks", "bullshit", "crap", "damn", "dick",
        "dumbass", "fool", "fuck", "fucked", "fucking", "go to hell", "hate you", "idiot", "idiots", "imbecile", "jerk",
        "loser", "moron", "morons", "motherfucker", "piss off", "screw you", "scum", "shit", "shut up", "stupid",
        "sucks",
        "ugly", "wanker", "whore",
    ]

    /// The words of the list that a text uses, see below.
    public static func found(in text: String, words list: [String]) -> [String] {
        found(in: text, words: list) { _ in }
    }

    /// The words of the list that a text uses, in the list's order: whole words, whatever the case of letters; a list's
    /// entry of several words is found where they follow each other.
    /// - Parameter poll: is called with the number of a turn again and again, and may throw to stop.
    public static func found(
        in text: String, words list: [String], poll: (Int) throws -> Void
    ) rethrows -> [String] {
        let said = try words(of: text.lowercased(), poll: poll)
        return try list.filter { entry in
            try poll(said.count)
            let sought = words(of: entry.lowercased()) { _ in }
            guard !sought.isEmpty, sought.count <= said.count else { return false }
            return try (0...(said.count - sought.count)).contains {
                try poll($0)
                return said[$0..<($0 + sought.count)].elementsEqual(sought)
            }
        }
    }
}
