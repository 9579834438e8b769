// From errors to diagnostics: the place in the program, names of operands, calls that led there.

extension Machine {
    // MARK: Names without a value

    /// The error about a variable that has no value.
    func undefined(_ operand: UInt32, _ location: LanguageError.Location) -> LanguageError {
        let index = Operand.index(operand)
        switch Operand.table(operand) {
        case 2: return undefined(name: globals.names[index], location)
        case 3:
            let name = prototype.captureNames[index]
            return LanguageError(
                "`\(name)` had no value when this function was made", note: "define it before", at: location)
        default:
            let name = prototype.variableNames[index]
            let isOutside = globals.existingSlot(name, in: prototype.source.scope).map(globals.isSet) ?? false
            let function = prototype.name.map { "`\($0)`" } ?? "this function"
            return LanguageError(
                "`\(name)` has no value yet",
                advice: isOutside
                    ? [
                        """
                        \(function) assigns `\(name)`, so it is local here; to read the outer one use another name or \
                        a parameter
                        """
                    ]
                    : [], at: location)
        }
    }

    private func undefined(name: String, _ location: LanguageError.Location) -> LanguageError {
        let locals = frameCount > 0 ? prototype.variableNames + prototype.captureNames : []
        let scope = frameCount > 0 ? prototype.source.scope : 0
        let bound = globals.setSlots(in: scope).map { globals.names[$0] }
        let near = suggestion(for: name, among: locals + bound + interpreter.registry.names)
        var note = near.map { "did you mean `\($0)`?" }
        if let near, !locals.contains(near), let slot = globals.existingSlot(near, in: scope),
            let definition = globals.definitions[slot]
        {
            let viewer = frameCount > 0 ? prototype.source : nil
            note? += " (\(definition.source.placeName(of: Int(definition.span.start), seenFrom: viewer)))"
        }
        // `q()` leaves other prompts, while `q` may be anything.
        let called = location == .callee ? interpreter.host.hint(forUndefined: name + "()") : nil
        if let hint = called ?? interpreter.host.hint(forUndefined: name) ?? Parser.hint(forUndefined: name) {
            note = hint
        }
        if name == "ans" { note = "no expression has been evaluated yet" }
        var error = LanguageError("`\(name)` is not defined", note: note, at: location)
        error.undefinedName = name
        return error
    }

    // MARK: Places

    /// An error of the running instruction with its place and the calls up to `floor`.
    func located(_ error: any Error, pc: UnsafeMutablePointer<Instruction>, floor: Int) -> any Error {
        if error is Interruption { return error }
        let frame = frames[frameCount - 1]
        let running = frame.prototype
        let node = failedNode ?? running.nodes[min(max(0, pc - frame.code), running.nodes.count - 1)]
        failedNode = nil
        let span = node?.place ?? running.span
        var diagnostic: Diagnostic
        if var inner = error as? Diagnostic {
            // It happened in a function that a built-in called back from here.
            if let function = inner.openFrame {
                inner.frames.append(
                    .init(function: function, caller: running.frameName, source: running.source, span: span))
                inner.openFrame = nil
            }
            diagnostic = inner
        } else {
            diagnostic = self.diagnostic(LanguageError(wrapping: error), node: node, in: running, span)
        }
        // The calls within this run of the machine, innermost first.
        var index = frameCount - 1
        while index > floor {
            let callee = frames[index].prototype
            let caller = frames[index - 1]
            let callerPrototype = caller.prototype
            let call = callerPrototype.nodes[max(0, caller.pc - caller.code - 1)]
            diagnostic.frames.append(
                .init(
                    function: callee.name, caller: callerPrototype.frameName, source: callerPrototype.source,
                    span: call?.place ?? callerPrototype.span))
            index -= 1
        }
        let outermost = frames[floor].prototype
        if !outermost.isTopLevel { diagnostic.openFrame = .some(outermost.name) }
        return diagnostic
    }

    private func diagnostic(
        _ error: LanguageError, node: Expr?, in running: Prototype, _ whole: Span
    ) -> Diagnostic {
        let source = running.source
        var span = whole
        switch error.location {
        case .whole, .word: break
        case .callee, .left: span = node?.leftChild?.place ?? whole
        case .right: span = node?.rightChild?.place ?? whole
        case .field: span = node.flatMap { fieldName(of: $0, source) } ?? whole
        case .index(let index): span = node?.subscripts?[safe: index].flatMap(\.span) ?? whole
        case .argument(let name): span = argument(named: name, node)?.value.place ?? whole
        case .result(let name):
            let argument = argument(named: name, node)?.value
            span = argument?.lambdaResult?.place ?? argument?.place ?? whole
        case .given(let index): span = node?.arguments?[safe: index]?.span ?? whole
        case .givenName(let index): span = node?.arguments?[safe: index]?.nameSpan ?? whole
        }
        func fill(_ text: String) -> String {
            guard text.contains("{") else { return text }
            var result = text
            result = result.replacing("{left}", with: name(of: node?.leftChild, source, or: "the left side"))
            result = result.replacing("{right}", with: name(of: node?.rightChild, source, or: "the right side"))
            result = result.replacing("{callee}", with: quotedName(of: node?.leftChild, source))
            for (index, argument) in (node?.arguments ?? []).enumerated() {
                let text = argument.name.map { "\($0)=" } ?? ""
                result = result.replacing("{argument \(index)}", with: text + oneLine(source.text(argument.value.span)))
            }
            return result
        }
        var advice = error.advice.map(fill)
        if error.tellsOrigins, let last = advice.last, let origins = origins(of: node, in: running) {
            advice[advice.count - 1] = "\(last) (\(origins))"
        }
        let note = error.note ?? error.undefinedName.flatMap { forgottenQuotes($0, node, in: running) }
        return Diagnostic(fill(error.message), source: source, span: span, note: note.map(fill), advice: advice)
    }

    /// Where the name stands that is read after the dot.
    private func fieldName(of node: Expr, _ source: Source) -> Span? {
        guard case .field(let container, let name) = node.kind else { return nil }
        let (start, end, letters) = (Int(container.span.end), Int(node.place.end), Array(name.utf8))
        guard start < end, letters.count <= end - start else { return nil }
        let at = (start...(end - letters.count)).last { source.utf8[$0..<($0 + letters.count)].elementsEqual(letters) }
        return at.map { Span($0, $0 + letters.count) }
    }

    /// What to write instead of a name without value that stands where a text or a file's name is expected.
    private func forgottenQuotes(_ name: String, _ node: Expr?, in running: Prototype) -> String? {
        func isThatName(_ expr: Expr) -> Bool {
            if case .name(let other) = expr.kind {
                other == name && (expr === node || node == nil || expr === node?.leftChild)
            } else {
                false
            }
        }
        for case let outer? in running.nodes {
            switch outer.kind {
            case .field(let inner, let ending) where isThatName(inner) && Self.fileEndings.contains(ending):
                return "a file's name stands in quotes: \"\(name).\(ending)\""
            case .call(let callee, let arguments):
                guard case .name(let function) = callee.kind, let builtin = interpreter.registry[function] else {
                    continue
                }
                for (index, argument) in arguments.enumerated() where isThatName(argument.value) {
                    let parameter = argument.name.flatMap { builtin.indexOfName[$0] } ?? index
                    let expects =
                        builtin.parameters[safe: parameter] ?? builtin.restIndex.map { builtin.parameters[$0] }
                    if function == "print" || expects?.type.takesText == true {
                        return "a text stands in quotes: \"\(name)\""
                    }
                }
            default: continue
            }
        }
        return nil
    }

    private static let fileEndings: Set<String> = [
        "txt", "csv", "json", "jsonl", "lethe", "safetensors", "svg", "md", "html", "ipynb",
    ]

    private func name(of expr: Expr?, _ source: Source, or words: String) -> String {
        guard let expr else { return words }
        let text = source.text(expr.span)
        return text.count <= 20 && !text.hasLineBreak ? text : words
    }

    private func quotedName(of expr: Expr?, _ source: Source) -> String {
        let text = name(of: expr, source, or: "")
        return text.isEmpty ? "this" : "`\(text)`"
    }

    /// `x: cell 3, W: cell 8` for operands that are top-level names.
    private func origins(of node: Expr?, in running: Prototype) -> String? {
        let parts = [node?.leftChild, node?.rightChild].compactMap { expr -> String? in
            guard let expr, case .name(let name) = expr.kind, !running.variableNames.contains(name),
                !running.captureNames.contains(name), let slot = globals.existingSlot(name, in: running.source.scope),
                let definition = globals.definitions[slot]
            else { return nil }
            let place = definition.source.placeName(of: Int(definition.span.start), seenFrom: running.source)
            return "\(name): \(place)"
        }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    /// The argument that was bound to a parameter of the built-in called at a node.
    private func argument(named name: String, _ node: Expr?) -> Expr.Argument? {
        guard let arguments = node?.arguments else { return nil }
        if let named = arguments.first(where: { $0.name == name }) { return named }
        guard case .call(let callee, _)? = node?.kind, case .name(let function) = callee.kind,
            let builtin = interpreter.registry[function], let index = builtin.indexOfName[name],
            index < builtin.positionalCount
        else {
            // A function in a variable: by position, as far as that can be told.
            return arguments.count == 1 && arguments[0].name == nil ? arguments[0] : nil
        }
        guard let argument = arguments[safe: index], argument.name == nil else { return nil }
        return argument
    }

    /// The text of an argument as written, for built-ins that speak of it.
    func argumentText(of builtin: Builtin, _ parameter: Int, frame: Int, _ site: Site?) -> String? {
        guard site != nil, frame >= 0, frame < frameCount else { return nil }
        let running = frames[frame].prototype
        let offset = frames[frame].pc - frames[frame].code - 1
        guard running.nodes.indices.contains(offset) else { return nil }
        let node = running.nodes[offset]
        // Beyond the declared parameters: what a rest parameter took, in order.
        let argument =
            parameter < builtin.parameters.count
            ? argument(named: builtin.parameters[parameter].name, node)
            : node?.arguments?.filter { $0.name == nil }[
                safe: builtin.positionalCount + parameter - builtin.parameters.count]
        return argument.map { oneLine(running.source.text($0.value.span)) }
    }
}

extension LanguageError {
    /// What any error says.
    public static func words(of error: any Error) -> String {
        (error as? Diagnostic)?.message ?? LanguageError(wrapping: error).message
    }

    /// Any error in the form of an error.
    init(wrapping error: any Error) {
        if let error = error as? LanguageError {
            self = error
        } else {
            self.init(String(describing: error))
        }
    }
}

extension Prototype {
    /// How the function is called in a list of calls; nil at top level.
    var frameName: String? { isTopLevel ? nil : name ?? "x -> …" }
}

extension Expr {
    /// The left operand, the callee, the container.
    var leftChild: Expr? {
        switch kind {
        case .binary(_, let left, _), .and(let left, _), .or(let left, _): left
        case .call(let callee, _): callee
        case .field(let container, _), .index(let container, _): container
        case .negate(let inner), .not(let inner): inner
        case .contains(let item, _, _): item
        default: nil
        }
    }

    var rightChild: Expr? {
        switch kind {
        case .binary(_, _, let right), .and(_, let right), .or(_, let right): right
        case .contains(_, let container, _): container
        default: nil
        }
    }

    var arguments: [Argument]? {
        if case .call(_, let arguments) = kind { arguments } else { nil }
    }

    /// The expression that a function written here gives back.
    var lambdaResult: Expr? {
        guard case .lambda(let function) = kind else { return nil }
        switch function.body {
        case .expression(let expr): return expr
        case .block(let body):
            guard case .expression(let expr)? = body.last?.kind else { return nil }
            return expr
        }
    }

    /// What stands between the brackets of an index.
    var subscripts: [Subscript]? {
        if case .index(_, let subscripts) = kind { subscripts } else { nil }
    }
}

extension Expr.Subscript {
    /// Its text; nil for a bare `:`.
    var span: Span? {
        switch self {
        case .position(let expr): return expr.span
        case .slice(let start, let stop, let step):
            let spans = [start, stop, step].compactMap { $0?.span }
            return spans.first.map { spans.dropFirst().reduce($0) { $0.union($1) } }
        }
    }
}

extension Array {
    subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
