// The processes that run one script together, where mpirun or srun started several.
import Glibc
import Synchronization
import Tensors

#if LETHE_MPI
    import MessagePassing
#endif

/// This process among them. It belongs to the process, as its signals do.
enum Company {
    /// All of them; this one alone where it was started by itself.
    static let ranks = join()

    /// Why the ranks part, once they do.
    private static let parting = Mutex<RankEnding?>(nil)
    /// What went wrong last, for the first rank to say.
    private static let failure = Mutex("")

    /// Threads that a rank computes with if it is told no number: ranks that may use the same processors share them.
    static var threads: Int {
        let usable = Device.availableCores
        guard usable == Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) else { return usable }
        return max(1, usable / max(1, neighbours))
    }

    /// Notes an error that a session reports.
    static func note(failure text: String) { failure.withLock { $0 = text } }

    /// Why the ranks part; the first of them says so.
    static var partingWords: String? { parting.withLock { $0?.message } }

    private static func part(_ ending: RankEnding) throws -> Never {
        parting.withLock { $0 = $0 ?? ending }
        // As Ctrl-C does, it passes through all that catches errors.
        Signals.cancellation.abandon()
        throw TensorError.interrupted
    }

    /// Why only one process can do something; nil where there is but one.
    static func refusal(_ what: String) -> String? {
        ranks.sharesWork ? "\(what) runs in one process: start it without mpirun; scripts and -e run in several" : nil
    }

    #if LETHE_MPI
        private static let transport = Mutex<Connection?>(nil)
        private struct Connection: @unchecked Sendable { let passing: MessagePassing }  // the main thread alone uses it

        private static var neighbours: Int { transport.withLock { $0?.passing.neighbours.count ?? 1 } }

        private static func join() -> Ranks {
            guard started > 0 else {
                if strangers > 1 {
                    refuse(
                        """
                        srun started \(strangers) processes that do not know of each other; srun --mpi=pmix, or \
                        SLURM_MPI_TYPE=pmix in the environment, brings them together
                        """)
                }
                return Ranks()
            }
            do {
                let passing = try MessagePassing()
                // A program that this one starts is no rank.
                for name in signs + [stepTasks] { unsetenv(name) }
                transport.withLock { $0 = Connection(passing: passing) }
                if passing.rank > 0 { Terminal.silence() }
                let ranks = Ranks(
                    passing, isInterrupted: { Signals.wasInterrupted() || parting.withLock { $0 != nil } },
                    end: Company.part)
                Signals.joinRanks(
                    isFirst: passing.rank == 0, first: passing.neighbours[0], neighbours: passing.neighbours)
                return ranks
            } catch {
                Terminal.writeToStandardError("error: \(error)\n")
                exit(2)
            }
        }

        /// Ends this rank with the others, and gives the status of all.
        static func leave(status: Int32) -> Int32 {
            guard let passing = transport.withLock({ $0?.passing }) else { return status }
            if Signals.wasEndedFromOutside { _exit(130) }
            if parting.withLock({ $0 == nil }), Signals.wasInterrupted() { passing.abort(status: 130) }
            var found = (status: Int(status), message: String?.none)
            if parting.withLock({ $0 == nil }) {
                found = (try? ranks.leave(status: Int(status), message: failure.withLock { $0 })) ?? (1, nil)
            }
            guard let ending = parting.withLock({ $0 }) else {
                if let message = found.message { say(message) }
                passing.finish()
                return Int32(found.status)
            }
            if !ending.isAgreed {
                // mpirun ends the rest where it has seen it, too, and says what it has seen. The first that speaks ends
                // the others before they say the same.
                sleep(2 * UInt32(min(passing.rank, 5) + 1))
                Terminal.speak()
            }
            say(ending.message)
            if ending.isAgreed { passing.finish() } else { passing.abort(status: 1) }
            return 1
        }
    #else
        private static var neighbours: Int { 1 }

        private static func join() -> Ranks {
            let several = max(started, strangers)
            if several > 1 {
                refuse(
                    """
                    this Lethe was built without MPI, and \(several) processes would each do the same; Scripts/mpi \
                    builds it with MPI
                    """)
            }
            return Ranks()
        }

        /// Gives the status as it is.
        static func leave(status: Int32) -> Int32 { status }
    #endif

    private static func refuse(_ message: String) -> Never {
        say(message)
        exit(2)
    }

    private static func say(_ message: String) { Terminal.writeToStandardError("error: \(message)\n") }

    /// What the environment of a rank has: of Open MPI's mpirun, of MPICH's, and of srun.
    private static let signs = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"]

    /// Processes that were started together, as the starter says: mpirun of Open MPI and of MPICH, srun; 0 for a process
    /// by itself.
    private static var started: Int {
        for name in signs.dropLast() {
            if let count = Terminal.environment(name).flatMap({ Int($0) }) { return count }
        }
        guard signs.last.flatMap(Terminal.environment) != nil else { return 0 }
        return Terminal.environment(stepTasks).flatMap { Int($0) } ?? 1
    }

    /// Of how many processes a step of Slurm consists.
    private static let stepTasks = "SLURM_STEP_NUM_TASKS"

    /// Processes that srun started without any way to find each other: each would write the same files.
    private static var strangers: Int { Terminal.environment(stepTasks).flatMap { Int($0) } ?? 0 }
}
