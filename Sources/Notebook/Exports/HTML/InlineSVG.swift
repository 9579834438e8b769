// A picture inside a page or a notebook: only what Lethe draws gets there.
//
// A file that a script or a workspace names may hold anything, and a reader's browser would run it. So a picture is
// read by the small grammar of Lethe's own drawings — their elements, their attributes, plain values — and written anew
// from what was read; whatever does not follow it is no picture of Lethe's. The style is the program's own, not the
// file's.
import Language
import Plots

/// A drawing read by that grammar.
package struct InlineSVG {
    private enum Piece {
        case text(String)
        case open(String, [(name: String, value: String)], isClosed: Bool)
        case close(String)
    }

    private let pieces: [Piece]

    /// Nil for text that Lethe has not drawn.
    package init?(_ svg: String) {
        var reader = Reader(svg.trimmingNewlines)
        guard let pieces = reader.pieces() else { return nil }
        self.pieces = pieces
    }

    /// The picture ready to stand in a page as its picture number `number`; nil for one that Lethe has not drawn.
    package static func text(_ svg: String, number: Int, hasCaption: Bool) -> String? {
        InlineSVG(svg)?.text(scope: "p\(number)", hasTitle: !hasCaption)
    }

    /// The picture by itself, as a notebook holds it; nil for one that Lethe has not drawn.
    package static func text(_ svg: String) -> String? {
        InlineSVG(svg).map { $0.text(scope: nil, hasTitle: true) + "\n" }
    }

    /// What the picture says of itself in words; nil for one that Lethe has not drawn.
    package static func account(of svg: String) -> String? {
        guard let pieces = InlineSVG(svg)?.pieces else { return nil }
        var isInside = false
        for piece in pieces {
            switch piece {
            case .open("desc", _, isClosed: false): isInside = true
            case .text(let text) where isInside:
                return text.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
                    .replacing("&amp;", with: "&")
            default: break
            }
        }
        return nil
    }

    /// The picture in a file that a script has written; nil where there is none.
    package static func file(_ path: String) -> String? {
        ScriptFile.bytes(ofPlainFile: path, most: 20_000_000).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// - Parameters:
    ///   - scope: a class of its own, since an SVG's style holds for the whole page.
    ///   - hasTitle: false where the title stands below, as the caption.
    private func text(scope: String?, hasTitle: Bool) -> String {
        var result = "", isStyle = false, isLeftOut = false
        for piece in pieces {
            switch piece {
            case .open("style", _, isClosed: false):
                result += "<style>\n" + Self.style(scope) + "\n"
                isStyle = true
            case .close("style"):
                result += "</style>"
                isStyle = false
            case .open("text", let attributes, isClosed: false)
            where !hasTitle && attributes.contains { $0 == ("class", "title") }: isLeftOut = true
            case .close("text") where isLeftOut:
                isLeftOut = false
                // Its line goes with it.
                if result.endsLine { result.removeLast() }
            case .open(let name, let attributes, let isClosed):
                let written = attributes.map { attribute -> String in
                    let isScoped = name == "svg" && attribute.name == "class"
                    return " \(attribute.name)=\"\(attribute.value)\(isScoped ? scope.map { " " + $0 } ?? "" : "")\""
                }
                result += "<\(name)\(written.joined())\(isClosed ? "/" : "")>"
            case .close(let name): result += "</\(name)>"
            case .text(let text): if !isStyle, !isLeftOut { result += text }
            }
        }
        return result
    }

    private static func style(_ scope: String?) -> String {
        guard let scope else { return SVGDocument.style }
        // On paper the page is light whatever the screen.
        return SVGDocument.style.split(separator: ".lethe-plot", omittingEmptySubsequences: false).joined(
            separator: ".lethe-plot.\(scope)"
        )
        .split(separator: "@media (prefers-color-scheme", omittingEmptySubsequences: false).joined(
            separator: "@media screen and (prefers-color-scheme")
    }
}

extension InlineSVG {
    /// What the drawings consist of.
    private static let elements: [String: Set<String>] = [
        "svg": ["xmlns", "class", "viewBox", "style", "role", "aria-label"], "style": [], "title": [], "desc": [],
        "g": ["transform"],
        "rect": ["class", "x", "y", "width", "height", "fill"],
        "path": ["class", "d", "stroke-opacity", "stroke-dasharray"],
        "circle": ["class", "cx", "cy", "r"], "text": ["class", "x", "y", "text-anchor", "transform"],
    ]

    /// Reads the grammar once; nil at the first thing that does not follow it.
    private struct Reader {
        private let bytes: [UInt8]
        private var position = 0

        init(_ text: String) { bytes = Array(text.utf8) }

        mutating func pieces() -> [Piece]? {
            var result: [Piece] = [], open: [String] = [], hasStyle = false
            while position < bytes.count {
                if bytes[position] != UInt8(ascii: "<") {
                    guard let parent = open.last, let text = text(in: parent) else { return nil }
                    result.append(.text(text))
                    continue
                }
                guard let piece = tag() else { return nil }
                switch piece {
                case .open(let name, let attributes, let isClosed):
                    // One root, which holds all; one style; text and style hold no elements.
                    guard
                        name == "svg"
                            ? result.isEmpty && !isClosed : open.last.map({ !Self.holdsText.contains($0) }) ?? false
                    else { return nil }
                    if name == "svg", !attributes.contains(where: { $0 == ("class", "lethe-plot") }) { return nil }
                    if name == "style" {
                        guard !hasStyle, !isClosed else { return nil }
                        hasStyle = true
                    }
                    if !isClosed { open.append(name) }
                case .close(let name):
                    guard open.popLast() == name else { return nil }
                    if open.isEmpty, position != bytes.count { return nil }
                case .text: break
                }
                result.append(piece)
            }
            return open.isEmpty && !result.isEmpty ? result : nil
        }

        /// Elements that hold no others.
        private static let holdsText: Set<String> = ["text", "style", "title", "desc"]

        private mutating func taken(_ condition: (UInt8) -> Bool) -> String {
            let start = position
            while position < bytes.count, condition(bytes[position]) { position += 1 }
            return String(decoding: bytes[start..<position], as: UTF8.self)
        }

        private mutating func take(_ mark: String) -> Bool {
            guard bytes[position...].starts(with: mark.utf8) else { return false }
            position += mark.utf8.count
            return true
        }

        /// Text up to the next tag. Only a label shows any, and only a style's is left away.
        private mutating func text(in parent: String) -> String? {
            let text = taken { $0 != UInt8(ascii: "<") }
            switch parent {
            case "style": return text
            case "text", "title", "desc": return Self.isPlain(text) ? text : nil
            default: return text.utf8.allSatisfy { $0 == 0x0A || $0 == 0x20 } ? text : nil
            }
        }

        private mutating func tag() -> Piece? {
            position += 1
            let isEnd = take("/")
            let name = taken { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") }
            guard let known = InlineSVG.elements[name] else { return nil }
            if isEnd { return take(">") ? .close(name) : nil }
            var attributes: [(name: String, value: String)] = []
            while take(" ") {
                let attribute = taken {
                    $0 == UInt8(ascii: "-") || ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z")
                }
                guard known.contains(attribute), !attributes.contains(where: { $0.name == attribute }), take("=\"")
                else { return nil }
                let value = taken { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "<") }
                guard take("\""), Self.isFit(value, for: attribute) else { return nil }
                attributes.append((attribute, value))
            }
            let isClosed = take("/")
            return take(">") ? .open(name, attributes, isClosed: isClosed) : nil
        }

        /// Letters, digits and the marks of numbers and paths: no addresses, no quotes, no escapes.
        private static func isFit(_ value: String, for attribute: String) -> Bool {
            switch attribute {
            case "aria-label": return isPlain(value)
            case "xmlns": return value == "http://www.w3.org/2000/svg"
            case "style":
                guard value.hasPrefix("max-width:"), value.hasSuffix("px") else { return false }
                return value.dropFirst(10).dropLast(2).utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
            case "fill": return value.hasPrefix("#") && value.utf8.dropFirst().allSatisfy(isWordByte)
            default: return value.utf8.allSatisfy { isWordByte($0) || " .-+,()".utf8.contains($0) }
            }
        }

        private static func isWordByte(_ byte: UInt8) -> Bool {
            byte >= 0x30 && byte <= 0x39 || (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
        }

        /// Written-out text: of `&` only the four names that the drawings use, and nothing unseen.
        private static func isPlain(_ text: String) -> Bool {
            guard visibleLine(text) == text else { return false }
            return text.split(separator: "&", omittingEmptySubsequences: false).dropFirst().allSatisfy { rest in
                ["lt;", "gt;", "amp;", "quot;"].contains { rest.hasPrefix($0) }
            }
        }
    }
}
