// A value asked for by another program, beside the cells: it gets no number and leaves no trace.
import Language

extension Session {
    /// The value of an expression as it would be printed; nil where it has none. What it changed is put back.
    ///
    /// - Throws: ``Diagnostic`` for what is wrong with it, ``Interruption`` where the user stopped it.
    public func evaluate(_ expression: String) throws -> Rendering? {
        let source = Source(expression, origin: .cell(nextCell))
        let outcome: Result<Value?, any Error> = beside { try evaluate(expression, in: source) }
        return try outcome.get().map { rendering(of: $0).visible }
    }

    private func beside<Outcome>(_ body: () throws -> Outcome) -> Result<Outcome, any Error> {
        var outcome: Result<Outcome, any Error> = .failure(Interruption())
        _ = asCell(numbered: false) { _ in
            outcome = Result { try body() }
            return .finished
        }
        return outcome
    }
}
