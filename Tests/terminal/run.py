#!/usr/bin/env python3
"""The prompt and the command line, tried as a person would: run.py PROGRAM [part of a test's name]."""

import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

import pexpect

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import PROGRAM, TIMEOUT, Lethe, Screen, Skip, content, environment, equal, name_list, plain, run_all, shell, test
import exports  # noqa: F401, tests register themselves
import sessions  # noqa: F401
import workspaces  # noqa: F401

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scripts")
UP, DOWN = "\x1b[A", "\x1b[B"


def paste(text):
    return f"\x1b[200~{text}\x1b[201~"


def ms(seconds):
    return f"{seconds:.0f} ms"


# MARK: Starting


@test
def bar_1_start():
    times = []
    for _ in range(3):
        lethe = Lethe()
        banner = lethe.prompt()
        times.append((time.monotonic() - lethe.started) * 1000)
        lines = banner.strip().splitlines()
        assert len(lines) <= 3, banner
        assert "Lethe 0.1" in banner and "seed 0" in banner and "OpenBLAS" in banner, banner
        assert "\x1b[6n" not in lethe.raw and "\x1b[c" not in lethe.raw, "the terminal was queried"
        equal(lethe.number, 1)
        equal(lethe.end(), 0)
    return f"first prompt {ms(min(times))}, bar 100 ms"


@test
def a_results_start_of_a_single_expression():
    times = []
    for _ in range(5):
        start = time.monotonic()
        equal(shell("lethe -e '1+1'")[:2], (0, "2\n"))
        times.append((time.monotonic() - start) * 1000)
    return f"with its shell {ms(min(times))}, bar 60 ms"


# MARK: Cells, editing, history


@test
def bar_5_cells_of_several_lines():
    screen = Screen()
    try:
        screen.wait(lambda s: s.endswith("1>"))
        for line in ["def f(x) {", "x + 1", "}"]:
            screen.type(line)
            screen.press("Enter")
        screen.wait(lambda s: s.endswith("2>"))
        screen.type("f(2)")
        screen.press("Enter")
        text = screen.wait(lambda s: s.endswith("3>"))
        assert "1> def f(x) {\n  x + 1\n}\n2> f(2)\n3\n3>" in text, text
        screen.press("Up")
        screen.wait(lambda s: s.endswith("3> f(2)"))
        screen.press("Up")
        screen.wait(lambda s: s.endswith("3> def f(x) {\n  x + 1\n}"))
        # One editable block: the second line is reached and changed in place.
        screen.press("Down")
        screen.press("End")
        screen.press("C-e")
        screen.press("Down", "Up", "Down")
        screen.press("Enter")
        screen.wait(lambda s: s.endswith("4>"))
    finally:
        screen.close()


@test
def up_searches_by_what_stands_before_the_cursor():
    lethe = Lethe()
    lethe.prompt()
    for line in ["alpha = 1", "beta = 2", "alpha2 = 3"]:
        lethe.run(line)
    lethe.keys("al" + UP)
    lethe.wait("pha2 = 3")
    lethe.keys(UP)
    lethe.settle(0.2)
    lethe.keys("\x15\x0b" + "alpha\r")
    assert "1" in lethe.prompt()
    lethe.close()


@test
def no_sequence_of_keys_does_harm():
    keys = ["\x01", "\x05", "\x0b", "\x15", "\x17", "\x19", "\x12", "\x03", "\r", "\t", "\x7f", "\x1f", "\x14", "\x10", "\x0e", "\x0f"]
    keys += ["\x07", "\x1b<", "\x1b>", "\x1b.", "\x1bb", "\x1bf", "\x1b\r", "\x1b[3~", "\x1b[H", "\x1b[F", UP, DOWN, "\x1b[C", "\x1b[D"]
    keys += ["{", "}", "(", ")", "[", "]", '"', "x", "1", " ", "+", "=", "def f(x) {", "é", "日", paste("a\nb"), ".", "?", ":", ";"]
    for seed in range(2):
        choice = random.Random(seed).choice
        lethe = Lethe()
        lethe.prompt()
        for _ in range(700):
            lethe.keys(choice(keys))
            lethe.settle(0.001)
        for key in ["\x07", "\x03", "\x03"]:
            lethe.keys(key)
            lethe.settle(0.3)
        lethe.keys("\x15\x0b40 + 2\r")
        text = lethe.prompt()
        assert text.endswith("40 + 2\n42\n"), text
        lethe.close()


@test
def bar_6_a_paste_waits_for_enter():
    lethe = Lethe()
    lethe.prompt()
    lethe.keys(paste("1 + 1\n2 + 2\n"))
    early = plain(lethe.settle(0.3))
    assert "\n2\n" not in early, early
    lethe.keys("\r")
    text = lethe.prompt()
    assert text.rstrip().endswith("2\n4"), text
    equal(lethe.number, 2)
    lethe.close()


@test
def bar_7_a_pasted_transcript_loses_its_prompts():
    lethe = Lethe()
    lethe.prompt()
    lethe.keys(paste("3> x = 4\n4> x + 1\n#> 5"))
    lethe.keys("\r")
    text = lethe.prompt()
    assert text.rstrip().endswith("#> 5\n5"), text
    equal(lethe.run("x"), "4")
    lethe.close()


@test
def bar_8_ctrl_c_at_the_prompt():
    lethe = Lethe()
    lethe.prompt()
    lethe.keys("abc")
    lethe.wait("abc")
    times = [lethe.interrupt()]
    assert "^C" in times[0][1]
    equal(lethe.number, 1)
    equal(lethe.run("1 + 1"), "2")
    lethe.keys("\x12")
    lethe.wait("reverse-i-search")
    times.append(lethe.interrupt())
    equal(lethe.number, 2)
    equal(lethe.run("1 + 2"), "3")
    lethe.keys("if true {\r1 + ")
    lethe.wait("1 + ")
    times.append(lethe.interrupt())
    equal(lethe.number, 3)
    equal(lethe.run("1 + 3"), "4")
    lethe.close()
    return f"prompt back in {ms(max(t for t, _ in times))}, bar 50 ms"


@test
def bar_11_ctrl_d():
    lethe = Lethe()
    lethe.prompt()
    lethe.run("1 + 1")
    lethe.keys("abc")
    lethe.wait("abc")
    lethe.keys("\x04")  # at the end of a line: nothing to delete, and no exit
    lethe.keys("\x01\x04\x04\x041 + 4\r")  # deletes forward
    text = lethe.prompt()
    assert text.rstrip().endswith("5"), text
    lethe.keys("if true {\r")
    lethe.keys("\x04")
    lethe.prompt()  # the block is gone, the session is not
    equal(lethe.number, 3)
    equal(lethe.end(), 0)
    history = content(lethe.home, ".local/state/lethe/history")
    assert "1 + 1" in history and "1 + 4" in history, history


@test
def bar_11_the_terminal_is_left_as_it_was():
    script = f"stty -a > before; {PROGRAM}; stty -a > after; echo finished"
    folder = in_bash(script, r"\d> ", ["1 + 1"])
    equal(content(folder, "after"), content(folder, "before"))


@test
def bar_12_history_survives_a_kill():
    lethe = Lethe()
    lethe.prompt()
    lethe.run("1 + 1")
    lethe.keys("def f(x) {\r\rx + 1\r}\r")
    lethe.prompt()
    lethe.run("f(2)")
    lethe.child.kill(9)
    lethe.child.wait()
    again = Lethe(home=lethe.home)
    again.prompt()
    again.keys(UP)
    again.wait("f(2)")
    again.keys("\x15\x0b" + "def" + UP)
    again.wait("f(x) {")
    again.settle(0.2)
    again.keys("\r")
    again.prompt()
    equal(again.run("f(41)"), "42")
    again.keys(UP + UP + UP)
    again.close()
    mode = os.stat(os.path.join(lethe.home, ".local/state/lethe/history")).st_mode & 0o777
    equal(oct(mode), "0o600")


@test
def no_history_when_told_so():
    lethe = Lethe("--no-history")
    lethe.prompt()
    lethe.run("1 + 1")
    lethe.end()
    assert not os.path.exists(os.path.join(lethe.home, ".local")), "a history was written"


@test
def an_unwritable_home_does_not_matter():
    lethe = Lethe(home="/proc", cwd="/")
    lethe.prompt()
    equal(lethe.run("1 + 1"), "2")
    equal(lethe.end(), 0)


@test
def completion_of_names_options_and_paths():
    lethe = Lethe()
    lethe.prompt()
    lethe.run("velocity = (mom=0, hess=1)")
    lethe.keys("velo\t")
    lethe.wait("velocity")
    lethe.keys(".he\t")
    lethe.wait("hess")
    lethe.keys("\r")
    text = lethe.prompt()
    assert text.rstrip().endswith("1"), text
    lethe.keys('"/etc/hostn\t')
    lethe.wait('/etc/hostname"')
    lethe.interrupt()
    lethe.run("def spin(x, speed=1) = x * speed")
    lethe.keys("spin(2, sp\t")
    lethe.wait("speed=")
    lethe.keys("3)\r")
    text = lethe.prompt()
    assert text.rstrip().endswith("6"), text
    lethe.close()


# MARK: Interrupting computations


def interrupted(line, seconds=0.4, setup=()):
    lethe = Lethe()
    lethe.prompt()
    for cell in setup:
        lethe.run(cell)
    lethe.keys(line + "\r")
    time.sleep(seconds)
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


def in_folder(prepare):
    """A folder with files to read."""
    folder = tempfile.mkdtemp(prefix="lethe-home-")
    prepare(folder)
    return folder


@test
def bar_10_ctrl_c_in_conjugate_gradients():
    model = ["m = gpt(200, layers=4, width=256, heads=4);", "b = batch([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]])"]
    lethe = Lethe()
    lethe.prompt()
    for cell in model + ["g = grad(m -> nll(m, b), m);"]:
        lethe.run(cell)
    lethe.keys("x = cg(v -> ggnvp(m -> nll(m, b), m, v) + 0.1 * v, g, steps=100000, tolerance=0)\r")
    time.sleep(0.5)
    took, text = lethe.interrupt()
    assert "interrupted" in text, text
    assert "iterations" in text, text
    equal(lethe.run("norm(x) > 0"), "true")  # what it had
    # The rest of the statement completes.
    lethe.keys("once = m + 0.1 * cg(v -> ggnvp(m -> nll(m, b), m, v) + 0.1 * v, g, steps=100000, tolerance=0)\r")
    time.sleep(0.5)
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
    for line in ['d = load("big.txt")', 'while true { d = read_csv("big.txt") }']:
        lethe = Lethe(home=folder)
        lethe.prompt()
        lethe.keys(line + "\r")
        time.sleep(0.4)
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
        "x = sum(range(10^12))", "x = unique(map(range(10^5), i -> [i]))", "m = gpt(100000, layers=24, width=1024, heads=16)",
        't = tokenizer(map(range(10^5), i -> "the {i} of {i^2} and {i^3}"), size=50000)', "x = shuffle(range(10^8))",
        "x = repr(map(range(10^7), i -> i / 3))",
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
    time.sleep(0.4)
    lethe.interrupt()
    equal(lethe.run("x > 10"), "true")
    lethe.close()


@test
def ctrl_c_in_a_script():
    lethe = Lethe("-e", "while true { x = 1 }")
    time.sleep(0.5)
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


# MARK: Training


TRAINING = [
    "d = batch([[1, 2, 3, 4, 5, 6, 7, 8], [2, 4, 6, 8, 10, 12, 14, 16]]);",
    "base = gpt(50, layers=2, width=64, heads=4, seed=1);",
]


def needs_training():
    if "train" not in shell("lethe -e ':help'")[1].split():
        raise Skip("there is no `train`")


@test
def bar_9_ctrl_c_during_training_keeps_the_weights():
    needs_training()
    lethe = Lethe()
    lethe.prompt()
    for cell in TRAINING + ["fresh = base;"]:
        lethe.run(cell)
    lethe.keys("base = train(base, d, steps=100000)\r")
    time.sleep(1)
    took, text = lethe.interrupt()
    found = re.search(r"interrupted at step (\d+)/100000", text)
    assert found, text
    steps = int(found.group(1))
    assert 0 < steps < 100000
    equal(lethe.run("base.log.steps"), lethe.run(str(steps)))
    equal(lethe.run("nll(base, d) != nll(fresh, d)"), "true")
    # Going on gives to the last digit what one uninterrupted run gives.
    lethe.run("later = train(base, d, steps=5);")
    lethe.run(f"whole = train(fresh, d, steps={steps + 5});")
    equal(lethe.run("norm(later - whole)"), "0")
    lethe.close()
    return f"step {steps}, prompt back in {ms(took)}, bar 200 ms"


@test
def bar_16_progress_in_a_file_and_on_a_terminal():
    needs_training()
    # Long enough for ten lines wherever it runs; the number of steps is found by trying.
    for steps in [300, 3000, 30000]:
        script = "\n".join(TRAINING) + f"\nbase = train(base, d, steps={steps});\n"
        status, out, err = shell("cat > slow.lethe; lethe slow.lethe", input=script.encode())
        equal((status, out), (0, ""))
        if err:
            break
    lines = err.splitlines()
    assert 1 <= len(lines) <= 12, err
    assert "\r" not in err and "\x1b" not in err, err
    status, out, err = shell("cat > slow.lethe; lethe --quiet slow.lethe", input=script.encode())
    equal((status, out, err), (0, "", ""))
    screen = Screen(columns=100)
    try:
        screen.wait(lambda s: s.endswith("1>"))
        for number, cell in enumerate(TRAINING):
            screen.type(cell)
            screen.press("Enter")
            screen.wait(lambda s: s.endswith(f"{number + 2}>"))
        screen.type("base = train(base, d, steps=100000)")
        screen.press("Enter")
        text = screen.wait(lambda s: "left" in s.splitlines()[-1])
        assert re.search(r"train +\[.{10}\] +\d+%  \d+/100000 .* left$", text.splitlines()[-1]), text
        screen.press("C-c")
        text = screen.wait(lambda s: s.endswith("4>"))
        assert " left" not in text and "interrupted at step" in text, text
    finally:
        screen.close()


@test
def a_loop_of_ones_own_has_a_bar_when_it_takes_long():
    screen = Screen(columns=100)
    try:
        screen.wait(lambda s: s.endswith("1>"))
        screen.type("for i in range(10^9) { x = i }")
        screen.press("Enter")
        text = screen.wait(lambda s: "left" in s.splitlines()[-1])
        assert re.search(r"for +\[.{10}\] +\d+%  \d+/1000000000 .* left$", text.splitlines()[-1]), text
        screen.press("C-c")
        text = screen.wait(lambda s: s.endswith("2>"))
        assert " left" not in text, text
    finally:
        screen.close()


@test
def words_of_other_prompts_are_answered():
    lethe = Lethe()
    lethe.prompt()
    assert "write :help" in lethe.run("help") and "write :quit" in lethe.run("exit")
    lethe.close()


# MARK: Programs


def program(name, *options):
    """Runs one of the scripts beside this file where there is a list of names; returns exit status, outputs, folder."""
    folder = in_folder(lambda folder: None)
    with open(os.path.join(folder, "names.txt"), "w") as file:
        file.write(name_list())
    done = subprocess.run(
        [PROGRAM, "--quiet", *options, os.path.join(SCRIPTS, name)], env=environment(folder), cwd=folder,
        capture_output=True, timeout=300)
    return done.returncode, done.stdout.decode(), done.stderr.decode(), folder


@test
def the_session_of_25_lines():
    status, out, err, folder = program("session.lethe")
    assert status == 0, err
    lines = out.splitlines()
    assert re.fullmatch(r"\(forget=[\d.]+, retain=[\d.]+\)", lines[0]), out
    equal(lines[1].split(), ["forget", "retain", "test", "distance"])
    equal([line.split()[0] for line in lines[2:5]], ["base", "once", "soul"])
    lines[1:5] = []
    assert "SOUL" in lines[1] and "━━ forget" in lines[2] and "╌╌ retain" in lines[3], out
    assert lines[14].endswith("soul.svg"), out
    assert re.fullmatch(r"forget perplexity: [\d.]+", lines[15]), out
    assert lines[16].startswith("[\"an"), out
    # The open box: the forgotten names become less likely.
    # Three names, a line each since one line has no room for them.
    steps = [line.split() for line in lines[19:]]
    equal([step[0] for step in steps], ["0", "10", "20", "30", "40", "50"])
    assert float(steps[-1][1]) > float(steps[0][1]) + 1, out
    assert content(folder, "soul.svg").endswith("</svg>\n")
    equal(program("session.lethe", "--threads", "1")[1], out)


@test
def own_losses_and_optimizers_equal_the_built_in_ones():
    status, out, err, _ = program("own-recipes.lethe")
    equal((status, out), (0, "the same\n") if status == 0 else err)


# MARK: Scripts and streams


@test
def bar_13_a_failing_statement_on_standard_input():
    status, out, err = shell("lethe", input=b"1+1\nmdoel\n3\n")
    equal((status, out), (1, "2\n"))
    assert err.startswith("-:2:1: error:"), err
    assert "\x1b" not in out + err
    status, out, err = shell("lethe --keep-going", input=b"1+1\nmdoel\n3\n")
    equal((status, out), (1, "2\n3\n"))
    assert err.startswith("-:2:1: error:"), err


@test
def bar_14_results_alone_on_standard_output():
    equal(shell("lethe -e '1+1' > f; cat f"), (0, "2\n", ""))


def in_bash(script, prompt, lines):
    """Runs a shell script in a pseudo-terminal, types lines at Lethe's prompt in it, then Ctrl-D; returns the folder."""
    home = tempfile.mkdtemp(prefix="lethe-home-")
    bash = pexpect.spawn("bash", ["-c", script], env=environment(home), cwd=home, timeout=TIMEOUT, encoding="utf8")
    bash.delaybeforesend = None
    for line in lines:
        if prompt:
            bash.expect(prompt)
        bash.send(line + "\r")
    if prompt:
        bash.expect(prompt)
    bash.send("\x04")
    bash.expect("finished")
    return home


@test
def a_prompt_with_results_in_a_file():
    folder = in_bash(f"{PROGRAM} > out; echo finished", r"\d> ", ["1 + 1", "nope", "3"])
    equal(content(folder, "out"), "2\n3\n")


@test
def errors_in_a_file_mean_no_prompt_and_no_readline():
    folder = in_bash(f"{PROGRAM} --quiet 2> err; echo finished", None, ["1 + 1", "nope"])
    found = content(folder, "err")
    assert found.startswith("error: `nope` is not defined") and "\x1b" not in found and "> " not in found, found


@test
def time_is_told_on_standard_error():
    status, out, err = shell("lethe --time -e '1+1'")
    equal((status, out), (0, "2\n"))
    assert err.startswith("time: "), err


@test
def bar_14_a_reader_that_goes_away():
    command = "for i in $(seq 20000); do echo \"$i + 0\"; done > f.lethe; lethe f.lethe | head -1; echo ${PIPESTATUS[0]}"
    equal(shell(command), (0, "1\n141\n", ""))


@test
def bar_14_arguments_and_shebang():
    command = "printf '#!/usr/bin/env lethe\\nargs\\n' > f.lethe; chmod +x f.lethe; "
    equal(shell(command + "./f.lethe a b"), (0, '["a", "b"]\n', ""))
    equal(shell(command + "lethe f.lethe --seed 3 -x -- b"), (0, '["--seed", "3", "-x", "--", "b"]\n', ""))
    equal(shell("echo args | lethe - a"), (0, '["a"]\n', ""))


@test
def exit_status_2_for_a_bad_command_line():
    for words in ["--bogus", "--threads 0", "--seed x", "-e", "missing.lethe", "--color sometimes"]:
        status, out, err = shell(f"lethe {words}")
        equal((words, status, out), (words, 2, ""))
        assert err, words


@test
def a_failing_script_names_file_line_and_column():
    status, out, err = shell("printf 'x = 1\\nx +\\n  nope\\n' > f.lethe; lethe f.lethe")
    equal((status, out), (1, ""))
    assert err.startswith("f.lethe:3:3: error: `nope` is not defined"), err


@test
def a_syntax_error_stops_a_script_before_it_begins():
    status, out, err = shell("printf '1\\nx = [1, 2\\n' > f.lethe; lethe f.lethe")
    equal((status, out), (1, ""))
    assert err.startswith("f.lethe:2:5: error:"), err


@test
def a_file_that_is_no_text():
    status, out, err = shell("printf '1\\n\\377\\376\\n' > f.lethe; lethe f.lethe")
    equal((status, out), (2, ""))
    assert "line 2" in err, err


@test
def closed_streams():
    equal(shell("lethe <&-"), (0, "", ""))
    equal(shell("lethe -e '1+1' <&-"), (0, "2\n", ""))
    equal(shell("lethe -e '1+1' 2>&-"), (0, "2\n", ""))
    status, _, err = shell("lethe -e '1+1' >&-")
    assert status == 1 and "standard output" in err, (status, err)


@test
def a_full_disk_is_reported():
    status, _, err = shell("lethe -e '1+1' > /dev/full")
    equal(status, 1)
    assert "No space left" in err, err


@test
def bar_15_colour_per_stream():
    status, out, err = shell("lethe -e 'nope'", FORCE_COLOR="1")
    assert "\x1b[" in err and "\x1b[" not in out
    status, out, err = shell("lethe --color never -e 'nope'", FORCE_COLOR="1")
    assert "\x1b" not in err
    lethe = Lethe(NO_COLOR="1")
    lethe.prompt()
    lethe.run("nope")
    assert not re.search(r"\x1b\[[0-9;]*m", lethe.raw), lethe.raw
    lethe.close()


@test
def a_dumb_terminal_sees_no_escapes():
    lethe = Lethe(TERM="dumb")
    lethe.prompt()
    equal(lethe.run("1 + 1"), "2")
    lethe.keys("def f(x) {\r")
    lethe.wait(".. ")
    lethe.keys("x + 1\r}\r")
    lethe.prompt()
    equal(lethe.run("f(2)"), "3")
    lethe.keys("abc")
    lethe.interrupt()
    lethe.run("nope")
    assert "\x1b" not in lethe.raw, lethe.raw
    equal(lethe.end(), 0)


@test
def a_script_then_the_prompt():
    home = tempfile.mkdtemp(prefix="lethe-home-")
    with open(os.path.join(home, "f.lethe"), "w") as file:
        file.write("x = 41\nx\n")
    lethe = Lethe("-i", "f.lethe", home=home)
    text = lethe.prompt()
    assert text.rstrip().endswith("41"), text
    equal(lethe.run("x + 1"), "42")
    equal(lethe.end(), 0)


@test
def doctor_says_what_there_is():
    status, out, err = shell("lethe doctor --threads 1")
    equal(status, 0)
    for word in ["CPU", "OpenBLAS", "GFLOP/s", "terminal", "threads"]:
        assert word in out, out


@test
def version_and_help_are_results():
    status, out, err = shell("lethe --version")
    equal((status, err), (0, ""))
    assert out.startswith("Lethe "), out
    status, out, err = shell("lethe --help")
    equal((status, err), (0, ""))
    assert "--keep-going" in out


# MARK: Commands


@test
def commands_of_the_session():
    lethe = Lethe()
    lethe.prompt()
    lethe.run("x = 41")
    assert "x  41" in lethe.run(":who")
    lethe.run("x + 1")
    equal(lethe.run("ans"), "42")
    equal(lethe.run("out[3]"), "42")
    assert "number" in lethe.run(":type x")
    assert "s" in lethe.run(":time x + 1")
    assert "did you mean `:who`" in lethe.run(":whoo")
    lethe.run("x = 5")
    lethe.run(":undo")
    equal(lethe.run("x"), "41")
    lethe.run(":set digits 8")
    equal(lethe.run("1/3"), "0.33333333")
    lethe.run(":step x")  # there is no step for numbers; the prompt lives
    equal(lethe.run("1 + 1"), "2")
    lethe.keys(":quit\r")
    lethe.child.expect(pexpect.EOF)
    lethe.child.close()
    equal(lethe.child.exitstatus, 0)


if __name__ == "__main__":
    sys.exit(1 if run_all(sys.argv[2] if len(sys.argv) > 2 else "") else 0)
