"""Texts and lists too long to be quick: Ctrl-C ends the work on them, and memory that is not there is refused."""

import os

from harness import Lethe, equal, shell, test

LONG = ['b = " " * 160000000;', 'a = "a" * 160000000;', 'u = "é" * 80000000;', 'w = "the cat " * 20000000;']
WORK = [
    'trim("x" + b)', 'replace(a, "a", "bb")', "a[::-1]", "u[::-1]", "u[::3]", "rouge(w, w)", "split_words(w)", 'split_words(w, " ")',
    "upper(a)", "lower(u)", 'contains(a, "a" * 1000 + "b")', 'replace(a, "aaaaaab", "x")', 'to_number(b + "1")', "repr(a)", "len(repr(w))",
]


@test
def ctrl_c_in_work_on_long_strings():
    lethe = Lethe()
    lethe.prompt()
    for cell in LONG:
        lethe.run(cell)
    worst = 0
    for line in WORK:
        # For ever, so that the key comes while it works.
        lethe.keys(f"while true {{ y = {line} }}\r")
        lethe.computes(0.15)
        before = lethe.computed()
        lethe.interrupt()
        computed = lethe.computed() - before
        # What is deaf takes far longer; memory given back counts, too.
        assert computed < 2, f"{line} went on computing for {computed:.2f} s"
        worst = max(worst, computed)
    equal(lethe.run("1 + 1"), "2")
    lethe.close()
    return f"at most {worst * 1000:.0f} ms of computing after the key"


@test
def results_doubled_sixty_times_are_shown_and_stored():
    lethe = Lethe()
    lethe.prompt()
    lethe.run("1")
    for line in ["out", "[out[-1], out[-1]]"]:
        for _ in range(60):
            assert "error" not in lethe.run(line)
    before = lethe.computed()
    assert "saved" in lethe.run(":save o.ws")
    assert "error" not in lethe.run(":who") + lethe.run(":mem")
    equal(lethe.run("x = out[-1]; y = out[-1]; x == y"), "true")
    assert "loaded" in lethe.run(":load o.ws")
    assert lethe.run("out").startswith("[")
    assert "shares parts" in lethe.run('write_json(out, "o.json")') and not os.path.exists(lethe.home + "/o.json")
    assert lethe.computed() - before < 20, lethe.computed() - before
    equal(lethe.end(), 0)


@test
def environment_growth_one_at_a_time_is_refused():
    grow = "while true { x = x + %s }"
    for text in [
        "x = []; " + grow % "[[1]]", 'x = []; ' + grow % '["a string of some length"]', "x = []; " + grow % "[(a=1, b=2)]",
        "x = []; i = 0; " + grow % "[y -> y + i]", "x = []; " + grow % "[randn(10)]", 'x = split_words("a " * 100000000)',
        'x = split_words("a,a," * 50000000, ",")', "x = filter(i -> i % 2 == 0, range(10^8))", 'x = map(i -> "k{i}", range(10^8))',
        'x = ""; y = "abcdefgh" * 100000; ' + grow % "y",
    ]:
        status, out, err = shell(f"ulimit -v 1000000; lethe --threads 1 -e '{text}'", timeout=600)
        assert status == 1 and "error: " in err and ("memory" in err or "too long" in err), (text, status, out, err[-500:])
