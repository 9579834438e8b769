"""The command line: options, subcommands, and what belongs to the script."""

import os
import tempfile

from harness import content, equal, shell, test

MAKE = "printf 'args\\n' > f.lethe; printf '1\\n#> 1\\n' > check; "


@test
def command_line_options_stand_before_the_file():
    equal(shell(MAKE + "lethe --seed 3 f.lethe --seed 4 -x -- b"), (0, '["--seed", "4", "-x", "--", "b"]\n', ""))
    equal(shell(MAKE + "lethe --quiet -e args --keep-going x --seed y"), (0, '["x", "--seed", "y"]\n', ""))
    equal(shell(MAKE + "lethe -- f.lethe -q"), (0, '["-q"]\n', ""))
    equal(shell(MAKE + "lethe -- check"), (0, "1\n", ""))
    equal(shell(MAKE + "lethe ./check"), (0, "1\n", ""))
    equal(shell(MAKE + "lethe -e args -- check f.lethe"), (0, '["check", "f.lethe"]\n', ""))
    equal(shell("echo args | lethe - --help"), (0, '["--help"]\n', ""))
    equal(shell("echo 1+1 | lethe --seed=7"), (0, "2\n", ""))


@test
def command_line_subcommands_take_options_before_and_behind():
    for words in ["--quiet --threads 1 check check", "check --threads 1 check", "--seed 3 check check"]:
        equal(shell(MAKE + "lethe " + words), (0, "check: 1 passed, 0 failed\n", ""))
    for words in ["--threads 1 doctor", "doctor --threads 1"]:
        status, out, err = shell("lethe " + words)
        equal(status, 0)
        assert "on 1 thread," in out and "threads     1 of" in out, out
    status, out, err = shell("lethe help check")
    equal((status, err), (0, ""))
    assert "USAGE: lethe check" in out and "--allow-shell" in out, out
    equal(shell("lethe check --help")[1], out)


@test
def command_line_mistakes_are_named():
    for words, expected in [
        ("--sed 3 f.lethe", "Unknown option '--sed'. Did you mean '--seed'?"), ("--bogus", "Unknown option '--bogus'."), ("-e 1 check check", "-e does not go with lethe check"),
        ("--recover check check", "--recover does not go with lethe check"), ("--recover f.lethe", "it goes with no script"), ("-i f.lethe -e 1", "exclude each other"),
        ("check check --nope", "Unknown option '--nope'"), ("export f.lethe", "which format?"), ("--threads 2000", "from 1 to 1024"), ("check --skip", "Missing value"),
    ]:
        status, out, err = shell(MAKE + "lethe " + words)
        assert (status, out) == (2, "") and expected in err and "Usage: " in err, (words, status, out, err)
    assert "lethe run" not in shell("lethe --bogus")[2]


@test
def command_line_exit_gives_the_status():
    text = "def f(n) { try { exit(n) } catch e { print(e.message) } }\nprint(1)\nf(7)\nprint(2)\n"
    equal(shell(f"printf '{text}' > f.lethe; lethe f.lethe"), (7, "1\n", ""))
    equal(shell("lethe -e 'map(i -> if i == 3 { exit() } else { print(i) }, range(9))'"), (0, "0\n1\n2\n", ""))
    status, out, err = shell("lethe -e 'exit(300)'")
    assert (status, out) == (1, "") and "at most 255" in err, (status, out, err)


@test
def marks_inside_of_brackets_are_comments():
    script = "x = [1,\n#> 2\n  2,\n# %% title\n  3]\nx\n#> [1, 2, 3]\ndef f(a) {\n#> hm\n  a + 1\n}\nf(1)\n#> 2\n"
    home = tempfile.mkdtemp(prefix="lethe-home-")
    path = os.path.join(home, "f.lethe")
    with open(path, "w") as file:
        file.write(script)
    equal(shell(f"lethe {path}")[:2], (0, "[1, 2, 3]\n2\n"))
    status, out, err = shell(f"lethe check {path}")
    assert status == 0, (out, err)
    equal(shell(f"lethe check --update {path}")[0], 0)
    equal(content(home, "f.lethe"), script)
    equal(shell(f"lethe format --check {path}")[0], 0)
    assert "[1, 2, 3]" in shell(f"lethe export {path} --md -o -")[1]
