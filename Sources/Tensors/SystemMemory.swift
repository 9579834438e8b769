/// How much memory the machine, or the container this process runs in, has and has left.
import Glibc

enum SystemMemory {
    /// Bytes of memory there are.
    static var total: Int {
        let physical = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        return min(
            physical, number("/sys/fs/cgroup/memory.max") ?? physical,
            number("/sys/fs/cgroup/memory/memory.limit_in_bytes") ?? physical)
    }

    /// Bytes that can be used before the system has none left: what the kernel says is available, and what the
    /// container's limit leaves.
    static func available() -> Int {
        var least = Int.max
        if let kibibytes = entry("MemAvailable:", of: "/proc/meminfo") { least = kibibytes << 10 }
        // A container's page cache counts as used, but is given up when memory runs short.
        if let limit = number("/sys/fs/cgroup/memory.max"), let used = number("/sys/fs/cgroup/memory.current") {
            least = min(least, limit - used + (entry("inactive_file", of: "/sys/fs/cgroup/memory.stat") ?? 0))
        }
        if let limit = number("/sys/fs/cgroup/memory/memory.limit_in_bytes"), limit < 1 << 50,
            let used = number("/sys/fs/cgroup/memory/memory.usage_in_bytes")
        {
            let cache = entry("total_inactive_file", of: "/sys/fs/cgroup/memory/memory.stat") ?? 0
            least = min(least, limit - used + cache)
        }
        return max(0, least)
    }

    /// A file that holds one number; `nil` if it does not ("max": no limit).
    private static func number(_ path: String) -> Int? { SystemText.of(path).flatMap { Int($0.prefix { $0 != "\n" }) } }

    /// The number behind a name at the start of a line.
    private static func entry(_ name: String, of path: String) -> Int? {
        for line in SystemText.of(path)?.split(separator: "\n") ?? [] where line.hasPrefix(name) {
            let words = line.split(separator: " ")
            if words.count > 1, words[0] == name { return Int(words[1]) }
        }
        return nil
    }
}
