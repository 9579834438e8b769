/// Every optimizer there is: the one list that a new one joins.

public enum Optimizers {
    public static var all: [any Optimizer.Type] {
        [
            StochasticGradientDescent.self, Adam.self, AdamW.self, Sophia.self, SoulReleased.self, Lion.self,
            Adagrad.self, RMSProp.self, SignDescent.self, AdaHessian.self, NewtonCG.self, LimitedMemoryBFGS.self,
            Shampoo.self, Muon.self, NaturalGradient.self, ZerothOrder.self, Alternate.self, SharpnessAware.self,
            DualOptim.self, DualOptimPlus.self, GradientRectified.self, BilevelRectified.self, Clipped.self,
            Scheduled.self, Decayed.self,
        ]
    }

    public static func named(_ name: String) -> (any Optimizer.Type)? { all.first { $0.name == name } }
}
