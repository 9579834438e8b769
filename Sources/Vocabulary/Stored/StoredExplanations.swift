/// What `explain` told, in workspaces.
import Files
import Unlearning

extension ValueWriter {
    static func named(_ numbers: [NamedNumber]) -> JSON {
        .array(numbers.map { [.string($0.name), number($0.value)] })
    }

    static func describe(_ e: Explanation) -> JSON {
        func change(_ change: PredictedChange) -> JSON {
            [number(change.first), number(change.second), number(change.actual)]
        }
        return [
            "kind": "explanation", "step": .integer(e.step), "forget_gradient": optional(e.forgetGradient),
            "retain_gradient": optional(e.retainGradient), "cosine": optional(e.cosine),
            "update": number(e.updateNorm), "clipped": optional(e.clipped),
            "curvature": e.curvature.map { .array($0.map(number)) } ?? .null, "forget": change(e.forget),
            "retain": e.retain.map(change) ?? .null, "rho": optional(e.suggestedRho),
            "loss_state": named(e.lossState), "next_loss_state": named(e.nextLossState),
        ]
    }
}

extension ValueReader {
    func explanation(_ node: JSONNode) throws -> Explanation {
        func change(_ node: JSONNode) throws -> PredictedChange {
            PredictedChange(
                first: try number(try Self.part(node, 0)), second: try number(try Self.part(node, 1)),
                actual: try number(try Self.part(node, 2)))
        }
        return Explanation(
            step: try node["step"].integer(in: 0...StoredLimits.steps),
            forgetGradient: try optional(node["forget_gradient"]),
            retainGradient: try optional(node["retain_gradient"]),
            cosine: try optional(node["cosine"]), updateNorm: try number(node["update"]),
            clipped: try optional(node["clipped"]),
            curvature: try node.optional("curvature")?.elements().map(number), forget: try change(node["forget"]),
            retain: try node.optional("retain").map(change), suggestedRho: try optional(node["rho"]),
            lossState: try node.optional("loss_state").map(namedNumbers) ?? [],
            nextLossState: try node.optional("next_loss_state").map(namedNumbers) ?? [])
    }

    func namedNumbers(_ node: JSONNode) throws -> [NamedNumber] {
        try node.elements().map { NamedNumber(try Self.part($0, 0).string(), try number(try Self.part($0, 1))) }
    }
}
