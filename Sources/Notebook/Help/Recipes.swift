// How to do what people look for by the words that they know: ?freeze, ?resume, ?"save a figure". Tests run the code.

/// Short recipes, found by the words people use.
enum Recipes {
    static let all: [Topic] = [
        Topic(
            "freezing", ["freeze", "frozen", "requires_grad", "fine-tune layers"],
            form: "how to move only some weights",
            """
            start, train and unlearn take trainable=, and what it does not name stays as it is, to the bit: a pattern \
            of names, several between |, a list of layers, or a mask of zeros and ones.
            """,
            [
                """
                m, b = gpt(5, layers=2, width=8, seed=1), batch([[1, 2, 3]])
                t = train(m, b, steps=3, trainable="*.mlp.*")
                d = parameters(t - m)
                norm(d["transformer.wte.weight"]), norm(d["transformer.h.0.mlp.c_fc.weight"]) > 0
                #> [0, true]
                """
            ], seeAlso: ["trainable", "parameters", "train"]),
        Topic(
            "masks", ["mask", "saliency", "sparse", "salun", "prune", "pruning"],
            form: "how to move only the weights that matter",
            """
            A mask is a direction of zeros and ones, and a comparison makes one: where the gradient of what is to be \
            forgotten is large. trainable=mask moves only these. Examples/recipes/saliency-mask.lethe is the whole \
            method.
            """,
            [
                """
                m, b = gpt(5, layers=1, width=8, seed=1), batch([[1, 2, 3]])
                g = grad(m -> nll(m, b), m)
                mask = abs(g) > 2 * norm(g) / sqrt(m.weights)
                norm(mask)^2 < 0.2 * m.weights
                #> true
                """
            ], seeAlso: ["freezing", "grad", "optimizers"]),
        Topic(
            "adapters", ["adapter", "peft", "low-rank", "merge_and_unload", "get_peft_model"],
            form: "how to train few numbers instead of all weights",
            """
            lora(m) puts adapters of low rank beside a model's frozen weights; what gradients and runs then move are \
            these alone. save writes them as peft does, load(folder, base=m) reads them, merge makes a plain model. An \
            adapter of one's own is any record of tensors: base + direction(…) is the model that it stands for.
            """,
            [
                """
                base, b = gpt(5, layers=1, width=8, seed=1), batch([[1, 2, 3]])
                t = train(lora(base, rank=2, targets="c_fc|c_attn"), b, steps=20, optimizer=adamw(lr=1e-2))
                save(t, "/tmp/lethe-example-adapter")
                again = load("/tmp/lethe-example-adapter", base=base)
                [again == t, nll(merge(t), b) < nll(base, b)]
                #> [true, true]
                """,
                """
                base, b = gpt(5, layers=1, width=8, seed=1), batch([[1, 2, 3]])
                name = "transformer.h.0.mlp.c_fc.weight"
                p, s = (A=0.1 * randn(8, 2), B=zeros(2, 32)), none
                def adapted(p) { change = (); change[name] = p.A @ p.B; return base + direction(base, change) }
                for i in range(20) { p, s = adamw(lr=1e-2)(p, grad(p -> nll(adapted(p), b), p), s) }
                nll(adapted(p), b) < nll(base, b)
                #> true
                """,
            ], seeAlso: ["lora", "merge", "direction", "freezing"]),
        Topic(
            "large models",
            ["out of memory", "bf16", "bfloat16", "half precision", "quantize", "8 bit", "load_in_8bit"],
            form: "how to work with a model that hardly fits into memory",
            """
            load(folder, storage="bf16") keeps the weights in two bytes each ("q8": in little more than one) and \
            frozen; such a model answers, is measured, and is the reference of a loss. To change it, put adapters \
            beside it: a run then takes 16 bytes for each of their weights and none for the others. :mem says what \
            each model takes, and what a run of it would. A run that moves every weight with AdamW holds \
            five numbers of four bytes for each: the model that it began with, which is still yours, the weights, the \
            gradient and two averages (a program that writes over what it began with holds four); beside them it has \
            the activations of one term of the loss at a time. adamw(storage="bf16") halves the averages, \
            recompute=true leaves most of the activations out.
            """,
            [
                """
                m, b = llama(50, layers=1, width=32, storage="bf16", seed=1), batch([[1, 2, 3]])
                t = train(lora(m, rank=2), b, steps=10, optimizer=adamw(lr=1e-2))
                [m.storage, nll(t, b) < nll(m, b)]
                #> ["bf16", true]
                """
            ], seeAlso: ["load", "lora", ":mem"]),
        Topic(
            "figures", ["figure", "svg", "picture", "savefig", "export a plot"], form: "how to save a figure",
            """
            Everything that draws takes save=, the name of an SVG file, or with rsvg-convert (librsvg2-bin) a PNG or \
            PDF file; the terminal shows the picture all the same. `:export figure.png` writes the picture shown last.
            """,
            [
                """
                p = plot([3, 1, 2], save="/tmp/lethe-example.svg")
                "svg" in read_text("/tmp/lethe-example.svg")
                #> true
                """
            ],
            seeAlso: ["plot", "frontier", "curves", ":export"]),
        Topic(
            "resuming", ["resume", "continue", "checkpoint", "interrupted", "crash"], form: "how to go on later",
            """
            A training that was stopped goes on by the same call on the model it left; a run by step. :save f.ws keeps \
            the session with all its values, :load goes on with it to the bit. A study with path= goes on by itself.
            """,
            [
                """
                m, b = gpt(5, layers=1, width=8, seed=1), batch([[1, 2, 3]])
                half = train(m, b, steps=10)
                train(half, b, steps=10).log.steps
                #> 20
                """
            ], seeAlso: ["study", "train", "step", ":save", ":load"]),
        Topic(
            "hyperparameters", ["hyperparameter", "grid search", "sweep", "tuning", "learning rate search"],
            form: "how to find a learning rate, and how to compare settings",
            """
            tune tries settings of optimizers with equal budgets and names each one's best where all have kept equally \
            much; study calls a function of yours for every variant of a grid and several seeds.
            """,
            [
                """
                s = study((lr, seed) -> lr * 10 + seed, grid=(lr=[0.1, 1]), seeds=2)
                s["lr=1"].value
                #> 10.5
                """
            ], seeAlso: ["tune", "study", "frontier", "log_range"]),
        Topic(
            "stopping", ["early stopping", "stop early", "until", "callback"], form: "how to stop when it is enough",
            "A run is a value, and stepping it a loop: look at it after each stretch, and stop when it is enough.",
            [
                """
                f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]])
                run = start(gpt(5, layers=1, width=8, seed=1), f, r, optimizer=adamw(lr=1e-2))
                while nll(run.model, f) < 1.7 and run.step < 50 { run = step(run, 5) }
                run.step < 50
                #> true
                """
            ], seeAlso: ["start", "step", "back", "unlearn"]),
        Topic(
            "datasets", ["own data", "jsonl", "dataset", "csv", "load data", "my data"],
            form: "how to bring your own questions",
            """
            question_set takes records with question and answer, as read_json makes of a file of JSON lines; read_csv \
            reads columns; text_set takes documents; batch takes token ids.
            """,
            [
                """
                mine = question_set([(question="Who wrote it?", answer="Nobody."), (question="When?", answer="Never.")])
                mine[1].answer
                #> "Never."
                """
            ], seeAlso: ["question_set", "text_set", "batch", "read_csv", "tofu"]),
        Topic(
            "methods", ["own methods", "custom loss", "custom optimizer", "write my own", "new method", "plugin"],
            form: "how to add a loss, an optimizer, a solver, a metric, an attack",
            """
            Each is a function of a few lines and goes wherever a built-in one goes; Examples/own.lethe has one of \
            each, Examples/recipes newer methods from papers.
            """,
            [
                """
                def worst(m, data) = exp(-min(sequence_nll(m, data)))
                m = gpt(5, layers=1, width=8, seed=1)
                compare(m, on=batch([[1, 2, 3]]), metrics=[worst]).m.worst < 1
                #> true
                """
            ], seeAlso: ["losses", "optimizers", "compare", "attack"]),
        Topic(
            "published",
            [
                "recipe", "recipes", "k-fade", "kfade", "win-u", "winu", "simu", "libu", "task vector", "task vectors",
                "curvature edit", "loss-curvature edit", "dualoptim+", "saliency mask", "representation misdirection",
            ], form: "how published methods are written",
            """
            Examples/recipes has one script each, a few lines of method with what to look at: k-fade, win-u, simu, \
            libu, curvature-edit, dualoptim-plus, rmu, task-vector and saliency-mask. lethe FILE runs one, :play FILE \
            steps through it.
            """,
            [
                """
                base, f = gpt(5, layers=1, width=8, seed=1), batch([[1, 2, 3]])
                vector = train(base, f, steps=1, optimizer=sgd(lr=0.01)) - base
                nll(base - vector, f) > nll(base, f)
                #> true
                """
            ], seeAlso: ["methods", "masks", "losses", "use"]),
        Topic(
            "gpu", ["cuda", "device", "threads", "slow", "faster"], form: "how to make it faster",
            """
            There is no GPU: everything runs on the processors this program may use, see lethe doctor and --threads. \
            Small models leave threads idle, so study and tune run side by side; a smaller batch=, fewer steps= and a \
            slice of the data, qa.retain[::5], are what helps most.
            """,
            ["len(authors().retain[::5])\n#> 108"], seeAlso: ["study", ":time", "clock"]),
        Topic(
            "reproducing", ["reproduce", "reproducible", "deterministic", "same numbers"],
            form: "how to get the same numbers again",
            """
            The same script with the same seed gives the same bits, for any number of threads; --seed, seed(n) and \
            seed=n set it. lethe check f.lethe compares a script with the outputs that it records.
            """,
            ["a = randn(2, seed=3)\nnorm(a - randn(2, seed=3))\n#> 0"], seeAlso: ["random", "seed", ":check"]),
        Topic(
            "memory", ["out of memory", "oom", "ram", "gradient checkpointing", "activation recomputation"],
            form: "how to do with less memory",
            """
            A step's memory grows with batch= and the length of the texts; recompute=true keeps of each block only \
            what goes into it. A run keeps earlier states in memory=, and a study's runs side by side take it several \
            times: workers=1. memory_use says what is taken.
            """,
            ["memory_use().tensors >= 0\n#> true"], seeAlso: ["memory_use", "start", "study"]),
        Topic(
            "planning",
            ["how long", "cost model", "time estimate", "estimate the time", "eta", "scaling", "how many machines"],
            form: "how long something will take, and on how many machines",
            """
            plan takes a few steps of a run in earnest, or calls a function, and says what all of it will cost: time, \
            memory, what ranks under mpirun send each other, and what takes most. It changes nothing of the run.
            """,
            [
                """
                f, r = batch([[1, 2, 3], [2, 3, 4]]), batch([[1, 3, 4], [1, 4, 3]])
                run = start(gpt(5, layers=1, width=8, seed=1), f, r, optimizer=adamw(lr=1e-2))
                one, two = plan(run, 100, seconds=1), plan(run, 100, machines=2, seconds=1)
                [one.traffic, two.ranks]
                #> [0, 2]
                """
            ], seeAlso: ["plan", "study", ":time", ":mem"]),
        Topic(
            "intervals",
            ["confidence intervals", "confidence interval", "error bars", "significance", "seeds", "statistics"],
            form: "how sure a result is",
            """
            One seed says little. study repeats a function over seeds and gives means with 95 % intervals; frontier \
            and band draw runs over seeds with their spread.
            """,
            [
                "s = study((a, seed) -> a + seed, grid=(a=[1]), seeds=3)\nround(s[0].value_high - s[0].value, 2)\n#> 2.48"
            ],
            seeAlso: ["study", "frontier", "band", "ks_test"]),
    ]
}
