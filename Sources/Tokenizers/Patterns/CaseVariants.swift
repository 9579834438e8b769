// The scalars that a pattern takes for the same when it ignores case.

extension ScalarSet {
    /// With the other cases of all its scalars. Sets of more than a few thousand scalars, which are properties, stay
    /// as they are: of the published ones all have both cases.
    var ignoringCase: ScalarSet {
        guard count <= 4096 else { return self }
        var ranges = ranges
        for range in self.ranges {
            for value in range {
                guard let scalar = Unicode.Scalar(value) else { continue }
                ranges += ScalarSet.variants(of: scalar).map { $0.value...$0.value }
            }
        }
        return ScalarSet(unsorted: ranges)
    }

    /// Scalars whose simple case folding is that of another which has no mapping back to them.
    private static let further: [Unicode.Scalar: [Unicode.Scalar]] = [
        "s": ["ſ"], "k": ["\u{212A}"], "å": ["\u{212B}"], "μ": ["µ"], "σ": ["ς"], "β": ["ϐ"], "θ": ["ϑ", "ϴ"],
        "φ": ["ϕ"], "π": ["ϖ"], "κ": ["ϰ"], "ρ": ["ϱ"], "ε": ["ϵ"], "ṡ": ["ẛ"], "ι": ["\u{1FBE}", "\u{345}"],
        "ω": ["\u{2126}"], "ß": ["ẞ"],
    ]

    private static func variants(of scalar: Unicode.Scalar) -> Set<Unicode.Scalar> {
        func mapped(_ text: String) -> Unicode.Scalar? {
            text.unicodeScalars.count == 1 ? text.unicodeScalars.first : nil
        }
        var result: Set = [scalar]
        let base = further.first { $0.value.contains(scalar) }?.key ?? scalar
        for start in [scalar, base] {
            result.insert(start)
            let properties = start.properties
            for text in [properties.lowercaseMapping, properties.uppercaseMapping, properties.titlecaseMapping] {
                guard let other = mapped(text) else { continue }
                result.insert(other)
                if let lower = mapped(other.properties.lowercaseMapping) {
                    result.insert(lower)
                    result.formUnion(further[lower] ?? [])
                }
            }
        }
        return result
    }
}
