// Short pages about what runs share: ?trainable, ?accumulate. Tests run their examples.

enum RunTopics {
    static let all: [Topic] = [
        Topic(
            "trainable", ["freeze", "freezing", "frozen", "rates", "decay", "parameter groups", "saliency"],
            form:
                "trainable=\"*.mlp.*\"   trainable=[0, -1]   trainable=mask   rates=[[\"*.wte.*\", 0.1]]   decay=[[0, 0]]",
            """
            train, unlearn and start move all weights, or those that trainable= says: by patterns of their names (see \
            keys(parameters(m)); `*` stands for any letters, dots too, and `|` divides patterns), by layers, by both \
            in a list, or by a mask, a direction or record of 0 and 1 such as abs(g) > t. The others stay as they are \
            to the bit: no weight decay, nothing gathered by the optimizer; gradients, their norms and clip_norm, \
            curvature and what explain says are those of the weights that move. rates= multiplies the update of some \
            parameters, as a learning rate of their own does; 0 freezes them. decay= gives parameters a weight decay \
            of their own, in the place of the optimizer's. A training with another choice begins anew.
            """,
            [
                """
                b = batch([[1, 2, 3, 4]])
                m = gpt(5, layers=2, width=8, seed=1)
                t = train(m, b, steps=5, trainable="*.mlp.*", optimizer=adamw(lr=1e-2, weight_decay=0.1))
                moved = filter(n -> norm(parameters(t)[n] - parameters(m)[n]) > 0, keys(parameters(m)))
                [len(moved), moved[0]]
                #> [8, "transformer.h.0.mlp.c_fc.weight"]
                """,
                """
                b = batch([[1, 2, 3, 4]])
                m = gpt(5, layers=2, width=8, seed=1)
                g = abs(grad(m -> nll(m, b), m))
                t = train(m, b, steps=5, trainable=g > 0.01, optimizer=sgd(lr=0.1))
                nll(t, b) < nll(m, b)
                #> true
                """,
            ], seeAlso: ["train", "unlearn", "start", "parameters", "accumulate"]),
        Topic(
            "accumulate", ["accumulation", "gradient accumulation", "micro-batches"],
            form: "train(m, data, batch=4, accumulate=4)",
            """
            A step adds up the gradients of `accumulate` batches, of which one is in memory at a time: with batch=4 \
            and accumulate=4 it is the step of batch=16, with the same examples and, but for rounding, the same \
            numbers. Built-in losses count every micro-batch by its share of what they are means over, tokens or \
            sequences, the forget and the retain term each for itself; a loss of your own counts it by its share of \
            the step's forget examples, as loss / k does in PyTorch, which is exact for means over examples. So does a \
            retain term of your own in a built-in loss, by its share of the step's retain examples: a mean over \
            examples adds up exactly, a mean over tokens only where all have equally many, a sum does not; divide sums \
            by the number of examples. Lists of token ids are cut into that many parts. A loss that remembers \
            something from step to step, or that looks at its batch as a whole (npo(released=true)), refuses it.
            """,
            [
                """
                f, r = batch([[1, 2, 3], [2, 3], [1, 4, 4, 2], [3, 1]]), batch([[1, 3, 4], [4, 1], [2, 2]])
                m = gpt(5, layers=1, width=8, seed=1)
                a = unlearn(m, f, r, loss=npo, optimizer=sgd(lr=0.1), steps=3)
                b = unlearn(m, f, r, loss=npo, optimizer=sgd(lr=0.1), steps=3, accumulate=3)
                distance(a, b) < 1e-5
                #> true
                """
            ], seeAlso: ["train", "unlearn", "start", "losses", "trainable"]),
    ]
}
