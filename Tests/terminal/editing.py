"""Starting, cells, the keys of the editor, and its history."""

import os
import random
import time

from harness import DOWN, PROGRAM, UP, content, equal, in_bash, Lethe, ms, paste, plain, Screen, shell, test


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
    with Screen() as screen:
        screen.enter("def f(x) {", "x + 1", "}", until="2>")
        screen.enter("f(2)")
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
def earlier_cells_are_looked_for_and_brought_back():
    lethe = Lethe()
    lethe.prompt()
    lethe.run("alpha = 1")
    lethe.keys("def twice(x) {\r2 * x\r}\r")
    lethe.prompt()
    lethe.run("beta = alpha + 1")
    lethe.run("Alpha = 7")
    lethe.run("beta = alpha + 1")
    lethe.end()
    again = Lethe(home=lethe.home)
    again.prompt()
    again.run("gamma = 3")
    # The latest of equal ones; capitals count where there are any.
    equal(
        again.run(":history alpha").split("\n"),
        [" 1  alpha = 1", " 4  Alpha = 7", " 5  beta = alpha + 1", ":history !5 brings one to the prompt"])
    equal(again.run(":history Alpha").split("\n")[0], " 4  Alpha = 7")
    equal(again.run(":history TWICE"), "no cell holds `TWICE`")
    assert "2  def twice(x) { …" in again.run(":history 2 * x")
    assert "no earlier cell 99" in again.run(":history !99") and "without a number" in again.run(":history !")
    # It can be changed, and runs when Enter is pressed.
    equal(again.run("alpha = 20"), "")
    equal(again.run(":history !5"), "")
    again.keys("0\r")
    again.prompt()
    equal(again.run("beta"), "30")
    # A cell of several lines comes back as one.
    again.run(":history !2")
    again.keys("\r")
    again.prompt()
    equal(again.run("twice(4)"), "8")
    # Ctrl-C drops it, and the next prompt is empty.
    again.run(":history !1")
    again.keys("\x03")
    again.prompt()
    equal(again.run("beta"), "30")
    again.close()
    dumb = Lethe(TERM="dumb")
    dumb.prompt()
    dumb.run("x = 1")
    assert "x = 1" in dumb.run(":history !1")
    dumb.close()
    status, out, err = shell("printf 'x = 1\\n:history x\\n:history !1\\n' | lethe --keep-going -")
    assert status == 1 and "at the prompt alone" in err, (status, out, err)


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
