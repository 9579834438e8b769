// Records of one shape, such as the objects of a file of many, share their names.

extension Record {
    /// Names of fields in their order, all different.
    public struct Shape {
        fileprivate let keys: Keys

        /// - Parameter names: which no two of may be the same.
        public init(distinct names: [String]) { keys = Keys(names) }
    }

    /// A record of a shape, with as many values as that has names.
    public init(_ shape: Shape, values: [Value]) {
        precondition(values.count == shape.keys.names.count, "a record of another shape")
        self.init(keys: shape.keys, values: values)
    }
}
