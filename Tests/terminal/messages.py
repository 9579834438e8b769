"""Error messages at the prompt: the transcripts of Tests/Conformance/errors typed into the program, and slips of syntax."""

import os
import re

from harness import Lethe, equal, shell, test

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Conformance", "errors")
SIX = ["undefined", "shapes", "unknown-option", "configured-function", "one-number", "not-a-number"]


def turns(name):
    """Cell number, source and answer of each cell of a transcript."""
    result = []
    with open(os.path.join(FOLDER, name + ".txt")) as file:
        for line in file.read().splitlines():
            start = re.match(r"(\d+)> (.*)", line)
            if start:
                result.append([int(start.group(1)), start.group(2), ""])
            elif line.startswith(".. "):
                result[-1][1] += "\n" + line[3:]
            elif line:
                result[-1][2] += line + "\n"
    return result


@test
def bar_17_the_six_messages_word_for_word():
    for name in SIX:
        # A narrow window would break long sentences between words.
        lethe = Lethe(size=(24, 200))
        lethe.prompt()
        for number, source, answer in turns(name):
            while lethe.number < number:
                lethe.run("none")
            lethe.keys(f"\x1b[200~{source}\x1b[201~\r")
            text = lethe.prompt()
            if answer:
                assert text.endswith("\n" + answer), f"{name}: expected {answer!r}, found {text!r}"
            else:
                assert "error" not in text.split("\n", source.count("\n") + 1)[-1], text
        lethe.end()
    lethe = Lethe()
    lethe.prompt()
    equal(lethe.run("zzz"), "error: `zzz` is not defined\n  cell 1 │ zzz\n         │ ^^^")
    lethe.end()


@test
def bar_18_slips_of_syntax():
    lethe = Lethe()
    lethe.prompt()
    lethe.keys("x = [1, 2\r")
    lethe.wait("x = [1, 2")
    lethe.interrupt()
    equal(lethe.number, 1)
    for source, caret, words in [
        ("f(a=1, 2)", "2", "positional"), ("x = 3 ** 2", "**", "powers are written `^`"), ("a b", "b", "expected the end of the line"),
        ("if x = 1 { }", "=", "did you mean `==`?"), ("x = (1, 2]", "(", "closed"), ("y = lambda x: x", "lambda", "functions are written x -> …"),
        ("z = True", "True", "`true`"), ("import numpy", "import", "there is no `import`"), ("let x = 3", "let", "write name = value"),
    ]:
        text = lethe.run(source)
        message, line, carets = text.split("\n")[:3]
        assert words in text, text
        place = line.index("│ ") + 2
        equal(line[place:], source)
        start = place + source.index(caret)
        equal(carets[place:].split("^")[0], " " * (start - place))
        equal(carets.count("^"), len(caret))
    lethe.end()


@test
def sentences_break_between_words_at_the_prompt():
    lethe = Lethe(size=(24, 40))
    lethe.prompt()
    text = lethe.run("adamw(lr=1, nope=3)")
    lines = text.split("\n")
    assert all(len(line) <= 40 for line in lines) and len(lines) == 5, text
    words = " ".join(line.strip() for line in lines)
    assert "options: state, lr, " in words and "`nope`" in words, text
    status, out, err = shell("COLUMNS=40 lethe -e 'adamw(lr=1, nope=3)'")
    assert any(len(line) > 40 for line in err.splitlines()), err
    lethe.end()
