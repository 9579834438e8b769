/// What a saved session has to set at its beginning to go the same way again.
struct SessionStart {
    static let usualDigits = 4

    /// The seed that random numbers began with.
    var seed: UInt64
    /// Digits of results before the first cell; a `:reset` leaves them as they are.
    var digits = usualDigits
}
