// What the kernel says of itself and its language.
import Files

/// The answer to `kernel_info_request`.
public struct KernelInfo: Sendable {
    private let version: String
    private let banner: String

    public init(version: String, banner: String) {
        self.version = version
        self.banner = banner
    }

    var json: JSON {
        [
            "status": "ok", "protocol_version": .string(Sender.protocolVersion), "implementation": "lethe",
            "implementation_version": .string(version), "banner": .string(banner),
            "language_info": [
                "name": "lethe", "version": .string(version), "mimetype": "text/x-lethe", "file_extension": ".lethe",
                // The words are Python's, so its colours fit.
                "pygments_lexer": "python", "codemirror_mode": "python",
            ],
            "help_links": [], "debugger": false,
        ]
    }
}
