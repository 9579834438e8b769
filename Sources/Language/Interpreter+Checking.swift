// What is wrong with a program is found here as far as it can be told without running it.

extension Interpreter {
    /// What the compiler refuses in a program that has been parsed; nothing of it runs, and no name is made.
    package func problems(in program: Program) -> [Diagnostic] {
        var found: [Diagnostic] = []
        func attempt(_ body: () throws -> Void) {
            do { try body() } catch { if let diagnostic = error as? Diagnostic { found.append(diagnostic) } }
        }
        attempt { try check(program) }
        let names = Globals()
        for statement in program.statements where statement.command == nil {
            attempt {
                let compiler = Compiler(
                    source: program.source, globals: names, builtins: builtinValues, guardrail: StackGuard())
                _ = try compiler.compileTopLevel(statement.syntax)
            }
        }
        return found
    }

    /// What to write instead of a name that is not defined here, but in other languages.
    /// - Parameter isCalled: whether parentheses follow it.
    package func hint(forUndefined name: String, isCalled: Bool) -> String? {
        let called = isCalled ? host.hint(forUndefined: name + "()") : nil
        return called ?? host.hint(forUndefined: name) ?? Parser.hint(forUndefined: name)
    }
}
