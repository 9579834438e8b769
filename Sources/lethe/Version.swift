// The program's version, said by --version, the banner and the doctor.

enum Version {
    static let number = "0.1.0"
    /// As the banner says it.
    static let short = "0.1"
    static let text = "Lethe \(number)"
}
