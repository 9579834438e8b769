// The version of the programs, said by --version, the banner, the doctor and the protocols.

public enum Version {
    public static let number = "0.1.0"
    /// As the banner says it.
    public static let short = "0.1"
    public static let text = "Lethe \(number)"
}
