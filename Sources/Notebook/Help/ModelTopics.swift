// Short pages about what the language works with: ?models, ?examples, ?losses, ?optimizers. Tests run their examples.
import Language
import Settings
import Vocabulary

enum ModelTopics {
    static let all: [Topic] = [
        Topic(
            "models", ["direction", "directions", "gradient"],
            form: "model + direction   model - model   number * direction",
            """
            A model is a point and a gradient a direction. Model minus model is a direction, model plus direction a \
            model; directions can be scaled, added, multiplied element by element, measured with norm and dot.
            """,
            [
                """
                m = gpt(5, layers=1, width=8, seed=1)
                b = batch([[1, 2, 3, 4]])
                g = grad(m -> nll(m, b), m)
                nll(m - 0.1 * g, b) < nll(m, b)
                #> true
                """,
                """
                m = gpt(5, layers=1, width=8, seed=1)
                d = 0.5 * randn_like(m, seed=1)
                norm((m + d) - m - d) < 1e-5
                #> true
                """,
            ],
            seeAlso: ["grad", "hvp", "norm", "influence"]),
        Topic(
            "examples", ["example", "data", "dataset"],
            form: "for e in examples { … }   examples[0:8]   examples + examples",
            """
            Questions with answers, texts and lists of token ids are one kind of value: a data set, a part of it, a \
            batch, and what a run hands to a loss. They are counted, cut, gone through and joined alike, and whatever \
            takes one takes the others; a single example does too.
            """,
            [
                "qa = authors()\nf = qa.forget[0:3]\nlen(map(f, e -> e.answer)) == len(f.answer)\n#> true",
                """
                b = batch([[1, 2, 3], [4, 5]])
                b[1]
                #> (ids=[4, 5], labels=[4, 5], mask=[1, 1])
                len(b + b[0:1])
                #> 3
                """,
                """
                def each(m, f, r) {
                  total = 0
                  for e in f { total = total + nll(m, e) }
                  return total / len(f)
                }
                m = gpt(6, layers=1, width=8, seed=1)
                train(m, batch([[1, 2, 3], [4, 5]]), loss=each, steps=2).log.steps
                #> 2
                """,
            ],
            seeAlso: ["batch", "question_set", "encode", "nll", "losses"]),
        Topic(
            "losses", ["loss", "retain", "alternatives"], form: "def loss(model, forget, retain) = number",
            """
            A loss is a function of a model, examples to forget and examples to retain that returns one number; \
            built-in losses and your own go wherever the other goes. In a run, parameters of certain names are filled: \
            step (steps taken before), steps (planned), epoch and epochs (passes over what is to be forgotten), \
            reference (the model the run began with, unless it has a value), alternatives (another answer to each \
            forget prompt, drawn from its value or from refusals()), other_answers (answers of retain examples after \
            the forget prompts), and state: such a loss returns its number and the next state, which no derivative \
            follows. What you have set yourself stays. A retain term, retain= of the built-in losses, is a function of \
            model and batch; weights may be functions of the step.
            """,
            [
                """
                def mine(m, f, r) = nll(m, r) - 0.5 * nll(m, f)
                f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]])
                m = gpt(5, layers=1, width=8, seed=1)
                unlearn(m, f, r, loss=mine, optimizer=sgd(lr=0.1), steps=3).log.steps
                #> 3
                """,
                """
                def kept(m, f, r, reference, state=(worst=0)) {
                  state.worst = max(state.worst, nll(m, r))
                  return kl(m, r, reference=reference) - nll(m, f), state
                }
                run = start(gpt(5, layers=1, width=8, seed=1), batch([[1, 2]]), batch([[1, 3]]), loss=kept)
                step(run, 2).loss_state.worst > 0
                #> true
                """,
                """
                grow = graddiff(retain_weight=(step, steps) -> 2 * step / steps)
                u = unlearn(gpt(5, layers=1, width=8, seed=1), batch([[1, 2]]), batch([[1, 3]]), loss=grow, steps=3)
                u.log.steps
                #> 3
                """,
            ],
            seeAlso: ["graddiff", "npo", "kl", "refusals", "unlearn", "optimizers"]),
        Topic(
            "optimizers", ["optimizer"], form: "def optimizer(model, gradient, state=…) { … return model, state }",
            """
            An optimizer is a function of a model, a gradient and a state that returns the moved model and the new \
            state; the default of its third parameter is the state to begin with. What else it wants it asks for by \
            the names of parameters whose default is none: loss (the loss of the step's data, a function of the \
            model), curvature (a function that estimates its diagonal: curvature(estimator="gnb"), "hutchinson" or \
            "rademacher"), forget_gradient and retain_gradient (of the loss's two terms), step (how many it has taken).
            """,
            [
                """
                def plain(m, g, s=(v=0), lr=0.1) { s.v = 0.9 * s.v + g; return m - lr * s.v, s }
                m = gpt(5, layers=1, width=8, seed=1)
                b = batch([[1, 2, 3, 4]])
                nll(train(m, b, steps=5, optimizer=plain(lr=0.05)), b) < nll(m, b)
                #> true
                """,
                """
                def careful(m, g, s=none, loss=none, lr=1) {
                  while lr > 1e-6 and loss(m - lr * g) > loss(m) { lr = lr / 2 }
                  return m - lr * g, s
                }
                m = gpt(5, layers=1, width=8, seed=1)
                b = batch([[1, 2, 3, 4]])
                nll(train(m, b, steps=5, optimizer=careful), b) < nll(m, b)
                #> true
                """,
            ],
            seeAlso: ["adamw", "sophia", "train", "losses"]),
    ]
}
