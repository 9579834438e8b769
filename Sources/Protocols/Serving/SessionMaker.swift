// Sessions for other programs: what they compute with, and what they may do.
import Foundation
import Language
import Notebook
import Tensors
import Vocabulary

/// Makes sessions that compute on one device. Their outputs do not depend on a window.
public struct SessionMaker {
    /// What becomes of lines for the shell (`!ls`).
    public enum Shell: Sendable {
        /// They are named and left out, as `lethe check` does.
        case refused
        /// They run; what they write is an output.
        case allowed
    }

    private let device: Device
    private let seed: UInt64
    private let shell: Shell
    /// Whether values come with their data; see ``Session/Configuration/givesData``.
    private let givesData: Bool

    public init(threads: Int, seed: UInt64, cancellation: Cancellation, shell: Shell, givesData: Bool = false) {
        device = Device(threads: threads, cancellation: cancellation)
        self.seed = seed
        self.shell = shell
        self.givesData = givesData
    }

    /// A new session without names.
    ///
    /// - Parameters:
    ///   - show: takes every output at once.
    ///   - progress: takes what long operations report; nil where no one asks.
    ///   - clear: takes away what the running cell has shown (`:clear`); nil where nothing can be taken back.
    public func session(
        show: @escaping (Output) -> Void, progress: ((ProgressMeter.Event) -> Void)? = nil,
        clear: (() -> Void)? = nil
    ) -> Session {
        var configuration = self.configuration
        configuration.progress = progress.map {
            ProgressMeter(columns: { Rendering.standardWidth }, clock: Self.seconds, show: $0)
        }
        configuration.clear = clear
        configuration.fresh = { Session(self.configuration) }
        if shell == .allowed {
            let line = ShellLine(cancellation: device.cancellation)
            configuration.shell = { line.run($0) { show(.text(.results, $0)) } }
        } else {
            configuration.shell = {
                show(.text(.messages, "not run: !\(visible($0)) (--allow-shell runs lines for the shell)\n"))
            }
        }
        let session = Session(configuration)
        session.onOutput = show
        return session
    }

    /// As `lethe check` has it. The process is not copied: its other threads would be missed.
    private var configuration: Session.Configuration {
        var configuration = Session.Configuration(EngineContext(device: device, seed: seed))
        configuration.width = { Rendering.standardWidth }
        configuration.isUnicode = { true }
        configuration.givesData = givesData
        configuration.shell = { _ in }
        return configuration
    }

    private static func seconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
