"""What a person sees: long cells, narrow and changing windows, editors."""

import os
import tempfile
import time

from harness import equal, Lethe, paste, Screen, test


@test
def a_search_over_cells_of_several_lines():
    with Screen() as screen:
        screen.enter("def f(x) {", "y = x + 1", "y * 2", "}", until="2>")
        screen.enter("other = 1", until="3>")
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


@test
def keys_within_a_cell_of_several_lines():
    with Screen() as screen:
        screen.enter("def f(x) {", "y = x + 1")
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


@test
def lines_longer_than_the_window():
    for columns, rows in [(80, 24), (200, 60)]:
        with Screen(columns=columns, rows=rows) as screen:
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


@test
def the_window_changes_while_editing():
    with Screen(columns=60, rows=20) as screen:
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
        screen.enter("def f(x) {", "y = x + 1")
        screen.type("y * 2")
        screen.tmux("resize-window", "-x", "50", "-y", "20")
        time.sleep(0.3)
        screen.wait(lambda s: s == "1> def f(x) {\n  y = x + 1\n  y * 2")
        screen.press("BSpace")
        screen.wait(lambda s: s.endswith("\n  y *"))


@test
def wide_and_combining_characters():
    with Screen() as screen:

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


@test
def a_cell_longer_than_the_window():
    with Screen(columns=60, rows=14) as screen:
        lines = [f"a{i} = {i}" for i in range(18)]
        screen.enter("def f() {", *lines)
        screen.type("a17")
        screen.wait(lambda s: s.splitlines()[-2:] == ["  a17 = 17", "  a17"] and len(s.splitlines()) == 14)
        screen.press(*["Up"] * 19)
        screen.wait(lambda s: s.splitlines()[:2] == ["1> def f() {", "  a0 = 0"])
        screen.press(*["Down"] * 19)
        screen.wait(lambda s: s.endswith("  a17 = 17\n  a17"))
        screen.press("End", "Enter")
        screen.enter("}", until="a17 = 17\n  a17\n}\n2>")
        screen.enter("f()", until="f()\n17\n3>")
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
        screen.enter("1 + 1", until="3> 1 + 1\n2\n4>")


@test
def stopped_and_continued():
    with Screen(shell=True) as screen:
        screen.enter("lethe", until="1>")
        cell = "def f(x) {\n  y = 1\n  y + x\n}"
        screen.enter("def f(x) {", "y = 1", "y + x", "}", until="2>")
        screen.press("Up")
        screen.wait(lambda s: s.endswith("2> " + cell))
        screen.press("C-z")
        screen.wait(lambda s: "2> " + cell + "\n[1]+" in s and s.endswith("$"))
        screen.enter("fg")
        screen.wait(lambda s: s.endswith("$ fg\nlethe\n2> " + cell))
        screen.type(" # here")
        screen.wait(lambda s: s.endswith("$ fg\nlethe\n2> " + cell.replace("{", "{ # here")))
        screen.press("C-u", "C-r")
        screen.type("def")
        screen.wait(lambda s: s.endswith("`def': " + cell))
        screen.press("C-z")
        screen.wait(lambda s: s.count("Stopped") == 2 and s.endswith("$"))
        screen.enter("fg")
        screen.wait(lambda s: s.endswith("$ fg\nlethe\n(reverse-i-search)`def': " + cell))
        screen.press("C-c")
        screen.wait(lambda s: s.endswith("}^C\n2>"))


@test
def a_search_in_a_cell_longer_than_the_window_says_what_it_seeks():
    with Screen(rows=10) as screen:
        screen.enter("f = [0,", *[f"{i}," for i in range(1, 30)], "30]")
        screen.press("Enter")
        screen.wait(lambda s: s.endswith("2>"))
        screen.press("C-r")
        screen.type("27")
        screen.wait(lambda s: s.endswith("(reverse-i-search)`27':") and "\n  27," in s)
        screen.press("C-c")
        screen.wait(lambda s: s.endswith("2>") and "reverse" not in s)
        screen.enter("1 + 1", until="2\n3>")


@test
def a_list_of_candidates_leaves_the_line_whole():
    with Screen(columns=60, rows=20) as screen:
        screen.enter("def f(x) {", "y = 1")
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
def a_projector_of_60_columns_and_20_rows():
    with Screen(columns=60, rows=20) as screen:
        screen.enter(":set projector on", until="2>")
        number = 2
        for cell in [
            'plot([1, 4, 9], [2, 3, 4], title="two lines", xlabel="step")', "contour(himmelblau)",
            "race([sgd(lr=0.001), adam(lr=0.1)], steps=40)", "heatmap(randn(20, 20, seed=1))",
            "histogram(randn(100, seed=1), bins=9)", "qa = authors(); qa", 'base = load("authors"); base',
            "run = start(base, qa.forget[0:8], qa.retain[0:8])", "explain(run)", "step(run, 3)", "layers(run, by=\"block\")",
            "frontier(run, steps=2, every=1, on=qa.forget[0:4])", "nll(bsae, qa.forget)", "train(base, qa.forget, stpes=3)",
            "compare(base, on=(forget=qa.forget[0:4], retain=qa.retain[0:4]))",
        ]:
            screen.enter(":clear")
            number += 1
            screen.wait(lambda text: text.split("\n")[-1].startswith(f"{number}>"))
            screen.enter(cell)
            number += 1
            text = screen.wait(lambda text: text.rstrip().split("\n")[-1].strip() == f"{number}>")
            # What was asked is still there, above all that came of it, and an empty line stands before the next prompt.
            lines = text.split("\n")
            assert any(line.startswith(f"{number - 1}> ") for line in lines), (cell, text)
            assert lines[-2].strip() == "", (cell, text)
            assert "interrupted" not in text, (cell, text)


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
