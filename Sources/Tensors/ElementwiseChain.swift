/// Elementwise arithmetic that waits until its result is read, so that a chain of it passes through memory once instead
/// of once an operator. The numbers are those of one operator after the other, to the last bit.
import CKernels
import Synchronization

/// A result that is not computed yet: a function of tensors and of other such results.
///
/// Not for use on several threads at once, like the variables that hold it.
package final class ElementwiseChain: @unchecked Sendable {
    package enum Function {
        case unary(UnaryFunction)
        case binary(BinaryFunction)
        /// f(x, number), or f(number, x) if swapped.
        case scalar(BinaryFunction, Float, swapped: Bool)
        case clip(Float, Float)
    }

    package enum Input {
        case tensor(Tensor)
        case chain(ElementwiseChain)

        package var shape: [Int] {
            switch self {
            case .tensor(let tensor): tensor.shape
            case .chain(let chain): chain.shape
            }
        }

        fileprivate var memory: Tensor {
            switch self {
            case .tensor(let tensor): tensor
            case .chain(let chain): chain.memory
            }
        }
    }

    package let shape: [Int]
    package let device: Device
    private let function: Function
    private var inputs: [Input]
    /// Memory for the result, claimed when the work was asked for: who reads it later can no longer be refused.
    private var memory: Tensor
    private var isPending = true
    /// At least as many functions as wait here and below.
    private let size: Int
    /// Whether somebody may still ask for this result; else it only passes through on the way to others.
    private var isHeld = true
    private var isListed = false

    /// Tensors smaller than this are computed at once: they stay in the cache anyway.
    package static let least = 1 << 12
    /// Functions that wait together at most.
    private static let most = 48
    /// All inputs have one shape.
    package init(_ function: Function, _ inputs: [Input], on device: Device) throws {
        shape = inputs.first?.shape ?? []
        self.device = device
        self.function = function
        memory = try Tensor(uninitialized: shape, on: device)
        // Whatever is computed already counts as a tensor.
        var ready = inputs.map { input in
            if case .chain(let chain) = input, !chain.isPending { return Input.tensor(chain.memory) }
            return input
        }
        func size() -> Int {
            ready.reduce(1) { if case .chain(let chain) = $1 { $0 + chain.size } else { $0 } }
        }
        if size() > Self.most {
            ready = ready.map { if case .chain(let chain) = $0 { .tensor(chain.finished()) } else { $0 } }
        }
        self.inputs = ready
        self.size = size()
        isListed = true
        device.waiting.add(self)
    }

    deinit { if isListed { device.waiting.remove(self) } }

    /// Nobody will ask for this result any more.
    package func release() {
        isHeld = false
        unlist()
    }

    private func unlist() {
        if isListed { device.waiting.remove(self) }
        isListed = false
    }

    /// The result, computed now if it was not yet, together with all that it passes on the way and that somebody holds.
    package func finished() -> Tensor {
        if isPending { evaluate() }
        return memory
    }

    private func evaluate() {
        var order: [ElementwiseChain] = [], places: [ObjectIdentifier: Int] = [:]
        collect(&order, &places)
        let plan = Plan(order, places, root: self)
        plan.run(order, on: device, count: memory.count)
        for chain in order where chain.isHeld || chain === self {
            chain.isPending = false
            chain.inputs = []
            chain.unlist()
        }
    }

    /// Pending results below and this one, inputs first.
    private func collect(_ order: inout [ElementwiseChain], _ places: inout [ObjectIdentifier: Int]) {
        guard isPending, places[ObjectIdentifier(self)] == nil else { return }
        for case .chain(let chain) in inputs { chain.collect(&order, &places) }
        places[ObjectIdentifier(self)] = order.count
        order.append(self)
    }

    /// The steps of one pass, with a place in memory or a register for each result.
    private struct Plan {
        /// What a step reads from memory and writes there; the rest is in registers.
        private struct Operands {
            var x = false, y = false, z = false
        }

        private var steps: [lethe_step] = []
        private var operands: [Operands] = []
        private var registers = 0

        init(_ order: [ElementwiseChain], _ places: [ObjectIdentifier: Int], root: ElementwiseChain) {
            // The last step that reads each result.
            var last = [Int](repeating: 0, count: order.count)
            for (index, chain) in order.enumerated() {
                for case .chain(let input) in chain.inputs {
                    if let place = places[ObjectIdentifier(input)] { last[place] = index }
                }
            }
            var register = [Int32?](repeating: nil, count: order.count), free: [Int32] = []
            for (index, chain) in order.enumerated() {
                var step = lethe_step(), own = Operands()
                switch chain.function {
                case .unary(let f): (step.kind, step.op) = (Int32(LETHE_STEP_UNARY.rawValue), f.rawValue)
                case .binary(let f): (step.kind, step.op) = (Int32(LETHE_STEP_BINARY.rawValue), f.rawValue)
                case .scalar(let f, let number, let swapped):
                    (step.kind, step.op) = (Int32(LETHE_STEP_SCALAR.rawValue), f.rawValue)
                    (step.scalar, step.swapped) = (number, swapped ? 1 : 0)
                case .clip(let low, let high):
                    step.kind = Int32(LETHE_STEP_CLIP.rawValue)
                    (step.scalar, step.high) = (low, high)
                }
                for (position, input) in chain.inputs.enumerated() {
                    // A result without a place was computed while it stood here as an input.
                    var held: Int32?
                    if case .chain(let other) = input {
                        held = places[ObjectIdentifier(other)].flatMap { register[$0] }
                    }
                    if position == 0 {
                        (own.x, step.x_register) = (held == nil, held ?? 0)
                    } else {
                        (own.y, step.y_register) = (held == nil, held ?? 0)
                    }
                }
                // Registers whose last reader this is may take its result.
                for case .chain(let input) in chain.inputs {
                    guard let place = places[ObjectIdentifier(input)], last[place] == index,
                        let held = register[place]
                    else { continue }
                    if !free.contains(held) { free.append(held) }
                }
                if chain.isHeld || chain === root {
                    chain.takeOver(order, index)
                    own.z = true
                } else {
                    let number =
                        free.popLast()
                        ?? {
                            registers += 1
                            return Int32(registers - 1)
                        }()
                    register[index] = number
                    step.z_register = number
                }
                steps.append(step)
                operands.append(own)
            }
        }

        func run(_ order: [ElementwiseChain], on device: Device, count: Int) {
            let registers = max(1, registers) * LETHE_STEP_PART
            // Not sooner: memory that a result takes over from an input has one holder until then.
            var tensors: [Tensor] = []
            for (chain, own) in zip(order, operands) {
                if own.x { tensors.append(chain.inputs[0].memory) }
                if own.y { tensors.append(chain.inputs[1].memory) }
                if own.z { tensors.append(chain.memory) }
            }
            tensors.withPointers { memory in
                var next = memory.makeIterator()
                var steps = zip(steps, operands).map { step, own in
                    var step = step
                    if own.x { step.x = next.next().map { UnsafePointer($0) } }
                    if own.y { step.y = next.next().map { UnsafePointer($0) } }
                    if own.z { step.z = next.next() }
                    return step
                }
                lethe_plan_steps(&steps, steps.count)
                device.forEachBlock(count) { [steps] start, length in
                    withUnsafeTemporaryAllocation(
                        byteCount: registers * MemoryLayout<Float>.stride, alignment: 64
                    ) {
                        lethe_run_steps(
                            steps, steps.count, start, length, $0.baseAddress?.assumingMemoryBound(to: Float.self))
                    }
                }
            }
        }
    }

    /// Writes the result over an input that nobody else sees and no later step reads.
    private func takeOver(_ order: [ElementwiseChain], _ index: Int) {
        for position in inputs.indices {
            guard case .tensor(var tensor) = inputs[position], tensor.count == memory.count else { continue }
            inputs[position] = .chain(self)
            if tensor.isUnique {
                // The input's memory goes on as the result's; its own is given back untouched.
                memory = Tensor(storage: tensor.storage, offset: tensor.offset, shape: shape, count: tensor.count)
                return
            }
            inputs[position] = .tensor(tensor)
        }
    }
}

/// Results that wait and that somebody holds, oldest first: no more of them than memory can bear, since what waits
/// keeps its inputs alive.
final class WaitingChains: Sendable {
    /// A chain takes itself off the list before it ends.
    private struct Held: @unchecked Sendable {
        unowned(unsafe) let chain: ElementwiseChain
    }
    private struct State: Sendable {
        var held: [Held] = []
    }
    private let state = Mutex(State())
    /// Results that may wait; beyond it the oldest is computed.
    private static let most = 6

    func add(_ chain: ElementwiseChain) {
        let oldest = state.withLock { state -> ElementwiseChain? in
            state.held.append(Held(chain: chain))
            return state.held.count > WaitingChains.most ? state.held.first?.chain : nil
        }
        if let oldest, oldest !== chain { _ = oldest.finished() }
    }

    func remove(_ chain: ElementwiseChain) {
        state.withLock { state in
            if let index = state.held.lastIndex(where: { $0.chain === chain }) { state.held.remove(at: index) }
        }
    }

    func finish() {
        while let chain = state.withLock({ $0.held.first?.chain }) { _ = chain.finished() }
    }
}

extension Device {
    /// Computes all results that were asked for and not read yet.
    public func finishWaitingWork() { waiting.finish() }
}
