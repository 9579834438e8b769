// An image file of this machine inside a page: read once, bounded, written into the page itself.
import Foundation
import Language

enum EmbeddedImage {
    private static let types = [
        "png": "png", "jpg": "jpeg", "jpeg": "jpeg", "gif": "gif", "webp": "webp", "svg": "svg+xml",
    ]

    /// Bytes of the largest image that is put into a page.
    private static let most = 10_000_000

    /// The image as an address that holds it; nil for what is no image file, is too large, or is elsewhere.
    ///
    /// - Parameter folder: of the document, with its slash: a relative path is looked for there, then here.
    static func address(of path: String, folder: String = "") -> String? {
        let ending = path.lowercased().split(separator: ".").last.map(String.init) ?? ""
        guard !path.contains("://"), let type = types[ending] else { return nil }
        let places = path.hasPrefix("/") || folder.isEmpty ? [path] : [folder + path, path]
        guard let bytes = places.lazy.compactMap({ ScriptFile.bytes(ofPlainFile: $0, most: most) }).first else {
            return nil
        }
        return "data:image/\(type);base64,\(Data(bytes).base64EncodedString())"
    }

    /// A PNG file in base 64; nil as ``address(of:folder:)``, and for an image of another kind.
    static func pixels(of path: String) -> String? {
        guard let address = address(of: path), address.hasPrefix("data:image/png;base64,") else { return nil }
        return String(address.dropFirst("data:image/png;base64,".count))
    }

    /// The element that shows it; nil as ``address(of:folder:)``.
    static func element(_ path: String, alternative: String, folder: String = "") -> String? {
        address(of: path, folder: folder).map {
            "<img alt=\"\(HTMLText.escaped(alternative))\" src=\"\($0)\">"
        }
    }
}
