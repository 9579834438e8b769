// A printed value in the forms that other programs choose from: text always, a picture or a table where it has one.
import Language

/// One output of a value, in as many forms as it has; whoever shows it takes the richest that it can show.
public struct DisplayBundle: Sendable, Equatable {
    /// The form by its MIME type: `text/plain` always, `image/svg+xml`, `image/png` (in base 64) or `text/html` before it.
    public let forms: [(type: String, text: String)]

    init(picture: String? = nil, pixels: String? = nil, table: [[String]]? = nil, plain: String) {
        forms =
            (picture.map { [("image/svg+xml", $0)] } ?? []) + (pixels.map { [("image/png", $0)] } ?? [])
            + (table.map { [("text/html", HTMLText.table($0, isStyled: true))] } ?? []) + [("text/plain", plain)]
    }

    public var isPicture: Bool { forms.contains { $0.type.hasPrefix("image/") } }

    public static func == (a: DisplayBundle, b: DisplayBundle) -> Bool {
        a.forms.elementsEqual(b.forms) { $0 == $1 }
    }
}

extension Rendering {
    /// The value's outputs: two for a picture with a table, since of one output a notebook would show either.
    public var bundles: [DisplayBundle] {
        let picture = (svg ?? savedAs.flatMap { InlineSVG.file($0) }).flatMap { InlineSVG.text($0) }
        if picture == nil, let pixels = savedAs.flatMap({ EmbeddedImage.pixels(of: $0) }) {
            return [DisplayBundle(pixels: pixels, plain: text)]
        }
        guard let table, let picture else { return [DisplayBundle(picture: picture, table: table, plain: text)] }
        return [
            DisplayBundle(picture: picture, plain: text),
            DisplayBundle(table: table, plain: ExportedDocument.text(of: table)),
        ]
    }
}
