// A picture inside a page. An SVG's style and ids hold for the whole page, so each picture gets names of its own.
import Plots
import Files
import Foundation
import Language
import LanguageModels

package enum InlineSVG {
    /// The picture ready to stand in a page as its picture number `number`.
    ///
    /// - Returns: nil for one that Lethe has not drawn, which could load or run anything.
    package static func text(_ svg: String, number: Int, hasCaption: Bool) -> String? {
        guard let start = svg.range(of: "<svg "), svg[start.upperBound...].prefix(200).contains("class=\"lethe-plot\"")
        else { return nil }
        var text = String(svg[start.lowerBound...]).trimmingNewlines
        let name = "p\(number)"
        text = text.replacingOccurrences(of: "class=\"lethe-plot\"", with: "class=\"lethe-plot \(name)\"")
        text = text.replacingOccurrences(of: ".lethe-plot", with: ".lethe-plot.\(name)")
        for reference in ["id=\"", "url(#", "href=\"#"] {
            text = text.replacingOccurrences(of: " " + reference, with: " \(reference)\(name)-")
            if reference != "id=\"" {
                text = text.replacingOccurrences(of: "\"" + reference, with: "\"\(reference)\(name)-")
            }
        }
        // On paper the page is light whatever the screen.
        text = text.replacingOccurrences(
            of: "@media (prefers-color-scheme", with: "@media screen and (prefers-color-scheme")
        // Its title stands below, as the caption.
        if hasCaption,
            let title = text.range(of: "<text class=\"title\"[^>]*>[^<]*</text>\n?", options: .regularExpression)
        {
            text.removeSubrange(title)
        }
        return text
    }

    /// The picture in a file that a script has written; nil where there is none.
    package static func file(_ path: String) -> String? {
        guard let bytes = try? FileBytes.read(path), bytes.count < 20_000_000 else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
