// The next update layer by layer: its parts add up to the step that is then taken.
import Settings
import Optimizers
import Tensors
import Testing
import Unlearning

@Suite struct LayerUpdateTests {
    @Test(arguments: ["sgd", "adamw", "sophia", "lion", "soul_released"]) func partsAddUpToTheStep(
        _ name: String
    ) throws {
        let setting = try Setting()
        let run = try Run(setting.recipe(setting.optimizer(name, [("lr", .number(2e-3))])), memory: 1 << 20).stepped(3)
            .run
        let before = Bits(run), layers = try run.layerUpdates { $0 }
        #expect(Bits(run) == before)
        let next = try run.stepped(1).run, update = try next.state.weights - run.state.weights
        #expect(layers.map(\.name) == Array(run.recipe.base.layout.entries.keys))
        for (layer, entry) in zip(layers, run.recipe.base.layout.entries.values) {
            let own = Array(update.elements[entry.offset..<(entry.offset + entry.count)])
            let length = own.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            #expect(abs(layer.update - length) <= 1e-6 * max(length, 1e-6), "\(layer.name)")
            #expect(layer.count == entry.count && layer.weights > 0)
        }
        let clipped =
            layers.reduce(0) { $0 + ($1.clipped ?? 0) * Double($1.count) } / Double(run.recipe.base.layout.count)
        #expect(abs(clipped - (next.log.last?.clipped ?? -1)) < 1e-9)
        // Coarser parts hold the same.
        let whole = try run.layerUpdates { _ in "all" }
        #expect(whole.count == 1 && abs(whole[0].update - update.norm()) < 1e-6)
    }
}
