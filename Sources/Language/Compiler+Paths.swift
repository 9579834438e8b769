// Setting parts of parts where they stand: `r.xs[i] = v`, `r.xs = r.xs + [v]`, `r = merge(r, more)`. Taken out and put
// back, the part would be held twice and copied each time.

extension Compiler {
    /// A target's way from its variable; nil where there is a slice or no variable on it.
    private func path(_ target: Target) -> (root: String, span: Span, steps: [(key: Key, node: Expr)])? {
        switch target {
        case .name(let name, let span): return (name, span, [])
        case .field(let inner, let name, let node):
            return path(inner).map { ($0.root, $0.span, $0.steps + [(.field(name), node)]) }
        case .index(let inner, let subscripts, let node):
            guard subscripts.count == 1, case .position(let position) = subscripts[0] else { return nil }
            return path(inner).map { ($0.root, $0.span, $0.steps + [(.item(position), node)]) }
        case .list: return nil
        }
    }

    private enum Key {
        case field(String)
        case item(Expr)
    }

    /// Sets a part of a part; false where the target is something simpler, or harder.
    func setPath(_ target: Target, _ value: UInt32) throws -> Bool {
        guard let path = path(target), path.steps.count > 1 else { return false }
        let first = mark
        let root = try checkedVariable(path.root, Expr(.name(path.root), path.span, depth: 0, assigns: false))
        let site = try site(of: path.steps, keepsIndices: false)
        emit(.setPath, root, value, self.site(site), at: path.steps.last?.node)
        clear(from: first)
        return true
    }

    /// `r.xs = r.xs + [v]`: an assignment that reads what it sets.
    func update(_ target: Target, _ value: Expr) throws -> Bool {
        guard case .binary(let op, let left, let right) = value.kind, !op.isComparison else { return false }
        let whole: Expr
        switch target {
        case .field(_, _, let node), .index(_, _, let node): whole = node
        default: return false
        }
        guard isSame(whole, left) else { return false }
        return try update(target, op, right, simpleOnly: true, value)
    }

    /// `r.xs += [v]`; with `simpleOnly` only where its indices may be evaluated once instead of twice.
    func update(
        _ target: Target, _ op: BinaryOperator, _ right: Expr, simpleOnly: Bool, _ node: Expr
    ) throws -> Bool {
        guard let path = path(target), !path.steps.isEmpty, !(simpleOnly && right.assigns) else { return false }
        let first = mark
        let root = try checkedVariable(path.root, Expr(.name(path.root), path.span, depth: 0, assigns: false))
        let site = try site(of: path.steps, keepsIndices: right.assigns)
        site.updates = op
        emit(.updatePath, root, try operand(right), self.site(site), at: node)
        clear(from: first)
        return true
    }

    private func site(of steps: [(key: Key, node: Expr)], keepsIndices: Bool) throws -> Site {
        let site = Site()
        site.stepNodes = steps.map(\.node)
        site.guesses = steps.map { _ in Int.max }
        for step in steps {
            switch step.key {
            case .field(let name): site.steps.append(.field(name))
            case .item(let index):
                if keepsIndices {
                    let place = temporary()
                    try emit(index, to: place)
                    site.steps.append(.item(place))
                } else {
                    site.steps.append(.item(try operand(index)))
                }
            }
        }
        return site
    }

    /// Whether two expressions are the same way to a part, and evaluating it does nothing else.
    private func isSame(_ a: Expr, _ b: Expr) -> Bool {
        switch (a.kind, b.kind) {
        case (.name(let x), .name(let y)): x == y
        case (.number(let x), .number(let y)): x == y
        case (.string(let x), .string(let y)): x.hasSameScalars(as: y)
        case (.field(let x, let name), .field(let y, let other)): name.hasSameScalars(as: other) && isSame(x, y)
        case (.index(let x, let first), .index(let y, let second)):
            if first.count == 1, second.count == 1, case .position(let i) = first[0], case .position(let j) = second[0]
            {
                isSame(x, y) && isSame(i, j)
            } else {
                false
            }
        case (.negate(let x), .negate(let y)): isSame(x, y)
        case (.binary(let op, let x, let y), .binary(let other, let z, let w)):
            op == other && isSame(x, z) && isSame(y, w)
        default: false
        }
    }

    /// `r = merge(r, more)`, for a built-in that changes its first record where it stands.
    func merge(into name: String, _ value: Expr) throws -> Bool {
        guard case .call(let callee, let arguments) = value.kind, arguments.count == 2,
            arguments.allSatisfy({ $0.name == nil }), !arguments[1].value.assigns,
            case .name(name) = arguments[0].value.kind, case .name(let called) = callee.kind,
            case .builtin(.function(let function)) = place(called), function.builtin?.mergesInto != nil
        else { return false }
        let first = mark
        let site = Site()
        site.function = function
        site.argumentCount = 2
        let root = try checkedVariable(name, arguments[0].value)
        emit(.mergeInto, root, try operand(arguments[1].value), self.site(site), at: value)
        clear(from: first)
        return true
    }
}
