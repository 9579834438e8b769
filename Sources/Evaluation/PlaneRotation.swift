/// Functions of the plane turned around a place: what works coordinate by coordinate then meets a valley at an angle.
import Autodiff
import Glibc
import Tensors

/// p ↦ c + R (p − c), R the rotation by an angle against the clock.
public struct PlaneRotation: Sendable {
    public let center: PlanePoint
    private let cosine, sine: Double

    public init(degrees: Double, about center: PlanePoint) {
        self.center = center
        let angle = degrees * .pi / 180
        (cosine, sine) = (cos(angle), sin(angle))
    }

    public func applied(to point: PlanePoint) -> PlanePoint {
        let (x, y) = (point.x - center.x, point.y - center.y)
        return (center.x + cosine * x - sine * y, center.y + sine * x + cosine * y)
    }

    /// The point that is turned to this one.
    public func undone(_ point: PlanePoint) -> PlanePoint {
        let (x, y) = (point.x - center.x, point.y - center.y)
        return (center.x + cosine * x + sine * y, center.y - sine * x + cosine * y)
    }

    /// The same for a variable [2].
    public func undone(_ point: Variable) throws -> Variable {
        func row(_ a: Double, _ b: Double, _ center: Double) throws -> Variable {
            let row = Variable(try Tensor([Float(a), Float(b)], shape: [2], on: point.device))
            // Of the rotated centre, in double precision.
            let shift = center - a * self.center.x - b * self.center.y
            return try (Float(shift) + row.dot(point)).reshaped([1])
        }
        return try .concatenated([row(cosine, sine, center.x), row(-sine, cosine, center.y)])
    }
}
