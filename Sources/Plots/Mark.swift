// What can stand in a picture: lines, points, bands, … one type each, which knows how it is drawn as text and as SVG.
import Language

/// Something drawn in a coordinate system. Another kind of mark is one more type that conforms.
package protocol Mark {
    /// What it is called in the legend; empty for nothing.
    var label: String { get set }
    /// The smallest and largest coordinates that it shows; nil when it shows none.
    var xRange: ClosedRange<Double>? { get }
    var yRange: ClosedRange<Double>? { get }
    /// The places along x count something: 0, 1, 2, ….
    var isCounted: Bool { get }
    /// The places along y are rows, the first on top.
    var countsDown: Bool { get }
    /// A ground that others are drawn on: it comes first and fills the picture.
    var isGround: Bool { get }
    /// Told from others by a pen or colour of its own.
    var hasPen: Bool { get }
    /// The kind of picture it makes where it comes first, such as "line plot".
    var picture: String { get }
    /// What it shows, in words, for those who do not see it; without its label.
    var account: String { get }
    /// Numbers that a program may read as fields of the plot.
    var fields: [(name: String, value: Value)] { get }

    /// What tells it from other kinds of marks in workspaces.
    static var storedKind: String { get }
    /// All that it is made again from, but for its label.
    var stored: [(String, Value)] { get }
    /// - Throws: `LanguageError` for parts that are none of its own.
    init(label: String, stored parts: StoredParts) throws

    /// The mark as it looks on axes of another kind.
    func on(logX: Bool, logY: Bool) throws -> Self

    func draw(on canvas: inout DotCanvas, in frame: Frame, pen: DotCanvas.Pen)
    /// What stands for it in a legend of text.
    func sample(pen: DotCanvas.Pen, isUnicode: Bool) -> String

    /// SVG elements.
    func svg(in frame: SVGFrame, color: SVGColor) -> [String]
    /// What stands for it in a legend: 24 wide, centred at a height.
    func svgSample(x: Double, y: Double, color: SVGColor) -> [String]
}

extension Mark {
    package var isCounted: Bool { false }
    package var countsDown: Bool { false }
    package var isGround: Bool { false }
    package var hasPen: Bool { !isGround }
    package var fields: [(name: String, value: Value)] { [] }
    package func sample(pen: DotCanvas.Pen, isUnicode: Bool) -> String {
        isUnicode ? pen.sample : String(UnicodeScalar(pen.letter))
    }
    package func svgSample(x: Double, y: Double, color: SVGColor) -> [String] {
        color.lineSample(x: x, y: y)
    }
}
