/// What `explain` told, in workspaces.
import Files
import Unlearning

extension ValueWriter {
    static func named(_ numbers: [NamedNumber]) -> JSON {
        .array(numbers.map { [.string($0.name), number($0.value)] })
    }

    private static func change(_ change: PredictedChange) -> JSON {
        [number(change.first), number(change.second), number(change.actual)]
    }

    static func describe(_ e: Explanation) -> JSON {
        [
            "kind": "explanation", "step": .integer(e.step), "forget_gradient": optional(e.forgetGradient),
            "retain_gradient": optional(e.retainGradient), "cosine": optional(e.cosine),
            "update": number(e.updateNorm), "clipped": optional(e.clipped),
            "curvature": e.curvature.map { .array($0.map(number)) } ?? .null, "forget": change(e.forget),
            "retain": e.retain.map(change) ?? .null, "loss_change": e.loss.map(change) ?? .null,
            "alpha": optional(e.alpha), "signal": optional(e.signal), "trainable": number(e.trainable),
            "conflicts": .array(e.conflicts.map { [.string($0.block), number($0.cosine)] }),
            "longer": .array(
                e.longer.map { [number($0.times), change($0.forget), $0.retain.map(change) ?? .null] }),
            "outlook": e.outlook.map { outlook in
                [
                    .integer(outlook.steps), number(outlook.predicted), number(outlook.measured),
                    number(outlook.limit), optional(outlook.share), optional(outlook.learningRate),
                ]
            } ?? .null,
            "rho": optional(e.suggestedRho), "rho_share": optional(e.autoUnclipped), "loss_state": named(e.lossState),
            "next_loss_state": named(e.nextLossState),
        ]
    }
}

extension ValueReader {
    private func change(_ node: JSONNode) throws -> PredictedChange {
        PredictedChange(
            first: try number(try Self.part(node, 0)), second: try number(try Self.part(node, 1)),
            actual: try number(try Self.part(node, 2)))
    }

    func explanation(_ node: JSONNode) throws -> Explanation {
        var explanation = Explanation(
            step: try node["step"].integer(in: 0...StoredLimits.steps),
            forgetGradient: try optional(node["forget_gradient"]),
            retainGradient: try optional(node["retain_gradient"]),
            cosine: try optional(node["cosine"]), updateNorm: try number(node["update"]),
            clipped: try optional(node["clipped"]),
            curvature: try node.optional("curvature")?.elements().map(number), forget: try change(node["forget"]),
            retain: try node.optional("retain").map(change), suggestedRho: try optional(node["rho"]),
            lossState: try node.optional("loss_state").map(namedNumbers) ?? [],
            nextLossState: try node.optional("next_loss_state").map(namedNumbers) ?? [])
        explanation.loss = try node.optional("loss_change").map(change)
        explanation.autoUnclipped = try node.optional("rho_share").flatMap(optional)
        explanation.alpha = try node.optional("alpha").flatMap(optional)
        explanation.signal = try node.optional("signal").flatMap(optional)
        explanation.trainable = try node.optional("trainable").map(number) ?? 1
        explanation.conflicts = try (node.optional("conflicts")?.elements() ?? []).map {
            BlockConflict(block: try Self.part($0, 0).string(), cosine: try number(try Self.part($0, 1)))
        }
        explanation.longer = try (node.optional("longer")?.elements() ?? []).map { node in
            let retain = try Self.part(node, 2)
            return LongerStep(
                times: try number(try Self.part(node, 0)), forget: try change(try Self.part(node, 1)),
                retain: retain.value.isNull ? nil : try change(retain))
        }
        explanation.outlook = try node.optional("outlook").map { node in
            Outlook(
                steps: try Self.part(node, 0).integer(in: 0...StoredLimits.steps),
                predicted: try number(try Self.part(node, 1)), measured: try number(try Self.part(node, 2)),
                limit: try number(try Self.part(node, 3)), share: try optional(try Self.part(node, 4)),
                learningRate: try optional(try Self.part(node, 5)))
        }
        return explanation
    }

    func namedNumbers(_ node: JSONNode) throws -> [NamedNumber] {
        try node.elements().map { NamedNumber(try Self.part($0, 0).string(), try number(try Self.part($0, 1))) }
    }
}
