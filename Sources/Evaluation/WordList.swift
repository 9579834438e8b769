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

    /// The words of the list that a text uses, in the list's order: whole words, whatever the case of letters; a list's
    /// entry of several words is found where they follow each other.
    public static func found(in text: String, words list: [String]) -> [String] {
        let said = words(of: text.lowercased())
        return list.filter { entry in
            let sought = words(of: entry.lowercased())
            guard !sought.isEmpty, sought.count <= said.count else { return false }
            return (0...(said.count - sought.count)).contains { said[$0..<($0 + sought.count)].elementsEqual(sought) }
        }
    }
}
