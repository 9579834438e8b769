/// The parameters of a model among the tensors of a GGUF file.
import Files
import Synchronization
import Tensors

/// Where each parameter lies, found and checked before anything is read.
struct GGUFTensors {
    /// What is read of a tensor for one parameter.
    private struct Source {
        let parameter, tensor: String
        let shape: [Int]
        let change: GGUFChange
        /// The first of its numbers in the tensor.
        let start: Int
    }
    private let file: GGUFFile
    private let sources: [Source]
    private let heads, groups: Int

    /// What files have beside parameters: rotary factors, which are the configuration's.
    private static let constants = [
        RotaryParameters.factors, RotaryParameters.longFactors, RotaryParameters.shortFactors, "rope_freqs",
        "attn_rot_embd", "inv_freq",
    ]

    /// - Throws: `FileError` naming tensors that are missing, without a place, of another shape or format.
    init(_ file: GGUFFile, _ form: GGUFForm, _ architecture: any Architecture, isTied: Bool) throws {
        self.file = file
        (heads, groups) = (architecture.heads, architecture.groups)
        var missing: [String] = [], misshapen: [String] = [], mistyped: [String] = [], sources: [Source] = []
        var unused = Set(file.tensors.keys.map(Spelling.init))
        if isTied { unused.remove(Spelling(GGUFNames.head)) }
        let rows = [architecture.heads, architecture.groups, architecture.groups].map { $0 * architecture.headWidth }
        for (name, shape) in architecture.parameterShapes {
            let places = form.places(name)
            guard let place = places.first(where: { file.tensors[$0.tensor] != nil }),
                let entry = file.tensors[place.tensor]
            else {
                missing.append("`\(places.first?.tensor ?? name)`")
                continue
            }
            unused.remove(Spelling(place.tensor))
            var wanted = shape, start = 0
            let count = shape.reduce(1, *)
            switch place.change {
            case .transposed: wanted = shape.reversed()
            case .stacked:
                wanted = [form.heads(of: place, architecture)] + shape
                start = (place.part ?? 0) * count
            case .queries, .keys, .values:
                let index = [.queries, .keys, .values].firstIndex(of: place.change) ?? 0
                wanted[0] = rows.reduce(0, +)
                start = rows[..<index].reduce(0, +) * (count / max(1, shape[0]))
            default: break
            }
            if entry.shape != wanted {
                misshapen.append("`\(place.tensor)` is \(entry.shape) instead of \(wanted)")
                continue
            }
            guard let format = entry.format else { throw file.unreadable(place.tensor, entry) }
            if !format.holdsWeights { mistyped.append("`\(place.tensor)` is \(format.name)") }
            sources.append(
                Source(parameter: name, tensor: place.tensor, shape: shape, change: place.change, start: start))
        }
        let unplaced = unused.sorted().map(\.text).filter { name in
            !Self.constants.contains { name.hasSuffix($0) || name.hasSuffix($0 + ".weight") }
        }
        var problems: [String] = []
        func note(_ what: String, _ names: [String]) {
            guard !names.isEmpty else { return }
            let more = names.count > 3 ? " and \(names.count - 3) more" : ""
            problems.append("\(what): \(names.prefix(3).joined(separator: ", "))\(more)")
        }
        note("missing", missing)
        note("without a place", unplaced.map { "`\($0)`" })
        note("of another type than weights have", mistyped)
        note("of another shape", misshapen)
        guard problems.isEmpty else {
            throw FileError(
                path: file.path,
                message: """
                    the tensors do not fit what the file says of its model, \(form.architecture) \
                    (\(problems.joined(separator: "; "))); download or convert it again
                    """)
        }
        self.sources = sources
    }

    /// A part of a parameter's rows, which a thread reads.
    private struct Job {
        let source: Source
        let target: UnsafeMutableBufferPointer<Float>
        /// Of rows, in the tensor's order.
        let rows: Range<Int>
        let width: Int
    }

    /// Reads all parameters as float32.
    /// - Parameter target: memory for the parameter of that name.
    func read(on device: Device, into target: (String) -> UnsafeMutableBufferPointer<Float>) throws {
        var jobs: [Job] = []
        for source in sources {
            let memory = target(source.parameter)
            guard memory.count > 0 else { continue }
            guard source.shape.count > 1, source.change != .transposed else {
                jobs.append(Job(source: source, target: memory, rows: 0..<1, width: memory.count))
                continue
            }
            // A row at a time: whole blocks, and what a change moves.
            let width = source.shape[1]
            let step = max(1, (1 << 20) / width), count = memory.count / width
            for first in stride(from: 0, to: count, by: step) {
                jobs.append(
                    Job(source: source, target: memory, rows: first..<min(count, first + step), width: width))
            }
        }
        let failure = Mutex<(any Error)?>(nil)
        let work = jobs
        device.workers.run(work.count) { index in
            do {
                try device.cancellation.check()
                if failure.withLock({ $0 != nil }) { return }
                try run(work[index])
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
    }

    /// Whether a parameter's tensor is its transpose.
    func isTurned(_ parameter: String) -> Bool {
        sources.contains { $0.parameter == parameter && $0.change == .transposed }
    }

    /// The tensor of a parameter as it is in the file.
    func readTurned(_ parameter: String, into target: UnsafeMutableBufferPointer<Float>) throws {
        guard let source = sources.first(where: { $0.parameter == parameter }) else {
            throw ModelError.noParameter(parameter)
        }
        try file.read(source.tensor, into: target, finite: true)
    }

    private func run(_ job: Job) throws {
        let source = job.source, width = job.width
        let first = source.start + job.rows.lowerBound * width
        switch source.change {
        case .none, .stacked, .queries, .keys, .values, .fromOne:
            let part = UnsafeMutableBufferPointer(
                rebasing: job.target[(job.rows.lowerBound * width)..<(job.rows.upperBound * width)])
            try file.read(source.tensor, from: first, into: part, finite: true)
            if source.change == .fromOne { for i in part.indices { part[i] -= 1 } }
        case .transposed:
            try withScratch(job.target.count) { numbers in
                try file.read(source.tensor, into: numbers, finite: true)
                Self.transpose(numbers, rows: source.shape[1], columns: source.shape[0], into: job.target)
            }
        case .turnedQueries, .turnedKeys, .interleaved:
            try withScratch(job.rows.count * width) { numbers in
                try file.read(source.tensor, from: first, into: numbers, finite: true)
                let isMatrix = source.shape.count > 1
                let order = RowOrder(
                    source.change, heads: source.change == .turnedKeys ? groups : heads, rows: source.shape[0])
                let piece = isMatrix ? width : 1
                for index in 0..<(numbers.count / piece) {
                    let row = order.parameterRow(job.rows.lowerBound + index)
                    for place in 0..<piece { job.target[row * piece + place] = numbers[index * piece + place] }
                }
            }
        }
    }

    private func withScratch(_ count: Int, _ body: (UnsafeMutableBufferPointer<Float>) throws -> Void) throws {
        let numbers = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
        defer { numbers.deallocate() }
        try body(numbers)
    }

    /// Writes a matrix [rows, columns] with its sides changed, in squares that stay in the cache.
    static func transpose(
        _ source: UnsafeMutableBufferPointer<Float>, rows: Int, columns: Int,
        into target: UnsafeMutableBufferPointer<Float>
    ) {
        let side = 32
        for row in stride(from: 0, to: rows, by: side) {
            for column in stride(from: 0, to: columns, by: side) {
                for i in row..<min(rows, row + side) {
                    for j in column..<min(columns, column + side) { target[j * rows + i] = source[i * columns + j] }
                }
            }
        }
    }
}

enum GGUFNames {
    static let head = "output.weight", embedding = "token_embd.weight"
}

extension GGUFForm {
    /// How many norms a tensor of them holds.
    func heads(of place: GGUFPlace, _ architecture: any Architecture) -> Int {
        place.tensor.contains("attn_k_norm") ? architecture.groups : architecture.heads
    }
}

/// Which row of a parameter a row of a tensor is.
struct RowOrder {
    private let change: GGUFChange
    private let heads, width: Int

    /// - Parameter rows: of the whole matrix.
    init(_ change: GGUFChange, heads: Int, rows: Int) {
        self.change = change
        self.heads = heads
        width = change == .interleaved ? rows / (3 * heads) : rows / heads
    }

    /// The parameter's row for the tensor's.
    func parameterRow(_ row: Int) -> Int {
        if change == .interleaved {
            // The tensor has all queries, then all keys, then all values; the parameter all of each head.
            let part = row / (heads * width), head = row / width % heads
            return (3 * head + part) * width + row % width
        }
        // Neighbours in the tensor are half a head apart in the parameter.
        let within = row % width
        return row - within + within % 2 * (width / 2) + within / 2
    }
}
