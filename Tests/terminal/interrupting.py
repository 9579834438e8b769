"""Ctrl-C while something computes."""

import os
import signal
import time

import pexpect

from harness import equal, in_folder, Lethe, ms, shell, test


def interrupted(line, seconds=0.4, setup=()):
    lethe = Lethe()
    lethe.prompt()
    for cell in setup:
        lethe.run(cell)
    lethe.keys(line + "\r")
    lethe.computes(seconds)
    took, text = lethe.interrupt()
    assert "interrupted" in text, text
    equal(lethe.run("1 + 1"), "2")
    lethe.close()
    return took


@test
def bar_10_ctrl_c_in_a_loop():
    return f"prompt back in {ms(interrupted('for i in range(10^9) { x = i }'))}, bar 200 ms"


@test
def bar_10_ctrl_c_in_a_while_loop_and_a_function():
    took = interrupted("f(10^9)", setup=["def f(n) { s = 0; while s < n { s = s + 1 }; return s }"])
    return f"prompt back in {ms(took)}, bar 200 ms"


@test
def bar_10_ctrl_c_in_matrix_products():
    took = interrupted("while true { b = a @ a }", setup=["a = randn(2000, 2000);"])
    return f"prompt back in {ms(took)}, bar 200 ms"


@test
def bar_10_ctrl_c_in_hessian_vector_products():
    model = ["m = gpt(200, layers=4, width=256, heads=4);", "b = batch([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]])"]
    took = interrupted("while true { h = hvp(m -> nll(m, b), m, v) }", setup=model + ["v = grad(m -> nll(m, b), m);"])
    return f"prompt back in {ms(took)}, bar 200 ms"


@test
def bar_10_ctrl_c_in_conjugate_gradients():
    model = ["m = gpt(200, layers=4, width=256, heads=4);", "b = batch([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]])"]
    lethe = Lethe()
    lethe.prompt()
    for cell in model + ["g = grad(m -> nll(m, b), m);"]:
        lethe.run(cell)
    lethe.keys("x = cg(v -> ggnvp(m -> nll(m, b), m, v) + 0.1 * v, g, steps=100000, tolerance=0)\r")
    lethe.computes(0.5)
    took, text = lethe.interrupt()
    assert "interrupted" in text, text
    assert "iterations" in text, text
    equal(lethe.run("norm(x) > 0"), "true")  # what it had
    # The rest of the statement completes.
    lethe.keys("once = m + 0.1 * cg(v -> ggnvp(m -> nll(m, b), m, v) + 0.1 * v, g, steps=100000, tolerance=0)\r")
    lethe.computes(0.5)
    lethe.interrupt()
    equal(lethe.run("norm(once - m) > 0"), "true")
    lethe.close()
    return f"prompt back in {ms(took)}, bar 200 ms"


@test
def bar_10_ctrl_c_in_plots():
    took = interrupted("while true { p = plot(x) }", seconds=0.7, setup=["x = randn(10^7);"])
    return f"prompt back in {ms(took)}, bar 200 ms"


@test
def bar_10_ctrl_c_while_a_big_file_is_read():
    def prepare(folder):
        with open(os.path.join(folder, "big.txt"), "w") as file:
            for start in range(0, 2_000_000, 1000):
                file.write("".join(f"line number {start + i} with some words\n" for i in range(1000)))
    folder = in_folder(prepare)
    worst = 0
    for line in ['while true { d = load("big.txt") }', 'while true { d = read_csv("big.txt") }']:
        lethe = Lethe(home=folder)
        lethe.prompt()
        lethe.keys(line + "\r")
        lethe.computes(0.4)
        took, text = lethe.interrupt()
        assert "interrupted" in text, text
        worst = max(worst, took)
        equal(lethe.run("1 + 1"), "2")
        lethe.close()
    return f"prompt back in {ms(worst)}, bar 200 ms"


@test
def bar_10_ctrl_c_in_work_that_polls_for_itself():
    worst = 0
    for line in [
        "a = randn(5000, 5000) @ randn(5000, 5000)", "x = sort(map(range(10^7), i -> 1 - i % 97))", "x = [0] * 10^8",
        "x = sum(range(10^12))", "x = unique(map(range(10^7), i -> [i]))", "m = gpt(100000, layers=24, width=1024, heads=16)",
        't = tokenizer(map(range(10^5), i -> "the {i} of {i^2} and {i^3}"), size=50000)', "x = shuffle(range(10^8))",
        "x = repr(map(range(10^7), i -> i / 3))", 'x = contains_words("ab cd " * 10^8)', "x = quantile(rand(5 * 10^7), 0.3)",
        "x = topk(rand(5 * 10^7), 5)", "x = latex(table(a=range(10^7)))", 't = text_set(["ab " * 10^8]); while true { x = "{t}" }',
    ]:
        worst = max(worst, interrupted(line))
    return f"prompt back in {ms(worst)}, bar 200 ms"


@test
def too_much_is_refused_not_fatal():
    lines = [
        "x = [0] * 10^12", '"a" * 10^12', "randn(10^12)", "range(10^12) + [1]", "x = range(10^12); x[0] = 1",
        "zeros(10^6, 10^6)", "tensor(range(10^12))", "to_list(range(10^12))", "gpt(10^7, width=10^6, layers=1000)",
        "def f(n) = f(n + 1) + 1\nf(0)", "s = \"ab\"\nwhile true { s = s + s }", "range(10^300)", "[1][10^300]",
    ]
    for line in lines:
        status, out, err = shell("ulimit -v 16000000; lethe -", input=line.encode())
        assert status == 1 and "error: " in err, (line, status, err)


@test
def ctrl_c_keeps_what_a_loop_did():
    lethe = Lethe()
    lethe.prompt()
    lethe.keys("x = 0; while true { x = x + 1 }\r")
    lethe.computes(0.4)
    lethe.interrupt()
    equal(lethe.run("x > 10"), "true")
    lethe.close()


@test
def ctrl_c_in_a_script():
    lethe = Lethe("-e", "while true { x = 1 }")
    lethe.computes(1)
    lethe.child.send("\x03")
    lethe.child.expect(pexpect.EOF)
    lethe.child.close()
    equal(lethe.child.exitstatus, 130)


@test
def a_terminated_prompt_leaves_quietly():
    lethe = Lethe()
    lethe.prompt()
    lethe.child.kill(signal.SIGTERM)
    lethe.child.expect(pexpect.EOF)
    lethe.child.close()
    equal(lethe.child.exitstatus, 143)


@test
def bar_10_ctrl_c_in_one_call_of_lapack():
    lethe = Lethe()
    lethe.prompt()
    lethe.run("a = randn(2200, 2200, seed=1); s = a + a.T; w = randn(4000, 4000, seed=2);")
    slowest = 0
    for work in ["svd(a)", "eigh(s)", "eigh(s).values", "inv(w)", "det(randn(6000, 6000, seed=3))",
                 "cholesky(7 * eye(8000))", "eigenvalues(s)"]:
        # A copy of the process computes: its own does not.
        lethe.keys(f"{work}\r")
        time.sleep(0.6)
        took, text = lethe.interrupt()
        assert "interrupted" in text, (work, text)
        slowest = max(slowest, took)
    # What copies find is what the process itself would.
    lethe.run("b = s[:700, :700] + 80 * eye(700); c = b @ b.T; e = eigh(b)")
    equal(lethe.run("norm(inv(b) @ b - eye(700)) < 1e-2"), "true")
    equal(lethe.run("norm((e.vectors * e.values) @ e.vectors.T - b) < 1e-3 * norm(b)"), "true")
    equal(lethe.run("l = cholesky(c); norm(l @ l.T - c) < 1e-3 * norm(c)"), "true")
    assert "singular" in lethe.run("inv(ones(1000, 1000))")
    took = slowest
    equal(lethe.run("abs(norm(svd(randn(450, 420, seed=1)).values) - norm(randn(450, 420, seed=1))) < 0.01"), "true")
    lethe.close()
    return f"prompt back in {ms(took)}, bar 200 ms"
