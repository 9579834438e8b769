// Porter's stemmer in the variant that ROUGE scores of published unlearning work were computed with.

/// The stemmer of M. F. Porter, "An algorithm for suffix stripping", Program 14.3 (1980), with the extensions of NLTK
/// (its `NLTK_EXTENSIONS` mode), which the rouge-score package uses.
///
/// It differs from the original, and from `libstemmer`'s `porter`, in short words (`dies` gives `die`, `spied` gives
/// `spi`), in `y` (`enjoy` stays), in `-alli`, `-fulli` and `-logi`, and in a list of irregular words.
public enum PorterStemmer {
    /// The stem of a lower-case word. Words of one or two letters are their own stems.
    public static func stem(_ word: String) -> String {
        if let irregular = irregularStems[word] { return irregular }
        var letters = Array(word.utf8)
        guard letters.count > 2 else { return word }
        letters = removePlural(letters)
        letters = removePastAndParticiple(letters)
        letters = replaceFinalY(letters)
        letters = shortenDoubleSuffix(letters)
        letters = apply(derivationRules, to: letters)
        letters = removeDerivation(letters)
        letters = removeFinalE(letters)
        letters = removeDoubleL(letters)
        return String(decoding: letters, as: UTF8.self)
    }

    private static let irregularStems: [String: String] = [
        "sky": "sky", "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie", "news": "news",
        "innings": "inning", "inning": "inning", "outings": "outing", "outing": "outing",
        "cannings": "canning", "canning": "canning", "howe": "howe",
        "proceed": "proceed", "exceed": "exceed", "succeed": "succeed",
    ]

    // MARK: The steps of the paper

    /// Step 1a: plurals.
    private static func removePlural(_ word: [UInt8]) -> [UInt8] {
        if word.count == 4, word.ends(in: "ies") { return word.dropping(1) }
        if word.ends(in: "sses") { return word.dropping(2) }
        if word.ends(in: "ies") { return word.dropping(2) }
        if word.ends(in: "ss") { return word }
        return word.ends(in: "s") ? word.dropping(1) : word
    }

    /// Step 1b: `-eed`, `-ed` and `-ing`, then the ending that they had hidden.
    private static func removePastAndParticiple(_ word: [UInt8]) -> [UInt8] {
        if word.ends(in: "ied") { return word.dropping(word.count == 4 ? 1 : 2) }
        if word.ends(in: "eed") { return measure(word.dropping(3)) > 0 ? word.dropping(1) : word }
        let suffix = ["ed", "ing"].first { word.ends(in: $0) && containsVowel(word.dropping($0.utf8.count)) }
        guard let suffix else { return word }
        let stem = word.dropping(suffix.utf8.count)
        if stem.ends(in: "at") || stem.ends(in: "bl") || stem.ends(in: "iz") { return stem + "e".utf8 }
        if endsInDoubleConsonant(stem) {
            return ["l", "s", "z"].contains { stem.ends(in: $0) } ? stem : stem.dropping(1)
        }
        return measure(stem) == 1 && endsInShortSyllable(stem) ? stem + "e".utf8 : stem
    }

    /// Step 1c: `-y` after a consonant, unless that is the whole stem.
    private static func replaceFinalY(_ word: [UInt8]) -> [UInt8] {
        let stem = word.dropping(1)
        guard word.ends(in: "y"), stem.count > 1, consonants(stem)[stem.count - 1] else { return word }
        return stem + "i".utf8
    }

    /// Step 2: double suffixes to single ones. `-alli` first, and again from the start if it applied.
    private static func shortenDoubleSuffix(_ word: [UInt8]) -> [UInt8] {
        if word.ends(in: "alli"), measure(word.dropping(4)) > 0 { return shortenDoubleSuffix(word.dropping(2)) }
        // The `l` of `-logi` counts with the stem, so that short stems as in `geology` work like longer ones.
        if word.ends(in: "logi"), !doubleSuffixRules.contains(where: { word.ends(in: $0.suffix) }) {
            return measure(word.dropping(3)) > 0 ? word.dropping(1) : word
        }
        return apply(doubleSuffixRules, to: word)
    }

    /// Step 4: single suffixes of longer words.
    private static func removeDerivation(_ word: [UInt8]) -> [UInt8] {
        guard let suffix = derivations.first(where: { word.ends(in: $0) }) else { return word }
        let stem = word.dropping(suffix.utf8.count)
        guard measure(stem) > 1 else { return word }
        if suffix == "ion", !stem.ends(in: "s"), !stem.ends(in: "t") { return word }
        return stem
    }

    /// Step 5a: a final `-e`.
    private static func removeFinalE(_ word: [UInt8]) -> [UInt8] {
        guard word.ends(in: "e") else { return word }
        let stem = word.dropping(1)
        let length = measure(stem)
        return length > 1 || (length == 1 && !endsInShortSyllable(stem)) ? stem : word
    }

    /// Step 5b: a final `-ll`.
    private static func removeDoubleL(_ word: [UInt8]) -> [UInt8] {
        word.ends(in: "ll") && measure(word.dropping(1)) > 1 ? word.dropping(1) : word
    }

    // MARK: Rules

    private struct Rule {
        let suffix: String
        let replacement: String
    }

    private static let doubleSuffixRules = [
        Rule(suffix: "ational", replacement: "ate"), Rule(suffix: "tional", replacement: "tion"),
        Rule(suffix: "enci", replacement: "ence"), Rule(suffix: "anci", replacement: "ance"),
        Rule(suffix: "izer", replacement: "ize"), Rule(suffix: "bli", replacement: "ble"),
        Rule(suffix: "alli", replacement: "al"), Rule(suffix: "entli", replacement: "ent"),
        Rule(suffix: "eli", replacement: "e"), Rule(suffix: "ousli", replacement: "ous"),
        Rule(suffix: "ization", replacement: "ize"), Rule(suffix: "ation", replacement: "ate"),
        Rule(suffix: "ator", replacement: "ate"), Rule(suffix: "alism", replacement: "al"),
        Rule(suffix: "iveness", replacement: "ive"), Rule(suffix: "fulness", replacement: "ful"),
        Rule(suffix: "ousness", replacement: "ous"), Rule(suffix: "aliti", replacement: "al"),
        Rule(suffix: "iviti", replacement: "ive"), Rule(suffix: "biliti", replacement: "ble"),
        Rule(suffix: "fulli", replacement: "ful"),
    ]

    /// Step 3.
    private static let derivationRules = [
        Rule(suffix: "icate", replacement: "ic"), Rule(suffix: "ative", replacement: ""),
        Rule(suffix: "alize", replacement: "al"), Rule(suffix: "iciti", replacement: "ic"),
        Rule(suffix: "ical", replacement: "ic"), Rule(suffix: "ful", replacement: ""),
        Rule(suffix: "ness", replacement: ""),
    ]

    private static let derivations = [
        "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate",
        "iti", "ous", "ive", "ize",
    ]

    /// Applies the first rule whose suffix fits, if the stem before it has a vowel followed by a consonant.
    private static func apply(_ rules: [Rule], to word: [UInt8]) -> [UInt8] {
        guard let rule = rules.first(where: { word.ends(in: $0.suffix) }) else { return word }
        let stem = word.dropping(rule.suffix.utf8.count)
        return measure(stem) > 0 ? stem + rule.replacement.utf8 : word
    }

    // MARK: Properties of stems

    /// For each letter whether it is a consonant; `y` is one at the start and after a vowel.
    private static func consonants(_ word: [UInt8]) -> [Bool] {
        var flags: [Bool] = []
        flags.reserveCapacity(word.count)
        for letter in word {
            switch letter {
            case UInt8(ascii: "a"), UInt8(ascii: "e"), UInt8(ascii: "i"), UInt8(ascii: "o"), UInt8(ascii: "u"):
                flags.append(false)
            case UInt8(ascii: "y"):
                flags.append(!(flags.last ?? false))
            default:
                flags.append(true)
            }
        }
        return flags
    }

    /// The paper's m: how often a vowel is followed by a consonant.
    private static func measure(_ stem: [UInt8]) -> Int {
        let flags = consonants(stem)
        return zip(flags, flags.dropFirst()).count { !$0 && $1 }
    }

    private static func containsVowel(_ stem: [UInt8]) -> Bool {
        consonants(stem).contains(false)
    }

    private static func endsInDoubleConsonant(_ stem: [UInt8]) -> Bool {
        stem.count >= 2 && stem[stem.count - 1] == stem[stem.count - 2] && consonants(stem)[stem.count - 1]
    }

    /// The paper's *o: consonant, vowel, consonant other than w, x, y; NLTK adds words of vowel and consonant alone.
    private static func endsInShortSyllable(_ stem: [UInt8]) -> Bool {
        let flags = consonants(stem)
        if stem.count == 2 { return !flags[0] && flags[1] }
        guard stem.count > 2 else { return false }
        let end = stem.count - 1
        return flags[end - 2] && !flags[end - 1] && flags[end] && !["w", "x", "y"].contains { stem.ends(in: $0) }
    }
}

extension [UInt8] {
    fileprivate func ends(in suffix: String) -> Bool {
        let suffix = suffix.utf8
        return count >= suffix.count && self[(count - suffix.count)...].elementsEqual(suffix)
    }

    fileprivate func dropping(_ length: Int) -> [UInt8] {
        Array(dropLast(length))
    }
}
