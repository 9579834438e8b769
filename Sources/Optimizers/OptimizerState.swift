/// What an optimizer remembers between steps: how many it has taken, tensors and numbers by name, the states of the
/// optimizers it is made of.
import Tensors

/// What a rule of another module, such as a function written in the language, remembers between steps.
public protocol CustomRuleState {
    /// Bytes that it takes, about.
    var byteCount: Int { get }
}

public struct OptimizerState {
    public struct Entry: Sendable {
        enum Content {
            case full(Tensor)
            case half(BFloat16Tensor)
        }
        public let name: String
        var content: Content

        public init(name: String, tensor: Tensor) {
            self.name = name
            content = .full(tensor)
        }

        init(name: String, half: BFloat16Tensor) {
            self.name = name
            content = .half(half)
        }

        /// Its numbers as float32; those kept in bfloat16 are widened.
        public var tensor: Tensor {
            get throws {
                switch content {
                case .full(let tensor): tensor
                case .half(let half): try half.widened()
                }
            }
        }
        public var shape: [Int] {
            switch content {
            case .full(let tensor): tensor.shape
            case .half(let half): half.shape
            }
        }
        public var count: Int { shape.reduce(1, *) }
        var bytes: Int {
            switch content {
            case .full(let tensor): 4 * tensor.count
            case .half(let half): half.bytes
            }
        }

        /// Puts other numbers in the place of these, kept in the same way.
        mutating func set(_ tensor: Tensor) throws {
            switch content {
            case .full: content = .full(tensor)
            case .half: content = .half(try BFloat16Tensor(tensor))
            }
        }
    }

    public struct Number: Equatable, Sendable {
        public let name: String
        public internal(set) var value: Double

        public init(name: String, value: Double) {
            self.name = name
            self.value = value
        }
    }

    /// The state of an optimizer that this one is made of.
    public struct Part {
        public let name: String
        public internal(set) var state: OptimizerState

        public init(name: String, state: OptimizerState) {
            self.name = name
            self.state = state
        }
    }

    /// Steps taken.
    public internal(set) var step: Int
    /// In the order the optimizer declares them.
    public internal(set) var tensors: [Entry]
    public internal(set) var numbers: [Number]
    public internal(set) var parts: [Part]
    /// What a rule of another module remembers.
    public var custom: (any CustomRuleState)?

    /// A state as it was saved.
    /// - Throws: when `step` is negative.
    public init(
        step: Int = 0, tensors: [Entry] = [], numbers: [Number] = [], parts: [Part] = [],
        custom: (any CustomRuleState)? = nil
    ) throws {
        guard step >= 0 else { throw OptimizerError.state("an optimizer's state cannot have taken \(step) steps") }
        (self.step, self.tensors, self.numbers, self.parts, self.custom) = (step, tensors, numbers, parts, custom)
    }

    private init() { (step, tensors, numbers, parts, custom) = (0, [], [], [], nil) }
    /// One that holds nothing: what stands in the place of a state that is lent to be changed.
    public static var nothing: OptimizerState { OptimizerState() }

    /// A tensor of that name: its own, or else that of a part.
    public subscript(name: String) -> Tensor? {
        get throws {
            if let own = tensors.first(where: { $0.name == name }) { return try own.tensor }
            for part in parts {
                if let tensor = try part.state[name] { return tensor }
            }
            return nil
        }
    }

    func number(_ name: String) -> Double? { numbers.first { $0.name == name }?.value }

    /// The same state some steps later, as a rule outside this module counts them.
    public func advanced(custom: (any CustomRuleState)?) -> OptimizerState {
        var next = self
        next.step += 1
        next.custom = custom
        return next
    }

    /// Its own tensors, and those of its parts.
    public var allTensors: [Entry] { tensors + parts.flatMap(\.state.allTensors) }

    /// Bytes of its tensors, and of what else is known of.
    public var bytes: Int {
        allTensors.reduce(0) { $0 + $1.bytes } + customBytes
    }
    private var customBytes: Int { (custom?.byteCount ?? 0) + parts.reduce(0) { $0 + $1.state.customBytes } }

    /// - Throws: unless it holds tensors of these names, shaped like the parameters, and these numbers.
    func check(
        fits stateNames: [String], numbers: [String] = [], of optimizer: String, for parameters: Tensor
    ) throws {
        try checkNames(stateNames + numbers, of: optimizer)
        for entry in tensors where entry.shape != parameters.shape {
            throw OptimizerError.state(
                """
                the state's \(entry.name) has shape \(entry.shape), but the parameters have \
                \(parameters.shape); give the state of a run with these parameters, or none to start anew
                """)
        }
    }

    /// - Throws: unless it holds tensors, numbers and parts of these names.
    func checkNames(_ stateNames: [String], of optimizer: String) throws {
        let names = tensors.map(\.name) + numbers.map(\.name) + parts.map(\.name)
        guard names == stateNames else {
            func list(_ names: [String]) -> String { names.isEmpty ? "nothing" : names.joined(separator: ", ") }
            throw OptimizerError.state(
                "\(optimizer) remembers \(list(stateNames)), but this state holds \(list(names)); "
                    + "give it the state that its own last step returned, or none to start anew")
        }
    }
}
