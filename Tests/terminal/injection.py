"""Text that a terminal would obey, in names, files and messages: it is shown written out, wherever the program shows it.

And what a script or a notebook of someone else's may not do unasked: run a shell, be waited for, never end.
"""

import json
import os
import re
import subprocess
import tempfile

from harness import PROGRAM, Lethe, content, environment, equal, shell, test

# Title and colour changes, a bell, C1 controls, text turned around, invisible characters.
HOSTILE = "\x1b]0;t\x07\x1b[31m\x9b1m\x9d\u202e\u2066\u200f\u061c\u200b\ufeffx"
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def run(*words, input=None, cwd=None):
    home = tempfile.mkdtemp(prefix="lethe-home-")
    done = subprocess.run([PROGRAM, *words], input=input, env=environment(home), cwd=cwd or home, capture_output=True, timeout=120)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def shown(found, *more):
    """Neither stream holds what is not seen; the text is there, written out."""
    status, out, err = found
    for text in (out, err):
        assert not UNSEEN.search(text), ascii(text)
    assert "\\u{1b}" in out + err, ascii((out, err))
    for words in more:
        assert words in out + err, ascii((out, err))


@test
def injection_names_on_the_command_line():
    shown(run(HOSTILE), "cannot read")
    shown(run("check", HOSTILE), "cannot read")
    shown(run("export", HOSTILE, "--html"), "cannot read")
    shown(run("--" + HOSTILE), "Unknown option")
    shown(run("--color", HOSTILE), "is invalid")
    shown(run("doctor" + HOSTILE))
    shown(run("reference", "-o", HOSTILE + "/x"))
    shown(run("-e", "nope # " + HOSTILE), "`nope` is not defined")
    shown(run("-e", HOSTILE))


@test
def injection_files_and_their_names():
    folder = tempfile.mkdtemp(prefix="lethe-hostile-")
    name = HOSTILE + ".lethe"
    with open(os.path.join(folder, name), "w") as file:
        file.write(f"1 # {HOSTILE}\n#> {HOSTILE}\n\nnope # {HOSTILE}\n")
    shown(run(name, cwd=folder), "`nope` is not defined")
    status, out, err = run("check", name, cwd=folder)
    shown((status, out, err), "expected", "2 failed")
    equal(status, 3)
    shown(run("export", name, "--html", cwd=folder), "wrote")
    shown(run("export", HOSTILE + ".lethe", "--lethe", cwd=folder), "does not end in .ipynb")
    with open(os.path.join(folder, HOSTILE + ".ipynb"), "w") as file:
        json.dump({"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": {"language": HOSTILE}}, "cells": []}, file)
    shown(run("export", HOSTILE + ".ipynb", "--lethe", "-o", "o.lethe", cwd=folder), "language")


@test
def injection_the_environment_in_doctor():
    home = tempfile.mkdtemp(prefix="lethe-home-")
    variables = environment(home, TERM=HOSTILE, XDG_STATE_HOME="/" + HOSTILE)
    done = subprocess.run([PROGRAM, "doctor", "--threads", "1"], env=variables, capture_output=True, timeout=120)
    out = done.stdout.decode()
    assert not UNSEEN.search(out) and out.count("\\u{1b}") >= 4, ascii(out)


@test
def injection_only_print_is_left_alone():
    literal = "".join(f"\\u{{{ord(c):x}}}" for c in HOSTILE)
    equal(run("-e", f'print("{literal}")'), (0, HOSTILE + "\n", ""))
    shown(run("-e", f'"{literal}"'))
    shown(run("-e", f'print(["{literal}"])'))
    shown(run("-e", f'error("{literal}")'))


@test
def injection_at_the_prompt():
    folder = tempfile.mkdtemp(prefix="lethe-hostile-")
    with open(os.path.join(folder, "a" + HOSTILE), "w") as file:
        file.write("")
    home = tempfile.mkdtemp(prefix="lethe-home-")
    os.makedirs(os.path.join(home, ".local/state/lethe"))
    with open(os.path.join(home, ".local/state/lethe/history"), "w") as file:
        file.write(f"#1\nx = \"{HOSTILE}\"\n")
    lethe = Lethe(home=home, cwd=folder)
    lethe.prompt()

    def obeyed(text):
        # Readline's own sequences aside.
        return [bad for bad in (HOSTILE[:6], "\x1b[31m", "\x9b", "\x9d", "\u202e", "\u2066", "\u200f", "\u200b", "\ufeff") if bad in text]

    # Pasted, it is seen before it runs, and means the same in a string.
    lethe.keys(f"\x1b[200~len(\"{HOSTILE[:-1]}\")\x1b[201~")
    text = lethe.settle(0.5)
    assert not obeyed(text) and "\\u{9b}" in text, ascii(text)
    lethe.keys("\r")
    equal(lethe.prompt().strip().splitlines()[-1], str(len(HOSTILE) - 1))
    # Recalled from another session's history.
    lethe.keys("x = \x1b[A")
    text = lethe.settle(0.5)
    assert not obeyed(text) and "\\u{202e}" in text, ascii(text)
    lethe.keys("\x03")
    lethe.prompt()
    # Listed by TAB.
    lethe.keys('load("a\t\t')
    text = lethe.settle(0.5)
    assert not obeyed(text), ascii(text)
    lethe.keys("\x03")
    lethe.prompt()
    for line in [":history", ":who", "nope"]:
        lethe.run(line)
    assert not obeyed(lethe.raw), ascii(lethe.raw)
    lethe.close()


@test
def the_shell_runs_only_when_told_to():
    script = "1\\n#> 1\\n!touch made\\n!echo out\\n2\\n#> 2\\n"
    make = f"printf '{script}' > s.lethe; "
    for command in ["check s.lethe", "export s.lethe --md -o -", "export s.lethe --html"]:
        status, out, err = shell(make + f"lethe {command}; echo $?; ls")
        assert "made" not in out.splitlines() and "0" in out.splitlines(), out
        assert "not run: !touch made (--allow-shell runs lines for the shell)" in err, err
        status, out, err = shell(make + f"lethe {command} --allow-shell; ls")
        assert "made" in out.splitlines() and "not run" not in err, (out, err)
    # A script that is run is trusted; what it checks is not.
    status, out, err = shell(make + "lethe s.lethe; ls")
    assert "made" in out.splitlines(), out
    status, out, err = shell(make + "echo :check s.lethe | lethe; ls")
    assert "made" not in out.splitlines() and "not run" in err, (out, err)


@test
def nothing_is_waited_for_and_nothing_is_endless():
    status, out, err = shell("mkfifo p.svg; printf '# %%%% [markdown]\\n# ![a](p.svg)\\n\\n# %%%%\\n1\\n#> ![plot](p.svg)\\n' > s.lethe; lethe export s.lethe --html --ipynb --no-run", timeout=20)
    equal((status, err), (0, "wrote s.html\nwrote s.ipynb\n"))
    for command in ["lethe /dev/zero", "lethe check /dev/zero", "lethe export /dev/zero --html -o x", "lethe < /dev/zero", "lethe -e ':load /dev/zero'", "ln -s /dev/zero z.ipynb; lethe export z.ipynb --lethe"]:
        status, out, err = shell("ulimit -v 30000000; " + command, timeout=60)
        assert status in (1, 2) and ("is longer than 256 MiB" in err or "this is a device" in err), (command, status, err)
    # Whoever waits for a pipe that no one writes to can give up.
    home = tempfile.mkdtemp(prefix="lethe-home-")
    os.mkfifo(os.path.join(home, "p"))
    lethe = Lethe(home=home)
    lethe.prompt()
    lethe.keys(":load p\r")
    lethe.wait(":load p")
    lethe.settle(0.5)
    assert "interrupted while `p` was read" in lethe.interrupt()[1]
    # What the shell runs leaves the prompt a line of its own.
    lethe.keys("!sleep 20\r")
    lethe.wait("sleep 20")
    lethe.settle(0.5)
    assert lethe.interrupt()[1].lstrip("\n").startswith("^C\n"), lethe.raw[-100:]
    equal(lethe.run("1 + 1"), "2")
    lethe.close()
    # A pipe is a script like any other.
    equal(shell("lethe <(echo 1+1)")[:2], (0, "2\n"))
