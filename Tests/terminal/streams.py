"""Scripts and programs, what goes in and out of them, and the commands of a session."""

import json
import os
import re
import shutil
import subprocess
import tempfile

import pexpect

from harness import PROGRAM, SCRIPTS, content, environment, equal, in_bash, in_folder, Lethe, name_list, shell, Skip, test


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
