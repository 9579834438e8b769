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
        let number = formatNumber(x, digits: 17)
        throw LanguageError(
            place().map { "\($0), \(number), is beyond the range of float32" }
                ?? "\(number) is beyond the range of float32",
            note: "tensors hold numbers up to 3.4e38")
    }
}
