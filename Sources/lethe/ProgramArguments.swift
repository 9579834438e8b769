// The words of the command line, also where /proc is not mounted.
import Glibc

/// Swift reads the command line from /proc/self/cmdline, and has none where that is missing. The kernel puts it in
/// front of the environment.
struct ProgramArguments {
    /// As C has them: pointers to the words, and a null pointer behind the last.
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    /// The words, the program's own name left out.
    let words: [String]

    /// To be made before anything changes the environment.
    init() {
        pointers =
            CommandLine.argc > 0
            ? CommandLine.unsafeArgv : ProgramArguments.beforeEnvironment() ?? CommandLine.unsafeArgv
        var words: [String] = [], index = 0
        while let word = pointers[index] {
            words.append(String(cString: word))
            index += 1
        }
        self.words = Array(words.dropFirst())
    }

    /// On the stack lie: how many words there are, the words, a null pointer, the environment, a null pointer.
    private static func beforeEnvironment() -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
        let environment = environ
        guard environment[-1] == nil else { return nil }
        for count in 1..<100_000 where UInt(bitPattern: environment[-count - 2]) == UInt(count) {
            return environment - count - 1
        }
        return nil
    }
}
