/// How much memory the machine, or the container or limits this process runs in, has and has left.
import Glibc

public enum SystemMemory {
    /// Bytes of memory there are.
    static var total: Int {
        let limits = [addressLimit, dataLimit].compactMap { $0 } + ControlGroup.all().compactMap(\.limit)
        return limits.reduce(physical, min)
    }

    private static var physical: Int { sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) }

    /// Bytes that can be used before the system has none left: what the kernel says is available, and what the limits
    /// of this process and of its container leave.
    static func available() -> Int {
        var least = min(physical, processRoom() ?? Int.max)
        if let kibibytes = entry("MemAvailable:", of: "/proc/meminfo") { least = min(least, kibibytes << 10) }
        for group in ControlGroup.all() { if let room = group.room { least = min(least, room) } }
        return max(0, least)
    }

    /// - Throws: `TensorError.outOfMemory` where less than so many bytes are left.
    public static func require(_ bytes: Int) throws {
        let left = available()
        if bytes > left { throw TensorError.outOfMemory(needed: bytes, available: left) }
    }

    /// Bytes that the limits of this process (`ulimit -v`, `ulimit -d`) leave; nil where it has none. Cheap enough to
    /// be asked often.
    public static func processRoom() -> Int? {
        let address = addressLimit, data = dataLimit
        guard address != nil || data != nil else { return nil }
        let page = sysconf(Int32(_SC_PAGESIZE))
        // Pages of the whole process, then what is resident, shared, its code, 0, its data and stack.
        let used = (text("/proc/self/statm") ?? "").split(separator: " ").map { (Int($0) ?? 0) * page }
        var least = Int.max
        if let address { least = min(least, address - (used.first ?? 0)) }
        if let data { least = min(least, data - (used.count > 5 ? used[5] : 0)) }
        return max(0, least)
    }

    private static var addressLimit: Int? {
        var limit = rlimit()
        return getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 ? Int(exactly: limit.rlim_cur) : nil
    }

    private static var dataLimit: Int? {
        var limit = rlimit()
        return getrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit) == 0 ? Int(exactly: limit.rlim_cur) : nil
    }

    /// A file that holds one number; `nil` if it does not ("max": no limit).
    fileprivate static func number(_ path: String) -> Int? { text(path).flatMap { Int($0.prefix { $0 != "\n" }) } }

    /// The number behind a name at the start of a line.
    fileprivate static func entry(_ name: String, of path: String) -> Int? {
        for line in text(path)?.split(separator: "\n") ?? [] where line.hasPrefix(name) {
            let words = line.split(separator: " ")
            if words.count > 1, words[0] == name { return Int(words[1]) }
        }
        return nil
    }

    /// The first few thousand bytes of a file of the system's own.
    static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 1 << 13)
        let count = read(descriptor, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
}

/// A control group that this process is in, or one around it: each may limit the memory of all its processes.
private struct ControlGroup {
    let folder: String
    /// Of the first version, whose files have other names.
    let isFirstVersion: Bool

    /// Bytes the group may use.
    var limit: Int? {
        let limit = SystemMemory.number(folder + (isFirstVersion ? "/memory.limit_in_bytes" : "/memory.max"))
        // The first version writes the largest number for no limit.
        return limit.flatMap { $0 < 1 << 50 ? $0 : nil }
    }

    /// Bytes the limit leaves; a group's page cache counts as used, but is given up when memory runs short.
    var room: Int? {
        guard let limit,
            let used = SystemMemory.number(folder + (isFirstVersion ? "/memory.usage_in_bytes" : "/memory.current"))
        else { return nil }
        let cache =
            SystemMemory.entry(isFirstVersion ? "total_inactive_file" : "inactive_file", of: folder + "/memory.stat")
            ?? 0
        return limit - used + cache
    }

    /// The group of this process and those around it, in both versions. Where a container shows its own group as the
    /// root, that is the root.
    static func all() -> [ControlGroup] {
        var own = "/", memory = "/"
        for line in (SystemMemory.text("/proc/self/cgroup") ?? "").split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            if parts[1].isEmpty { own = String(parts[2]) }
            if parts[1].split(separator: ",").contains("memory") { memory = String(parts[2]) }
        }
        return groups(own, under: "/sys/fs/cgroup", isFirstVersion: false)
            + groups(memory, under: "/sys/fs/cgroup/memory", isFirstVersion: true)
    }

    private static func groups(_ path: String, under root: String, isFirstVersion: Bool) -> [ControlGroup] {
        var parts = path.split(separator: "/"), groups: [ControlGroup] = []
        while true {
            groups.append(
                ControlGroup(
                    folder: ([root] + parts.map(String.init)).joined(separator: "/"), isFirstVersion: isFirstVersion))
            if parts.isEmpty { return groups }
            parts.removeLast()
        }
    }
}
