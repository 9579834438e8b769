/// Memory, threads, tensors as values, and dense solves.
import Synchronization
import Tensors
import Testing

@Suite struct DeviceTests {
    @Test func buffersAreUsedAgain() throws {
        let device = Device(threads: 2)
        func step() throws {
            let a = try Tensor(repeating: 1, shape: [100_000], on: device)
            let b = try a.map(.exp) * a + a
            _ = try b.summed(to: [1])
        }
        try step()
        try step()
        let before = device.memory
        for _ in 0..<100 { try step() }
        #expect(device.memory.allocations == before.allocations)
        #expect(device.memory.peak == before.peak)
        #expect(device.memory.live == 0)
        device.trimMemory()
        #expect(device.memory.cached == 0)
    }

    /// Numbers in a file are read, copied and given back like others; their memory counts while they lie elsewhere no more.
    @Test func whatIsSetAsideStaysWhatItIs() throws {
        let device = Device(threads: 2), count = 17 << 20
        func made() throws -> Tensor {
            try Tensor(shape: [count], on: device) { for index in 0..<count { $0[index] = Float(index % 1009) } }
        }
        var x = try made()
        let sum = x.sum(), live = device.memory.live
        // Where temporary files lie in memory, or there is no room for one, nothing changes.
        guard x.setAside() else { return }
        #expect(device.memory.live == live - 4 * count)
        #expect(x.sum() == sum && x.setAside())
        #expect(try x.combined(.add, scalar: 1).sum() == sum + Double(count))
        x = try Tensor.zeros([1], on: device)
        #expect(device.memory.live < 1000)
        #expect(try made().sum() == sum)
    }

    @Test func moreThanTheLimitIsRefused() throws {
        let device = Device(threads: 1, memoryLimit: 8 << 20)
        let kept = try Tensor.zeros([1 << 20], on: device)
        #expect(throws: TensorError.self) { try Tensor.zeros([2 << 20], on: device) }
        do {
            _ = try Tensor.zeros([2 << 20], on: device)
        } catch let error as TensorError {
            guard case .outOfMemory(let needed, let available) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(needed == 8 << 20 && available == 4 << 20)
            #expect(error.description.contains("8 MiB") && error.description.contains("4 MiB"))
        }
        #expect(throws: TensorError.self) { try device.require(bytes: 5 << 20) }
        try device.require(bytes: 4 << 20)
        #expect(kept.count == 1 << 20)
        // What the pool keeps unused never stands in the way.
        for size in [100_000, 300_000, 500_000, 700_000, 900_000] { _ = try Tensor.zeros([size], on: device) }
        #expect(throws: TensorError.self) { try Tensor.zeros([1 << 20, 1 << 20], on: device) }
        #expect(throws: TensorError.self) { try Tensor.zeros([.max, .max], on: device) }
        #expect(throws: TensorError.self) { try Tensor.zeros([-1], on: device) }
    }

    @Test(arguments: [1, 2, 3, 7]) func everyBlockRunsOnce(_ threads: Int) {
        let device = Device(threads: threads)
        for count in [0, 1, 2, 5, 100] {
            let seen = (0..<100).map { _ in Counter() }
            device.workers.run(count) { seen[$0].value.add(1, ordering: .relaxed) }
            #expect(seen.enumerated().allSatisfy { $1.value.load(ordering: .relaxed) == ($0 < count ? 1 : 0) })
        }
        // Work inside work runs on the calling thread.
        let total = Counter()
        device.workers.run(4) { _ in device.workers.run(5) { _ in total.value.add(1, ordering: .relaxed) } }
        #expect(total.value.load(ordering: .relaxed) == 20)
    }

    private final class Counter: Sendable {
        let value = Atomic<Int>(0)
    }

    @Test func manyCallersShareOneDevice() async throws {
        let device = Device(threads: 2)
        let x = try Tensor((0..<100_000).map { Float($0) * 1e-5 }, shape: [100_000], on: device)
        let expected = try x.map(.exp).elements
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<20).allSatisfy { _ in (try? x.map(.exp).elements) == expected } }
            }
            for await same in group { #expect(same) }
        }
    }

    @Test func tensorsAreValues() throws {
        let device = Device(threads: 1)
        let x = try Tensor((0..<6).map(Float.init), shape: [2, 3], on: device)
        #expect(try x.reshaped([3, 2]).shape == [3, 2])
        #expect(try x.rows(1..<2).elements == [3, 4, 5])
        #expect(try x.rows(1..<1).elements == [])
        #expect(throws: TensorError.self) { try x.reshaped([4]) }
        #expect(throws: TensorError.self) { try x.reshaped([-2, -3]) }
        #expect(throws: TensorError.self) { try x.rows(1..<3) }
        #expect(throws: TensorError.self) { try x.item() }
        #expect(throws: TensorError.self) { try Tensor([1, 2], shape: [3], on: device) }
        #expect(try Tensor(scalar: 3, on: device).item() == 3)
        let copy = try x.copied()
        copy.fill(with: 0)
        #expect(x.elements == [0, 1, 2, 3, 4, 5])
    }

    @Test func uniqueMemoryIsKnown() throws {
        let device = Device(threads: 1)
        var x = try Tensor([1, 2], shape: [2], on: device)
        let alone = x.isUnique
        let other = x
        let shared = x.isUnique
        #expect(alone && !shared && other.count == 2)
        var whole = try Tensor.zeros([2, 2], on: device)
        let part = try whole.rows(0..<1)
        let sharesRows = !whole.isUnique
        #expect(sharesRows && part.count == 2)
    }

    @Test func interruption() {
        let cancellation = Cancellation()
        #expect(throws: Never.self) { try cancellation.check() }
        cancellation.request()
        #expect(throws: TensorError.interrupted) { try cancellation.check() }
        cancellation.take()
        #expect(throws: Never.self) { try cancellation.check() }
    }

    @Test func denseSolves() throws {
        let a: [Double] = [4, 1, 0, 1, 3, 1, 0, 1, 2], b: [Double] = [1, 2, 3]
        let solvers = [LinearAlgebra.solvePositiveDefinite, LinearAlgebra.solve]
        for solve in solvers {
            let x = try #require(solve(a, b))
            for i in 0..<3 {
                #expect(Swift.abs((0..<3).reduce(0) { $0 + a[i * 3 + $1] * x[$1] } - b[i]) < 1e-12)
            }
        }
        // An unsymmetric system tells rows from columns.
        #expect(LinearAlgebra.solve([1, 2, 0, 1], [5, 2]) == [1, 2])
        #expect(LinearAlgebra.solvePositiveDefinite([1, 0, 0, -1], [1, 1]) == nil)
        #expect(LinearAlgebra.solve([1, 1, 1, 1], [1, 1]) == nil)
        #expect(LinearAlgebra.solve([1], [1, 1]) == nil)
        let eigen = try SymmetricEigen([2, 1, 1, 2], size: 2)
        #expect(Swift.abs(eigen.values[0] - 1) < 1e-12 && Swift.abs(eigen.values[1] - 3) < 1e-12)
        #expect(Swift.abs(eigen.vectors[2] - eigen.vectors[3]) < 1e-12)
        #expect(try SymmetricEigen([2, 1, 1, 2], size: 2, vectors: false).values.count == 2)
        #expect(throws: TensorError.self) { try SymmetricEigen([1, .nan, 0, 1], size: 2) }
        #expect(throws: TensorError.self) { try SymmetricEigen([1, 2, 3], size: 2) }
        let stop = Cancellation()
        stop.request()
        #expect(throws: TensorError.interrupted) { try SymmetricEigen([2, 1, 1, 2], size: 2, cancellation: stop) }
    }

    /// A = Vᵀ diag(w) V with orthonormal rows of V, for more rows than LAPACK's blocks and leaves.
    @Test func eigenvectorsOfALargerMatrix() throws {
        let n = 90
        var generator = RandomGenerator(seed: 5), a = [Double](repeating: 0, count: n * n)
        for row in 0..<n {
            for column in 0...row {
                let x = generator.normal()
                (a[row * n + column], a[column * n + row]) = (x, x)
            }
        }
        let eigen = try SymmetricEigen(a, size: n), v = eigen.vectors
        #expect(eigen.values == eigen.values.sorted())
        var worst = 0.0
        for row in 0..<n {
            for column in 0..<n {
                var sum = 0.0, product = 0.0
                for k in 0..<n {
                    sum += eigen.values[k] * v[k * n + row] * v[k * n + column]
                    product += v[row * n + k] * v[column * n + k]
                }
                worst = max(worst, Swift.abs(sum - a[row * n + column]), Swift.abs(product - (row == column ? 1 : 0)))
            }
        }
        #expect(worst < 1e-11)
    }
}
