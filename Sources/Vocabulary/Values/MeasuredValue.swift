/// Values that no run gives again.
import Language

/// A value that was measured, such as a time: a saved session says nothing of it that a check would have to find again.
public protocol MeasuredValue: Foreign {}
