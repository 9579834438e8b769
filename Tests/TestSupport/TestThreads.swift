// How many threads tests compute with.
import Foundation

/// Results are the same for every number of threads; `Scripts/test --kernels` tries one and two.
public enum TestThreads {
    public static let count = ProcessInfo.processInfo.environment["LETHE_TEST_THREADS"].flatMap { Int($0) } ?? 2
}
