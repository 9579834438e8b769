// How fast matrix products run here: the figure `lethe doctor` shows.
import COpenBLAS

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension OpenBLASKernel {
    /// Multiplies 768 × 768 float32 matrices for about `seconds` on each of `threads` threads at once, as our own
    /// threads do.
    ///
    /// - Returns: GFLOP/s of all threads together.
    public static func measuredSpeed(seconds: Double, threads: Int) -> Double {
        let started = now()
        var handles: [pthread_t] = []
        var works: [Work] = []
        for _ in 0..<max(threads, 1) {
            let work = Work(until: started + seconds)
            var handle = pthread_t(bitPattern: 0)
            let box = Unmanaged.passRetained(work)
            let failure = pthread_create(&handle, nil, runWork, box.toOpaque())
            if failure == 0, let made = handle as pthread_t? {
                handles.append(made)
                works.append(work)
            } else {
                box.release()
            }
        }
        for handle in handles { pthread_join(handle, nil) }
        let elapsed = now() - started
        return works.reduce(0) { $0 + $1.operations } / elapsed / 1e9
    }

    /// One thread's matrices and what it got done.
    private final class Work {
        let until: Double
        var operations = 0.0
        init(until: Double) { self.until = until }

        func run() {
            let n = 768
            let a = [Float](repeating: 0.5, count: n * n)
            let b = [Float](repeating: 0.25, count: n * n)
            var c = [Float](repeating: 0, count: n * n)
            repeat {
                let size = Int32(n)
                cblas_sgemm(
                    CblasRowMajor, CblasNoTrans, CblasNoTrans, size, size, size, 1, a, size, b, size, 0, &c, size)
                operations += 2 * Double(n) * Double(n) * Double(n)
            } while OpenBLASKernel.now() < until
        }
    }

    private static let runWork: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
        if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run() }
        return nil
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
