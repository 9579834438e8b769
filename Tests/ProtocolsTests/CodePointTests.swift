// Places counted in code points and in bytes.
import Protocols
import Testing

@Suite struct CodePointTests {
    @Test(arguments: [(0, 0), (1, 4), (2, 6), (3, 7), (99, 7)]) func pointsAndBytes(point: Int, byte: Int) {
        let text = "𝒙éa"
        #expect(CodePoints.byte(of: point, in: text) == byte)
        #expect(CodePoints.point(of: byte, in: text) == min(point, 3))
        #expect(CodePoints.byte(of: -5, in: text) == 0)
    }
}
