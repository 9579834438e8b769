/// Keys and values of past positions, so that generation computes each position once.
import Autodiff
import CKernels
import Tensors

final class KeyValueCache {
    /// Positions filled.
    private(set) var length = 0
    private let keys, values: Tensor
    private let layers, rows, heads, groups, width, capacity: Int

    /// Room for `capacity` positions of `rows` sequences.
    init(_ architecture: any Architecture, rows: Int, capacity: Int, on device: Device) throws {
        layers = architecture.layers
        self.rows = rows
        heads = architecture.heads
        groups = architecture.groups
        width = architecture.headWidth
        self.capacity = capacity
        let shape = [layers, rows, groups, capacity, width]
        keys = try Tensor(uninitialized: shape, on: device)
        values = try Tensor(uninitialized: shape, on: device)
    }

    /// All layers have seen `time` further positions.
    func advance(_ time: Int) { length += time }

    /// Forgets all positions.
    func clear() { length = 0 }

    /// Stores the new keys and values of a layer and attends to all so far. `parts`: packed, or queries, keys, values.
    func attend(layer: Int, _ parts: [Tensor], _ shape: AttentionShape) throws -> Tensor {
        let q = heads * width, k = groups * width, device = parts[0].device, rows = shape.batch, time = shape.time
        guard rows == self.rows, length + time <= capacity else {
            throw ModelError.tooLong(length: length + time, context: capacity)
        }
        let result = try Tensor(uninitialized: [rows * time, q], on: device)
        // Keys before the first query's window are seen by none.
        var low = 0
        if let window = shape.window { low = max(0, length + 1 - window) }
        let seen = length + time - low
        let scores = try Tensor(uninitialized: [shape.softCap == nil ? 1 : 2, rows, heads, time, seen], on: device)
        let packed = parts.count == 1
        let (qStride, kStride) = packed ? (q + 2 * k, q + 2 * k) : (q, k)
        let (width, groups, heads, capacity, start) = (width, groups, heads, capacity, length)
        let allRows = self.rows
        [parts, [keys, values, scores, result]].withPointers { lent in
            let qBase = lent[0][0]
            let (kBase, vBase) = packed ? (qBase, qBase) : (lent[0][1], lent[0][2])
            func column(_ part: Int, _ head: Int) -> Int {
                packed ? shape.column(part, head: head) : head * width
            }
            let (keyBase, valueBase, scoreBase, out) = (lent[1][0], lent[1][1], lent[1][2], lent[1][3])
            device.workers.run(rows * groups) { task in
                let row = task / groups, group = task % groups
                let store = ((layer * allRows + row) * groups + group) * capacity * width
                for t in 0..<time {
                    let source = (row * time + t) * kStride, target = store + (start + t) * width
                    (keyBase + target).update(from: kBase + source + column(1, group), count: width)
                    (valueBase + target).update(from: vBase + source + column(2, group), count: width)
                }
                for head in (group * heads / groups)..<((group + 1) * heads / groups) {
                    let s = scoreBase + (row * heads + head) * time * seen
                    Device.gemmTile(
                        time, seen, width, 1,
                        MatrixView(qBase + row * time * qStride + column(0, head), rowStride: qStride),
                        MatrixView(keyBase + store + low * width, rowStride: width, transposed: true), 0,
                        MatrixView(s, rowStride: seen))
                    var scale = shape.scoreScale
                    if let cap = shape.softCap {
                        lethe_soft_cap(s, s + rows * heads * time * seen, scale, cap, time, seen, seen)
                        scale = 1
                    }
                    if let window = shape.window {
                        lethe_window_softmax(s, scale, start - low, time, window, seen, seen, seen)
                    } else {
                        lethe_causal_softmax(s, scale, start, time, seen, seen, seen)
                    }
                    Device.gemmTile(
                        time, width, seen, 1, MatrixView(s, rowStride: seen),
                        MatrixView(valueBase + store + low * width, rowStride: width),
                        0, MatrixView(out + row * time * q + head * width, rowStride: q))
                }
            }
        }
        return result
    }
}
