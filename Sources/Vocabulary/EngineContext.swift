/// What the built-ins of one session share: device, random numbers, derivatives under way.
import Autodiff
import Files
import Language
import LanguageModels
import Tensors

public final class EngineContext {
    public let device: Device
    /// What it knows by name.
    public let catalogue: Catalogue
    public let differentiator = Differentiator()
    /// The session's random numbers; part of what undo restores.
    public var generator: RandomGenerator
    /// The seed given at the start or by `seed(n)`.
    public var seed: UInt64 { generator.seed }
    /// Whether this process may be copied for work that is done side by side: only who owns the whole process knows that
    /// no thread of it would be missed.
    public var copiesProcess = false
    /// How often it has been.
    var copiesMade = 0
    /// Hears of files while a run of a study goes on, and while a function of a run is called.
    var filesRead: FilesRead?
    /// The files of the run whose step is taken: functions of it that other ranks call note theirs here, too.
    private var stepReads: FilesRead?
    /// The files of the studies that are under way, the outermost first; "" for one that keeps none.
    var studyPaths: [String] = []
    /// Where the functions of the recipe that is being read will note files.
    var recipeReads: FilesRead?
    /// Hears what the loss of the running step finds out about its examples.
    private var observer: StepObserver?

    public init(device: Device, seed: UInt64 = 0, catalogue: Catalogue = Catalogue()) {
        self.device = device
        self.catalogue = catalogue
        generator = RandomGenerator(seed: seed)
        device.ranks.hearsNote = { [weak self] kind, path, content in
            // What another rank's piece read is what the run has read, on whichever rank it goes on.
            for reads in [self?.stepReads, self?.filesRead].compactMap({ $0 }) {
                switch kind {
                case "file": reads.add([path: content])
                case "clock": reads.readClock()
                default: break
                }
            }
        }
    }

    /// Takes a step of the run whose functions note their files there.
    func stepping(_ reads: FilesRead, _ step: () throws -> Void) rethrows {
        let outer = stepReads
        stepReads = reads
        defer { stepReads = outer }
        try step()
    }

    /// Notes that the clock is read.
    func readClock() {
        filesRead?.readClock()
        device.ranks.note("clock")
    }

    /// Notes the mean token loss of a step's examples for the log. Only the model under training counts: a loss may ask
    /// a reference model about the same examples.
    func observe(_ examples: Value, _ model: LanguageModel, _ loss: () throws -> Double) rethrows {
        // A gradient inside the loss may ask of other weights, too; renamed ones share their memory.
        guard let observer, model.weights.isTracked,
            model.weights.value.isSameMemory(as: observer.model.weights.value),
            case .foreign(let examples as ExamplesValue) = examples
        else { return }
        if examples === observer.forget { observer.forgetLoss = try loss() }
        if examples === observer.retain { observer.retainLoss = try loss() }
    }

    /// Lets an observer hear what `body` finds out.
    func observed<R>(by observer: StepObserver, _ body: () throws -> R) rethrows -> R {
        let outer = self.observer
        self.observer = observer
        defer { self.observer = outer }
        return try body()
    }

    /// Draws the session's random numbers from another generator while `body` runs; the session's own stays as it is.
    package func drawing<R>(from generator: RandomGenerator, _ body: () throws -> R) rethrows -> R {
        let own = self.generator
        self.generator = generator
        defer { self.generator = own }
        return try body()
    }

    /// The generator a call uses: a private stream for `seed=`, else the session's.
    func drawing<R>(_ call: Call, _ body: (inout RandomGenerator) throws -> R) throws -> R {
        if let seed = try call.optional("seed", { try $0.integer("seed", min: 0) }) {
            var own = RandomGenerator(seed: UInt64(seed))
            return try body(&own)
        }
        return try body(&generator)
    }

    /// A seed for what draws on its own: `seed=`, else the session's.
    package func seed(of call: Call) throws -> UInt64 {
        try call.optional("seed") { UInt64(try $0.integer("seed", min: 0)) } ?? seed
    }

    /// A value as a variable: numbers, truth values, tensors, nested lists of numbers.
    package func variable(_ value: Value) throws -> Variable? {
        if case .list = value { try value.requireEnd("its tensor") }
        return try variable(value, at: "")
    }

    /// The same of a part of a list, which stands there at that place, `[2][0]`.
    private func variable(_ value: Value, at place: String) throws -> Variable? {
        switch value {
        case .number(let x):
            Variable(
                try Tensor(scalar: Float(rounding: x, place: place.isEmpty ? nil : "element \(place)"), on: device))
        case .bool(let flag): Variable(try Tensor(scalar: flag ? 1 : 0, on: device))
        case .foreign(let foreign): (foreign as? TensorValue)?.variable
        case .list(let list): try tensor(list, at: place)
        default: nil
        }
    }

    /// A tensor from a list of numbers; nil if it holds something else.
    private func flatTensor(_ list: List, at place: String) throws -> Tensor? {
        var areNumbers = true
        let tensor = try Tensor(shape: [list.count], on: device) { buffer in
            for (index, item) in list.enumerated() {
                if index & 0xFFFF == 0 { try device.cancellation.check() }
                guard case .number(let x) = item else {
                    areNumbers = false
                    return
                }
                buffer[index] = try Float(rounding: x, place: "element \(place)[\(index)]")
            }
        }
        return areNumbers ? tensor : nil
    }

    /// A tensor from a (nested) list; nil if it holds something else than numbers and tensors.
    func tensor(_ list: List, at place: String = "") throws -> Variable? {
        try device.require(bytes: 4 * list.count)
        if case .number? = list.first, let flat = try flatTensor(list, at: place) { return Variable(flat) }
        if list.isEmpty { return Variable(try Tensor([], shape: [0], on: device)) }
        // A row that is a tensor by itself takes some hundred bytes beside its numbers.
        try device.require(bytes: 256 * list.count)
        var parts: [Variable] = []
        for (index, item) in list.enumerated() {
            if index & 0x3FF == 0 { try device.cancellation.check() }
            guard let row = try variable(item, at: "\(place)[\(index)]") else { return nil }
            if let first = parts.first, first.shape != Array([1] + row.shape) {
                throw LanguageError(
                    "the rows of this list have different shapes: \(Array(first.shape.dropFirst())) and \(row.shape)")
            }
            parts.append(try row.reshaped([1] + row.shape))
        }
        return try Variable.concatenated(parts)
    }
}

/// What the loss of one step finds out about the step's examples.
final class StepObserver {
    /// The model under training.
    let model: LanguageModel
    let forget, retain: ExamplesValue?
    /// Mean token losses.
    var forgetLoss, retainLoss: Double?

    init(_ model: LanguageModel, forget: ExamplesValue?, retain: ExamplesValue?) {
        self.model = model
        self.forget = forget
        self.retain = retain
    }
}

/// Runs engine code and words its errors for the language.
package func worded<R>(_ body: () throws -> R) throws -> R {
    do {
        return try body()
    } catch TensorError.interrupted {
        throw Language.Interruption()
    } catch let error as FileError where error.wasInterrupted {
        throw Language.Interruption()
    } catch let error where error is LanguageError || error is Diagnostic || error is Language.Interruption {
        throw error
    } catch {
        throw LanguageError("\(error)")
    }
}

extension Builtin {
    /// A built-in whose engine errors become errors. Arguments that a derivative follows are refused, unless it is said
    /// to be `differentiable`: then its body follows them, or needs of them nothing that a derivative would be lost
    /// with.
    package static func engine(
        _ name: String, family: String, _ parameters: [Parameter] = [], _ summary: String, examples: [String] = [],
        seeAlso: [String] = [], check: ((_ option: String, _ value: Value) throws -> Void)? = nil,
        differentiable: Bool = false, body: @escaping (Call) throws -> Value
    ) -> Builtin {
        Builtin(
            name, family: family, parameters, summary: summary, examples: examples, seeAlso: seeAlso,
            isRecipe: RecipeFamily(rawValue: family) != nil && family != RecipeFamily.landscapes.rawValue, check: check
        ) { call in
            if !differentiable, call.interpreter.registry.derivative() != nil { try call.refuseTracked() }
            return try worded { try body(call) }
        }
    }
}

extension Call {
    /// - Throws: `LanguageError` where a derivative follows an argument, which would be lost in what has none.
    func refuseTracked() throws {
        for (parameter, value) in zip(builtin.parameters, arguments) where value.holdsTracked {
            throw LanguageError(
                "`\(builtin.name)` has no derivative, and one follows its `\(parameter.name)`",
                advice: ["write detach(…) around it where it is to count as a constant"], at: .argument(parameter.name))
        }
    }
}

/// The option `seed=` of everything that draws random numbers.
package var seedOption: Parameter {
    .option(
        "seed", .count, default: .nothing, shown: "the session's",
        "draws from a stream of its own, and leaves the session's alone")
}
