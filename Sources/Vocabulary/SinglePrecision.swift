/// Numbers of the language as float32, which tensors are made of.
import Language

extension Float {
    /// The nearest float32 to a number. Rounding is what float32 means; a number beyond its range is refused, since
    /// infinity is no rounding.
    ///
    /// - Parameter place: where the number stands, as in `element 3`.
    /// - Throws: a `LanguageError` for a finite number that float32 has only infinity for.
    init(rounding x: Double, place: @autoclosure () -> String? = nil) throws {
        self.init(x)
        guard isInfinite, x.isFinite else { return }
        let number = formatNumber(x, digits: 6)
        throw LanguageError(
            (place().map { "\($0), \(number), is" } ?? "\(number) is")
                + " beyond float32, whose largest number is about 3.4e38",
            advice: ["divide it first, or take its log"])
    }
}
