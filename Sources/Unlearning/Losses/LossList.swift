/// Every unlearning loss there is.

/// The one list that a new loss joins.
public enum UnlearningLosses {
    public static var all: [any UnlearningLoss.Type] {
        [
            GradientAscent.self, GradientDifference.self, GradientAscentKL.self, NegativePreferenceOptimization.self,
            DirectPreferenceOptimization.self, SimpleNegativePreferenceOptimization.self, PreferenceOptimization.self,
            WeightedGradientAscent.self, SaturationImportance.self, SelfDistillation.self, CrossEntropyUnlearning.self,
            RepresentationMisdirection.self, PrimalDualUnlearning.self, RandomLabel.self, FineTuning.self,
            SparseFineTuning.self, InvertedHinge.self,
        ]
    }
}
