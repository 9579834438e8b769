/// Every optimizer there is: the one list that a new one joins.

public enum Optimizers {
    public static var all: [any Optimizer.Type] {
        [
            StochasticGradientDescent.self, Adam.self, AdamW.self, Sophia.self, SoulReleased.self, Lion.self,
            Adagrad.self, RMSProp.self,
        ]
    }

    public static func named(_ name: String) -> (any Optimizer.Type)? { all.first { $0.name == name } }
}
