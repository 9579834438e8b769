// What keeps long work inside built-ins from freezing a session or filling the memory.

extension Interpreter {
    /// For a loop inside a built-in, called with the number of its turn: looks now and then whether the user asked to
    /// stop.
    @inline(__always)
    public func poll(_ turn: Int) throws {
        if turn & 0x1FFF == 0 { try pollNow() }
    }

    /// Throws ``Interruption`` when the user asked to stop; a statement in which a built-in has stopped already goes
    /// on.
    public func pollNow() throws {
        if host.isAbandoned || (pendingStop == nil && host.isInterrupted) { throw Interruption() }
        try watchMemory()
    }

    /// Looks now and then whether the process comes near its limit of memory: beyond it, it would be ended.
    func watchMemory() throws {
        memoryTurn &+= 1
        if memoryTurn & 0xF == 0 { try requireMemory(0) }
    }

    /// Refuses what takes so many bytes at once where the limits of the process do not leave them.
    public func requireMemory(_ bytes: Int) throws {
        // Something is needed to say so, and for all the small things that are not counted.
        let reserve = 32 << 20
        guard let room = host.memoryRoom, room < bytes + reserve else { return }
        throw LanguageError(
            bytes == 0
                ? "the memory that this process may use is nearly full: \(room >> 20) MiB are left"
                : """
                this needs \(bytes >> 20) MiB of memory, but this process may use only \
                \(max(0, room - reserve) >> 20) MiB more
                """,
            advice: ["the limit is set outside, as by `ulimit -v`; keep less at once, or raise it"])
    }

    /// The first position of an item; nil when it is not there.
    public func position(of item: Value, in list: List) throws -> Int? {
        if let progression = list.storage.progression, let x = item.plainNumber {
            let place = ((x - progression.start) / progression.step).rounded()
            guard place >= 0, place < Double(list.count), progression.at(Int(place)) == x else { return nil }
            return Int(place)
        }
        for index in list.indices {
            try poll(index)
            if try equal(list[index], item) { return index }
        }
        return nil
    }

    /// Refuses a list that is too long to write out.
    public func requireRoom(forItems count: Int) throws {
        if count > List.most { throw List.tooLong(count) }
        // A list that grows is copied, and is there twice for a moment.
        if count >= 1 << 19, (count - checkedItems).magnitude > 1 << 16 {
            checkedItems = count
            try requireMemory(2 * MemoryLayout<Value>.stride * count)
        }
    }

    /// Refuses a growth by so many bytes at once that the limits of the process do not leave.
    @inline(__always)
    func requireRoom(_ bytes: Int) throws {
        if bytes > 0 { try requireMemory(bytes) }
    }

    /// Refuses a string that is too long to hold.
    public func requireRoom(forBytes count: Int) throws {
        guard count > Text.most else {
            if count >= 1 << 23 { try requireMemory(3 * count) }
            return
        }
        throw LanguageError("a string of \(formatNumber(Double(count), digits: 3)) characters is too long to hold")
    }

    /// Adds an item to a list whose length nobody knows beforehand; it grows only where there is memory.
    @inline(__always)
    public func add(_ item: Value, to list: inout [Value]) throws {
        if list.count == list.capacity { try requireRoom(forItems: list.count) }
        list.append(item)
    }

    /// Items written out one by one, with an eye on the user.
    public func written<Item>(_ count: Int, _ item: (Int) throws -> Item) throws -> [Item] {
        try requireRoom(forItems: count)
        var result: [Item] = []
        result.reserveCapacity(count)
        for index in 0..<count {
            try poll(index)
            result.append(try item(index))
        }
        return result
    }

    /// What a value's items are, without writing out a range.
    public func list(of value: Value) throws -> List {
        if case .list(let list) = value { return list }
        return List(try items(of: value))
    }
}
