// Reading and changing values where they stand in registers.

extension Machine {
    /// The length of the list in a register, without holding on to the list; nil when it is none.
    @inline(never)
    func listCount(_ place: UnsafeMutablePointer<Value>) -> Int? {
        if case .list(let list) = place.pointee { list.count } else { nil }
    }

    @inline(__always)
    func isRecord(_ place: UnsafeMutablePointer<Value>) -> Bool {
        if case .record = place.pointee { true } else { false }
    }

    /// The length in bytes of the string in a register; nil when it is none.
    @inline(never)
    func textLength(_ place: UnsafeMutablePointer<Value>) -> Int? {
        if case .string(let text) = place.pointee { text.utf8Count } else { nil }
    }

    /// What a register holds, seen as the one reference that it is: reading or changing it there counts no references,
    /// which took most of the time of `r.x`. `P` must be the payload of the register's case.
    @inline(__always)
    func payload<P>(of place: UnsafeMutablePointer<Value>, as type: P.Type) -> UnsafeMutablePointer<P>? {
        readsReferences ? UnsafeMutableRawPointer(place).assumingMemoryBound(to: type) : nil
    }

    /// Tries the layout of values, once: another compiler may choose another.
    static func referencesAreFirstWords() -> Bool {
        let list = List([.nothing])
        var value = Value.list(list)
        let reference = withUnsafeBytes(of: list) { $0.load(as: UInt.self) }
        return MemoryLayout<List>.size == MemoryLayout<UInt>.size
            && MemoryLayout<Record>.size == MemoryLayout<UInt>.size
            && MemoryLayout<Text>.size == MemoryLayout<UInt>.size
            && withUnsafeBytes(of: &value) { $0.load(as: UInt.self) } == reference
    }

    /// Changes a string where it stands.
    @inline(__always)
    func changeText(_ place: UnsafeMutablePointer<Value>, _ change: (inout Text) -> Void) {
        if case .string = place.pointee, let text = payload(of: place, as: Text.self) { return change(&text.pointee) }
        let value = place.move()
        place.initialize(to: .nothing)
        guard case .string(var text) = consume value else { return }
        change(&text)
        place.initialize(to: .string(text))
    }

    /// Changes a list where it stands. The register lets go first, so that a list nobody else holds is not copied.
    @inline(__always)
    func changeList(_ place: UnsafeMutablePointer<Value>, _ change: (inout List) throws -> Void) rethrows {
        if case .list = place.pointee, let list = payload(of: place, as: List.self) { return try change(&list.pointee) }
        let value = place.move()
        place.initialize(to: .nothing)
        guard case .list(var list) = consume value else { return }
        defer { place.initialize(to: .list(list)) }
        try change(&list)
    }

    /// Sets a record's field where it stands, where there is memory for it.
    @inline(__always)
    func setField(
        of place: UnsafeMutablePointer<Value>, _ name: String, to value: Value, guess: inout Int
    ) throws {
        try changeRecord(place) { record in
            try interpreter.requireRoom(record.growth())
            record.set(name, to: value, guess: &guess)
        }
    }

    /// Changes a record where it stands.
    @inline(__always)
    func changeRecord(_ place: UnsafeMutablePointer<Value>, _ change: (inout Record) throws -> Void) rethrows {
        if isRecord(place), let record = payload(of: place, as: Record.self) { return try change(&record.pointee) }
        let value = place.move()
        place.initialize(to: .nothing)
        guard case .record(var record) = consume value else { return }
        defer { place.initialize(to: .record(record)) }
        try change(&record)
    }
}
