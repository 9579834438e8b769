/// Functions of two numbers with known minima, on which optimizers are tried out.
import Autodiff

/// Numbers and variables alike: what a landscape is computed with.
public protocol PlaneScalar {
    static func + (a: Self, b: Self) throws -> Self
    static func - (a: Self, b: Self) throws -> Self
    static func * (a: Self, b: Self) throws -> Self
    static func scaled(_ a: Self, by factor: Double) throws -> Self
    static func shifted(_ a: Self, by amount: Double) throws -> Self
}

extension Double: PlaneScalar {
    public static func scaled(_ a: Double, by factor: Double) -> Double { a * factor }
    public static func shifted(_ a: Double, by amount: Double) -> Double { a + amount }
}

extension Variable: PlaneScalar {
    public static func scaled(_ a: Variable, by factor: Double) throws -> Variable { try Float(factor) * a }
    public static func shifted(_ a: Variable, by amount: Double) throws -> Variable { try Float(amount) + a }
}

/// A place in the plane.
public typealias PlanePoint = (x: Double, y: Double)

/// A function of the plane, bounded below, whose minima are known. It joins ``Landscapes/all``.
public protocol Landscape: Sendable {
    /// The name users write.
    static var name: String { get }
    /// Formula, minima and source, for help.
    static var summary: String { get }

    init()
    func value<S: PlaneScalar>(_ x: S, _ y: S) throws -> S
    /// All places where the value is lowest; that lowest value is 0.
    var minima: [PlanePoint] { get }
    /// The part of the plane worth looking at.
    var view: (x: ClosedRange<Double>, y: ClosedRange<Double>) { get }
    /// Where it is usual to start.
    var start: PlanePoint { get }
}

public enum Landscapes {
    public static var all: [any Landscape.Type] { [Rosenbrock.self, Beale.self, Himmelblau.self, Quadratic.self] }
}

/// A curved valley: easy to reach, hard to follow.
public struct Rosenbrock: Landscape {
    public static let name = "rosenbrock"
    public static let summary = """
        (1 - x)^2 + 100 (y - x^2)^2: a narrow curved valley, whose floor falls slowly towards the minimum 0 at [1, 1] \
        (Rosenbrock, The Computer Journal 3, 1960).
        """
    public init() {}
    public func value<S: PlaneScalar>(_ x: S, _ y: S) throws -> S {
        let a = try S.shifted(x, by: -1), b = try y - x * x
        return try a * a + S.scaled(b * b, by: 100)
    }
    public let minima = [(x: 1.0, y: 1.0)]
    public let view = (x: -2.0...2.0, y: -1.0...3.0)
    public let start = (x: -1.2, y: 1.0)
}

/// Plateaus between steep walls.
public struct Beale: Landscape {
    public static let name = "beale"
    public static let summary = """
        (1.5 - x + x y)^2 + (2.25 - x + x y^2)^2 + (2.625 - x + x y^3)^2: plateaus between steep walls; minimum 0 at \
        [3, 0.5] (Beale 1958; number 5 of Moré, Garbow and Hillstrom, ACM Transactions on Mathematical Software 7, \
        1981).
        """
    public init() {}
    public func value<S: PlaneScalar>(_ x: S, _ y: S) throws -> S {
        let square = try y * y
        let a = try S.shifted(x * y - x, by: 1.5), b = try S.shifted(x * square - x, by: 2.25)
        let c = try S.shifted(x * (square * y) - x, by: 2.625)
        return try a * a + b * b + c * c
    }
    public let minima = [(x: 3.0, y: 0.5)]
    public let view = (x: -1.0...4.5, y: -1.5...1.5)
    public let start = (x: 1.0, y: 1.0)
}

/// Four minima of equal depth.
public struct Himmelblau: Landscape {
    public static let name = "himmelblau"
    public static let summary = """
        (x^2 + y - 11)^2 + (x + y^2 - 7)^2: four minima 0, at [3, 2], [-2.805, 3.131], [-3.779, -3.283] and \
        [3.584, -1.848] (Himmelblau, Applied Nonlinear Programming, 1972).
        """
    public init() {}
    public func value<S: PlaneScalar>(_ x: S, _ y: S) throws -> S {
        let a = try S.shifted(x * x + y, by: -11), b = try S.shifted(x + y * y, by: -7)
        return try a * a + b * b
    }
    public let minima = [
        (x: 3.0, y: 2.0), (x: -2.805118086952745, y: 3.131312518250573), (x: -3.779310253377747, y: -3.283185991286170),
        (x: 3.584428340330492, y: -1.848126526964404),
    ]
    public let view = (x: -5.0...5.0, y: -5.0...5.0)
    public let start = (x: 0.0, y: 0.0)
}

/// A bowl, `cond` times as steep along y as along x.
public struct Quadratic: Landscape {
    public static let name = "quadratic"
    public static let summary = """
        (x^2 + cond y^2) / 2: a bowl with minimum 0 at [0, 0]. Its Hessian is diag(1, cond), so gradient descent needs \
        lr < 2 / cond, and then takes the flat direction slowly.
        """
    public var condition = 10.0
    public init() {}
    public func value<S: PlaneScalar>(_ x: S, _ y: S) throws -> S {
        try S.scaled(x * x + S.scaled(y * y, by: condition), by: 0.5)
    }
    public let minima = [(x: 0.0, y: 0.0)]
    public let view = (x: -1.5...1.5, y: -1.5...1.5)
    public let start = (x: 1.0, y: 1.0)
}
