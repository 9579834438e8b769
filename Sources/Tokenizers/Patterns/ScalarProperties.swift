// The properties of Unicode that patterns and tokenizers ask for, as sets of scalars.

/// General categories, one bit each, so that a set of them is a number.
struct CategoryMask: OptionSet, Sendable, Hashable {
    let rawValue: UInt32

    init(rawValue: UInt32) { self.rawValue = rawValue }

    init(_ category: Unicode.GeneralCategory) { self.init(rawValue: 1 << UInt32(CategoryMask.index(category))) }

    static let uppercase = CategoryMask(.uppercaseLetter), lowercase = CategoryMask(.lowercaseLetter)
    static let titlecase = CategoryMask(.titlecaseLetter)
    static let cased: CategoryMask = [uppercase, lowercase, titlecase]
    static let letter: CategoryMask = [cased, .init(.modifierLetter), .init(.otherLetter)]
    static let mark: CategoryMask = [.init(.nonspacingMark), .init(.spacingMark), .init(.enclosingMark)]
    static let number: CategoryMask = [.init(.decimalNumber), .init(.letterNumber), .init(.otherNumber)]
    static let punctuation: CategoryMask = [
        .init(.connectorPunctuation), .init(.dashPunctuation), .init(.openPunctuation), .init(.closePunctuation),
        .init(.initialPunctuation), .init(.finalPunctuation), .init(.otherPunctuation),
    ]
    static let symbol: CategoryMask = [
        .init(.mathSymbol), .init(.currencySymbol), .init(.modifierSymbol), .init(.otherSymbol),
    ]
    static let separator: CategoryMask = [
        .init(.spaceSeparator), .init(.lineSeparator), .init(.paragraphSeparator),
    ]
    static let other: CategoryMask = [
        .init(.control), .init(.format), .init(.surrogate), .init(.privateUse), .init(.unassigned),
    ]

    static func index(_ category: Unicode.GeneralCategory) -> UInt8 {
        switch category {
        case .uppercaseLetter: 0
        case .lowercaseLetter: 1
        case .titlecaseLetter: 2
        case .modifierLetter: 3
        case .otherLetter: 4
        case .nonspacingMark: 5
        case .spacingMark: 6
        case .enclosingMark: 7
        case .decimalNumber: 8
        case .letterNumber: 9
        case .otherNumber: 10
        case .connectorPunctuation: 11
        case .dashPunctuation: 12
        case .openPunctuation: 13
        case .closePunctuation: 14
        case .initialPunctuation: 15
        case .finalPunctuation: 16
        case .otherPunctuation: 17
        case .mathSymbol: 18
        case .currencySymbol: 19
        case .modifierSymbol: 20
        case .otherSymbol: 21
        case .spaceSeparator: 22
        case .lineSeparator: 23
        case .paragraphSeparator: 24
        case .control: 25
        case .format: 26
        case .surrogate: 27
        case .privateUse: 28
        case .unassigned: 29
        @unknown default: 29
        }
    }
}

extension ScalarSet {
    /// The ranges of scalars of one category, in order; asking for each scalar every time would cost milliseconds.
    private static let categoryRanges: [(range: ClosedRange<UInt32>, category: UInt8)] = {
        var result: [(range: ClosedRange<UInt32>, category: UInt8)] = []
        func add(_ range: ClosedRange<UInt32>, _ category: UInt8) {
            if let last = result.last, last.category == category, last.range.upperBound + 1 == range.lowerBound {
                result[result.count - 1].range = last.range.lowerBound...range.upperBound
            } else {
                result.append((range, category))
            }
        }
        func look(_ range: ClosedRange<UInt32>) {
            for value in range {
                guard let scalar = Unicode.Scalar(value) else {
                    add(value...value, CategoryMask.index(.surrogate))
                    continue
                }
                add(value...value, CategoryMask.index(scalar.properties.generalCategory))
            }
        }
        look(0...0x3FFFF)
        // Planes 4 to 13 are empty but for their last two code points, which are not characters either.
        add(0x40000...0xDFFFF, CategoryMask.index(.unassigned))
        look(0xE0000...0xE0FFF)
        add(0xE1000...0xEFFFF, CategoryMask.index(.unassigned))
        for plane in [UInt32(0xF0000), 0x100000] {
            add(plane...(plane + 0xFFFD), CategoryMask.index(.privateUse))
            add((plane + 0xFFFE)...(plane + 0xFFFF), CategoryMask.index(.unassigned))
        }
        return result
    }()

    init(_ categories: CategoryMask) {
        self.init(
            unsorted: Self.categoryRanges.filter { categories.rawValue >> UInt32($0.category) & 1 == 1 }.map(\.range))
    }

    /// `White_Space`.
    static let whitespace = ScalarSet(unsorted: [
        0x09...0x0D, 0x20...0x20, 0x85...0x85, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029,
        0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000,
    ])
    static let letters = ScalarSet(.letter)
    static let numbers = ScalarSet(.number)
    static let decimals = ScalarSet(CategoryMask(.decimalNumber))
    /// What Oniguruma takes for `\w`.
    static let words = ScalarSet([.letter, .mark, .init(.decimalNumber), .init(.connectorPunctuation)])

    /// A property by its name in `\p{…}`, in any case and without blanks and hyphens; nil where it is not known.
    static func property(_ name: String) -> ScalarSet? {
        let key = String(
            String.UnicodeScalarView(name.unicodeScalars.filter { !" -_".unicodeScalars.contains($0) })
        ).lowercased()
        if let mask = categories[key] { return ScalarSet(mask) }
        if let ranges = scripts[key] { return ScalarSet(unsorted: ranges) }
        switch key {
        case "any": return .all
        case "ascii": return ScalarSet(0...0x7F)
        case "space", "whitespace": return .whitespace
        case "digit": return .decimals
        case "word": return .words
        case "xdigit", "asciihexdigit", "ahex": return .hexDigits
        case "blank": return ScalarSet(CategoryMask(.spaceSeparator)).union(ScalarSet("\t"))
        case "cntrl": return ScalarSet(CategoryMask(.control))
        case "punct": return ScalarSet(.punctuation).union(ScalarSet(scalars: "$+<=>^`|~".unicodeScalars))
        case "alpha", "alphabetic": return having { $0.isAlphabetic }
        case "alnum": return having { $0.isAlphabetic }.union(.decimals)
        case "upper", "uppercase": return having { $0.isUppercase }
        case "lower", "lowercase": return having { $0.isLowercase }
        case "graph":
            return ScalarSet([.init(.control), .init(.surrogate), .init(.unassigned)]).union(.whitespace).inverted
        case "print":
            return ScalarSet([.init(.control), .init(.surrogate), .init(.unassigned)]).union(
                ScalarSet(unsorted: [0x09...0x0D, 0x85...0x85])
            ).inverted
        case "emoji": return having { $0.isEmoji }
        case "assigned": return ScalarSet(CategoryMask(.unassigned)).inverted
        default: return nil
        }
    }

    static let hexDigits = ScalarSet(unsorted: [0x30...0x39, 0x41...0x46, 0x61...0x66])

    private static func having(_ property: (Unicode.Scalar.Properties) -> Bool) -> ScalarSet {
        var ranges: [ClosedRange<UInt32>] = []
        for (range, category) in categoryRanges where category < 27 {
            for value in range {
                guard let scalar = Unicode.Scalar(value), property(scalar.properties) else { continue }
                ranges.append(value...value)
            }
        }
        return ScalarSet(unsorted: ranges)
    }

    private static let categories: [String: CategoryMask] = [
        "l": .letter, "letter": .letter, "lu": .uppercase, "uppercaseletter": .uppercase, "ll": .lowercase,
        "lowercaseletter": .lowercase, "lt": .titlecase, "titlecaseletter": .titlecase, "lc": .cased,
        "casedletter": .cased, "lm": .init(.modifierLetter), "modifierletter": .init(.modifierLetter),
        "lo": .init(.otherLetter), "otherletter": .init(.otherLetter),
        "m": .mark, "mark": .mark, "combiningmark": .mark, "mn": .init(.nonspacingMark),
        "nonspacingmark": .init(.nonspacingMark), "mc": .init(.spacingMark), "spacingmark": .init(.spacingMark),
        "me": .init(.enclosingMark), "enclosingmark": .init(.enclosingMark),
        "n": .number, "number": .number, "nd": .init(.decimalNumber), "decimalnumber": .init(.decimalNumber),
        "nl": .init(.letterNumber), "letternumber": .init(.letterNumber), "no": .init(.otherNumber),
        "othernumber": .init(.otherNumber),
        "p": .punctuation, "punctuation": .punctuation, "pc": .init(.connectorPunctuation),
        "connectorpunctuation": .init(.connectorPunctuation), "pd": .init(.dashPunctuation),
        "dashpunctuation": .init(.dashPunctuation), "ps": .init(.openPunctuation),
        "openpunctuation": .init(.openPunctuation), "pe": .init(.closePunctuation),
        "closepunctuation": .init(.closePunctuation), "pi": .init(.initialPunctuation),
        "initialpunctuation": .init(.initialPunctuation), "pf": .init(.finalPunctuation),
        "finalpunctuation": .init(.finalPunctuation), "po": .init(.otherPunctuation),
        "otherpunctuation": .init(.otherPunctuation),
        "s": .symbol, "symbol": .symbol, "sm": .init(.mathSymbol), "mathsymbol": .init(.mathSymbol),
        "sc": .init(.currencySymbol), "currencysymbol": .init(.currencySymbol), "sk": .init(.modifierSymbol),
        "modifiersymbol": .init(.modifierSymbol), "so": .init(.otherSymbol), "othersymbol": .init(.otherSymbol),
        "z": .separator, "separator": .separator, "zs": .init(.spaceSeparator),
        "spaceseparator": .init(.spaceSeparator), "zl": .init(.lineSeparator),
        "lineseparator": .init(.lineSeparator), "zp": .init(.paragraphSeparator),
        "paragraphseparator": .init(.paragraphSeparator),
        "c": .other, "other": .other, "cc": .init(.control), "control": .init(.control), "cf": .init(.format),
        "format": .init(.format), "cs": .init(.surrogate), "surrogate": .init(.surrogate),
        "co": .init(.privateUse), "privateuse": .init(.privateUse), "cn": .init(.unassigned),
        "unassigned": .init(.unassigned),
    ]

    /// Scripts that published patterns name; the standard library knows no scripts.
    private static let scripts: [String: [ClosedRange<UInt32>]] = [
        "han": [
            0x2E80...0x2E99, 0x2E9B...0x2EF3, 0x2F00...0x2FD5, 0x3005...0x3005, 0x3007...0x3007, 0x3021...0x3029,
            0x3038...0x303B, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFA6D, 0xFA70...0xFAD9, 0x16FE2...0x16FE3,
            0x16FF0...0x16FF1, 0x20000...0x2A6DF, 0x2A700...0x2B739, 0x2B740...0x2B81D, 0x2B820...0x2CEA1,
            0x2CEB0...0x2EBE0, 0x2F800...0x2FA1D, 0x30000...0x3134A, 0x31350...0x323AF,
        ],
        "hiragana": [
            0x3041...0x3096, 0x309D...0x309F, 0x1B001...0x1B11F, 0x1B132...0x1B132, 0x1B150...0x1B152,
            0x1F200...0x1F200,
        ],
        "katakana": [
            0x30A1...0x30FA, 0x30FD...0x30FF, 0x31F0...0x31FF, 0x32D0...0x32FE, 0x3300...0x3357, 0xFF66...0xFF6F,
            0xFF71...0xFF9D, 0x1AFF0...0x1AFF3, 0x1AFF5...0x1AFFB, 0x1AFFD...0x1AFFE, 0x1B000...0x1B000,
            0x1B120...0x1B122, 0x1B155...0x1B155, 0x1B164...0x1B167,
        ],
        "hangul": [
            0x1100...0x11FF, 0x302E...0x302F, 0x3131...0x318E, 0x3200...0x321E, 0x3260...0x327E, 0xA960...0xA97C,
            0xAC00...0xD7A3, 0xD7B0...0xD7C6, 0xD7CB...0xD7FB, 0xFFA0...0xFFBE, 0xFFC2...0xFFC7, 0xFFCA...0xFFCF,
            0xFFD2...0xFFD7, 0xFFDA...0xFFDC,
        ],
    ]
}
