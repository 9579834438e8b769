/// How many processors this process may use: what its affinity allows, and what its control group's quota pays for.
import CKernels
import Glibc

enum AvailableProcessors {
    /// At least 1. A quota of one and a half processors counts as 1: a thread more would only be held back.
    static var count: Int {
        let allowed = max(1, lethe_allowed_processors())
        return max(1, min(allowed, quota.map { Int($0) } ?? allowed))
    }

    /// Processors that the least quota of this process's control group and those around it pays for; `nil` without any.
    private static var quota: Double? {
        let groups = (SystemMemory.text("/proc/self/cgroup") ?? "").split(separator: "\n").map {
            $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        }
        func path(_ isMine: (Substring) -> Bool) -> String {
            groups.first { $0.count == 3 && isMine($0[1]) }.map { String($0[2]) } ?? "/"
        }
        let unified = least(in: "/sys/fs/cgroup", path { $0.isEmpty }) { folder in
            quota(line: SystemMemory.text(folder + "/cpu.max"))
        }
        let separate = least(in: "/sys/fs/cgroup/cpu", path { $0.split(separator: ",").contains("cpu") }) { folder in
            SystemMemory.text(folder + "/cpu.cfs_quota_us").flatMap { quota in
                SystemMemory.text(folder + "/cpu.cfs_period_us").flatMap { self.quota(line: quota + " " + $0) }
            }
        }
        return [unified, separate].compactMap { $0 }.min()
    }

    /// "150000 100000" (microseconds of each period) is 1.5; "max 100000" and -1 are no limit.
    static func quota(line: String?) -> Double? {
        let numbers = (line ?? "").split { $0 == " " || $0 == "\n" }.map { Double($0) }
        guard numbers.count == 2, let share = numbers[0], let period = numbers[1], share > 0, period > 0 else {
            return nil
        }
        return share / period
    }

    /// The least that `read` finds in the group's folder and those above it. Inside a container its own group is the
    /// root.
    private static func least(in root: String, _ group: String, _ read: (String) -> Double?) -> Double? {
        var parts = group.split(separator: "/"), found: [Double] = []
        while true {
            if let value = read(([root] + parts.map(String.init)).joined(separator: "/")) { found.append(value) }
            guard parts.popLast() != nil else { return found.min() }
        }
    }
}
