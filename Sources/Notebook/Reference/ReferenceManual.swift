// The reference manual: all pages of help in chapters, with anchors and an index. Two writers lay it out.
import Language

/// The manual of one registry, ready to be laid out.
public struct ReferenceManual: Sendable {
    /// A part of the manual.
    struct Chapter: Sendable {
        let title: String
        let anchor: String
        let introduction: String
        /// Shown as code below the introduction.
        let listing: String?
        let pages: [HelpPage]
    }

    let title: String
    let chapters: [Chapter]
    private let book: HelpBook

    /// - Parameters:
    ///   - version: of the program, as it stands in the title.
    ///   - commandLine: what `--help` prints, of the program and of its subcommands.
    public init(_ book: HelpBook, version: String, commandLine: String) {
        self.book = book
        title = "Lethe \(version): reference"
        var chapters = [
            Chapter(
                title: "The language", anchor: "chapter-language",
                introduction: """
                    Values are immutable, names rebind, functions are pure; what stands alone on a line is printed. In \
                    ten lines:
                    """,
                listing: Self.summary,
                pages: book.pages.filter { $0.kind == .topic && $0.family == HelpPage.language }),
            Chapter(
                title: "How to", anchor: "chapter-how-to",
                introduction: """
                    Short recipes; `?"words"` finds them. Examples/recipes has newer methods from papers, \
                    Examples/own.lethe one of everything that can be one's own.
                    """, listing: nil, pages: book.pages.filter { $0.family == HelpPage.howTo }),
            Chapter(
                title: "Commands", anchor: "chapter-commands",
                introduction: """
                    Lines that begin with a colon act on the session and stand alone on their line. A unique beginning \
                    of a name is enough. `?name` and `name?` are `:help name`; a line that begins with `!` goes to the \
                    shell.
                    """, listing: nil, pages: book.pages.filter { $0.kind == .command }),
            Chapter(
                title: "The command line", anchor: "chapter-command-line", introduction: "", listing: commandLine,
                pages: []),
        ]
        chapters += book.families.map { family in
            Chapter(
                title: family.name.prefix(1).uppercased() + family.name.dropFirst(),
                anchor: "family-" + Self.slug(family.name), introduction: "",
                listing: nil, pages: family.pages)
        }
        self.chapters = chapters
    }

    /// The example that opens the chapter on the language.
    private static let summary = """
        x = 3                                        # a name; values never change, names rebind
        x ^ 2 + 1                                    # a bare expression prints its value, unless a ; follows it
        xs = [1, 2, 3]; xs[-1] + len(xs[0:2])        # lists, zero-based, half-open slices
        point = (mom=0, hess=1); point.hess          # records
        def f(x, k=1) = k * x                        # a function; several lines go between { and }
        square = x -> x ^ 2                          # a function without a name
        for i in range(3) { if i % 2 == 0 { print("i is {i}") } }
        xs |> sum                                    # the left side becomes the first argument
        g = grad(x -> x ^ 3, 2)                      # derivatives of anything, models included
        opt = adamw(lr=3e-3)                         # a call that gives only options sets them
        """

    /// All pages by name, for the index.
    var index: [HelpPage] {
        chapters.flatMap(\.pages).sorted { ($0.name.lowercased(), $0.name) < ($1.name.lowercased(), $1.name) }
    }

    /// Where a page stands in the document.
    func anchor(of page: HelpPage) -> String {
        switch page.kind {
        case .function, .constant: Self.slug(page.name)
        case .command: "command-" + Self.slug(String(page.name.dropFirst()))
        case .topic: "language-" + Self.slug(page.name)
        }
    }

    /// Where a name that a page refers to stands.
    func anchor(ofName name: String) -> String? { book.pages(for: name).first.map { anchor(of: $0) } }

    /// A name as it may stand in an address.
    static func slug(_ name: String) -> String {
        var slug = ""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_", "-": slug.unicodeScalars.append(scalar)
            case " ": slug += "-"
            default: slug += "u" + String(scalar.value, radix: 16)
            }
        }
        return slug
    }
}
