/// What an elementwise optimizer keeps its tensors in between steps, and how an update reads and writes them.
import CKernels
import Tensors

/// What keeps one tensor of the state. An update sees its numbers as float32, a block at a time.
protocol StateStorage {
    init(_ entry: OptimizerState.Entry) throws
    func entry(named name: String) -> OptimizerState.Entry
    /// Memory for what replaces this: its own when nobody else sees it, else new.
    mutating func successor() throws -> Self
    /// Runs `body` over blocks of `count` elements: first element, length, and where `old` and `new` are, counted from
    /// the tensors' first element. What `isWritten` names is kept afterwards; `draw` decides how it is rounded, together
    /// with its place in a vector in which the first element is at `origin`.
    static func update(
        _ old: [Self], to new: [Self], isWritten: [Bool], draw: UInt32, origin: Int, count: Int, on device: Device,
        _ body: (Int, Int, [UnsafeMutablePointer<Float>], [UnsafeMutablePointer<Float>]) -> UpdateOutcome
    ) -> [UpdateOutcome]
}

extension Tensor: StateStorage {
    init(_ entry: OptimizerState.Entry) throws { self = try entry.tensor }
    func entry(named name: String) -> OptimizerState.Entry { .init(name: name, tensor: self) }

    mutating func successor() throws -> Tensor {
        isUnique ? self : try Tensor(uninitialized: shape, on: device)
    }

    static func update(
        _ old: [Tensor], to new: [Tensor], isWritten: [Bool], draw: UInt32, origin: Int, count: Int, on device: Device,
        _ body: (Int, Int, [UnsafeMutablePointer<Float>], [UnsafeMutablePointer<Float>]) -> UpdateOutcome
    ) -> [UpdateOutcome] {
        [old, new].withPointers { lent in device.partials(count) { body($0, $1, lent[0], lent[1]) } }
    }
}

extension BFloat16Tensor: StateStorage {
    init(_ entry: OptimizerState.Entry) throws {
        switch entry.content {
        case .half(let half): self = half
        case .full(let tensor): self = try BFloat16Tensor(tensor)
        }
    }
    func entry(named name: String) -> OptimizerState.Entry { .init(name: name, half: self) }

    /// Each block is widened, updated, and rounded at random.
    static func update(
        _ old: [BFloat16Tensor], to new: [BFloat16Tensor], isWritten: [Bool], draw: UInt32, origin: Int, count: Int,
        on device: Device,
        _ body: (Int, Int, [UnsafeMutablePointer<Float>], [UnsafeMutablePointer<Float>]) -> UpdateOutcome
    ) -> [UpdateOutcome] {
        lend(old, to: new) { from, to in
            device.partials(count) { start, count in
                withUnsafeTemporaryAllocation(of: Float.self, capacity: max(1, from.count * count)) { memory in
                    guard let memory = memory.baseAddress else { return .nothing }
                    let blocks = from.indices.map { memory + $0 * count - start }
                    for (block, from) in zip(blocks, from) { lethe_widen_bf16(from + start, block + start, count) }
                    let outcome = body(start, count, blocks, blocks)
                    for index in to.indices where isWritten[index] {
                        // Each tensor draws by itself.
                        lethe_narrow_bf16_at_random(
                            blocks[index] + start, to[index] + start, origin + start, count, 2 &* draw &+ UInt32(index))
                    }
                    return outcome
                }
            }
        }
    }
}

extension OptimizerState {
    /// Gives up its tensors, so that `update` can write them in place, and takes those that replace them: the ones that
    /// `isRenewed` names in memory of their own, the others as they are. Where there is no memory, all stays.
    mutating func renew<Storage: StateStorage>(
        as _: Storage.Type, _ isRenewed: (String) -> Bool,
        _ update: (_ old: [Storage], _ new: [Storage], _ isWritten: [Bool]) -> [UpdateOutcome]
    ) throws -> [UpdateOutcome] {
        let names = tensors.map(\.name), isWritten = names.map(isRenewed)
        var old = try tensors.map { try Storage($0) }, new: [Storage] = []
        tensors = []
        func put(_ values: [Storage]) { tensors = zip(names, values).map { $1.entry(named: $0) } }
        do {
            for index in old.indices { new.append(isWritten[index] ? try old[index].successor() : old[index]) }
        } catch {
            put(old)
            throw error
        }
        let outcomes = update(old, new, isWritten)
        put(new)
        return outcomes
    }
}
