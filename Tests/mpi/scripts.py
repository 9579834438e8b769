"""Scripts whose outputs must have the same bits on any number of ranks: their name, and what they do."""

# What all begin with: few examples, so that pieces do not divide evenly among ranks.
DATA = """\
qa = authors()
base = load("authors")
f, r = qa.forget[0:6], qa.retain[0:12]
def bits(m) = [repr(norm(m - base)), repr(sum((m - base) * 1000)), repr(nll(m, r))]
"""

LOSSES = """\
for loss in [graddiff(retain_weight=2), npo(beta=0.1), simnpo, ga_kl, dpo, rmu, wga, undial, satimp, random_label, pdu] {
  u = unlearn(base, f, r, loss=loss, optimizer=adamw(lr=1e-4), steps=2, batch=10)
  print(bits(u)); print(u.log.loss |> repr)
}
"""

OPTIMIZERS = """\
for optimizer in [sgd(lr=1e-3), sophia(lr=1e-4), adahessian(lr=1e-4), muon(lr=1e-4), shampoo, newton_cg, lbfgs,
    zeroth_order, dualoptim, sam(sgd(lr=1e-3)), natural_gradient, soul_released] {
  u = unlearn(base, f, r, optimizer=optimizer, steps=2, batch=10)
  print(bits(u)); print(u.log.loss |> repr)
}
"""

TRAINING = """\
t = train(base, qa.forget[0:10], steps=3, batch=7, optimizer=adamw(lr=1e-4), accumulate=2)
print(bits(t))
run = start(base, f, r, loss=npo, optimizer=sophia(lr=1e-4))
run = step(run, 3)
print(bits(run.model)); print(bits(back(run, 1).model))
explain(run)
frontier(run, steps=4)
"""

OWN = """\
def mine(m, f, r) = nll(m, r) + mean(relu(4 - token_nll(m, f)))
def halves(m, f, r) = (forget=-nll(m, f), retain=nll(m, r))
def plain(m, g, s=(v=0), lr=0.01) { s.v = 0.9 * s.v + g; return m - lr * s.v, s }
print(bits(unlearn(base, f, r, loss=mine, optimizer=plain, steps=2)))
print(bits(unlearn(base, f, r, loss=halves, optimizer=plain, steps=2, accumulate=3)))
print(repr(norm(per_example(base, r))))
g = grad(m -> nll(m, r), base)
print(repr(norm(g)))
print(repr(norm(hvp(m -> nll(m, r), base, g))), repr(norm(ggnvp(m -> nll(m, r), base, g))))
print(repr(grad(x -> norm(grad(m -> nll(m, f), base + x * g)), 0.1)))
"""

INFLUENCE = """\
for inverse in [cg(steps=5), ekfac(), kfac(), woodfisher(examples=8)] {
  u = influence(base, f, r, inverse=inverse)
  print(bits(u))
}
print(repr(influence_scores(base, r, f[0:2])))
"""

EVALUATION = """\
u = unlearn(base, f, r, optimizer=adamw(lr=1e-3), steps=2)
compare(base, u, on=(forget=f, retain=r))
print(generate(u, qa.forget[0:20] |> map(q -> q.question)))
print(sample(base, "The", n=3, most=5, seed=3))
print(repr(kl(u, r, reference=base)))
"""

STUDY = """\
def once(lr, seed) {
  u = unlearn(base, f, r, optimizer=adamw(lr=lr), steps=2, batch=6, seed=seed)
  print("lr", lr, "seed", seed)
  return (forget=nll(u, f), retain=nll(u, r))
}
s = study(once, grid=(lr=[1e-4, 1e-3, 1e-2]), seeds=2, path="study.jsonl")
s
print(s.rows |> map(row -> row.seconds > 0))
one = study(once, grid=(lr=[1e-3]))
print(repr(s.rows |> map(row -> row.forget)))
def shared(x) = study(lr -> nll(unlearn(base, f, r, optimizer=sgd(lr=lr), steps=1, batch=6), f), grid=(lr=[1e-3, 1e-2]), path="inner.jsonl").rows[1].value + x
print(repr(study(shared, grid=(x=range(4)), path="outer.jsonl").rows |> map(row -> [row.value, row.error])))
"""

# Runs that ranks do together, two or more each: with what they print, write, ask themselves, and fail at.
TEAMS = """\
def once(lr, seed) {
  u = unlearn(base, f, r, optimizer=adamw(lr=lr), steps=2, batch=6, seed=seed)
  print("lr", lr, "seed", seed, repr(randn()))
  write_json([lr, seed], "lr-{lr}-{seed}.json")
  if lr == 1e-2 and seed == 1 { error("too fast") }
  return (forget=nll(u, f), retain=nll(u, r), read=read_json("lr-{lr}-{seed}.json")[0])
}
s = study(once, grid=(lr=[1e-4, 1e-3, 1e-2]), seeds=2, path="teams.jsonl", ranks=2)
s
print(s.rows |> map(row -> row.seconds > 0))
print(repr(s.rows[:5] |> map(row -> row.forget)))
def nested(lr) {
  inner = study(x -> nll(unlearn(base, f, r, optimizer=sgd(lr=x), steps=1, batch=6), f), grid=(x=[lr, 2 * lr]), ranks=2)
  return inner.rows[1].value + (try { nll(base, []) } catch e { 0 })
}
study(nested, grid=(lr=[1e-3, 1e-2]), ranks=2)
tune(base, f, r, optimizer=[adamw, sgd], lr=[1e-4, 1e-3], budget=6, batch=6, ranks=2)
big = gpt(1000, layers=1, width=576, seed=1)
b = batch([[1, 2, 3, 4], [5, 6, 7, 8], [9, 1, 4, 2], [3, 3, 5, 1], [8, 9, 2, 2]])
def large(lr) {
  t = train(big, b, steps=2, batch=5, optimizer=adamw(lr=lr))
  return (norm=norm(t - big), again=nll(train(t, b, steps=1, batch=5, optimizer=adamw(lr=lr)), b))
}
w = study(large, grid=(lr=[1e-3, 1e-2, 1e-1]), ranks=2)
print(repr(w.rows |> map(row -> [row.norm, row.again])))
print(bits(base))
"""

FILES = """\
write_json([1, 2, 3], "a.json")
print(read_json("a.json"))
save(base, "model")
print(bits(load("model")))
t = now(); write_text("{t}", "time.txt"); print(read_text("time.txt") == "{t}")
print(try { write_text("x", "no/such/folder") } catch e { e.message })
print(try { nll(base, []) } catch e { e.message })
print(try { unlearn(base, f, r, loss=(m, f, r) -> error("mine"), steps=1) } catch e { e.message })
!echo hello > shell.txt
print(read_text("shell.txt"))
late = 0
write_text("0", "turn.txt")
for i in range(300) {
  if to_number(read_text("turn.txt")) != i { late = late + 1 }
  write_text("{i + 1}", "turn.txt")
}
print(bits(unlearn(base, f, r, optimizer=sgd(lr=1e-3 * (1 + late)), steps=2, batch=6)))
"""

PLANS = """\
run = start(base, f, r, optimizer=sophia(lr=1e-4, k=2))
one, two = plan(run, 10, machines=1, seconds=3), plan(run, 10, machines=2, seconds=3)
print([one.traffic, two.traffic > 0, two.ranks, two.fits, two.seconds < one.seconds * 3])
some = plan(() -> influence(base, f, r, inverse=cg(steps=3)), machines=3, seconds=20)
print([some.ranks, some.low < some.high, some.step_traffic == some.traffic])
print(bits(step(run, 2).model)); print(randn(3, seed=1))
big = gpt(1000, layers=1, width=576, seed=1)
b = batch([[1, 2, 3, 4], [5, 6, 7, 8], [9, 1, 4, 2], [3, 3, 5, 1], [8, 9, 2, 2]])
large = step(start(big, b, b, optimizer=adamw(lr=1e-3), memory=1), 1)
plans = [1, 2, 3] |> map(n -> plan(large, 3, machines=n, seconds=3))
print([plans[0].memory > plans[1].memory, plans[1].memory > plans[2].memory])
print(plans[2].traffic > plans[1].traffic)
"""

# So many weights that ranks divide what an optimizer remembers.
SHARDED = """\
big = gpt(1000, layers=1, width=576, seed=1)
f = batch([[1, 2, 3, 4], [5, 6, 7, 8], [9, 1, 4, 2], [3, 3, 5, 1], [8, 9, 2, 2]])
r = batch([[2, 2, 3, 5], [7, 1, 7, 2], [4, 1, 1, 2], [6, 8, 5, 1], [9, 9, 1, 2], [1, 6, 1, 8], [3, 4, 2, 7]])
def bits(m) = [repr(norm(m - big)), repr(sum((m - big) * 1000)), repr(nll(m, r))]
for optimizer in [sgd(lr=1e-2, momentum=0.9), adagrad, rmsprop, adam, adamw(lr=1e-3, storage="bf16"), lion, sign_sgd,
    sophia(lr=1e-3, k=2), sophia(lr=1e-3, rho="auto"), soul_released, adahessian, clipped(adamw, norm=0.1),
    scheduled(adamw), decayed(lion), alternate(adam, lion, every=1), muon] {
  u = unlearn(big, f, r, optimizer=optimizer, steps=3, batch=6)
  print(bits(u)); print(u.log.loss |> repr)
}
t = train(big, f, steps=2, optimizer=adamw(lr=1e-3), batch=5)
print(bits(train(t, f, steps=2, optimizer=adamw(lr=1e-3), batch=5)))
print(bits(unlearn(big, f, r, optimizer=sophia(lr=1e-3), steps=3, trainable="*mlp*", clip_norm=0.5)))
run = step(start(big, f, r, optimizer=sophia(lr=1e-3)), 3)
explain(run)
print(bits(back(run, 2).model)); print(bits(step(back(run, 2), 2).model))
:save run.ws
print(bits(step(run, 2).model))
:load run.ws
print(bits(step(run, 2).model)); print(bits(train(t, f, steps=1, optimizer=adamw(lr=1e-3), batch=5)))
"""

# A state in parts is out of reach of one rank, and said to be.
SHARDED_IN_STUDY = """\
big = gpt(1000, layers=1, width=576, seed=1)
f = batch([[1, 2, 3, 4], [5, 6, 7, 8], [9, 1, 4, 2], [3, 3, 5, 1], [8, 9, 2, 2]])
t = train(big, f, steps=1, optimizer=adamw(lr=1e-3))
s = study(steps -> nll(train(t, f, steps=steps, optimizer=adamw(lr=1e-3)), f), grid=(steps=[1, 2]))
print(s.rows[0].error)
print(study(steps -> nll(train(big, f, steps=steps, optimizer=adamw(lr=1e-3)), f), grid=(steps=[1, 2])))
"""

# Numbers that hang on where a batch is cut, and a budget of gradients.
LIKE_ONE = """\
for term in [(m, b) -> nll(m, b), (m, b) -> sum(token_nll(m, b)), (m, b) -> max(token_nll(m, b))] {
  u = unlearn(base, f, r, loss=graddiff(retain=term), optimizer=sgd(lr=1e-3), steps=2, batch=10)
  print(map(u.log.loss, x -> "{x:.5g}"))
}
u = unlearn(base, f, r, loss=npo(released=true), optimizer=sgd(lr=1e-3), steps=2, batch=10)
print(map(u.log.loss, x -> "{x:.5g}"))
t = tune(base, f, r, optimizer=adamw, lr=[1e-4, 3e-4], budget=6, batch=10, most=10)
print(map(t.tries, w -> [w.steps, w.gradients, "{w.forgotten:.4g}"]))
"""

# What pieces of shared work take in, whichever rank does them: files, the clock; and a study within a piece.
TAKEN_IN = """\
m = gpt(9, layers=1, width=8, seed=1)
b = batch([[1,2,3,4],[5,6,1],[3,3,3,3,3],[2,6,2]])
def first(f) = f.ids[0][0]
def timed(m, f, r) { if first(f) == 3 { t = clock() }; return nll(m, f) }
def reading(m, f, r) = read_json("w{first(f)}.json") * nll(m, f)
def begin(loss, n) = train(m, b, loss=loss, accumulate=4, batch=1, optimizer=sgd(lr=0.1), seed=1, steps=n)
def further(t, loss, n) = train(t, b, loss=loss, accumulate=4, batch=1, optimizer=sgd(lr=0.1), seed=1, steps=n)
for w in [1,2,3,5] { write_json(1, "w{w}.json") }
t = further(begin(timed, 3), timed, 3)
print(t.log.steps, repr(nll(t, b)), repr(nll(m - (1 + further(begin(timed, 3), timed, 0).log.steps) * grad(x -> nll(x, b), m), b)))
run = step(start(m, b, b, loss=timed, accumulate=4, batch=1, optimizer=sgd(lr=0.1), seed=1, memory=1), 3)
print(try { repr(nll(back(run, 1).model, b)) } catch e { e.message })
run = step(start(m, b, b, loss=reading, accumulate=4, batch=1, optimizer=sgd(lr=0.1), seed=1), 2)
:save taken.ws run
t = begin(reading, 3)
s = study(lr -> nll(begin(reading, 1), b) + lr, grid=(lr=[1, 2]), seeds=[1], path="s.jsonl", ranks=2)
print(map(l -> sort(keys(l.files)), read_json("s.jsonl")[1:]))
s = study(lr -> nll(begin(reading, 1), b) + lr, grid=(lr=[1]), seeds=[1], path="one.jsonl")
print(map(l -> sort(keys(l.files)), read_json("one.jsonl")[1:]))
write_json(5, "w3.json")
print(try { repr(nll(step(run, 1).model, b)) } catch e { e.message })
print(try { repr(nll(back(run, 1).model, b)) } catch e { e.message })
:load taken.ws
print(try { repr(nll(step(run, 1).model, b)) } catch e { e.message })
print(map(r -> r.value, study(lr -> further(t, reading, 2).log.steps + 0 * lr, grid=(lr=[1, 2, 3, 4])).rows))
def inner(m, f, r) = nll(m, f) * study(a -> a, grid=(a=[1, 2])).rows[1].value
print(repr(nll(begin(inner, 2), b)))
"""

ALIKE = {
    "losses": LOSSES, "optimizers": OPTIMIZERS, "training": TRAINING, "own": OWN, "influence": INFLUENCE,
    "evaluation": EVALUATION, "study": STUDY, "teams": TEAMS,
    "files": FILES, "what pieces take in": TAKEN_IN, "plans": PLANS, "sharded": SHARDED,
}

# A rank that alone comes to another place of the script, and one that fails alone.
WRITES_IN_STUDY = """\
m = gpt(9, layers=1, width=16, seed=1)
b = batch([[1,2,3,4],[5,6,1],[3,3,3,3,3],[2,6,2]])
def mine(m, f, r) {{ write_text("1", "factor.txt"); return nll(m, f) }}
def once(lr) = nll(train(m, b, loss=mine, steps=1, accumulate=4, batch=4, optimizer=sgd(lr=lr), seed=1), b)
found = study(once, grid=(lr=map(i -> 0.1 * (i + 1), range({rows}))), seeds=[1], ranks={together})
for row in found.rows {{ print(row.error[0:39]) }}
# The runs themselves may write.
def writes(lr) {{ write_text("1", "run-{{lr}}.txt"); return lr }}
def planned() = study(writes, grid=(lr=[1, 2]), seeds=[1]).failed
print(if plan(planned, seconds=1).seconds > 0 and len(planned()) == 0 {{ "written" }})
"""
# A setting from a file that may be missing.
CATCHES = """\
m = gpt(100, layers=1, width=16, seed=1)
b = batch([[1, 2, 3], [4, 5, 6], [1, 1], [2, 2], [3, 3]])
lr = try { read_json("cfg.json").lr } catch e { 0.01 }
print(repr(nll(train(m, b, steps=3, optimizer=sgd(lr=lr)), b)))
"""
CATCHES_IN_LOSS = """\
m = gpt(100, layers=1, width=16, seed=1)
b = batch([[1, 2, 3], [4, 5, 6], [1, 1], [2, 2], [3, 3]])
def mine(m, f, r) = (try { read_json("cfg.json").lr } catch e { 0.5 }) * nll(m, f)
print(repr(nll(train(m, b, steps=3, loss=mine, accumulate=4), b)))
"""
# A loss that prints, in a training, in a run, and in a run of a study, on one rank and on a team.
SAYS = """\
m = gpt(9, layers=1, width=16, seed=1)
b = batch([[1,2,3,4],[5,6,1],[3,3,3,3,3],[2,6,2]])
def mine(m, f, r) { print(f.ids); return nll(m, f) }
train(m, b, loss=mine, steps=1, accumulate=4, batch=4, seed=1);
step(start(m, b, b, loss=mine, accumulate=4, batch=4, seed=1), 1);
study(lr -> nll(train(m, b, loss=mine, steps=1, accumulate=4, batch=4, optimizer=sgd(lr=lr), seed=1), b), grid=(lr=[0.1]), seeds=[1]);
"""
RANK = 'rank = if contains(read_text("/proc/self/environ"), "OMPI_COMM_WORLD_RANK=1") { 1 } else { 0 }\n'
DIVERGES = DATA + RANK + "print(1)\nif rank == 1 { nll(base, qa.retain) } else { generate(base, qa.forget |> map(q -> q.question)) }\n"
FAILS_ALONE = DATA + RANK + 'if rank == 1 { error("only here") }\nunlearn(base, f, r, steps=3)\n'
FAILS_IN_TEAM = DATA + """\
guilty = contains(read_text("/proc/self/environ"), "OMPI_COMM_WORLD_RANK=3")
def once(lr) {
  if guilty { error("only here") }
  return nll(unlearn(base, f, r, optimizer=adamw(lr=lr), steps=2, batch=6), f)
}
print(try { study(once, grid=(lr=[1e-4, 2e-4, 3e-4, 4e-4]), ranks=2); 1 } catch e { e.message })
"""
FAILS_LAST = RANK + 'if rank == 1 { error("only at the end") }\n'
# A model that only fits where what it began with is set aside.
ASIDE = """\
big = gpt(50000, layers=1, width=1440, seed=1)
f = batch([[1, 2, 3, 4], [5, 6, 7, 8], [9, 1, 4, 2], [3, 3, 5, 1], [8, 9, 2, 2]])
t = train(big, f, steps=3, optimizer=adamw(lr=1e-3), batch=5)
aside = contains(read_text("/proc/self/maps"), "(deleted)")
print(repr(norm(t - big)), repr(nll(t, f)))
print(aside)
print(repr(nll(big, f)), repr(norm(t - big)))
"""
LONG_TEAMS = DATA + """\
print(study(lr -> nll(unlearn(base, qa.forget, qa.retain, optimizer=adamw(lr=lr), steps=100000, batch=12), f),
  grid=(lr=[1e-4, 2e-4, 3e-4]), ranks=2))
"""
LONG = DATA + "u = unlearn(base, qa.forget, qa.retain, steps=100000, batch=12)\nprint(1)\n"
