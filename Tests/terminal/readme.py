"""The session that the README shows, and its ten lines of the language: they print what stands there."""

import os
import re

from harness import equal, shell, test

README = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "README.md")
NUMBER = re.compile(r"[-+−]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")


def blocks():
    with open(README, encoding="utf8") as file:
        return re.findall(r"^```\w*\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)


def cells(block):
    """Code and printed lines of each cell of a session."""
    result = []
    for line in block.splitlines()[1:]:
        start = re.match(r"\d+> (.*)", line)
        if start:
            result.append((start.group(1), []))
        elif result:
            result[-1][1].append(line)
    return result


def value(text):
    return float(text.replace(",", "").replace("−", "-"))


def alike(shown, found):
    """Whether two numbers are the same but for what another kernel rounds otherwise; minute ones, but for their size."""
    a, b = value(shown), value(found)
    places = len(shown.split("e")[0].partition(".")[2])
    unit = 10.0 ** (-places if "e" not in shown else int(shown.split("e")[1]) - places)
    if "e-" in shown and a * b > 0 and abs(a) < 1e-6:
        return 0.05 < a / b < 20
    return abs(a - b) <= max(3 * unit, 0.2 * abs(a))


def differs(shown, found):
    """The first line that is another one."""
    for a, b in zip(shown, found):
        numbers = NUMBER.findall(a), NUMBER.findall(b)
        words = [" ".join(NUMBER.sub("#", line).split()) for line in (a, b)]
        if words[0] != words[1] or not all(map(alike, *numbers)):
            return f"shown {a!r}, found {b!r}"
    return None if len(shown) == len(found) else f"shown {shown!r}, found {found!r}"


@test
def the_session_of_the_readme():
    session = cells(blocks()[0])
    assert len(session) >= 10, session
    script = "".join(f'{code}\nprint("@@@")\n' for code, _ in session)
    status, out, err = shell("lethe --quiet -", input=script.encode(), timeout=600)
    equal((status, err), (0, ""))
    printed = [part.strip("\n").splitlines() for part in out.split("@@@\n")]
    for (code, shown), found in zip(session, printed):
        # How fast it went is the machine's own.
        wrong = differs([line for line in shown if "steps/s" not in line], found)
        assert not wrong, f"{code}: {wrong}"
    return f"{len(session)} cells"


@test
def the_ten_lines_of_the_readme():
    ten = next(block for block in blocks() if block.startswith("x = 3"))
    status, out, err = shell("lethe -", input=ten.encode())
    equal((status, err), (0, ""))
    equal(out.split("\n")[0], "10")
