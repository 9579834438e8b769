// Which OpenBLAS kernels run, and whether they are the ones this CPU deserves.
//
// OpenBLAS picks its kernels by CPU model number and does not know models newer than itself: it then falls back to
// kernels of twenty years ago, several times slower. The choice can only be changed by an environment variable read
// when the library loads, so the executable sets it and starts itself again, once.
import COpenBLAS

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The vector instructions that decide which OpenBLAS kernels a CPU can run.
public struct CPUVectorFeatures: Sendable, Equatable {
    /// 256-bit floating point (Sandy Bridge and later).
    public var avx: Bool
    /// 256-bit integers and fused multiply-add (Haswell, Zen and later).
    public var avx2AndFMA: Bool
    /// AVX-512 F, CD, BW, DQ and VL (Skylake server, Zen 4 and later).
    public var avx512: Bool

    public init(avx: Bool, avx2AndFMA: Bool, avx512: Bool) {
        self.avx = avx
        self.avx2AndFMA = avx2AndFMA
        self.avx512 = avx512
    }

    /// What the CPU and operating system of this process can execute.
    public static var current: CPUVectorFeatures {
        CPUVectorFeatures(
            avx: lethe_cpu_has_avx() != 0,
            avx2AndFMA: lethe_cpu_has_avx2_fma() != 0,
            avx512: lethe_cpu_has_avx512() != 0)
    }

    /// The names a reader knows, widest last; `none` where there is nothing beyond the baseline.
    public var description: String {
        var names: [String] = []
        if avx { names.append("AVX") }
        if avx2AndFMA { names.append("AVX2") }
        if avx2AndFMA { names.append("FMA") }
        if avx512 { names.append("AVX-512") }
        return names.isEmpty ? "none beyond the baseline" : names.joined(separator: ", ")
    }
}

/// The kernels OpenBLAS chose for this process, and what to do about them.
public enum OpenBLASKernel {
    /// The environment variable OpenBLAS reads when it loads.
    public static let variable = "OPENBLAS_CORETYPE"
    /// Set before re-execution; holds the name OpenBLAS had chosen by itself, so that it happens once and can be told.
    public static let guardVariable = "LETHE_OPENBLAS_WAS"

    /// What to do about the kernels that OpenBLAS loaded.
    public enum Decision: Sendable, Equatable {
        /// The library's own choice is as good as the CPU allows (or is unknown to us and left alone).
        case fits
        /// The user set the variable; it is not ours to change.
        case chosenByUser
        /// We re-executed already; `was` is what OpenBLAS had chosen.
        case corrected(was: String)
        /// The CPU can run the better kernels `core`: set the variable and start again.
        case restart(core: String)
    }

    /// The vector width a kernel family uses: 0 SSE, 1 AVX, 2 AVX2, 3 AVX-512; nil for a name we do not know.
    static func level(ofCore name: String) -> Int? {
        switch name.lowercased() {
        case "generic", "katmai", "coppermine", "northwood", "banias", "prescott", "core2", "penryn", "dunnington",
            "nehalem",
            "atom", "athlon", "opteron", "opteron_sse3", "barcelona", "bobcat", "nano":
            return 0
        case "sandybridge", "bulldozer", "piledriver", "steamroller": return 1
        case "haswell", "zen", "excavator": return 2
        case "skylakex", "cooperlake", "sapphirerapids": return 3
        default: return nil
        }
    }

    /// Decides from the loaded core's name, the CPU's features and the environment alone, so that it can be tested.
    public static func decide(core: String, cpu: CPUVectorFeatures, environment: [String: String]) -> Decision {
        if let was = environment[guardVariable] { return .corrected(was: was) }
        if let own = environment[variable], !own.isEmpty { return .chosenByUser }
        guard let level = level(ofCore: core) else { return .fits }
        if cpu.avx512, level < 3 { return .restart(core: "SkylakeX") }
        if cpu.avx2AndFMA, level < 2 { return .restart(core: "Haswell") }
        if cpu.avx, level < 1 { return .restart(core: "Sandybridge") }
        return .fits
    }

    /// The name of the kernels in use, such as `SkylakeX` or `Zen`.
    public static var core: String {
        guard let name = openblas_get_corename() else { return "unknown" }
        return String(cString: name)
    }

    /// The library's version, such as `0.3.21`; empty when it does not say.
    public static var version: String {
        guard let config = openblas_get_config() else { return "" }
        // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH …"
        let words = String(cString: config).split(separator: " ")
        return words.count > 1 && words[0] == "OpenBLAS" ? String(words[1]) : ""
    }

    /// The decision for this process.
    public static var current: Decision {
        var environment: [String: String] = [:]
        for name in [variable, guardVariable] {
            if let value = getenv(name) { environment[name] = String(cString: value) }
        }
        return decide(core: core, cpu: .current, environment: environment)
    }

    /// Call first thing in `main`: where better kernels exist, sets the variable and re-executes this program with the
    /// same arguments (and then does not return); otherwise makes OpenBLAS single-threaded, since our own threads
    /// divide the work.
    ///
    /// Should re-execution be impossible, the program goes on with the slower kernels.
    public static func settle(arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) {
        if case .restart(let better) = current {
            setenv(guardVariable, core, 1)
            setenv(variable, better, 1)
            // By its real path, so that process listings go on showing the program's own name.
            if let path = realpath("/proc/self/exe", nil) {
                execv(path, arguments)
            } else if let name = arguments[0] {
                execvp(name, arguments)
            }
            // Only reached when the system refuses; the run goes on, slower, and `lethe doctor` says so.
            unsetenv(variable)
            unsetenv(guardVariable)
        }
        openblas_set_num_threads(1)
    }
}
