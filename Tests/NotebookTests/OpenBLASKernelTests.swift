// Which kernels OpenBLAS should use, decided from names and features alone.
import Tensors
import Testing

@Suite struct OpenBLASKernelTests {
    static let skylake = CPUVectorFeatures(avx: true, avx2AndFMA: true, avx512: true)
    static let haswell = CPUVectorFeatures(avx: true, avx2AndFMA: true, avx512: false)
    static let sandyBridge = CPUVectorFeatures(avx: true, avx2AndFMA: false, avx512: false)
    static let old = CPUVectorFeatures(avx: false, avx2AndFMA: false, avx512: false)

    @Test(
        arguments: [
            ("Prescott", skylake, OpenBLASKernel.Decision.restart(core: "SkylakeX")),
            ("Prescott", haswell, .restart(core: "Haswell")),
            ("Nehalem", haswell, .restart(core: "Haswell")),
            ("Core2", sandyBridge, .restart(core: "Sandybridge")),
            ("generic", haswell, .restart(core: "Haswell")),
            ("Haswell", skylake, .restart(core: "SkylakeX")),
            ("Zen", skylake, .restart(core: "SkylakeX")),
            ("Zen", haswell, .fits),
            ("Haswell", haswell, .fits),
            ("SkylakeX", skylake, .fits),
            ("Cooperlake", skylake, .fits),
            ("Prescott", old, .fits),
            ("ARMV8", old, .fits),
            ("a core of the future", skylake, .fits),
        ] as [(String, CPUVectorFeatures, OpenBLASKernel.Decision)])
    func choice(_ core: String, _ cpu: CPUVectorFeatures, _ expected: OpenBLASKernel.Decision) {
        #expect(OpenBLASKernel.decide(core: core, cpu: cpu, environment: [:]) == expected)
    }

    @Test func theUsersOwnSettingWins() {
        let environment = [OpenBLASKernel.variable: "Nehalem"]
        #expect(OpenBLASKernel.decide(core: "Nehalem", cpu: Self.skylake, environment: environment) == .chosenByUser)
    }

    @Test func itHappensOnce() {
        let environment = [OpenBLASKernel.variable: "SkylakeX", OpenBLASKernel.guardVariable: "Prescott"]
        #expect(
            OpenBLASKernel.decide(core: "Prescott", cpu: Self.skylake, environment: environment)
                == .corrected(was: "Prescott"))
    }
}
