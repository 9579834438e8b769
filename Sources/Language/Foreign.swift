// What a value of another module (a tensor, a model, a data set) can do in the language.

/// A value that the language carries without knowing what it is.
///
/// A subclass says what it can do by overriding; everything has a default that means "not supported", and the evaluator
/// words the error. A method that finds bad input itself throws a ``LanguageError``. Values are immutable: whatever
/// "sets" returns a changed copy.
open class Foreign {
    public init() {}

    /// What a user calls such a value: "tensor", "model", "direction", "dataset".
    open var kind: String { "value" }

    /// The value in a few words for a sentence: "a tensor [32]", "a model".
    open var phrase: String { withArticle(kind) }

    /// The value on one line, as it stands inside a list or record: "tensor [32, 784]".
    open var summary: String { kind }

    /// The value as a result is printed: one line or several, no wider than `width` columns, numbers to `digits`
    /// significant digits, no newline at the end.
    open func describe(width: Int, digits: Int) -> String { summary }

    /// All of the value, as `show` writes it: as many lines as it takes, `width` columns wide where that is possible.
    open func describeAll(width: Int, digits: Int) -> String { describe(width: 1_000_000, digits: digits) }

    /// The value as a picture, a whole SVG text, where it is one; what exports show instead of
    /// ``describe(width:digits:)``.
    open var svg: String? { nil }

    /// The SVG file that a picture was also written to; a saved session refers to it.
    open var savedAs: String? { nil }

    /// The value as rows of cells, the first row its heads, where it is a table; what HTML shows of it. A row of one
    /// cell in a wider table is a line of text: above the heads what the table is, below them a note.
    open func table(digits: Int) -> [[String]]? { nil }

    /// Every digit of the value.
    open var repr: String { describe(width: 100_000, digits: 17) }

    // MARK: Fields

    /// Names of the fields that `value.name` reads, for completion and "did you mean".
    open var fieldNames: [String] { [] }

    /// A field's value; nil when there is no such field.
    open func field(_ name: String) throws -> Value? { nil }

    /// A copy with one field changed; nil when the field cannot be set.
    open func settingField(_ name: String, to value: Value) throws -> Foreign? { nil }

    /// The names that `keys` gives; those that cannot follow a point are read in brackets.
    open var keys: [String] { fieldNames }

    /// What to write instead of a field that there is not, for what people look for most; nil when there is nothing to
    /// say.
    open func hint(forField name: String) -> String? { nil }

    /// The value in records, lists and numbers, as it is written to files; nil when it is none of these.
    open var plain: Value? { nil }

    // MARK: Items

    /// The number of items along the first axis, for `len`, `for` and taking apart; nil when the value has no items.
    open var count: Int? { nil }

    /// `value[i]`, `value[1:3, :]`; nil when the value cannot be indexed.
    open func index(_ indices: [Index]) throws -> Value? { nil }

    /// The items at some places, in that order, as a value of the same kind: what `filter`, `sort` and the like give of
    /// it; nil when they give a list.
    open func selecting(_ places: [Int]) throws -> Foreign? { nil }

    /// The value as an index that chooses several items; nil when it cannot be one.
    open var selection: Selection? { get throws { nil } }

    /// A copy with `value[indices]` changed; nil when that cannot be done.
    open func settingIndex(_ indices: [Index], to value: Value) throws -> Foreign? { nil }

    // MARK: Operators

    /// `-value`; nil when not supported.
    open func negated() throws -> Value? { nil }

    /// `self op other`, or `other op self` when `isReversed`; nil when not supported. Where both are foreign the left
    /// one is asked first.
    open func binary(_ op: BinaryOperator, _ other: Value, isReversed: Bool) throws -> Value? { nil }

    /// A function that works on numbers and on values like this one — `exp`, `mean`, `max`, … — with all its arguments
    /// in order; nil when not supported. At least one argument is this value.
    open func apply(_ function: String, _ arguments: [Value]) throws -> Value? { nil }

    /// The value as a condition; nil when it has no truth.
    open func truth() throws -> Bool? { nil }

    /// The value as one number, where it is one (a tensor of one element); nil otherwise.
    open var asNumber: Double? { nil }

    /// Whether a derivative under way follows it, so that a plain number in its place would lose that derivative.
    open var isTracked: Bool { false }

    /// How many numbers it holds, in an order of its own; nil when it holds none.
    open var numberCount: Int? { nil }

    /// One of its numbers.
    open func number(at position: Int) -> Double { .nan }

    /// Position of the first of its numbers that is NaN, or with `orInfinite` the first that is not finite; nil when
    /// there is none. Asked only while the origin of a NaN is searched for.
    open func firstNaN(orInfinite: Bool) -> Int? { nil }

    /// Equality of two foreign values inside lists and records; `==` itself goes to ``binary(_:_:isReversed:)`` first.
    open func isEqual(to other: Foreign) -> Bool { self === other }

    /// Values of the language that stand inside and that using this one may call or read; runs keep what these read.
    open var innerValues: [Value] { [] }

    /// Adds what identifies the value by its contents: two values that add the same are the same. Where this is not
    /// overridden a value is the same as no other.
    open func identify(in parts: inout IdentityParts) throws { parts.addNothingElseIsEqual() }

    /// How many lists, records and functions stand in each other here: what holds values of the language counts them.
    open var nestingDepth: UInt32 { 0 }

    /// Approximate memory in bytes, for `:who`; nil when unknown.
    open var byteCount: Int? { nil }
}

/// An operator between two values.
public enum BinaryOperator: String, Sendable, CaseIterable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case remainder = "%"
    case power = "^"
    case matrixProduct = "@"
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="

    /// Whether the result is a truth value.
    public var isComparison: Bool {
        switch self {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: true
        default: false
        }
    }
}

/// One index between brackets.
public enum Index {
    /// `x[i]`: a number (whole, may be negative: counted from the end), a string, or whatever the value understands.
    case position(Value)
    /// `x[start:stop:step]`; a missing bound is nil. Bounds may be negative and may lie outside.
    case slice(Slice)
}

/// A half-open slice as it was written.
public struct Slice: Equatable, Sendable {
    public var start: Int?
    public var stop: Int?
    public var step: Int

    public init(start: Int? = nil, stop: Int? = nil, step: Int = 1) {
        self.start = start
        self.stop = stop
        self.step = step
    }

    /// The indices it selects out of `count` items, by Python's rules. `step` must not be 0.
    public func indices(count: Int) -> StrideTo<Int> {
        let (from, to) = bounds(count: count)
        return stride(from: from, to: to, by: step)
    }

    /// The first index it selects out of `count` items, and how many.
    func places(count: Int) -> (first: Int, count: Int) {
        let (from, to) = bounds(count: count)
        let span = step > 0 ? to - from : from - to
        return (from, span > 0 ? Int(UInt(span - 1) / step.magnitude) + 1 : 0)
    }

    private func bounds(count: Int) -> (from: Int, to: Int) {
        func clamp(_ bound: Int, _ low: Int, _ high: Int) -> Int {
            Swift.min(Swift.max(bound < 0 ? bound + count : bound, low), high)
        }
        return step > 0
            ? (start.map { clamp($0, 0, count) } ?? 0, stop.map { clamp($0, 0, count) } ?? count)
            : (start.map { clamp($0, -1, count - 1) } ?? count - 1, stop.map { clamp($0, -1, count - 1) } ?? -1)
    }
}
