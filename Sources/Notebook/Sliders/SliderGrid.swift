// All combinations of the values of some sliders, and what a cell showed for each.
import Language

/// What a page shows of a cell by the positions of its sliders.
public struct SliderGrid: Sendable {
    /// Which cells move together, from 1.
    public let group: Int
    public let sliders: [Slider]
    /// The position in which the script itself runs.
    public let home: [Int]
    /// The cell is the first of its group: the sliders stand in it.
    public let isFirst: Bool
    /// What the cell showed elsewhere; what it shows at home are its own items.
    public internal(set) var elsewhere: [(at: [Int], items: [ExportedDocument.Item])] = []

    /// All positions, the last slider moving first.
    static func positions(_ sliders: [Slider]) -> [[Int]] {
        sliders.reduce([[]]) { positions, slider in
            positions.flatMap { position in slider.values.indices.map { position + [$0] } }
        }
    }

    /// `lr = 1e-3, steps = 20`
    func caption(at position: [Int]) -> String {
        zip(sliders, position).map { "\($0.name) = \($0.values[$1])" }.joined(separator: ", ")
    }
}
