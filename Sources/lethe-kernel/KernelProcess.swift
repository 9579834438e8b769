// One kernel: its threads and what they share. The first one runs cells; others have the sockets, the heartbeat and the
// signal.
import Foundation
import Glibc
import Jupyter
import Protocols
import Tensors

struct KernelProcess {
    private let connection: ConnectionFile
    private let seed: UInt64
    private let threads: Int

    init(_ connection: ConnectionFile, seed: UInt64, threads: Int) {
        self.connection = connection
        self.seed = seed
        self.threads = threads
    }

    /// Runs until a front end asks it to end, and leaves the process.
    func run() throws -> Never {
        signal(SIGPIPE, SIG_IGN)
        let cancellation = Cancellation()
        let queue = RequestQueue<KernelRequest>(cancellation: cancellation, limit: 100_000)
        let bell = try Bell()
        let sender = Sender()
        let outbox = Outbox(sender: sender) { bell.ring() }
        let signature = Signature(key: connection.key)
        let info = KernelInfo(version: Version.number, banner: banner)
        let context = try SocketContext()
        let heartbeat = try Socket(.replier, in: context, boundTo: connection.address(of: "hb"))
        let switchboard = try Switchboard(
            context, connection, signature: signature,
            desk: FrontDesk(signature: signature, queue: queue, sender: sender, outbox: outbox, info: info),
            outbox: outbox, bell: bell, parent: Self.parent)
        startThread("heartbeat") {
            while let frames = heartbeat.receive(waits: true) { heartbeat.send(frames) }
        }
        try InterruptSignal.watch { queue.interrupt() }
        let ended = DispatchSemaphore(value: 0)
        startThread("sockets") {
            switchboard.run()
            ended.signal()
        }
        let maker = SessionMaker(threads: threads, seed: seed, cancellation: cancellation, shell: .allowed)
        Kernel(maker: maker, queue: queue, sender: sender, outbox: outbox, info: info).serve()
        outbox.close()
        ended.wait()
        // ZeroMQ sends what is left while its sockets linger.
        Thread.sleep(forTimeInterval: 0.1)
        exit(0)
    }

    private var banner: String {
        "Lethe \(Version.short) · OpenBLAS \(OpenBLASKernel.version) \(OpenBLASKernel.core) · "
            + "\(threads) thread\(threads == 1 ? "" : "s") · seed \(seed)\n?name explains, :help lists what there is"
    }

    /// Whoever starts kernels says so in the environment; when it has gone no one needs the kernel.
    private static var parent: pid_t? {
        guard let text = ProcessInfo.processInfo.environment["JPY_PARENT_PID"], Int32(text) == getppid() else {
            return nil
        }
        return getppid()
    }
}
