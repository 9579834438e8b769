// Errors in colours for a notebook, which is light or dark: nobody tells the kernel which.
import Language

/// The lines of an error. JupyterLab puts a light or a dark red behind them, and no colour of a terminal can be read on
/// both; what is coloured here brings a ground of its own.
struct Traceback {
    let lines: [String]

    init(_ diagnostic: Diagnostic) {
        // All escapes in it are colours: those of texts are written out.
        let text = diagnostic.rendered(color: true)
            .replacing(Terminal.red, with: Self.whiteOnRed, maxReplacements: 1)
            .replacing(Terminal.red, with: Terminal.bold)
            .replacing(Terminal.blue, with: Terminal.plain)
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// A run that the user stopped: `interrupted at step 12/60`.
    init(interruption text: String) {
        let word = text.prefix { $0 != " " }
        lines = ["\(Self.blackOnAmber)\(word)\(Terminal.plain)\(text[word.endIndex...])"]
    }

    /// What ``Diagnostic`` paints with.
    private enum Terminal {
        static let red = "\u{1B}[1;31m", blue = "\u{1B}[34m", bold = "\u{1B}[1m", plain = "\u{1B}[0m"
    }

    private static let whiteOnRed = "\u{1B}[1;38;2;255;255;255;48;2;178;43;49m"
    private static let blackOnAmber = "\u{1B}[1;38;2;0;0;0;48;2;255;193;7m"
}
