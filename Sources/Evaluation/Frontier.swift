/// Forgetting against retaining along a run: what an optimizer is judged by.
import LanguageModels
import Tensors
import Unlearning

/// Something told of a model by one number, such as its loss on the forget set.
public typealias ModelMeasure = (LanguageModel) throws -> Double

/// Two measures along a run, from its start on.
public struct FrontierPath {
    /// Steps taken where the model was measured; 0 is the model the run started from.
    public private(set) var steps: [Int] = []
    public private(set) var x: [Double] = []
    public private(set) var y: [Double] = []
    /// The step at which loss or weights stopped being numbers.
    public private(set) var divergedAt: Int?

    private var run: Run
    private let measures: (x: ModelMeasure, y: ModelMeasure)

    /// Starts anew from the model that `run` started from.
    /// - Parameter seedOffset: added to the run's seed, for the order of examples and all else that is drawn.
    public init(of run: Run, seedOffset: Int, measures: (x: ModelMeasure, y: ModelMeasure)) throws {
        self.run = try Run(run.recipe.reseeded(by: UInt64(clamping: seedOffset)), memory: 0)
        self.measures = measures
    }

    /// Measures the model as it is.
    public mutating func measure() throws {
        guard divergedAt == nil else { return }
        let model = try run.model
        let place = (x: try measures.x(model), y: try measures.y(model))
        guard place.x.isFinite, place.y.isFinite else {
            divergedAt = run.step
            return
        }
        steps.append(run.step)
        x.append(place.x)
        y.append(place.y)
    }

    /// Takes a step, if it has not diverged.
    public mutating func step() throws {
        guard divergedAt == nil else { return }
        do {
            try run.takeStep()
        } catch UnlearningError.notFinite {
            divergedAt = run.step + 1
        }
    }

    public var isRunning: Bool { divergedAt == nil }
}

/// Runs of one recipe that differ in their seed, as one curve.
public struct FrontierCurve {
    public let paths: [FrontierPath]
    /// Where at least one seed was measured.
    public let steps: [Int]
    /// The mean over the seeds that came so far.
    public let x, y: [Double]

    public init(_ paths: [FrontierPath]) {
        self.paths = paths
        let steps = Array(Set(paths.flatMap(\.steps))).sorted()
        func mean(_ values: KeyPath<FrontierPath, [Double]>) -> [Double] {
            steps.map { step in
                let found = paths.compactMap { path in path.steps.firstIndex(of: step).map { path[keyPath: values][$0] }
                }
                return found.reduce(0) { $0 + $1 / Double(found.count) }
            }
        }
        self.steps = steps
        x = mean(\.x)
        y = mean(\.y)
    }

    /// y where x reaches a value for the first time, between measured points on a straight line; nil where it never
    /// does.
    public func y(atFirst x: Double) -> Double? {
        guard let first = self.x.first else { return nil }
        if first >= x { return y.first }
        for index in self.x.indices.dropFirst() where self.x[index] >= x {
            let share = (x - self.x[index - 1]) / (self.x[index] - self.x[index - 1])
            return y[index - 1] + share * (y[index] - y[index - 1])
        }
        return nil
    }
}
