/// Options of built-ins that stand for optimizers and solvers: derived from the settings these declare.
import Settings
import Language
import Optimizers

extension SettingDescription {
    /// The setting as an option of a built-in.
    var option: Parameter {
        let value: Value =
            switch defaultValue {
            case .number(let x): .number(x)
            case .flag(let flag): .bool(flag)
            case .choice(let word): .string(word)
            }
        let type: ParameterType =
            switch form {
            case .number: .number(described: range)
            case .count: .count(min: 1)
            case .integer(let range): .count(min: range.lowerBound, max: range.upperBound)
            case .flag: .flag
            case .choice(let words): .choice(words)
            case .text: .string
            case .numberOr(let words): .either(.number(described: numbers(without: words)), .choice(words))
            }
        return .option(name, type, default: value, summary)
    }

    /// The words of its range without those for the names that it takes, too.
    private func numbers(without words: [String]) -> String {
        let named = ", or " + words.map { "\"\($0)\"" }.joined(separator: ", ")
        return range.hasSuffix(named) ? String(range.dropLast(named.count)) : range
    }
}

extension Configurable {
    /// The settings that `value` gives by name.
    static func configured(_ value: (String) throws -> Value) throws -> Self {
        var result = Self()
        for setting in describedSettings { try result.set(setting, to: value(setting.name)) }
        return result
    }

    /// Complains about a value that a setting cannot take; other options are not its business.
    static func check(_ option: String, _ value: Value) throws {
        guard let setting = describedSettings.first(where: { $0.name == option }) else { return }
        var trial = Self()
        try trial.set(setting, to: value)
    }

    private mutating func set(_ setting: SettingDescription, to given: Value) throws {
        func misfit() throws -> LanguageError {
            // "0 or more" says nothing to who gave a word.
            let isWord = try setting.form == .number && given.asNumber == nil
            let range = (isWord ? "a number, " : "") + setting.range
            return LanguageError(
                "`\(setting.name)` of `\(Self.name)` must be \(range); it is \(given.phrase)",
                at: .argument(setting.name))
        }
        let converted: SettingValue
        switch given {
        case .number(let x): converted = .number(x)
        case .bool(let flag): converted = .flag(flag)
        case .string(let word): converted = .choice(word.string)
        default:
            guard let x = try given.asNumber else { throw try misfit() }
            converted = .number(x)
        }
        do { try set(setting.name, to: converted) } catch { throw try misfit() }
    }

    /// The settings of a call of the built-in that stands for this type.
    static func configured(by call: Call) throws -> Self { try configured { try call.value($0) } }

    /// The settings of a function value of the built-in that stands for this type.
    static func configured(by function: Function) throws -> Self { try configured { function.option($0) ?? .nothing } }
}

/// Several tensors of a point as one flat tensor, and back.
struct FlatPoint {
    let point: Point
    let flat: Tensor
    /// What its tensors are called: a record's names, else their numbers; one alone has none.
    let names: [String]
    private let shapes: [[Int]]

    init(_ value: Value, _ engine: EngineContext) throws {
        point = try Point(value, engine)
        shapes = point.variables.map(\.shape)
        let parts = try point.variables.map {
            Variable(try $0.constant("what a solver or an optimizer works with").reshaped([$0.count]))
        }
        flat = parts.count == 1 ? parts[0].value : try Variable.concatenated(parts).value
        if case .record(let record) = value, record.count == shapes.count {
            names = Array(record.keys)
        } else {
            names = shapes.count == 1 ? [""] : shapes.indices.map { "\($0)" }
        }
    }

    /// All numbers of a value as one variable, which a derivative may follow; nil unless there are so many.
    static func variable(_ value: Value, _ engine: EngineContext, count: Int) throws -> Variable? {
        if let variable = try engine.variable(value) {
            return variable.count == count ? try variable.reshaped([count]) : nil
        }
        guard value.record != nil || value.list != nil || value.foreign is DirectionValue else { return nil }
        let parts = try Point(value, engine).variables.map { try $0.reshaped([$0.count]) }
        guard parts.reduce(0, { $0 + $1.count }) == count else { return nil }
        return parts.count == 1 ? parts[0] : try Variable.concatenated(parts)
    }

    /// A direction of the point's build from a flat tensor.
    func direction(_ flat: Tensor) throws -> Value { try direction(Variable(flat)) }
    func direction(_ flat: Variable) throws -> Value { try point.rebuildDirection(parts(of: flat)) }
    /// A value of the point's build: a model stays a model.
    func value(_ flat: Variable) throws -> Value { try point.rebuild(parts(of: flat)) }

    private func parts(of flat: Variable) throws -> [Variable] {
        var start = 0
        let whole = try flat.reshaped([flat.count])
        return try shapes.map { shape in
            defer { start += shape.reduce(1, *) }
            return try whole.segment(start, shape: shape)
        }
    }
}

import Autodiff
import Tensors
