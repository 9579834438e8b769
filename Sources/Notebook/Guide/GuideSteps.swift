// The ten steps of the tour. A test runs their lines in order.

extension Guide {
    public static let steps: [Step] = [
        Step(
            "Something to know",
            """
            Sixty fictitious authors are built in, as questions and answers; six of them are to be forgotten. \
            `name = …` keeps a value under a name.
            """,
            line: "qa = authors()", binds: ["qa"], uses: ["authors"]),
        Step(
            "Look at it",
            """
            An expression prints its value. qa.forget holds the questions to be forgotten and qa.retain those to be \
            kept; counting begins at 0. Press TAB behind `qa.` to see what else there is.
            """,
            line: "qa.forget[0]", uses: ["qa"]),
        Step(
            "A model that knows it",
            """
            This small GPT was taught all sixty authors. Like every value it never changes: what you do to it gives a \
            new model.
            """,
            line: "base = load(\"authors\")", binds: ["base"], uses: ["load"]),
        Step(
            "Ask",
            "The model answers from its weights alone. Try another question too: press Up, and change the 0.",
            line: "generate(base, qa.forget[0].question)", uses: ["generate"]),
        Step(
            "One large step",
            """
            Influence unlearning moves the weights once: by the gradient of what is to be forgotten, seen through the \
            inverse of the curvature of what is to be kept. It takes some seconds; Ctrl-C would stop it and keep what \
            it has.
            """,
            line: "once = influence(base, qa.forget, qa.retain, inverse=cg(damping=1e-2, steps=4), scale=12)",
            binds: ["once"], uses: ["influence"]),
        Step(
            "Or many small ones",
            """
            SOUL goes there step by step instead, with a second-order optimizer. A loss and an optimizer are \
            functions; naming only their options sets them. Nothing has moved yet.
            """,
            line: """
                run = start(base, qa.forget, qa.retain, loss=graddiff(retain_weight=3), optimizer=sophia(lr=3e-4, \
                rho=1e3))
                """,
            binds: ["run"], uses: ["start"]),
        Step(
            "Look before you leap",
            """
            What would the next step do? How the two gradients stand to each other, how much of the update is clipped, \
            and how both losses will change: predicted, and in fact.
            """,
            line: "explain(run)", uses: ["explain", "run"]),
        Step(
            "Take thirty steps",
            """
            The forget loss rises, the retain loss should not. `:back run 10` goes back ten steps, `:undo` takes back \
            whole cells.
            """,
            line: ":step run 30", binds: ["run"], uses: ["step"]),
        Step(
            "Ask again",
            "The same question to the model as it is now. Then ask about qa.retain[0]: that answer should have stayed.",
            line: "generate(run.model, qa.forget[0].question, most=8)", uses: ["generate"]),
        Step(
            "Compare",
            """
            The judge is the oracle, a model that was never taught the six authors. Forget quality asks whether a \
            model can be told from it by what was to be forgotten: below 0.05 it can, and 1 is best. Model utility \
            says what is left of the rest.
            """,
            line: """
                oracle = load("authors-retain")
                compare(base, once, run.model, oracle, on=qa)
                """, uses: ["compare"]),
    ]

    static let farewell = """
        That was the tour: you have made a model forget, in one step and in thirty. From here: ?unlearn and ?frontier, \
        a loss of your own (?losses), an optimizer of your own (?optimizers), the nine lessons in Examples, which \
        are scripts to read and to run, and :help for all there is.
        """
}
