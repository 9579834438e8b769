"""What TAB offers."""

import os
import time

from harness import Lethe, ms, plain, test


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


def rest(lethe):
    """What was shown behind the text that was waited for."""
    text = lethe.child.buffer
    lethe.child.buffer = ""
    return plain(text + lethe.settle(0.4))


def typed(lethe, keys, wait):
    """Types keys, waits for a text, drops the line; returns what was shown."""
    lethe.keys(keys)
    shown = lethe.wait(wait) + wait + rest(lethe)
    lethe.interrupt()
    return shown


@test
def bar_2_fields_after_a_dot():
    lethe = Lethe()
    lethe.prompt()
    open(os.path.join(lethe.home, "afile.txt"), "w").close()
    lethe.run("base = gpt(5, layers=1, width=8)")
    lethe.keys("base.\t\t")
    shown = lethe.wait("weights") + rest(lethe)
    assert "log" in shown and "afile" not in shown, shown
    lethe.keys("layers\r")
    assert lethe.prompt().rstrip().endswith("layers\n1"), "the line was not `base.`"
    lethe.close()


@test
def bar_3_options_of_a_call():
    lethe = Lethe()
    lethe.prompt()
    lethe.run("base = gpt(5, layers=1, width=8)")
    lethe.run("d = batch([[1, 2, 3]])")
    shown = typed(lethe, "train(base, d, st\t", "steps=")
    assert not shown.endswith("steps= "), shown
    shown = typed(lethe, "train(base, d, steps=1, \t\t", "optimizer=")
    assert "steps=" not in shown.split("\n", 1)[1].split("train(")[0] and "batch=" in shown, shown
    shown = typed(lethe, "train(base, d, optimizer=adamw(l\t", "lr=")
    assert "loss" not in shown, shown
    lethe.close()


@test
def bar_4_paths_in_strings():
    lethe = Lethe()
    lethe.prompt()
    open(os.path.join(lethe.home, "names.txt"), "w").close()
    os.mkdir(os.path.join(lethe.home, "some folder"))
    open(os.path.join(lethe.home, "some folder", "inner.csv"), "w").close()
    typed(lethe, 'load("na\t', 'load("names.txt"')
    typed(lethe, 'load("/etc/hostn\t', 'load("/etc/hostname"')
    typed(lethe, 'load("some\t\t', 'some folder/inner.csv"')
    typed(lethe, ":load na\t", ":load names.txt")
    typed(lethe, 'load("authors-retain-\t', 'authors-retain-2"')
    lethe.close()


@test
def completion_of_commands_keywords_and_help():
    lethe = Lethe()
    lethe.prompt()
    lethe.run("zebra = 1")
    typed(lethe, ":drop ze\t", ":drop zebra")
    typed(lethe, ":gui\t", ":guide")
    typed(lethe, ":set dig\t", ":set digits")
    typed(lethe, "?explai\t", "?explain")
    typed(lethe, "conti\t", "continue")
    lethe.close()


@test
def completion_is_quick_among_a_thousand_names():
    lethe = Lethe()
    lethe.prompt()
    for start in range(0, 1000, 250):
        lethe.run("; ".join(f"n{i} = {i}" for i in range(start, start + 250)))
    times = []
    for _ in range(5):
        lethe.keys("n99\t")
        start = time.monotonic()
        lethe.wait("n990")
        times.append((time.monotonic() - start) * 1000)
        lethe.settle(0.2)
        lethe.interrupt()
    lethe.close()
    return f"list in {ms(min(times))}, bar 50 ms"
