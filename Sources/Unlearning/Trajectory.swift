/// States of a run that are kept so that earlier steps come back fast; the steps between are computed again, to the
/// same bits.

/// Keeps as many states as a number of bytes allows: the latest ones, and before them steps at equal distances, which
/// double when memory runs out. With room for n states, coming back to any of T steps computes fewer than about 2 T / n
/// again.
///
/// All runs that came from one start share it, so that the bytes are those of all of them together.
final class Trajectory {
    private let start: RunState
    let budget: Int
    private var states: [Int: RunState] = [:]
    /// Bytes of the kept states; the start is the model that the run began with.
    private(set) var bytes = 0
    /// Steps of the states kept last, oldest first; they take up to a quarter of the bytes.
    private var recent: [Int] = []
    private var recentBytes = 0
    /// The other kept steps by how often 2 divides them, in the order in which they may be dropped.
    private var levels: [[Int]] = Array(repeating: [], count: Int.bitWidth)

    init(_ initial: RunState, budget: Int) {
        start = initial
        self.budget = budget
    }

    /// Steps that are kept, for tests.
    var keptSteps: [Int] { states.keys.sorted() }

    func keep(_ state: RunState) {
        guard state.step != start.step, states[state.step] == nil else { return }
        states[state.step] = state
        recent.append(state.step)
        bytes += state.bytes
        recentBytes += state.bytes
        var retired = 0
        while recentBytes > budget / 4, retired < recent.count - 1 {
            let step = recent[retired]
            retired += 1
            recentBytes -= states[step]?.bytes ?? 0
            levels[step.trailingZeroBitCount].append(step)
        }
        recent.removeFirst(retired)
        while bytes > budget || isMemoryShort(for: state), dropOne() {}
    }

    /// Kept states give way to what a step needs. All ranks keep the same ones: they compute the others together.
    private func isMemoryShort(for state: RunState) -> Bool {
        let device = state.weights.device
        let isShort = device.memory.live > device.memoryLimit - 8 * state.bytes
        return (try? device.ranks.anyRank("memory of a run", isShort)) ?? true
    }

    /// Drops the least useful state: one of the densest grid, else the oldest of the latest ones.
    private func dropOne() -> Bool {
        if let level = levels.firstIndex(where: { !$0.isEmpty }) {
            drop(levels[level].removeFirst())
        } else if !recent.isEmpty {
            let step = recent.removeFirst()
            recentBytes -= states[step]?.bytes ?? 0
            drop(step)
        } else {
            return false
        }
        return true
    }

    private func drop(_ step: Int) { bytes -= states.removeValue(forKey: step)?.bytes ?? 0 }

    /// The latest kept state at or before `step`.
    func latest(upTo step: Int) -> RunState? {
        if let state = states[step] { return state }
        return states.keys.filter { $0 <= step }.max().flatMap { states[$0] } ?? (start.step <= step ? start : nil)
    }
}
