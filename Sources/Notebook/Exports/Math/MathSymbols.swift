// What commands without an argument stand for in formulas.

enum MathSymbols {
    /// Letters: set in italics, as variables are.
    static let letters: [String: String] = [
        "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε", "zeta": "ζ",
        "eta": "η", "theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν",
        "xi": "ξ", "pi": "π", "rho": "ρ", "varrho": "ϱ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "ϕ",
        "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "ell": "ℓ", "hbar": "ℏ", "imath": "ı", "jmath": "ȷ",
    ]

    /// Letters and signs that stand upright.
    static let upright: [String: String] = [
        "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ",
        "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "infty": "∞", "emptyset": "∅", "varnothing": "∅", "top": "⊤",
        "bot": "⊥", "partial": "∂", "nabla": "∇", "Re": "ℜ", "Im": "ℑ", "aleph": "ℵ",
    ]

    /// Operators, relations, arrows, dots.
    static let operators: [String: String] = [
        "cdot": "⋅", "times": "×", "div": "÷", "pm": "±", "mp": "∓", "ast": "∗", "star": "⋆", "circ": "∘",
        "bullet": "∙", "odot": "⊙", "otimes": "⊗", "oplus": "⊕", "setminus": "∖", "cup": "∪", "cap": "∩", "wedge": "∧",
        "vee": "∨", "neg": "¬", "lnot": "¬", "land": "∧", "lor": "∨",
        "le": "≤", "leq": "≤", "leqslant": "⩽", "ge": "≥", "geq": "≥", "geqslant": "⩾", "ne": "≠", "neq": "≠",
        "ll": "≪", "gg": "≫", "lt": "<", "gt": ">", "approx": "≈", "sim": "∼", "simeq": "≃", "cong": "≅",
        "equiv": "≡", "propto": "∝", "prec": "≺", "succ": "≻", "preceq": "⪯", "succeq": "⪰", "in": "∈", "notin": "∉",
        "ni": "∋", "subset": "⊂", "subseteq": "⊆", "supset": "⊃", "supseteq": "⊇", "perp": "⊥", "parallel": "∥",
        "mid": "∣", "models": "⊨", "vdash": "⊢", "forall": "∀", "exists": "∃", "triangleq": "≜", "coloneqq": "≔",
        "to": "→", "rightarrow": "→", "leftarrow": "←", "gets": "←", "leftrightarrow": "↔", "Rightarrow": "⇒",
        "Leftarrow": "⇐", "Leftrightarrow": "⇔", "implies": "⟹", "iff": "⟺", "mapsto": "↦", "longrightarrow": "⟶",
        "longmapsto": "⟼", "uparrow": "↑", "downarrow": "↓", "hookrightarrow": "↪",
        "ldots": "…", "dots": "…", "cdots": "⋯", "vdots": "⋮", "ddots": "⋱", "colon": ":", "prime": "′",
        "{": "{", "}": "}", "|": "‖", "%": "%", "$": "$", "#": "#", "&": "&", "_": "_", "backslash": "\\",
        "lbrace": "{", "rbrace": "}", "langle": "⟨", "rangle": "⟩", "lVert": "‖", "rVert": "‖", "Vert": "‖",
        "lvert": "|", "rvert": "|", "vert": "|", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉",
        "lbrack": "[", "rbrack": "]",
    ]

    /// Large operators, whose limits stand below and above in a display.
    static let large: [String: String] = [
        "sum": "∑", "prod": "∏", "coprod": "∐", "bigcup": "⋃", "bigcap": "⋂", "bigoplus": "⨁", "bigotimes": "⨂",
        "int": "∫", "iint": "∬", "oint": "∮",
    ]

    /// Functions by name; those that have limits below.
    static let functions: Set<String> = [
        "log", "ln", "lg", "exp", "sin", "cos", "tan", "cot", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan",
        "det", "dim", "ker", "deg", "gcd", "hom", "arg", "Pr", "max", "min", "sup", "inf", "lim", "limsup", "liminf",
        "argmax", "argmin",
    ]
    static let functionsWithLimits: Set<String> = [
        "max", "min", "sup", "inf", "lim", "limsup", "liminf", "det", "Pr", "argmax", "argmin",
    ]

    /// Widths of blanks in units of the font's size.
    static let spaces: [String: String] = [
        ",": "0.167em", "thinspace": "0.167em", ":": "0.222em", ">": "0.222em", ";": "0.278em", " ": "0.278em",
        "quad": "1em", "qquad": "2em", "!": "-0.167em", "enspace": "0.5em",
    ]

    /// Marks above a letter or a term; whether they stretch over it.
    static let accents: [String: (mark: String, stretches: Bool)] = [
        "hat": ("^", false), "widehat": ("^", true), "bar": ("¯", false), "overline": ("¯", true),
        "tilde": ("~", false), "widetilde": ("~", true), "vec": ("→", false), "dot": ("˙", false),
        "ddot": ("¨", false), "check": ("ˇ", false), "breve": ("˘", false), "overbrace": ("⏞", true),
        "overrightarrow": ("→", true),
    ]
    static let accentsBelow: [String: String] = ["underline": "_", "underbrace": "⏟"]

    /// Kinds of letters, by the command that asks for them.
    static let alphabets: [String: Alphabet] = [
        "mathrm": .upright, "mathbf": .bold, "boldsymbol": .bold, "bm": .bold, "mathcal": .script, "mathscr": .script,
        "mathbb": .double, "mathit": .italic, "mathsf": .sansSerif, "mathtt": .typewriter, "mathfrak": .fraktur,
    ]

    enum Alphabet {
        case upright, italic, bold, script, double, sansSerif, typewriter, fraktur

        /// Where Unicode has its letters A, a and the digit 0.
        private var starts: (upper: UInt32, lower: UInt32, digit: UInt32)? {
            switch self {
            case .upright, .italic: nil
            case .bold: (0x1D400, 0x1D41A, 0x1D7CE)
            case .script: (0x1D49C, 0x1D4B6, 0)
            case .double: (0x1D538, 0x1D552, 0x1D7D8)
            case .sansSerif: (0x1D5A0, 0x1D5BA, 0x1D7E2)
            case .typewriter: (0x1D670, 0x1D68A, 0x1D7F6)
            case .fraktur: (0x1D504, 0x1D51E, 0)
            }
        }

        /// Letters that Unicode had before it had the alphabet.
        private var older: [Character: Character] {
            switch self {
            case .script:
                [
                    "B": "ℬ", "E": "ℰ", "F": "ℱ", "H": "ℋ", "I": "ℐ", "L": "ℒ", "M": "ℳ", "R": "ℛ", "e": "ℯ",
                    "g": "ℊ", "o": "ℴ",
                ]
            case .double: ["C": "ℂ", "H": "ℍ", "N": "ℕ", "P": "ℙ", "Q": "ℚ", "R": "ℝ", "Z": "ℤ"]
            case .fraktur: ["C": "ℭ", "H": "ℌ", "I": "ℑ", "R": "ℜ", "Z": "ℨ"]
            default: [:]
            }
        }

        /// Bold Greek, whose alphabet begins elsewhere.
        private static let boldGreek: (upper: UInt32, lower: UInt32) = (0x1D6A8, 0x1D6C2)

        func callAsFunction(_ character: Character) -> Character {
            guard let starts, let scalar = character.unicodeScalars.first?.value else { return character }
            if let known = older[character] { return known }
            func at(_ start: UInt32, _ offset: UInt32) -> Character {
                start == 0 ? character : Unicode.Scalar(start + offset).map(Character.init) ?? character
            }
            switch scalar {
            case 0x41...0x5A: return at(starts.upper, scalar - 0x41)
            case 0x61...0x7A: return at(starts.lower, scalar - 0x61)
            case 0x30...0x39: return at(starts.digit, scalar - 0x30)
            case 0x391...0x3A9 where self == .bold: return at(Self.boldGreek.upper, scalar - 0x391)
            case 0x3B1...0x3C9 where self == .bold: return at(Self.boldGreek.lower, scalar - 0x3B1)
            default: return character
            }
        }
    }
}
