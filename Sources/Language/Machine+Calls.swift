// Calling: binding arguments to parameters, setting options, running built-ins.

extension Machine {
    /// What binding arguments comes to.
    private enum Bound {
        /// One value a parameter, and which were given.
        case ready([Value], given: ParameterSet)
        /// Options were set and arguments are still missing.
        case configured(Function)
    }

    /// Calls whatever stands in the window. Returns true when a user function was entered and is to be run next.
    func call(_ window: UnsafeMutablePointer<Value>, _ i: Instruction, names: [String?]?) throws -> Bool {
        guard case .function(let function) = window.pointee else {
            throw notCallable(window.pointee)
        }
        let arguments = takeRun(window + 1, Int(i.n))
        switch try bind(function, arguments, names, enclosing: currentSite(i.c).enclosing) {
        case .configured(let configured):
            Self.drop(window)
            place(i.a).pointee = .function(configured)
        case .ready(let values, let given):
            switch function.body {
            case .user(let prototype, let captures):
                try push(prototype.entry, captures: captures, base: window + 1, destination: i.a)
                for (offset, value) in values.enumerated() { window[1 + offset] = value }
                return true
            case .builtin(let builtin):
                let value = try run(builtin, values, given, currentSite(i.c))
                Self.drop(window)
                place(i.a).pointee = value
            }
        }
        return false
    }

    private func notCallable(_ value: Value) -> LanguageError {
        if globals.isUnset(value) { return LanguageError("this name has no value", at: .callee) }
        var note = value.list != nil ? "items are reached with [ ]" : nil
        let frame = frames[frameCount - 1]
        let node = frame.prototype.nodes[safe: frame.pc - frame.code - 1] ?? nil
        if case .name(let name)? = node?.leftChild?.kind, interpreter.registry.replaceable.contains(name) {
            note = ":drop \(name) brings the built-in back"
        }
        return LanguageError("{callee} is not a function; it is \(value.phrase)", note: note, at: .callee)
    }

    /// Calls a built-in that was known when the code was compiled.
    func callBuiltin(_ window: UnsafeMutablePointer<Value>, _ i: Instruction) throws {
        let site = currentSite(i.c)
        guard let function = site.function, let builtin = function.builtin else { return }
        let arguments = takeRun(window + 1, Int(i.n))
        switch try bind(function, arguments, site.names, enclosing: site.enclosing) {
        case .configured(let configured): place(i.a).pointee = .function(configured)
        case .ready(let values, let given): place(i.a).pointee = try run(builtin, values, given, site)
        }
    }

    /// What a built-in answers without a call; nil where it must be called.
    @inline(__always)
    func quickly(_ window: UnsafeMutablePointer<Value>, _ i: Instruction) -> Value? {
        guard let builtin = currentSite(i.c).builtin else { return nil }
        return i.n == 1 ? builtin.ofValue?(window[1]) : builtin.ofValues?(window[1], window[2])
    }

    private func run(_ builtin: Builtin, _ values: [Value], _ given: ParameterSet, _ site: Site?) throws -> Value {
        // The nodes of the running instruction give arguments their texts.
        let index = frameCount - 1
        let call = Call(
            interpreter: interpreter, builtin: builtin, arguments: values, given: given,
            assignedName: site?.assignedName,
            texts: { [unowned self] parameter in self.argumentText(of: builtin, parameter, frame: index, site) })
        if !builtin.limited.isEmpty { try call.checkLimits() }
        let result = try builtin.body(call).checkedDepth()
        if nanTrace != nil { noteNaN(from: values, in: result, frame: index, site) }
        return result
    }

    /// Calls a built-in with values in order, for a call that stands in the program.
    func callWritten(_ function: Function, _ arguments: [Value], _ site: Site) throws -> Value {
        switch try bind(function, arguments, nil, enclosing: site.enclosing) {
        case .configured(let configured): return .function(configured)
        case .ready(let values, let given):
            guard let builtin = function.builtin else { return .nothing }
            return try run(builtin, values, given, site)
        }
    }

    /// Enters a user function that takes just these arguments, without lists of them.
    func enter(
        _ function: Function, _ prototype: Prototype, _ captures: UnsafeMutablePointer<Value>, _ first: Value,
        _ second: Value?
    ) throws -> Value {
        let base = top
        try reserve(3)
        base.pointee = .function(function)
        base[1] = first
        if let second { base[2] = second }
        top = base + (second == nil ? 2 : 3)
        defer {
            Self.drop(base)
            top = base
        }
        return try execute(prototype, captures: captures, base: base + 1)
    }

    /// The same for two arguments, the first of which its holder lets go.
    func enter(
        _ function: Function, _ prototype: Prototype, _ captures: UnsafeMutablePointer<Value>,
        giving first: inout Value,
        _ second: Value
    ) throws -> Value {
        let base = top
        try reserve(4)
        base.pointee = .function(function)
        base[1] = first
        first = .nothing
        base[2] = second
        top = base + 3
        defer {
            Self.drop(base)
            top = base
        }
        return try execute(prototype, captures: captures, base: base + 1)
    }

    /// Calls a function from outside the machine.
    func call(_ function: Function, _ arguments: [Value], _ names: [String?]?) throws -> Value {
        switch try bind(function, arguments, names, enclosing: nil) {
        case .configured(let configured): return .function(configured)
        case .ready(let values, let given):
            switch function.body {
            case .builtin(let builtin): return try run(builtin, values, given, nil)
            case .user(let prototype, let captures): return try enter(function, prototype, captures, values)
            }
        }
    }

    private func enter(
        _ function: Function, _ prototype: Prototype, _ captures: UnsafeMutablePointer<Value>, _ values: [Value]
    ) throws -> Value {
        let base = top
        let saved = top
        try reserve(values.count + 1)
        base[0] = .function(function)
        for (offset, value) in values.enumerated() { base[1 + offset] = value }
        top = base + 1 + values.count
        defer {
            Self.drop(base)
            top = saved
        }
        return try withExtendedLifetime(function) {
            try execute(prototype, captures: captures, base: base + 1)
        }
    }

    // MARK: Binding

    private func bind(
        _ function: Function, _ arguments: [Value], _ names: [String?]?, enclosing: String?
    ) throws -> Bound {
        let count = function.parameterCount
        let builtin = function.builtin
        if names == nil, function.settings == nil, let values = inOrder(function, builtin, arguments) {
            return .ready(values, given: ParameterSet(first: arguments.count))
        }
        var values: [Value?] = function.settings ?? Array(repeating: nil, count: count)
        var given = ParameterSet()
        var rest: [Value] = []
        var positional = 0
        var next = 0
        var set: [(index: Int, value: Value)] = [], named = Record([])
        for (index, value) in arguments.enumerated() {
            if let name = names?[index] {
                let parameter = function.indexOfParameter(name)
                if let gathering = builtin?.namedIndex, parameter == nil || parameter == gathering {
                    guard named[name] == nil else {
                        throw LanguageError("`\(name)` is given twice", at: .givenName(index))
                    }
                    named[name] = value
                    given.insert(gathering)
                    continue
                }
                guard let parameter else { throw unknownOption(name, of: function, at: index) }
                if given.contains(parameter) {
                    throw LanguageError(
                        "`\(name)` is given twice: by position and by name", at: .givenName(index))
                }
                values[parameter] = value
                given.insert(parameter)
                set.append((parameter, value))
                continue
            }
            positional += 1
            // What an options-only call has set for good is skipped, when it has no default of its own.
            while next < count, values[next] != nil, function.settings?[next] != nil, isRequired(function, next) {
                next += 1
            }
            let takes = builtin.map { next < $0.positionalCount } ?? (next < count)
            if takes {
                values[next] = value
                given.insert(next)
                next += 1
            } else if builtin?.restIndex != nil {
                rest.append(value)
            } else {
                throw tooMany(function, arguments.count - (names?.compactMap { $0 }.count ?? 0), at: index)
            }
        }
        var missing = false
        for index in 0..<count where values[index] == nil {
            if let builtin {
                if index == builtin.restIndex {
                    values[index] = .list(rest)
                } else if index == builtin.namedIndex {
                    values[index] = .record(named)
                } else if let value = builtin.parameters[index].defaultValue {
                    values[index] = value
                } else {
                    missing = true
                }
            } else if !function.defaults.isEmpty, let value = function.defaults[index] {
                values[index] = value
            } else {
                missing = true
            }
        }
        if missing {
            if positional == 0, !set.isEmpty {
                if let builtin { try check(set, builtin) }
                let configured = function.setting(set)
                _ = try Value.function(configured).checkedDepth()
                return .configured(configured)
            }
            // An options-only call of no options.
            if arguments.isEmpty, builtin?.isRecipe == true { return .configured(function) }
            throw needsMore(function, arguments, names, enclosing)
        }
        if let settings = function.settings {
            for index in 0..<count where settings[index] != nil { given.insert(index) }
        }
        return .ready(values.map { $0 ?? .nothing }, given: given)
    }

    /// The values of a call's parameters where its arguments stand in order and the rest have defaults, which is what
    /// most calls are; nil for all others.
    private func inOrder(_ function: Function, _ builtin: Builtin?, _ arguments: [Value]) -> [Value]? {
        guard let builtin else { return arguments.count == function.parameterCount ? arguments : nil }
        guard arguments.count <= builtin.positionalCount, builtin.restIndex == nil else { return nil }
        var values = arguments
        if arguments.count < builtin.parameters.count {
            values.reserveCapacity(builtin.parameters.count)
            for parameter in builtin.parameters[arguments.count...] {
                guard let value = parameter.defaultValue else { return nil }
                values.append(value)
            }
        }
        return values
    }

    private func isRequired(_ function: Function, _ index: Int) -> Bool {
        if let builtin = function.builtin { return builtin.parameters[index].defaultValue == nil }
        return function.defaults.isEmpty || function.defaults[index] == nil
    }

    private func unknownOption(_ name: String, of function: Function, at index: Int) -> LanguageError {
        let parameters = function.parameters.filter { !$0.isRest }
        return .unknownOption(
            name, of: function.name, parameters: parameters.map(\.name),
            options: parameters.filter { $0.defaultValue != nil }.map(\.name),
            takesAny: !function.parameters.isEmpty, at: index)
    }

    /// Looks at options that an options-only call sets, so that a wrong one is found there.
    private func check(_ set: [(index: Int, value: Value)], _ builtin: Builtin) throws {
        for (index, value) in set {
            let parameter = builtin.parameters[index]
            try builtin.check?(parameter.name, value)
            if value.isNothing, parameter.defaultValue?.isNothing == true { continue }
            if case .foreign(let foreign) = value, foreign.isTracked { continue }
            guard parameter.type.isPlain, let words = parameter.type.misfit(value) else { continue }
            throw LanguageError.misfit(value, parameter, of: builtin.name, mustBe: words)
        }
    }

    private func tooMany(_ function: Function, _ count: Int, at index: Int) -> LanguageError {
        .tooManyArguments(
            count, for: function.name,
            parameters: function.parameters.filter { !$0.isRest && !$0.isOption }.map(\.name),
            options: function.parameters.filter(\.isOption).map(\.name), at: index)
    }

    /// "`sophia` needs a model and a gradient; it was given a model"
    private func needsMore(
        _ function: Function, _ arguments: [Value], _ names: [String?]?, _ enclosing: String?
    ) -> LanguageError {
        let needs = function.parameters.filter { $0.defaultValue == nil && !$0.isRest }.map {
            $0.isCompound ? "`\($0.name)` (\($0.expects))" : $0.expects
        }
        let title = function.name.map { "`\($0)`" } ?? "this function"
        var was: [String] = []
        var options: [Int] = []
        for (index, value) in arguments.enumerated() {
            if names?[index] == nil { was.append(plainPhrase(value)) } else { options.append(index) }
        }
        var advice: [String] = []
        let missing = function.missing.filter { names?.contains($0.name) != true }.dropFirst(was.count).map(\.name)
        if let name = function.name, !missing.isEmpty,
            zip(arguments, names ?? arguments.map { _ in nil })
                .contains(where: { $0.1 == nil && $0.0.function != nil })
        {
            // A function was given but not what it is to be applied to: meant as a function of the rest.
            let left = missing.count == 1 ? missing[0] : "(\(missing.joined(separator: ", ")))"
            let inner =
                arguments.indices.filter { names?[$0] == nil }.map { "{argument \($0)}" } + missing
                + options.map { "{argument \($0)}" }
            advice.append(
                "to make a function of \(listed(missing)), write \(left) -> \(name)(\(inner.joined(separator: ", ")))")
        } else if let enclosing, !was.isEmpty, let name = function.name {
            // Most likely meant: the function with its options, for the outer one to call.
            let how = options.isEmpty ? "" : "(" + options.map { "{argument \($0)}" }.joined(separator: ", ") + ")"
            advice.append(
                options.isEmpty
                    ? "to let `\(enclosing)` supply its arguments, write \(name)"
                    : "to set its options and let `\(enclosing)` supply the rest, write \(name)\(how)")
        }
        return LanguageError(
            "\(title) needs \(listed(needs)); it was given \(was.isEmpty ? "nothing" : listed(was))", advice: advice)
    }

    private func plainPhrase(_ value: Value) -> String {
        switch value {
        case .number, .bool, .string: withArticle(value.kind)
        default: value.kind == "nothing" ? "nothing" : withArticle(value.kind)
        }
    }
}
