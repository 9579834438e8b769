#!/usr/bin/env python3
"""The prompt and the command line, tried as a person would: run.py PROGRAM [part of a test's name]."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import pexpect

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import PROGRAM, TIMEOUT, Lethe, Screen, Skip, content, environment, equal, name_list, plain, run_all, shell, test
import command_line  # noqa: F401, tests register themselves
import exports  # noqa: F401
import injection  # noqa: F401
import messages  # noqa: F401, tests register themselves
import pasting  # noqa: F401
import readme  # noqa: F401
import sessions  # noqa: F401
import studies  # noqa: F401
import surroundings  # noqa: F401
import texts  # noqa: F401
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


# MARK: What a person sees


def typing_def(screen, lines):
    for line in lines:
        screen.type(line)
        screen.press("Enter")


@test
def a_search_over_cells_of_several_lines():
    screen = Screen()
    try:
        screen.wait(lambda s: s.endswith("1>"))
        typing_def(screen, ["def f(x) {", "y = x + 1", "y * 2", "}"])
        screen.wait(lambda s: s.endswith("2>"))
        typing_def(screen, ["other = 1"])
        screen.wait(lambda s: s.endswith("3>"))
        screen.press("C-r")
        screen.type("y *")
        screen.wait(lambda s: s.endswith("(reverse-i-search)`y *': def f(x) {\n  y = x + 1\n  y * 2\n}"))
        screen.press("C-g")
        screen.wait(lambda s: s.endswith("2> other = 1\n3>"))
        screen.press("C-r")
        screen.type("x + 1")
        screen.press("Right")
        screen.wait(lambda s: s.endswith("\n3> def f(x) {\n  y = x + 1\n  y * 2\n}"))
        screen.press("C-c")
        screen.wait(lambda s: s.endswith("3>"))
        screen.press("C-r")
        screen.type("= 1")
        screen.wait(lambda s: s.endswith("`= 1': other = 1"))
        # Ctrl-S is not the terminal's stop; the first one turns round, the second one searches.
        screen.press("C-s")
        screen.wait(lambda s: s.endswith("\n(i-search)`= 1': other = 1"))
        screen.press("C-c")
        screen.wait(lambda s: s.endswith("3>"))
    finally:
        screen.close()


@test
def keys_within_a_cell_of_several_lines():
    screen = Screen()
    try:
        screen.wait(lambda s: s.endswith("1>"))
        typing_def(screen, ["def f(x) {", "y = x + 1"])
        screen.type("y * 2")
        screen.press("Up", "Home")
        screen.type("A")
        screen.press("End")
        screen.type("B")
        screen.press("Home", "Home")
        screen.type("C")
        screen.press("End", "End", "End")
        screen.type("D")
        screen.wait(lambda s: s.endswith("1> Cdef f(x) {\nA  y = x + 1B\n  y * 2D"))
        # Kill a line and its break, put it back below, undo.
        screen.press("Up", "Home", "C-k", "C-k")
        screen.wait(lambda s: s.endswith("1> Cdef f(x) {\n  y * 2D"))
        screen.press("End")
        screen.type(" ")
        screen.press("C-y")
        screen.wait(lambda s: "y * 2D A  y = x + 1B" in s)
        screen.press("C-_")
        screen.wait(lambda s: s.rstrip().endswith("1> Cdef f(x) {\n  y * 2D"))
        screen.press("M-Enter")
        screen.type("z")
        screen.wait(lambda s: s.endswith("y * 2D \n  z") or s.endswith("y * 2D\n  z"))
    finally:
        screen.close()


@test
def lines_longer_than_the_window():
    for columns, rows in [(80, 24), (200, 60)]:
        screen = Screen(columns=columns, rows=rows)
        try:
            screen.wait(lambda s: s.endswith("1>"))
            text = 'x = "' + "".join(f"{i:04}" for i in range(columns)) + '"'
            screen.type(text)
            shown = "1> " + text
            wrapped = [shown[i:i + columns] for i in range(0, len(shown), columns)]
            screen.wait(lambda s: s.splitlines()[-len(wrapped):] == wrapped)
            screen.press("C-a", "Right", "BSpace", "C-e", "BSpace")
            shown = "1> " + text[1:-1]
            wrapped = [shown[i:i + columns] for i in range(0, len(shown), columns)]
            screen.wait(lambda s: s.splitlines()[-len(wrapped):] == wrapped)
            screen.press("C-c")
            screen.wait(lambda s: s.endswith("^C\n1>"))
        finally:
            screen.close()


@test
def the_window_changes_while_editing():
    screen = Screen(columns=60, rows=20)
    try:
        screen.wait(lambda s: s.endswith("1>"))
        text = "x = " + " + ".join(str(100 + i) for i in range(30))
        screen.type(text)
        # Not so narrow that the terminal scrolls the line's beginning away: it would bring that back by itself.
        for columns in [40, 100, 60]:
            screen.tmux("resize-window", "-x", str(columns), "-y", "20")
            time.sleep(0.5)  # the terminal breaks lines anew before we do
            shown = "1> " + text
            expected = [shown[i:i + columns].rstrip() for i in range(0, len(shown), columns)]
            screen.wait(lambda s: [l.rstrip() for l in s.splitlines()[-len(expected):]] == expected and s.count("1> x =") == 1)
        screen.press("C-c")
        screen.wait(lambda s: s.endswith("1>"))
        screen.press("C-l")
        screen.wait(lambda s: s == "1>")
        typing_def(screen, ["def f(x) {", "y = x + 1"])
        screen.type("y * 2")
        screen.tmux("resize-window", "-x", "50", "-y", "20")
        time.sleep(0.3)
        screen.wait(lambda s: s == "1> def f(x) {\n  y = x + 1\n  y * 2")
        screen.press("BSpace")
        screen.wait(lambda s: s.endswith("\n  y *"))
    finally:
        screen.close()


@test
def wide_and_combining_characters():
    screen = Screen()
    try:
        screen.wait(lambda s: s.endswith("1>"))

        def column():
            return int(screen.tmux("display-message", "-p", "#{cursor_x}"))

        def at(text, where):
            screen.wait(lambda s: s.endswith(text) and column() == where)

        screen.type('"日本')
        at('1> "日本', 8)
        screen.press("BSpace")
        at('1> "日', 6)
        screen.press("BSpace")
        at('1> "', 4)
        screen.type("e\u0301x")
        at('1> "e\u0301x', 6)
        screen.press("BSpace", "BSpace")
        at('1> "', 4)
        screen.type('日本語"')
        screen.press("Left", "Left", "BSpace")
        at('1> "日語"', 6)
        screen.press("Enter")
        screen.wait(lambda s: s.endswith('"日語"\n2>'))
    finally:
        screen.close()


@test
def a_cell_longer_than_the_window():
    screen = Screen(columns=60, rows=14)
    try:
        screen.wait(lambda s: s.endswith("1>"))
        lines = [f"a{i} = {i}" for i in range(18)]
        typing_def(screen, ["def f() {"] + lines)
        screen.type("a17")
        screen.wait(lambda s: s.splitlines()[-2:] == ["  a17 = 17", "  a17"] and len(s.splitlines()) == 14)
        screen.press(*["Up"] * 19)
        screen.wait(lambda s: s.splitlines()[:2] == ["1> def f() {", "  a0 = 0"])
        screen.press(*["Down"] * 19)
        screen.wait(lambda s: s.endswith("  a17 = 17\n  a17"))
        screen.press("End", "Enter")
        screen.type("}")
        screen.press("Enter")
        screen.wait(lambda s: s.endswith("a17 = 17\n  a17\n}\n2>"))
        screen.type("f()")
        screen.press("Enter")
        screen.wait(lambda s: s.endswith("f()\n17\n3>"))
        # All of it can be scrolled back to.
        everything = screen.tmux("capture-pane", "-p", "-S", "-100")
        assert "1> def f() {\n  a0 = 0\n  a1 = 1\n" in everything and "  a17\n}\n2> f()" in everything, everything
        screen.press("Up", "Up")
        screen.wait(lambda s: s.startswith("3> def f() {\n  a0 = 0"))
        screen.press("C-c")
        screen.wait(lambda s: s.endswith("}^C\n3>"))
        screen.press("C-r")
        screen.type("a5 =")
        screen.wait(lambda s: "  a5 = 5" in s)
        screen.press("C-g")
        screen.wait(lambda s: s.endswith("3>"))
        screen.type("1 + 1")
        screen.press("Enter")
        screen.wait(lambda s: s.endswith("3> 1 + 1\n2\n4>"))
    finally:
        screen.close()


@test
def stopped_and_continued():
    screen = Screen(shell=True)
    try:
        screen.wait(lambda s: s.endswith("$"))
        screen.type("lethe")
        screen.press("Enter")
        screen.wait(lambda s: s.endswith("1>"))
        cell = "def f(x) {\n  y = 1\n  y + x\n}"
        typing_def(screen, ["def f(x) {", "y = 1", "y + x", "}"])
        screen.wait(lambda s: s.endswith("2>"))
        screen.press("Up")
        screen.wait(lambda s: s.endswith("2> " + cell))
        screen.press("C-z")
        screen.wait(lambda s: "2> " + cell + "\n[1]+" in s and s.endswith("$"))
        screen.type("fg")
        screen.press("Enter")
        screen.wait(lambda s: s.endswith("$ fg\nlethe\n2> " + cell))
        screen.type(" # here")
        screen.wait(lambda s: s.endswith("$ fg\nlethe\n2> " + cell.replace("{", "{ # here")))
        screen.press("C-u", "C-r")
        screen.type("def")
        screen.wait(lambda s: s.endswith("`def': " + cell))
        screen.press("C-z")
        screen.wait(lambda s: s.count("Stopped") == 2 and s.endswith("$"))
        screen.type("fg")
        screen.press("Enter")
        screen.wait(lambda s: s.endswith("$ fg\nlethe\n(reverse-i-search)`def': " + cell))
        screen.press("C-c")
        screen.wait(lambda s: s.endswith("}^C\n2>"))
    finally:
        screen.close()


@test
def a_search_in_a_cell_longer_than_the_window_says_what_it_seeks():
    screen = Screen(rows=10)
    try:
        screen.wait(lambda s: s.endswith("1>"))
        typing_def(screen, ["f = [0,", *[f"{i}," for i in range(1, 30)], "30]"])
        screen.press("Enter")
        screen.wait(lambda s: s.endswith("2>"))
        screen.press("C-r")
        screen.type("27")
        screen.wait(lambda s: s.endswith("(reverse-i-search)`27':") and "\n  27," in s)
        screen.press("C-c")
        screen.wait(lambda s: s.endswith("2>") and "reverse" not in s)
        screen.type("1 + 1")
        screen.press("Enter")
        screen.wait(lambda s: s.endswith("2\n3>"))
    finally:
        screen.close()


@test
def a_list_of_candidates_leaves_the_line_whole():
    screen = Screen(columns=60, rows=20)
    try:
        screen.wait(lambda s: s.endswith("1>"))
        typing_def(screen, ["def f(x) {", "y = 1"])
        screen.press("Up", "End")
        screen.type(" + s")
        screen.press("Tab")
        screen.wait(lambda s: "softmax" in s and s.rstrip().endswith("1> def f(x) {\n  y = 1 + s"))
        screen.press("C-c")
        screen.wait(lambda s: s.endswith("1>"))
        screen.tmux("resize-window", "-x", "30", "-y", "8")
        screen.type("s")
        screen.press("Tab")
        screen.wait(lambda s: "more" in s and s.endswith("1> s"))
    finally:
        screen.close()


@test
def a_pasted_screen_runs_again():
    lethe = Lethe()
    lethe.prompt()
    lethe.keys(paste("1> x = 4\n2> x + 1\n5\n3> def f(x) {\n  x * 10\n}\n4> f(2)\n20\n5> nope^C\n5> "))
    lethe.keys("\r")
    text = lethe.prompt()
    assert text.rstrip().endswith("5> \n5\n20"), text
    equal(lethe.run("f(x)"), "40")
    # Typed by hand it is a comparison.
    equal(lethe.run("3> 2"), "true")
    lethe.close()


@test
def a_cell_in_an_editor():
    home = tempfile.mkdtemp(prefix="lethe-home-")
    editor = os.path.join(home, "editor")
    with open(editor, "w") as file:
        file.write("#!/bin/sh\nsed -i 's/1/41/' \"$1\"\n")
    os.chmod(editor, 0o755)
    lethe = Lethe(home=home, EDITOR=editor)
    lethe.prompt()
    lethe.keys("1 + 1\x18\x05")
    lethe.wait("41 + 1")
    lethe.keys("\r")
    assert lethe.prompt().rstrip().endswith("42")
    lethe.close()


@test
def the_users_own_keys():
    home = tempfile.mkdtemp(prefix="lethe-home-")
    with open(os.path.join(home, "inputrc"), "w") as file:
        file.write('$if lethe\n"\\C-t": "40 + 2"\n"\\C-o": beginning-of-line\n$endif\n$if python\n"\\C-t": "wrong"\n$endif\n')
    lethe = Lethe(home=home, INPUTRC=os.path.join(home, "inputrc"))
    lethe.prompt()
    lethe.keys("\x14\r")
    assert lethe.prompt().rstrip().endswith("42")
    lethe.keys("00\x0f1\r")
    assert lethe.prompt().rstrip().endswith("100")
    lethe.close()


@test
def vi_keys():
    home = tempfile.mkdtemp(prefix="lethe-home-")
    with open(os.path.join(home, "inputrc"), "w") as file:
        file.write("set editing-mode vi\n")
    lethe = Lethe(home=home, INPUTRC=os.path.join(home, "inputrc"))
    lethe.prompt()
    lethe.keys("10 + 2\x1b")
    lethe.settle(0.4)
    lethe.keys("03x")
    lethe.settle(0.2)
    lethe.keys("i4\r")
    text = lethe.prompt()
    assert text.rstrip().splitlines()[-1] == "6", text
    lethe.run("7 + 1")
    lethe.keys("\x1b")
    lethe.settle(0.4)
    lethe.keys("kk\r")
    assert lethe.prompt().rstrip().splitlines()[-1] == "6"
    lethe.close()


# MARK: Help and the tour


@test
def bar_19_help():
    lethe = Lethe(size=(60, 100))
    lethe.prompt()
    page = lethe.run("?train")
    equal(lethe.run("train?"), page)
    equal(lethe.run(":help train"), page)
    for part in ["train(model, data", "steps", "default 100", "see also", "#> true"]:
        assert part in page, page
    assert page.count("m = gpt(5") >= 2, page
    near = lethe.run("?trian")
    assert "did you mean `train`?" in near, near
    hits = lethe.run('?"gradient"')
    assert "grad " in hits and "hvp" in hits, hits
    for topic in ["?for", "for?", "?|>", "?slices", "?def", "?->", "?strings", "?if", "?keys"]:
        page = lethe.run(topic)
        assert "error" not in page and "    " in page, (topic, page)
    # A page longer than the window is scrolled, not clipped.
    lethe.child.setwinsize(10, 80)
    lethe.settle(0.2)
    assert "see also" in lethe.run("?train")
    lethe.close()


def walk(lethe, lines):
    """Goes through the tour; `lines` says for some steps what to type instead of an empty line."""
    lethe.run(":guide")
    for step in range(1, 11):
        lethe.keys(lines.get(step, "") + "\r")
        lethe.child.timeout = 120
        text = lethe.prompt()
        assert "error" not in text, text
        if step < 10:
            assert f"guide {step + 1}/10" in text, (step, text)
    assert "That was the tour" in text, text


@test
def the_tour():
    lethe = Lethe()
    text = lethe.prompt()
    assert ":guide" in text, text
    start = time.monotonic()
    walk(lethe, {2: "qa.forget[3]", 8: ":step run 10", 9: "generate(run.model, qa.retain[0].question)"})
    took = time.monotonic() - start
    equal(lethe.run("nll(run.model, qa.forget) > nll(base, qa.forget)"), "true")
    # What the tour ran stands in the history as if it had been typed.
    lethe.keys("explain" + UP)
    lethe.wait("(run)")
    lethe.close()
    return f"{took:.0f} s"


@test
def the_tour_without_a_terminal_that_edits():
    lethe = Lethe(TERM="dumb")
    lethe.prompt()
    lethe.run(":guide")
    lethe.keys("\r")
    text = lethe.prompt()
    assert "qa = authors()" in text and "guide 2/10" in text, text
    assert "guide 1/10" in lethe.run(":guide back")
    assert "goes on any time" in lethe.run(":guide stop")
    lethe.keys("\r")
    lethe.prompt()
    equal(lethe.run("1 + 1"), "2")
    lethe.close()
    status, out, err = shell("echo :guide | lethe")
    equal((status, err), (0, ""))
    assert out.count("guide ") >= 10 and "compare(" in out, out


# MARK: Interrupting computations


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
    # What is printed is found by what it says: how many lines a list or a plot takes depends on its numbers.
    number = r"[\d.eE+-]+"
    for pattern in [
        rf"\(forget={number}, retain={number}\)", r" +forget +retain +test +distance", rf"(base|once|soul)( +{number}){{4}}", r".*SOUL.*",
        r".*━━ forget.*", r".*╌╌ retain.*", r".*soul\.svg", rf"forget perplexity: {number}", r"\[\"an.*",
    ]:
        assert re.search(f"^{pattern}$", out, re.MULTILINE), f"no line is {pattern}:\n{out}"
    equal(re.findall(r"^(base|once|soul)\b", out, re.MULTILINE), ["base", "once", "soul"])
    # The open box: the forgotten names become less likely.
    steps = re.findall(rf"^(\d+) ({number}) {number}$", out, re.MULTILINE)
    equal([step for step, _ in steps], ["0", "10", "20", "30", "40", "50"])
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
    for command in ["lethe --threads 1 doctor", "taskset -c $(taskset -cp $$ | grep -o '[0-9]*$') lethe doctor"]:
        status, out, err = shell(command)
        equal(status, 0)
        assert re.search(r"^threads +1 of ", out, re.M), (command, out)


@test
def version_and_help_are_results():
    status, out, err = shell("lethe --version")
    equal((status, err), (0, ""))
    assert out.startswith("Lethe "), out
    status, out, err = shell("lethe --help")
    equal((status, err), (0, ""))
    assert "--keep-going" in out


@test
def the_reference_manual():
    folder = in_folder(lambda folder: None)
    status, out, err = shell("lethe reference --html")
    equal((status, err), (0, ""))
    assert out.startswith("<!DOCTYPE html>") and out.endswith("</html>\n"), out[:100]
    anchors = re.findall(r' id="([^"]*)"', out)
    equal(len(anchors), len(set(anchors)))
    links = re.findall(r'(?:href|src)="([^"]*)"', out)
    equal([link for link in links if link[0] != "#" or link[1:] not in anchors], [])
    assert "url(" not in out and "@import" not in out and "<script" not in out
    status, out, err = shell("lethe reference --md")
    equal((status, err), (0, ""))
    anchors = re.findall(r'<a id="([^"]*)">', out)
    equal([link for link in re.findall(r"\]\(#([^)]*)\)", out) if link not in anchors], [])
    assert "--keep-going" in out and "### `sophia`" in out and "#> " in out
    path = os.path.join(folder, "manual.html")
    equal(shell(f"lethe reference --html -o {path}")[:2], (0, ""))
    assert content(folder, "manual.html").startswith("<!DOCTYPE html>")
    equal(shell("lethe reference --html --md")[0], 2)
    equal(shell("lethe reference -o /nosuch/folder/x")[0], 1)


@test
def a_grammar_for_editors():
    status, out, err = shell("lethe editor --textmate")
    equal((status, err), (0, ""))
    patterns = []

    def collect(part):
        for key, value in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ():
            if key in ("match", "begin", "end", "firstLineMatch"):
                patterns.append(re.compile(value))
            else:
                collect(value)

    grammar = json.loads(out)
    collect(grammar)
    assert len(patterns) > 15
    function = re.compile(grammar["repository"]["function"]["match"])
    for name in shell("lethe -e ':help'")[1].split("\ncommands\n")[1].split("the language")[0].split():
        if re.fullmatch(r"(train|adamw|hvp|plot|compare|influence|load|cg|npo)", name):
            assert function.fullmatch(name), name
    assert not function.search("run.log")
    equal(shell("lethe editor")[0], 2)


@test
def a_syntax_file_for_vim():
    if not shutil.which("vim"):
        raise Skip("vim is not installed")
    home = tempfile.mkdtemp(prefix="lethe-home-")
    with open(os.path.join(home, "f.lethe"), "w") as file:
        file.write('x = train(base, d, steps=10)\n#> 3\n"a{x:.2f}b"\n:who\nrun.log\n')
    with open(os.path.join(home, "look.vim"), "w") as file:
        file.write("""set nocompatible
e f.lethe
source lethe.vim
let names = []
for place in [[1, 5], [1, 20], [1, 26], [2, 1], [3, 2], [3, 4], [4, 2], [5, 5]]
  call add(names, synIDattr(synID(place[0], place[1], 1), 'name'))
endfor
call writefile(names, 'names')
qa!
""")
    with open(os.path.join(home, "lethe.vim"), "w") as file:
        file.write(shell("lethe editor --vim")[1])
    done = subprocess.run(["vim", "-es", "-u", "NONE", "-S", "look.vim"], cwd=home, env=environment(home), capture_output=True, timeout=60)
    equal((done.returncode, done.stderr), (0, b""))
    found = content(home, "names").split()
    equal(found, ["letheFunction", "letheOption", "letheNumber", "letheOutput", "letheString", "letheInterpolation", "letheCommand", "letheField"])


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
