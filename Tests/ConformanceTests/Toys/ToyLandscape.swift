// A function of the plane from outside its module.
import Evaluation

/// x² + y² about (1, 2).
struct ToyLandscape: Landscape {
    static let name = "toy_bowl"
    static let summary = "A toy: (x - 1)^2 + (y - 2)^2, whose minimum 0 is at [1, 2]."

    func value<S: PlaneScalar>(_ x: S, _ y: S) throws -> S {
        let a = try S.shifted(x, by: -1), b = try S.shifted(y, by: -2)
        return try a * a + b * b
    }
    let minima = [(x: 1.0, y: 2.0)]
    let view = (x: -3.0...3.0, y: -3.0...3.0)
    let start = (x: -2.0, y: -2.0)
}
