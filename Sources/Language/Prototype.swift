// A user function as it was compiled.

final class Prototype {
    let name: String? = nil
    let source = Source("", origin: .cell(0))
    let span = Span(0, 0)
    let captureCount = 0
    let parameterNames: [String] = []
    let parameterCount = 0
}
enum Keyword: String { case def }
func isNameStart(_ b: UInt8) -> Bool { true }
func isNamePart(_ b: UInt8) -> Bool { true }
