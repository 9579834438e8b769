// Two examples that go through one linear layer y = W x of one input, with numbers that are known.
import Autodiff
import Curvature
import LanguageModels
import Tensors

struct ToyExamples: LayeredExamples {
    let device: Device
    let outputs: Int
    var number: Float = 1

    var parameters: Int { outputs }
    var count: Int { 2 }
    var exampleScale: Double { 0.5 }
    func positionScale(rows: Int) -> Double { 1 }
    func atMost(_ most: Int) -> any LayeredExamples { self }

    private func rows() throws -> Tensor {
        try Tensor(
            (0..<(2 * outputs)).map { number * Float($0 + 1) }, shape: [2, outputs], on: device)
    }

    func passLayers(
        labels: LabelSource, progress: (_ done: Int, _ total: Int) throws -> Void,
        visit: (LinearLayerPass) throws -> Void
    ) throws {
        let layer = LinearLayer(
            name: "toy", weight: 0..<outputs, bias: nil, inputs: 1, outputs: outputs, isTransposed: true)
        try visit(
            LinearLayerPass(
                layer: layer, inputs: Tensor(repeating: 1, shape: [2, 1], on: device),
                inputIdentity: InputIdentity(), outputGradients: rows(), rows: [0..<1, 1..<2],
                indices: [0, 1],
                group: 0))
        try progress(2, 2)
    }

    func summedGradient(labels: LabelSource) throws -> Tensor { try rows().sum(axis: 0) }

    func eachGradient(
        labels: LabelSource, progress: (_ done: Int, _ total: Int) throws -> Void,
        visit: (_ indices: [Int], _ rows: Tensor) throws -> Void
    ) throws {
        try visit([0, 1], rows())
        try progress(2, 2)
    }
}
