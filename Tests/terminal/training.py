"""Training, with its progress and its interruption."""

import re

from harness import equal, Lethe, ms, Screen, shell, Skip, test


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
    lethe.computes(1)
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
    with Screen(columns=100) as screen:
        for number, cell in enumerate(TRAINING):
            screen.enter(cell, until=f"{number + 2}>")
        screen.enter("base = train(base, d, steps=100000)")
        text = screen.wait(lambda s: "left" in s.splitlines()[-1])
        assert re.search(r"train +\[.{10}\] +\d+%  \d+/100000 .* left$", text.splitlines()[-1]), text
        screen.press("C-c")
        text = screen.wait(lambda s: s.endswith("4>"))
        assert " left" not in text and "interrupted at step" in text, text


@test
def a_loop_of_ones_own_has_a_bar_when_it_takes_long():
    with Screen(columns=100) as screen:
        screen.enter("for i in range(10^9) { x = i }")
        text = screen.wait(lambda s: "left" in s.splitlines()[-1])
        assert re.search(r"for +\[.{10}\] +\d+%  \d+/1000000000 .* left$", text.splitlines()[-1]), text
        screen.press("C-c")
        text = screen.wait(lambda s: s.endswith("2>"))
        assert " left" not in text, text


@test
def words_of_other_prompts_are_answered():
    lethe = Lethe()
    lethe.prompt()
    assert "write :help" in lethe.run("help") and "write :quit" in lethe.run("quit")
    lethe.close()
