"""What is pasted runs as it was meant: code as it is, sessions without their prompts, however long."""

import os
import tempfile

from harness import Lethe, Screen, equal, test


def pasted(lethe, text):
    """Pastes, presses Enter, and returns what was printed after the line."""
    lethe.keys(f"\x1b[200~{text}\x1b[201~")
    lethe.settle(0.4)
    lethe.keys("\r")
    return lethe.prompt().strip("\n").split("\n")


@test
def pasted_code_stays_as_it_is():
    lethe = Lethe()
    lethe.prompt()
    equal(pasted(lethe, "x = [1,\n2> 1]\nx")[-1], "[1, true]")
    equal(lethe.run("x"), "[1, true]")
    equal(pasted(lethe, "y = [1,\n#> 2\n3]\ny")[-1], "[1, 3]")
    equal(pasted(lethe, "z = (4\n> 3)\nz")[-1], "true")
    equal(lethe.run("1 + 1"), "2")
    lethe.close()


@test
def pasted_sessions_of_other_programs():
    lethe = Lethe()
    lethe.prompt()
    for text in [
        ">>> y = 3\n>>> y + 1\n4", "In [1]: y = 3\n\nIn [2]: y + 1\nOut[2]: 4\n", "julia> y = 3\n3\n\njulia> y + 1\n4\n", "> y = 3\n> y +\n+ 1\n[1] 4",
        "octave:1> y = 3\ny = 3\noctave:2> y + 1\nans = 4", ">>> y = max(3,\n...   2)\n>>> y + 1\n4", "1> y = 3\n2> y + 1\n#> 4",
    ]:
        equal(pasted(lethe, text)[-1], "4")
    lethe.close()


@test
def pasted_text_longer_than_the_screen():
    text = 'len("' + "z" * 2493 + '")'
    lethe = Lethe(size=(24, 80))
    lethe.prompt()
    lines = pasted(lethe, text)
    assert lines[-1] == "2493", lines[-3:]
    equal(lethe.run("1 + 1"), "2")
    # Given up, it leaves a whole line, too.
    lethe.keys(f"\x1b[200~{text}\x1b[201~")
    lethe.settle(0.4)
    lethe.interrupt()
    equal(lethe.run("1 + 2"), "3")
    # Many lines, too.
    rows = "\n".join(f"x{i} = {i}" for i in range(60)) + "\nx59"
    equal(pasted(lethe, rows)[-1], "59")
    lethe.close()


@test
def pasted_text_longer_than_the_screen_as_a_person_sees_it():
    for columns, rows, count in [(80, 24, 2493), (80, 24, 1912), (80, 24, 1913), (80, 24, 1914), (40, 10, 391), (40, 10, 392), (40, 10, 393)]:
        with Screen(columns=columns, rows=rows) as screen:
            path = os.path.join(tempfile.mkdtemp(), "paste.txt")
            with open(path, "w") as file:
                file.write('len("' + "z" * count + '")')
            screen.tmux("load-buffer", path)
            screen.tmux("paste-buffer", "-p")
            screen.wait(lambda s: 'z")' in s.replace("\n", ""))
            screen.press("Enter")
            text = screen.wait(lambda s: s.endswith("2>"))
            lines = text.split("\n")
            assert lines[-2] == str(count) and set(lines[-3]) <= set('z")'), (columns, rows, count, lines[-4:])
            screen.enter("1 + 1")
            text = screen.wait(lambda s: s.endswith("3>"))
            assert text.endswith("2> 1 + 1\n2\n3>"), text
