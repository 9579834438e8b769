// The command line of `lethe-kernel`: Jupyter starts it with a connection file; a user installs it.
import ArgumentParser
import Foundation
import Jupyter
import Protocols
import Tensors

/// `lethe-kernel -f FILE`, `lethe-kernel install`
struct KernelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lethe-kernel", abstract: "Lethe in Jupyter: JupyterLab, VS Code, nbconvert, papermill.",
        version: Version.text, subcommands: [StartCommand.self, InstallCommand.self],
        defaultSubcommand: StartCommand.self)
}

/// What Jupyter calls.
struct StartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Answer the front ends of one notebook; Jupyter does this.",
        shouldDisplay: false)

    @Option(
        name: [.customShort("f"), .customLong("connection-file")],
        help: ArgumentHelp("Where to meet the front ends.", valueName: "file"))
    var connectionFile: String

    @Option(help: ArgumentHelp("Seed of the random generator.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("Threads for numerical work (default: all CPUs).", valueName: "n"))
    var threads: Int?

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads needs a whole number from 1 to 1024, it was given \(threads)")
        }
    }

    func run() throws {
        let connection: ConnectionFile
        do {
            connection = try ConnectionFile(connectionFile)
        } catch {
            throw ValidationError("\(error)")
        }
        try KernelProcess(connection, seed: seed, threads: threads ?? Device.availableCores).run()
    }
}

/// `lethe-kernel install`
struct InstallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Tell Jupyter that there is this kernel.",
        discussion: "The kernel stays where it is; install it again after moving it.")

    @Flag(help: "For this user; so it is without --prefix.")
    var user = false

    @Option(
        help: ArgumentHelp(
            "Into a Python environment, as in --prefix \"$(python3 -c 'import sys; print(sys.prefix)')\".",
            valueName: "folder"))
    var prefix: String?

    func validate() throws {
        if user, prefix != nil { throw ValidationError("--user and --prefix exclude each other") }
    }

    func run() throws {
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folder = try KernelSpec(program: program).install(
            in: prefix.map { .prefix($0) } ?? .user, environment: ProcessInfo.processInfo.environment)
        print("wrote \(folder)/kernel.json")
    }
}
