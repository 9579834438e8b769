// Whether output is coloured: the command line first, then the environment, then what the stream is connected to.

/// The choice made with `--color`.
public enum ColorChoice: String, Sendable, CaseIterable {
    case auto, always, never

    /// Decides for one stream.
    ///
    /// - Parameters:
    ///   - isTerminal: the stream is a terminal.
    ///   - term: TERM.
    ///   - noColor: NO_COLOR; set and not empty means none (no-color.org).
    ///   - forceColor: FORCE_COLOR; set, not empty and not `0` means colour even in a pipe.
    public func applies(isTerminal: Bool, term: String?, noColor: String?, forceColor: String?) -> Bool {
        switch self {
        case .always: return true
        case .never: return false
        case .auto:
            if let noColor, !noColor.isEmpty { return false }
            if let forceColor, !forceColor.isEmpty, forceColor != "0" { return true }
            guard isTerminal, let term else { return false }
            return !term.isEmpty && term != "dumb"
        }
    }
}
