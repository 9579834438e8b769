/// The weights of a model that stay as they are: what adapters are added to, and what only reads and writes.
import Autodiff
import Tensors

/// Where the numbers of frozen weights come from.
public protocol WeightSource {
    /// Writes a parameter's numbers, in row-major order. Parameters are asked for in the order of the layout.
    func read(_ name: String, into target: UnsafeMutableBufferPointer<Float>) throws
    /// Writes the bytes of a parameter that is stored in the type already; returns false for any other.
    func read(_ name: String, as type: StorageType, into target: UnsafeMutableRawBufferPointer) throws -> Bool
    /// Whether a matrix lies there as its transpose. In blocks it is held so too: blocks along its other side would round
    /// the numbers a second time.
    func isTurned(_ name: String) -> Bool
    /// Writes the transpose of a matrix that is turned, as it lies there.
    func readTurned(_ name: String, into target: UnsafeMutableBufferPointer<Float>) throws
}

extension WeightSource {
    public func isTurned(_: String) -> Bool { false }
    public func readTurned(_ name: String, into target: UnsafeMutableBufferPointer<Float>) throws {
        try read(name, into: target)
    }
}

/// All parameters of a model, none of which moves. Shared by all models that are made of it.
///
/// The weights of linear layers, the token embeddings and the head are held in a storage type; norms, biases and tables
/// of positions, which are small, in float32.
public final class FrozenWeights: Sendable {
    /// The parameters by the names of the architecture they belong to.
    public let layout: ParameterLayout
    public let storage: StorageType
    /// Where in `flat` those lie that are held in float32.
    private let plain: ParameterLayout
    private let flat: Tensor
    private let matrices: [String: StoredMatrix]
    /// Of the matrices, those held as their transposes.
    public let turned: Set<String>

    /// Weights in float32, whose memory stays shared.
    /// - Throws: `ModelError` where the numbers are not as many as the layout has weights.
    public init(_ layout: ParameterLayout, _ flat: Tensor) throws {
        guard flat.shape == [layout.count] else {
            throw ModelError.invalidArchitecture(
                "\(flat.count) weights do not fit an architecture with \(layout.count)")
        }
        (self.layout, plain, storage) = (layout, layout, .float32)
        self.flat = flat
        (matrices, turned) = ([:], [])
    }

    /// Reads the parameters of a model one after the other, so that no more than one is ever held in float32.
    /// - Throws: what the source throws, and `ModelError` for numbers that the type does not hold.
    public init(
        of model: Transformer, as storage: StorageType, from source: some WeightSource, on device: Device
    ) throws {
        layout = ParameterLayout(model.parameterShapes)
        self.storage = storage
        let stored = storage == .float32 ? [] : model.matrixNames
        plain = Self.plain(layout, without: stored)
        let turned = Set(storage == .eightBit ? stored.filter { source.isTurned($0) } : [])
        self.turned = turned
        try device.require(bytes: Self.bytes(of: model, as: storage))
        let flat = try Tensor(uninitialized: [plain.count], on: device)
        var matrices: [String: StoredMatrix] = [:]
        let largest = layout.entries.filter { stored.contains($0.key) }.map(\.value.count).max() ?? 0
        var scratch: Tensor?
        for (name, entry) in layout.entries {
            try device.cancellation.check()
            if let place = plain.entries[name] {
                try flat.segment(place.offset, shape: place.shape).withWritable {
                    try source.read(name, into: UnsafeMutableBufferPointer(start: $0, count: place.count))
                }
                continue
            }
            let isTurned = turned.contains(name)
            let (rows, columns) = isTurned ? (entry.shape[1], entry.shape[0]) : (entry.shape[0], entry.shape[1])
            var isRead = false
            if storage != .eightBit {
                matrices[name] = try StoredMatrix(storage, rows: rows, columns: columns, on: device) {
                    isRead = try source.read(name, as: storage, into: $0)
                }
            }
            if isRead { continue }
            let wide = try scratch ?? Tensor(uninitialized: [largest], on: device)
            scratch = wide
            try wide.withWritable { numbers in
                let target = UnsafeMutableBufferPointer(start: numbers, count: entry.count)
                try isTurned ? source.readTurned(name, into: target) : source.read(name, into: target)
                do {
                    matrices[name] = try StoredMatrix(
                        storage, rows: rows, columns: columns, rounding: UnsafePointer(numbers), on: device)
                } catch TensorError.invalid(let message) {
                    throw ModelError.invalidArchitecture("`\(name)` cannot be held as \(storage.rawValue): \(message)")
                }
            }
        }
        self.flat = flat
        self.matrices = matrices
    }

    /// Of the memory that `parts` showed.
    /// - Throws: `ModelError` where it does not fit the model.
    public init(
        of model: Transformer, as storage: StorageType, parts: [(name: String, memory: Tensor)],
        turned: Set<String> = []
    ) throws {
        layout = ParameterLayout(model.parameterShapes)
        self.storage = storage
        let stored = storage == .float32 ? [] : model.matrixNames
        plain = Self.plain(layout, without: stored)
        guard let flat = parts.first(where: { $0.name.isEmpty })?.memory, flat.shape == [plain.count] else {
            throw ModelError.invalidArchitecture("the frozen weights do not fit the model")
        }
        self.flat = flat
        self.turned = turned
        var matrices: [String: StoredMatrix] = [:]
        for (name, entry) in layout.entries where plain.entries[name] == nil {
            guard let memory = parts.first(where: { $0.name == name })?.memory else {
                throw ModelError.noParameter(name)
            }
            let shape = turned.contains(name) ? entry.shape.reversed() : entry.shape
            matrices[name] = try StoredMatrix(storage, rows: shape[0], columns: shape[1], memory: memory)
        }
        self.matrices = matrices
    }

    private static func plain(_ layout: ParameterLayout, without stored: Set<String>) -> ParameterLayout {
        ParameterLayout(layout.entries.filter { !stored.contains($0.key) }.map { ($0.key, $0.value.shape) })
    }

    /// Bytes that a model's weights take in a type.
    public static func bytes(of model: Transformer, as storage: StorageType) -> Int {
        let stored = storage == .float32 ? [] : model.matrixNames
        return model.parameterShapes.reduce(0) { sum, entry in
            sum
                + (stored.contains(entry.name)
                    ? storage.bytes(rows: entry.shape[0], columns: entry.shape[1]) : 4 * entry.shape.reduce(1, *))
        }
    }

    /// All memory that they take, by names; "" for what is held in float32.
    public var parts: [(name: String, memory: Tensor)] {
        [("", flat)] + layout.entries.compactMap { entry in matrices[entry.key].map { (entry.key, $0.memory) } }
    }

    public var device: Device { flat.device }
    /// Number of weights.
    public var count: Int { layout.count }
    /// Bytes that they take.
    public var byteCount: Int { matrices.values.reduce(4 * flat.count) { $0 + $1.byteCount } }

    /// The matrix of that name, where it is held in fewer bits than float32, row by row.
    func matrix(_ name: String) -> StoredMatrix? { turned.contains(name) ? nil : matrices[name] }

    /// The same for products: the matrix, or its transpose.
    func factor(_ name: String) -> (matrix: StoredMatrix, isTurned: Bool)? {
        matrices[name].map { ($0, turned.contains(name)) }
    }

    /// A parameter's numbers under its shape.
    /// - Throws: `ModelError` where there is none of that name.
    public func tensor(_ name: String) throws -> Tensor {
        if let matrix = matrices[name] {
            return turned.contains(name) ? try matrix.widened().transposed() : try matrix.widened()
        }
        guard let tensor = plain.tensor(name, of: flat) else { throw ModelError.noParameter(name) }
        return tensor
    }

    /// All numbers in the layout's order, in memory of their own.
    public func widened() throws -> Tensor {
        if matrices.isEmpty { return try flat.copied() }
        let all = try Tensor(uninitialized: [layout.count], on: device)
        for (name, entry) in layout.entries {
            let place = all.segment(entry.offset, shape: entry.shape)
            if let matrix = matrix(name) { matrix.widen(into: place) } else { place.copy(from: try tensor(name)) }
        }
        return all
    }

    /// Whether both hold the same numbers, held in the same way, under the same names.
    public func isEqual(to other: FrozenWeights) -> Bool {
        if self === other { return true }
        guard layout == other.layout, storage == other.storage, turned == other.turned else { return false }
        return zip(parts, other.parts).allSatisfy { a, b in
            a.memory.isSameMemory(as: b.memory) || a.memory.hasSameBits(as: b.memory)
        }
    }
}

extension Tensor {
    /// Whether both hold the same bytes, whatever these mean.
    fileprivate func hasSameBits(as other: Tensor) -> Bool {
        withElements { a in
            other.withElements { UnsafeRawBufferPointer(a).elementsEqual(UnsafeRawBufferPointer($0)) }
        }
    }
}
