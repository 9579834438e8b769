// Values that a derivative follows, and what may not become a plain number.

extension Value {
    /// The value as one number: a number, or a foreign value that is one (a tensor of one element).
    /// - Throws: ``LanguageError`` where a derivative follows that number and would be lost. Comparing, printing and
    ///   counting do not need the number; whatever else does must say so.
    public var asNumber: Double? {
        get throws {
            switch self {
            case .number(let x): return x
            case .foreign(let foreign):
                guard let x = foreign.asNumber else { return nil }
                if foreign.isTracked { throw LanguageError.lostDerivative(of: "this number") }
                return x
            default: return nil
            }
        }
    }

    /// The value as one number, for the eye.
    var shownNumber: Double? {
        switch self {
        case .number(let x): x
        case .foreign(let foreign): foreign.asNumber
        default: nil
        }
    }

    /// Whether a derivative follows the value or something that it holds.
    public var holdsTracked: Bool {
        var seen: Set<ObjectIdentifier> = []
        return isTracked(&seen)
    }

    private func isTracked(_ seen: inout Set<ObjectIdentifier>) -> Bool {
        switch self {
        case .foreign(let foreign): foreign.isTracked
        case .string(let text): text.isTracked
        case .list(let list):
            list.storage.progression == nil && seen.insert(ObjectIdentifier(list.storage)).inserted
                && list.storage.items.contains { $0.isTracked(&seen) }
        case .record(let record):
            seen.insert(ObjectIdentifier(record.storage)).inserted && record.values.contains { $0.isTracked(&seen) }
        default: false
        }
    }
}

extension LanguageError {
    /// What is said where a derivative would be lost: nothing is dropped without a word.
    public static func lostDerivative(of what: String, at location: Location = .whole) -> LanguageError {
        LanguageError(
            "a derivative follows \(what), and would be lost here",
            advice: ["write detach(…) around what is to count as a constant"],
            at: location)
    }
}

extension Interpreter {
    /// Notes that a value was written as a string, from which a number may be read again.
    /// - Returns: whether a derivative follows the value, and so its text.
    public func noteText(of value: Value) -> Bool {
        guard let derivative = registry.derivative(), value.holdsTracked else { return false }
        derivativeWithText = derivative
        return true
    }

    /// - Throws: ``LanguageError`` where a string was written of a number that a derivative follows, and something is
    ///   to be counted or read of it.
    public func checkMeasuring(_ text: Text, at location: LanguageError.Location = .whole) throws {
        guard text.isTracked, registry.derivative() != nil else { return }
        throw LanguageError.lostDerivative(of: "a number that was written as this string", at: location)
    }

    /// Whether the derivative under way has written what it follows as a string.
    var holdsTrackedText: Bool {
        guard let derivative = registry.derivative() else { return false }
        return derivative == derivativeWithText
    }

    /// - Throws: ``LanguageError`` where the derivative under way has written what it follows as a string: a number
    ///   that is read from one may be that.
    public func checkReading(ofString name: String) throws {
        guard holdsTrackedText else { return }
        throw LanguageError.lostDerivative(of: "a number that was written as a string", at: .argument(name))
    }
}
