// When two numbers count as the same.

/// Whether two numbers agree to a relative tolerance (absolute below 1).
func agree(_ value: Double, _ expected: Double, _ tolerance: Double) -> Bool {
    abs(value - expected) <= tolerance * max(1, abs(expected))
}
