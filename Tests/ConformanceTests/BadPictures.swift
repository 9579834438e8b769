// Bad input to what draws.

/// A small model and data, as the programs below know them.
private let model =
    "m = gpt(7, layers=1, width=8, heads=2, context=8, seed=3); f = batch([[1, 2, 3]]); r = batch([[3, 2, 1]])\n"

let badPictures: [BadInput] = [
    BadInput(
        "plot: an empty part", "plot([1, 2], x=[2, 1])", "`x` of `plot` must go from a smaller to a larger number"),
    BadInput(
        "plot: half a part", "plot([1, 2], x=3)", "`x` of `plot` must be a list of two numbers", "write x=[-1, 1]"),
    BadInput(
        "plot: below a logarithmic axis", "plot([1, 2], log=\"y\", y=[-1, 2])", "must lie above 0 on a logarithmic axis"
    ),
    BadInput(
        "plot: a style it does not know", "plot([1, 2], style=\"dots\")",
        "`style` of `plot` must be \"lines\" or \"points\""),
    BadInput(
        "plot: into a folder that is not there", "plot([1], save=\"{here}/no/x.svg\")",
        "`save` of `plot` must be a file in a folder that exists"),
    BadInput(
        "plot: another kind of file", "plot([1], save=\"{here}/x.gif\")",
        "must be the name of an SVG, PNG or PDF file", "x.svg\""),
    BadInput("band: one curve", "band([1, 2, 3])", "each a list of numbers; this is one curve"),
    BadInput(
        "band: too few places", "band([[1, 2], [2, 3]], places=[1])", "`places` of `band` has 1 numbers for curves of 2"
    ),
    BadInput("band: a word", "band([[1, 2], [\"a\"]])", "number 2 is a list of 1"),
    BadInput("histogram: nothing finite", "histogram([nan])", "nothing to count: there is no finite number"),
    BadInput("histogram: half a bin", "histogram([1, 2], bins=2.5)", "`bins` of `histogram` must be a whole number"),
    BadInput(
        "histogram: logarithmic counts", "plot(histogram([1, 2]), log=\"y\")", "counts start at 0",
        "leave out log=\"y\""),
    BadInput("heatmap: a list", "heatmap([1, 2])", "row 0 is 1"),
    BadInput("heatmap: rows of different length", "heatmap([[1, 2], [3]])", "row 0 has 2 numbers, row 1 has 1"),
    BadInput("contour: no function", "contour(3)", "must be a function of a point [x, y], such as rosenbrock"),
    BadInput("contour: somewhere", "contour(p -> p[0])", "which part of the plane", "write x=[-1, 1], y=[-1, 1]"),
    BadInput(
        "contour: not one number", "contour(p -> p, x=[-1, 1], y=[-1, 1])",
        "must return one number for a point of the plane; it returned a tensor [2]"),
    BadInput("contour: nowhere finite", "contour(p -> p[0] / 0, x=[-1, 1], y=[-1, 1])", "is finite nowhere"),
    BadInput("contour: levels", "contour(rosenbrock, levels=0)", "`levels` of `contour` must be at least 1"),
    BadInput("contour: paths", "contour(rosenbrock, paths=[1, 2, 3])", "must be lists of [x, y] pairs"),
    BadInput("race: nobody", "race([])", "`race` needs optimizers", "adam(lr=0.1)"),
    BadInput("race: not an optimizer", "race([sin])", "`sin` is not an optimizer"),
    BadInput("race: nowhere", "race([adam(lr=0.1)], on=p -> sum(p^2))", "where to start", "write start=[1, 1]"),
    BadInput(
        "race: a start that is none", "race([adam(lr=0.1)], start=[1, nan])",
        "`start` of `race` must be a point [x, y] of finite numbers"),
    BadInput("race: no step", "race([adam(lr=0.1)], steps=0)", "`steps` of `race` must be at least 1"),
    BadInput(
        "race: an optimizer that returns a number", "race([(p, g) -> 3], steps=1)",
        "optimizer 1 must return a point and a state"),
    BadInput("race: names", "race([adam, adam], names=[\"a\"])", "has 1 names for 2 optimizers"),
    BadInput(
        "a bowl that is none", "quadratic([1, 1], cond=0)", "`cond` of `quadratic` must be a number of at least 1"),
    BadInput("a point in space", "rosenbrock([1, 2, 3])", "must be a list or tensor of two numbers"),
    BadInput("frontier: nothing", "frontier()", "at least one run", "start(base, forget, retain"),
    BadInput("frontier: a model", "frontier(gpt(5, layers=1, width=8))", "at least one run"),
    BadInput(
        "frontier: nothing to keep", model + "frontier(start(m, f, loss=ga, optimizer=sgd(lr=0.1)))",
        "the run has no retain data", "on=(forget=f, retain=r)"),
    BadInput(
        "frontier: one measure", model + "frontier(start(m, f, r, optimizer=sgd(lr=0.1)), on=(f=f))",
        "a record of two sets of examples or functions of a model"),
    BadInput(
        "frontier: a measure that is none",
        model + "frontier(start(m, f, r, optimizer=sgd(lr=0.1)), on=(f=f, words=m -> \"a\"), steps=2)",
        "`words` of `on` must give one number"),
    BadInput("curves: an untrained model", model + "curves(m)", "this model has no log"),
    BadInput(
        "curves: before the first step", model + "curves(start(m, f, r))", "has taken no step yet", "step(run, 20)"),
    BadInput(
        "curves: another quantity", model + "curves(train(m, f, steps=2), log=[\"los\"])",
        "names \"los\", which was not logged"),
    BadInput("layers: a model", model + "layers(m)", "`run` of `layers` must be a run"),
]
