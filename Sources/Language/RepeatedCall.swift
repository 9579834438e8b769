// One function called with one item after the other: what calling it takes is found out once.

/// A function to be called many times with one or two arguments.
public struct RepeatedCall {
    private let interpreter: Interpreter
    private let machine: Machine
    private let function: Function
    /// Set for a user function that takes just so many arguments.
    private let entry: (prototype: Prototype, captures: UnsafeMutablePointer<Value>)?
    private let ofNumber: ((Double) -> Double)?
    private let ofValue: ((Value) -> Value?)?
    private var turns = 0

    init(_ interpreter: Interpreter, _ function: Function, argumentCount: Int) {
        self.interpreter = interpreter
        machine = interpreter.machine
        self.function = function
        if case .user(let prototype, let captures) = function.body, function.entry != nil,
            prototype.parameterCount == argumentCount
        {
            entry = (prototype, captures)
        } else {
            entry = nil
        }
        ofValue = argumentCount == 1 && !function.isConfigured ? function.builtin?.ofValue : nil
        ofNumber = argumentCount == 1 && !function.isConfigured ? function.builtin?.ofNumber : nil
    }

    public mutating func callAsFunction(_ value: Value) throws -> Value {
        if case .number(let x) = value, let ofNumber {
            try poll()
            return .number(ofNumber(x))
        }
        if let quick = ofValue?(value) {
            try poll()
            return quick
        }
        guard let entry else { return try interpreter.call(function, [value]) }
        try poll()
        return try machine.enter(function, entry.prototype, entry.captures, value, nil)
    }

    public mutating func callAsFunction(_ first: Value, _ second: Value) throws -> Value {
        guard let entry else { return try interpreter.call(function, [first, second]) }
        try poll()
        return try machine.enter(function, entry.prototype, entry.captures, first, second)
    }

    /// Gives the first argument away, so that the function may change it where it stands.
    public mutating func callAsFunction(giving first: inout Value, _ second: Value) throws -> Value {
        if let merge = function.builtin?.mergesInto, !function.isConfigured, case .record(let more) = second,
            case .record(var record) = first
        {
            try poll()
            first = .nothing
            try interpreter.requireRoom(record.growth(adding: more.count))
            merge(&record, more)
            return .record(record)
        }
        guard let entry else { return try interpreter.call(function, [first, second]) }
        try poll()
        return try machine.enter(function, entry.prototype, entry.captures, giving: &first, second)
    }

    /// Looks up now and then: what the function does inside looks for itself.
    @inline(__always)
    private mutating func poll() throws {
        if turns & 0x3F == 0 { try interpreter.prepareCall() }
        turns &+= 1
        if interpreter.pendingStop != nil { try interpreter.prepareCall() }
    }
}

extension Interpreter {
    /// A function to be called with one item after the other.
    public func repeated(_ function: Function, argumentCount: Int = 1) -> RepeatedCall {
        RepeatedCall(self, function, argumentCount: argumentCount)
    }

    /// Refuses to call anything once the user asked to stop.
    func prepareCall() throws {
        if let message = pendingStop { throw Interruption(message) }
        try machine.poll()
        if !machine.guardrail.isCurrent { machine.guardrail = StackGuard() }
    }
}
