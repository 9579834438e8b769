/// Work of one call that hears no interrupt, done where it can be ended all the same: by a copy of the process.

extension Device {
    /// So many operations take long enough for somebody to want to stop: a few hundredths of a second.
    private static let long = 5e8

    /// The numbers that some work finds; long work is done by a copy of the process, which is ended where this device's
    /// cancellation asks for it.
    /// - Parameters:
    ///   - operations: of floating point that it takes, about.
    ///   - work: changes nothing but what it gives; nil where there are no such numbers.
    /// - Throws: what `work` throws; `TensorError.interrupted`.
    func interruptibly(operations: Double, _ work: () throws -> [Double]?) throws -> [Double]? {
        try cancellation.check()
        guard operations >= Self.long else { return try work() }
        var answer: Answer?
        try ForkedWork(on: self, most: 1).run([0]) { _ in
            (try? Answer(numbers: work()))?.bytes ?? []
        } waiting: {
            try cancellation.check()
        } finished: { _, result in
            if case .finished(let bytes) = result { answer = Answer(bytes) }
        }
        if let answer { return answer.numbers }
        // Ctrl-C reaches copies, too.
        try cancellation.check()
        // What a copy could not do, as where none could be made, is done here, and says why it fails.
        return try work()
    }

    /// What a copy says: a number that is 1 where there are numbers, and these.
    private struct Answer {
        let numbers: [Double]?

        init(numbers: [Double]?) { self.numbers = numbers }

        /// - Returns: nil where a copy said nothing.
        init?(_ bytes: [UInt8]) {
            guard bytes.count >= 8, bytes.count % 8 == 0 else { return nil }
            numbers = bytes.withUnsafeBytes { bytes in
                let said = bytes.bindMemory(to: Double.self)
                return said[0] == 1 ? Array(said[1...]) : nil
            }
        }

        var bytes: [UInt8] { ([numbers == nil ? 0 : 1] + (numbers ?? [])).withUnsafeBytes { Array($0) } }
    }
}
