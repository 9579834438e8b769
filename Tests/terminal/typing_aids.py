"""Colours and suggestions while one types."""

import re

from harness import Lethe, Screen, equal, test

GREY = "\x1b[90m"


def coloured(screen):
    """The last line of the screen, without what stands before the cell, with colours as [35] and [ ]."""
    line = screen.text("-e").split("\n")[-1].replace("\x1b[49m", "")
    line = re.sub("\x1b\\[([0-9;]*)m", lambda m: "[%s]" % (m[1] if m[1] not in ("", "0", "39") else " "), line)
    return re.sub("(\\[ \\])+", "[ ]", line.split("> ", 1)[1]).removeprefix("[ ]").removesuffix("[ ]")


def shows(screen, expected):
    screen.wait(lambda _: coloured(screen) == expected)


@test
def what_is_typed_has_colours():
    with Screen() as screen:
        screen.type("for i in [1] { print(\"a{i")
        shows(screen, "[35]for[ ] i [35]in[ ] [[36]1[ ]] { print([32]\"a{[ ]i")
        screen.press("Home")
        screen.type("x")
        screen.wait(lambda s: s.endswith("1> xfor i in [1] { print(\"a{i"))
        assert coloured(screen).startswith("xfor i [35]in"), coloured(screen)
        screen.press("BSpace")
        screen.wait(lambda _: coloured(screen).startswith("[35]for"))
        screen.press("C-c")
        screen.wait(lambda s: s.endswith("^C\n1>"))
        # A search marks what it finds.
        screen.enter("a = 12", until="2>")
        screen.press("C-r")
        screen.type("12")
        screen.wait(lambda s: s.endswith("(reverse-i-search)`12': a = 12"))
        screen.press("C-g")
        screen.wait(lambda s: s.endswith("\n2>"))
        # Ctrl-L leaves the line alone.
        screen.type("nothing")
        screen.press("C-l")
        screen.wait(lambda s: s == "2> nothing")
        shows(screen, "[36]nothing")
        screen.press("C-u")
        screen.enter(":set highlight off", until="3>")
        screen.type("if 1")
        shows(screen, "if 1")


@test
def an_earlier_cell_is_suggested():
    with Screen(columns=40) as screen:
        screen.enter("speed = 10", "space_between_words = 3", "def f(x) {", "x + 1", "}", until="4>")
        screen.type("sp")
        shows(screen, "sp[90]ace_between_words = 3")
        screen.type("e")
        shows(screen, "spe[90]ed = 10")
        screen.press("Left")
        shows(screen, "spe")
        screen.press("End")
        shows(screen, "spe[90]ed = 10")
        screen.press("M-f")
        shows(screen, "speed[90] = 10")
        screen.press("Right")
        shows(screen, "speed = [36]10")
        screen.press("C-c")
        # What is not taken is gone when the cell runs, is given up, or something is written below it.
        screen.wait(lambda s: s.endswith("speed = 10^C\n4>"))
        screen.type("spe")
        shows(screen, "spe[90]ed = 10")
        screen.press("C-c")
        screen.wait(lambda s: s.endswith("4> spe^C\n4>"))
        screen.enter("speed", until="4> speed\n10\n5>")
        screen.type("sp")
        screen.press("Tab")
        screen.wait(lambda s: "\n5> sp\n" in s and s.endswith("\n5> sp" + s.rsplit("5> sp", 1)[1]))
        screen.press("C-u")
        # Of a cell of several lines its first is shown, and all is taken.
        screen.type("def ")
        screen.wait(lambda s: s.endswith("5> def f(x) {"))
        screen.press("Right")
        screen.wait(lambda s: s.endswith("5> def f(x) {\n  x + 1\n}"))
        screen.press("C-c")
        screen.enter(":set suggest off", until="6>")
        screen.type("sp")
        shows(screen, "sp")


@test
def the_end_of_input_is_one_line():
    with Screen(shell=True) as screen:
        for variable in ["NO_COLOR=", "NO_COLOR=1"]:
            screen.wait(lambda s: s.endswith("$"))
            screen.enter(f"clear; {variable} lethe --quiet", until="1>")
            screen.press("C-d")
            screen.wait(lambda s: s.endswith("1>\n$"))


@test
def terminals_without_colours_have_neither():
    for variables in [{"NO_COLOR": "1"}, {"TERM": "dumb", "NO_COLOR": None}]:
        lethe = Lethe(**variables)
        lethe.prompt()
        lethe.run("for_a_while = 1")
        lethe.keys("for")
        lethe.settle()
        text = lethe.child.before or ""
        assert "\x1b[35m" not in text and GREY not in text, text
        lethe.close()


@test
def a_key_is_one_short_write():
    lethe = Lethe(NO_COLOR=None)
    lethe.prompt()
    sizes = []
    for letter in "if true { print(12345) }":
        lethe.keys(letter)
        sizes.append(len(lethe.settle(0.2)))
    assert max(sizes) < 40, sizes
    equal(lethe.run(""), "12345")
    return f"{sum(sizes) / len(sizes):.0f} bytes a key, {max(sizes)} at most"
