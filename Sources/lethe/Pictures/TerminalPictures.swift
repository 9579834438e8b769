// How this terminal shows pictures as pixels, if it does.
import Glibc

/// Finds out which protocol the terminal speaks, when somebody wants to know.
final class TerminalPictures {
    private enum GraphicsProtocol { case kitty, sixel, unsupported }
    private var known: GraphicsProtocol?

    /// Nobody may have asked for pictures yet: the terminal is asked no question while the program starts.
    var isStarting = false

    /// Whether pictures can be shown; while the program starts it may turn out later that they cannot.
    var areShown: Bool { isStarting || spoken != .unsupported }

    /// What shows a PNG where the cursor is; nil where the terminal can show none.
    func text(_ png: [UInt8]) -> String? {
        if isStarting, known == nil { return nil }
        return switch spoken {
        case .kitty: KittyGraphics.text(png)
        case .sixel:
            PixelImage(png: png).map { SixelGraphics.text($0.fitting(width: Terminal.pixelWidth)) }
        case .unsupported: nil
        }
    }

    private var spoken: GraphicsProtocol {
        if let known { return known }
        var found = GraphicsProtocol.unsupported
        if Terminal.inputIsTerminal, Terminal.outputIsTerminal, !Terminal.isDumb {
            found = KittyGraphics.isSpoken ? .kitty : DeviceAttributes.ask().contains(.sixel) ? .sixel : .unsupported
        }
        known = found
        return found
    }

    /// The terminal has answered late.
    func hear(_ attributes: DeviceAttributes) {
        if known == .unsupported, attributes.contains(.sixel) { known = .sixel }
    }
}
