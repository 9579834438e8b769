/// Forgetting against retaining along a run: what an optimizer is judged by.
import LanguageModels
import Tensors
import Unlearning

/// Something told of a model by one number, such as its loss on the forget set.
public typealias ModelMeasure = (LanguageModel) throws -> Double

/// Two measures along a run, from its start on: what there is to draw.
public struct FrontierTrace: Equatable, Sendable {
    /// Steps taken where the model was measured; 0 is the model the run started from.
    public fileprivate(set) var steps: [Int] = []
    public fileprivate(set) var x: [Double] = []
    public fileprivate(set) var y: [Double] = []
    /// The step at which loss or weights stopped being numbers.
    public fileprivate(set) var divergedAt: Int?

    fileprivate init() {}

    /// - Returns: nil where there is not one number of each kind a step, or steps do not ascend.
    public init?(steps: [Int], x: [Double], y: [Double], divergedAt: Int?) {
        guard steps.count == x.count, steps.count == y.count, zip(steps, steps.dropFirst()).allSatisfy({ $0 < $1 })
        else { return nil }
        (self.steps, self.x, self.y, self.divergedAt) = (steps, x, y, divergedAt)
    }
}

/// A run that is measured on its way.
public struct FrontierPath {
    public private(set) var trace = FrontierTrace()
    public var steps: [Int] { trace.steps }
    public var x: [Double] { trace.x }
    public var y: [Double] { trace.y }
    public var divergedAt: Int? { trace.divergedAt }

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
            trace.divergedAt = run.step
            return
        }
        trace.steps.append(run.step)
        trace.x.append(place.x)
        trace.y.append(place.y)
    }

    /// Takes a step, if it has not diverged.
    public mutating func step() throws {
        guard divergedAt == nil else { return }
        do {
            try run.takeStep()
        } catch UnlearningError.notFinite {
            trace.divergedAt = run.step + 1
        }
    }

    public var isRunning: Bool { divergedAt == nil }
}

/// Runs of one recipe that differ in their seed, as one curve.
public struct FrontierCurve {
    public let paths: [FrontierTrace]
    /// Where at least one seed was measured.
    public let steps: [Int]
    /// The mean over the seeds that came so far.
    public let x, y: [Double]

    public init(_ paths: [FrontierPath]) { self.init(paths.map(\.trace)) }

    public init(_ paths: [FrontierTrace]) {
        self.paths = paths
        let steps = Array(Set(paths.flatMap(\.steps))).sorted()
        func mean(_ values: KeyPath<FrontierTrace, [Double]>) -> [Double] {
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
