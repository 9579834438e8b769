// How the prompt shows pictures: with characters, as pixels where the terminal can, or in words for screen readers.
import Language
import Plots

/// `:set pictures words`
enum PictureStyle: String, CaseIterable, Sendable {
    case characters, pixels, words
}

extension Rendering {
    /// The same as a session that shows pictures so gives it out. What a script records does not depend on it.
    func shown(_ style: PictureStyle) -> Rendering {
        guard let svg, style != .characters else { return self }
        var result = self
        result.prefersPixels = style == .pixels
        if style == .words, let account = InlineSVG.account(of: svg) { result.replacePlain(with: account) }
        return result
    }

    /// The picture as PNG; nil where it has none, or the program is missing that makes one.
    public var png: [UInt8]? { svg.flatMap { InlineSVG.text($0) }.flatMap { try? PictureFile.png($0) } }
}
