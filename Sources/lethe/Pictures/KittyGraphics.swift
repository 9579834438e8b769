// Pictures in terminals that speak kitty's graphics protocol.
import Foundation

enum KittyGraphics {
    /// The terminal says in its environment that it does. What runs inside of it and draws itself (tmux, screen) hands
    /// that on, and understands nothing of the kind.
    static var isSpoken: Bool {
        guard Terminal.environment("TMUX") == nil, Terminal.environment("STY") == nil else { return false }
        let name = Terminal.environment("TERM") ?? "", program = Terminal.environment("TERM_PROGRAM") ?? ""
        return name.contains("kitty") || name.contains("ghostty") || ["WezTerm", "ghostty"].contains(program)
            || Terminal.environment("KITTY_WINDOW_ID") != nil
    }

    /// Most bytes of a piece of the picture.
    private static let most = 4096

    /// What shows a PNG where the cursor is.
    static func text(_ png: [UInt8]) -> String {
        var rest = Data(png).base64EncodedString()[...], result = "", keys = "a=T,f=100,"
        repeat {
            let piece = rest.prefix(most)
            rest = rest.dropFirst(most)
            result += "\u{1B}_G\(keys)m=\(rest.isEmpty ? 0 : 1);\(piece)\u{1B}\\"
            keys = ""
        } while !rest.isEmpty
        return result + "\n"
    }
}
