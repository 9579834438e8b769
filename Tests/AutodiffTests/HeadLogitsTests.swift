/// Losses through a head in blocks against the same from all logits at once.
import Autodiff
import Tensors
import Testing

@Suite struct HeadLogitsTests {
    let device = Device(threads: 2)
    let labels: [Int32] = [3, -100, 0, 20, 7, 5]

    private func parts(on device: Device) throws -> [Variable] {
        var generator = RandomGenerator(seed: 4)
        return try [[6, 5], [21, 5], [21]].map { Variable(try Tensor.normal($0, from: &generator, on: device)) }
    }

    /// Block by block of four columns, two of which are kept, or at once.
    private func loss(_ x: [Variable], inBlocks: Bool) throws -> Variable {
        let hidden = try x[0].apply(.tanh)
        let head =
            inBlocks
            ? HeadLogits(hidden, .variable(x[1]), bias: x[2], cap: 3, block: 4, kept: 48)
            : HeadLogits(hidden, .variable(x[1]), bias: x[2], cap: 3)
        let losses = try inBlocks ? head.crossEntropy(labels) : head.formed().crossEntropy(labels)
        return try (losses * losses).sum() + losses.mean()
    }

    private func expectClose(_ a: [Variable], _ b: [Variable], _ what: Comment) throws {
        for (a, b) in zip(a, b) {
            let difference = try (a.value - b.value).norm()
            #expect(difference <= 2e-5 * (1 + b.value.norm()), what)
        }
    }

    @Test func derivativesAreThoseOfAllLogits() throws {
        let x = try parts(on: device), d = Differentiator()
        var generator = RandomGenerator(seed: 5)
        let v = try x.map { Variable(try Tensor.normal($0.shape, from: &generator, on: device)) }
        try expectClose([loss(x, inBlocks: true)], [loss(x, inBlocks: false)], "values")
        for (name, derivative): (Comment, (Bool) throws -> [Variable]) in [
            ("gradients", { inBlocks in try d.gradient(x) { try loss($0, inBlocks: inBlocks) } }),
            ("Hessian products", { inBlocks in try d.hessianProduct(x, v) { try loss($0, inBlocks: inBlocks) } }),
            (
                "Gauss-Newton products",
                { inBlocks in try d.gaussNewtonProduct(x, v) { try loss($0, inBlocks: inBlocks) } }
            ),
            (
                "gradients of gradients",
                { inBlocks in
                    try d.gradient(x) { x in
                        let g = try d.gradient(x) { try loss($0, inBlocks: inBlocks) }
                        return try zip(g, v).map { try $0.dot($1) }.reduce(loss(x, inBlocks: inBlocks)) { try $0 + $1 }
                    }
                }
            ),
        ] { try expectClose(derivative(true), derivative(false), name) }
    }

    /// Functions of a row's logits alone: a squared difference, a cross-entropy toward a distribution that is a constant of
    /// the logits themselves, a mean of constants under the softmax.
    private func rowLoss(_ x: [Variable], inBlocks: Bool) throws -> Variable {
        let hidden = try x[0].apply(.tanh)
        let head =
            inBlocks
            ? HeadLogits(hidden, .variable(x[1]), bias: x[2], cap: 3, block: 42, kept: 0)
            : HeadLogits(hidden, .variable(x[1]), bias: x[2], cap: 3)
        let rows = try head.eachRow { logits, range in
            let count = logits.shape[0], log = try logits.logSoftmax()
            #expect(count == range.count)
            let target = Variable(try logits.value.map(.square).logSoftmax().map(.exp))
            let toward = try (target * log + log.apply(.exp) * target).summed(to: [count, 1]).reshaped([count])
            let labels = range.map { Int32($0 * 3) }
            return try (logits.crossEntropy(labels) - toward).apply(.square)
        }
        return try rows.mean() + (rows * rows).sum()
    }

    @Test func rowsOneAfterTheOther() throws {
        let x = try parts(on: device), d = Differentiator()
        var generator = RandomGenerator(seed: 6)
        let v = try x.map { Variable(try Tensor.normal($0.shape, from: &generator, on: device)) }
        try expectClose([rowLoss(x, inBlocks: true)], [rowLoss(x, inBlocks: false)], "values")
        for (name, derivative): (Comment, (Bool) throws -> [Variable]) in [
            ("gradients", { inBlocks in try d.gradient(x) { try rowLoss($0, inBlocks: inBlocks) } }),
            ("Hessian products", { inBlocks in try d.hessianProduct(x, v) { try rowLoss($0, inBlocks: inBlocks) } }),
            (
                "Gauss-Newton products",
                { inBlocks in try d.gaussNewtonProduct(x, v) { try rowLoss($0, inBlocks: inBlocks) } }
            ),
            (
                "gradients of gradients",
                { inBlocks in
                    try d.gradient(x) { x in
                        let g = try d.gradient(x) { try rowLoss($0, inBlocks: inBlocks) }
                        return try zip(g, v).map { try $0.dot($1) }.reduce(rowLoss(x, inBlocks: inBlocks)) {
                            try $0 + $1
                        }
                    }
                }
            ),
        ] { try expectClose(derivative(true), derivative(false), name) }
    }

    @Test func labelsAreDrawnAlike() throws {
        let x = try parts(on: device)
        let inBlocks = HeadLogits(x[0], .variable(x[1]), bias: x[2], block: 4, kept: 20)
        let uniform: (Int) -> Double = { 0.05 + 0.17 * Double($0) }
        #expect(
            try inBlocks.sampledLabels(uniform) == HeadLogits(x[0], .variable(x[1]), bias: x[2]).sampledLabels(uniform))
    }

    @Test func threadsDoNotChangeBits() throws {
        let results = try [1, 2, 3].map { threads in
            let x = try parts(on: Device(threads: threads))
            return try Differentiator().hessianProduct(x, x) { try loss($0, inBlocks: true) }.map(\.value.elements)
        }
        #expect(results[0] == results[1] && results[0] == results[2])
    }

    /// Logits far from 0 have digits enough, and a token that cannot be has no share.
    @Test func logitsMayBeLarge() throws {
        let hidden = Variable(try Tensor([1000, -1000], shape: [2, 1], on: device))
        let weight = Variable(try Tensor([1, 0.5, 0.9999, -1, 0], shape: [5, 1], on: device))
        let bias = Variable(try Tensor([0, 0, 0, 0, -.infinity], shape: [5], on: device))
        let head = HeadLogits(hidden, .variable(weight), bias: bias, block: 2, kept: 0)
        let nll = try head.crossEntropy([2, 3]).value.elements
        #expect(abs(nll[0] - 0.7444) < 2e-3 && nll[1] == 0, "\(nll)")
    }

    @Test func misfitsAreRefused() throws {
        let x = try parts(on: device), head = HeadLogits(x[0], .variable(x[1]), bias: x[2])
        #expect(throws: TensorError.self) { try head.crossEntropy([1, 2]) }
        #expect(throws: TensorError.self) { try head.crossEntropy([1, 2, 3, 4, 5, 21]) }
        #expect(throws: TensorError.self) { try HeadLogits(x[0], .variable(x[2])).crossEntropy(labels) }
        #expect(throws: TensorError.self) {
            try head.divergence(from: HeadLogits(x[0], .variable(x[1]), block: 4, kept: 0))
        }
    }
}

/// Computed again, everything is what it was.
@Suite struct RecomputationTests {
    let device = Device(threads: 2)

    private func network(_ x: [Variable], recomputes: Bool) throws -> Variable {
        var states = x[0]
        for layer in 0..<3 {
            let block: ([Variable]) throws -> Variable = { x in
                let weight = try x[1].segment(layer * 36, shape: [6, 6])
                return try x[0] + (x[0].linear(weight).apply(.gelu)).rmsNorm(x[1].segment(0, shape: [6]), epsilon: 0.1)
            }
            states = try recomputes ? Variable.recomputed([states, x[1]], block) : block([states, x[1]])
        }
        return try states.asNetworkOutput().logSumExp().sum()
    }

    @Test func bitsAreTheSame() throws {
        var generator = RandomGenerator(seed: 6)
        let x = try [[4, 6], [108]].map { Variable(try Tensor.normal($0, from: &generator, on: device)) }
        let v = try x.map { Variable(try Tensor.normal($0.shape, from: &generator, on: device)) }
        let d = Differentiator()
        func all(_ recomputes: Bool) throws -> [[Float]] {
            try
                (d.gradient(x) { try network($0, recomputes: recomputes) }
                + d.hessianProduct(x, v) { try network($0, recomputes: recomputes) }
                + d.gaussNewtonProduct(x, v) { try network($0, recomputes: recomputes) }
                + d.gradient(x) { x in
                    let inner = try d.gradient(x) { try network($0, recomputes: recomputes) }
                    return try inner[0].dot(v[0])
                }).map(\.value.elements)
        }
        #expect(try all(true) == all(false))
    }

    @Test func activationsAreNotKept() throws {
        let device = Device(threads: 1), count = 1 << 14, layers = 8
        func peak(_ recomputes: Bool) throws -> Int {
            let leaf = Variable(try Tensor(repeating: 0.5, shape: [count], on: device), requiresGradient: true)
            var x = leaf
            for _ in 0..<layers {
                let block: ([Variable]) throws -> Variable = { x in
                    var x = x[0]
                    for _ in 0..<8 { x = try x.apply(.tanh) }
                    return x
                }
                x = try recomputes ? Variable.recomputed([x], block) : block([x])
            }
            let before = device.memory.live
            _ = try x.sum().sweep(.gradient, to: [leaf])
            return before
        }
        let (kept, thrown) = (try peak(false), try peak(true))
        #expect(thrown < kept / 5, "\(thrown) of \(kept)")
    }
}
