"""Sessions as a whole: saving, checking, taking back, out-of-date cells, start-up files, and sessions that were killed."""

import os
import random
import re
import shutil
import tempfile
import time

import pexpect

from harness import SCRIPTS, Lethe, content, equal, long_test, name_list, shell, test


def write(folder, name, text):
    with open(os.path.join(folder, name), "w") as file:
        file.write(text)


def cells_of_the_session(home):
    """The statements of scripts/session.lethe, one a cell, with the list of names beside them."""
    write(home, "names.txt", name_list())
    cell = ""
    for line in content(os.path.join(os.path.dirname(os.path.abspath(__file__)), "scripts"), "session.lethe").splitlines():
        if line.startswith("#"):
            continue
        cell += ("\r" if cell else "") + line.strip()
        if cell.count("{") == cell.count("}"):
            yield cell
            cell = ""


@long_test
def bar_20_a_saved_session_repeats_itself():
    lethe = Lethe()
    lethe.prompt()
    for cell in cells_of_the_session(lethe.home):
        text = lethe.run(cell)
        assert "error" not in text, text
    assert "saved" in lethe.run(":save s.lethe")
    home, saved = lethe.home, content(lethe.home, "s.lethe")
    equal(lethe.end(), 0)
    assert saved.count("#>") > 8, saved
    run = f"cd {home} && "
    status, out, err = shell(run + "lethe check s.lethe")
    equal((status, out), (0, out))
    assert ", 0 failed" in out, out
    results = [shell(run + f"lethe --quiet {option} s.lethe") for option in ["", "", "--threads 1", "--threads 4"]]
    for status, out, err in results:
        equal(status, 0)
        equal(out, results[0][1])
    # What it prints is what it says, and saving the session once more says the same.
    recorded = "".join(line[3:] + "\n" for line in saved.splitlines() if line.startswith("#>") and "![plot]" not in line)
    printed = [line for line in results[0][1].splitlines()]
    for line in recorded.splitlines():
        assert line in printed, line
    again = Lethe("-i", "s.lethe", home=home)
    again.prompt()
    again.run(":save t.lethe")
    equal(content(home, "t.lethe"), saved)
    again.end()


@test
def a_saved_session_is_the_same_in_every_window():
    texts = []
    for columns, variables in [(80, {}), (110, {}), (60, {"LANG": "C"}), (110, {"COLUMNS": "40", "TERM": "dumb"})]:
        lethe = Lethe(size=(24, columns), **variables)
        lethe.prompt()
        for cell in ["plot([1, 4, 9])", "heatmap([[1, 2], [3, 4]])", "print(range(100))", "show(plot([2, 1]))"]:
            lethe.run(cell)
        lethe.child.setwinsize(24, columns + 7)
        lethe.run("show(range(60))")
        assert "saved" in lethe.run(":save s.lethe") and "wrote" in lethe.run(":export s.ipynb")
        status, out, _ = shell(f"cd {lethe.home} && lethe check s.lethe", **variables)
        assert status == 0 and ", 0 failed" in out, out
        texts.append((content(lethe.home, "s.lethe"), content(lethe.home, "s.ipynb")))
        lethe.close()
    assert all(text == texts[0] for text in texts), texts


@test
def bar_21_a_check_names_what_differs():
    home = Lethe().home
    write(home, "s.lethe", "# %% Thirds\nx = 2\nx / 3\n#> 0.667\nx + 1\n#> 3\n")
    equal(shell(f"cd {home} && lethe check s.lethe")[:2], (0, "s.lethe: 2 passed, 0 failed\n"))
    write(home, "s.lethe", "# %% Thirds\nx = 2\nx / 3\n#> 0.66\nx + 1\n#> 3\n")
    status, out, err = shell(f"cd {home} && lethe check s.lethe")
    equal(status, 3)
    equal(out, "s.lethe:4: expected 0.66, got 0.6667\n  -#> 0.66\n  +#> 0.6667\ns.lethe: 1 passed, 1 failed\n")
    before = content(home, "s.lethe")
    equal(shell(f"cd {home} && lethe check --update s.lethe")[0], 0)
    equal(content(home, "s.lethe"), before.replace("#> 0.66\n", "#> 0.6667\n"))
    equal(shell(f"cd {home} && lethe check s.lethe")[0], 0)
    equal(shell(f"cd {home} && lethe check nosuch.lethe")[0], 2)


@test
def bar_22_undo():
    lethe = Lethe()
    lethe.prompt()
    lethe.run("x = 1")
    lethe.run("x = 2")
    drawn = lethe.run("rand()")
    lethe.run(":undo 2")
    equal(lethe.number, 2)
    equal(lethe.run("x"), "1")
    equal(lethe.run("rand()"), drawn)
    # After a training its memory is free again.
    def in_use():
        return lethe.run(":mem").splitlines()[0].split("in use")[1].split(",")[0].strip()
    before = in_use()
    lethe.run("m = train(gpt(64, layers=2, width=64), batch([range(40)]), steps=3)")
    assert in_use() != before
    lethe.run(":undo 2")
    equal(in_use(), before)
    lethe.close()


@test
def bar_23_stale_cells():
    lethe = Lethe()
    lethe.prompt()
    for cell in ["lr = 0.1", "def f(x) = x * lr", "y = f(2)", "z = 7", "lr = 0.2"]:
        lethe.run(cell)
    stale = lethe.run(":stale")
    assert stale.startswith("cell 3: y = f(2)") and len(stale.splitlines()) == 1, stale
    lethe.run(":rerun stale")
    equal(lethe.run(":stale"), "no cell is stale")
    equal(lethe.run("y"), "0.4")
    lethe.close()


@test
def a_script_is_loaded_and_loaded_again():
    lethe = Lethe()
    lethe.prompt()
    write(lethe.home, "f.lethe", "# %% A name\nx = 5\nx\n#> 5\n")
    equal(lethe.run(":load f.lethe"), "5")
    assert "no loaded script has changed" in lethe.run(":reload")
    write(lethe.home, "f.lethe", "x = 6\nx\n")
    assert lethe.run(":reload").endswith("6")
    assert "cannot read" in lethe.run(":load nosuch.lethe")
    write(lethe.home, "bad.lethe", "y = 1\nnope\ny = 2\n")
    text = lethe.run(":load bad.lethe")
    assert "bad.lethe:2:1: error: `nope` is not defined" in text, text
    equal(lethe.run("y"), "1")
    # Whoever loads what fails has failed.
    home = lethe.home
    status, out, err = shell(f"cd {home} && lethe -e ':load bad.lethe\nprint(2)'")
    equal((status, out), (1, ""))
    equal(err.count("error"), 1)
    write(home, "good.lethe", "nope\n#> error: `nope` is not defined\n#> ...\n")
    equal(shell(f"cd {home} && lethe -e ':load good.lethe\nprint(2)'")[:2], (0, "2\n"))
    lethe.close()


@test
def an_update_touches_the_script_alone():
    home = tempfile.mkdtemp(prefix="lethe-update-")
    write(home, "s.lethe", "\ufeff1\n#> 2\n3")
    os.chmod(os.path.join(home, "s.lethe"), 0o755)
    os.symlink("s.lethe", os.path.join(home, "link.lethe"))
    equal(shell(f"cd {home} && lethe check --update link.lethe")[:2], (0, "link.lethe: 0 passed, 2 updated\n"))
    assert os.path.islink(os.path.join(home, "link.lethe"))
    equal(os.stat(os.path.join(home, "s.lethe")).st_mode & 0o777, 0o755)
    equal(content(home, "s.lethe"), "\ufeff1\n#> 1\n3\n#> 3\n")
    equal(shell(f"cd {home} && lethe check link.lethe")[0], 0)
    shutil.rmtree(home)


@test
def a_full_disk_leaves_a_saved_session_as_it_was():
    if not os.path.exists("/dev/full"):
        return
    lethe = Lethe()
    lethe.prompt()
    lethe.run("1 + 1")
    os.mkdir(os.path.join(lethe.home, "closed"))
    write(lethe.home, "closed/s.lethe", "old\n")
    assert "error" in lethe.run(":save nosuchfolder/s.lethe")
    assert "error" in lethe.run(":save /proc/s.lethe")
    if os.geteuid() != 0:
        os.chmod(os.path.join(lethe.home, "closed"), 0o500)
        assert "error" in lethe.run(":save closed/s.lethe")
        equal(content(lethe.home, "closed/s.lethe"), "old\n")
        os.chmod(os.path.join(lethe.home, "closed"), 0o700)
    # A disk that is full while the file is written: a limit on the sizes of files has the same effect.
    script = "for i in range(400) { print(\"a line of some length\", i) }\n"
    write(lethe.home, "closed/big.lethe", script)
    status, out, err = shell(f"cd {lethe.home}/closed && ulimit -f 1 && lethe check --update big.lethe")
    assert status == 2 and "big.lethe" in err, (status, out, err)
    equal(content(lethe.home, "closed/big.lethe"), script)
    equal(sorted(os.listdir(os.path.join(lethe.home, "closed"))), ["big.lethe", "s.lethe"])
    lethe.close()


@test
def a_startup_file_is_for_the_prompt_alone():
    home = Lethe().home
    os.makedirs(os.path.join(home, ".config/lethe"))
    write(home, ".config/lethe/init.lethe", "def twice(x) = 2 * x\n")
    lethe = Lethe(home=home)
    lethe.prompt()
    equal(lethe.number, 1)
    equal(lethe.run("twice(4)"), "8")
    lethe.run(":save s.lethe")
    equal(content(home, "s.lethe"), "def twice(x) = 2 * x\ntwice(4)\n#> 8\n")
    lethe.end()
    lethe = Lethe("--no-init", home=home)
    lethe.prompt()
    assert "not defined" in lethe.run("twice(4)")
    lethe.end()
    assert shell(f"HOME={home} lethe -e 'twice(4)'")[0] == 1
    write(home, ".config/lethe/init.lethe", "x = 1\nnope\n")
    lethe = Lethe(home=home)
    assert "init.lethe:2:1: error:" in lethe.prompt()
    equal(lethe.run("x"), "1")
    lethe.end()


@test
def sessions_that_were_killed_come_back():
    cells = ["x0 = rand()"]
    for i in range(1, 40):
        cells.append([
            f"x{i} = x{i - 1} + rand()", f"x{i} = x{i - 1}; for j in range(20000) {{ x{i} = x{i} + j }}", f"x{i} = sum(randn(300, 300)) + x{i - 1}",
            f"x{i} = x{i - 1} * 0.5; x{i}"][i % 4])
    reference = Lethe()
    reference.prompt()
    values = []
    for i, cell in enumerate(cells):
        reference.run(cell)
        values.append(f"x{i}")
    def values_of(lethe, names):
        # The line that was typed is wider than the window; what is printed is the last list.
        return re.findall(r"\[(\d.*?)\]", lethe.run("print(repr([" + ", ".join(names) + "]))"))[-1].split(", ")
    expected = values_of(reference, values)
    reference.end()
    generator, finished_cells = random.Random(1), 0
    for moment in range(50):
        lethe = Lethe()
        lethe.prompt()
        deadline = time.monotonic() + generator.uniform(0, 0.15)
        typed = 0
        lethe.child.timeout = 0.01
        finished = 0
        while time.monotonic() < deadline and typed < len(cells):
            lethe.keys(cells[typed] + "\r")
            typed += 1
            while time.monotonic() < deadline:
                try:
                    lethe.prompt()
                    finished = lethe.number - 1
                    break
                except pexpect.TIMEOUT:
                    pass
        lethe.child.kill(9)
        lethe.child.wait()
        if moment == 0:
            after = Lethe(home=lethe.home)
            assert "lethe --recover brings it back" in " ".join(after.prompt().split()) or finished == 0
            equal(after.end(), 0)
        again = Lethe("--recover", home=lethe.home)
        again.prompt()
        recovered = again.number - 1
        # Prompts that were drawn but not read yet make it more, never less.
        assert recovered >= finished, f"moment {moment}: {finished} cells had finished, {recovered} came back"
        if recovered:
            equal(values_of(again, values[:recovered]), expected[:recovered])
        finished_cells += finished
        equal(again.end(), 0)
        equal([name for name in os.listdir(os.path.join(lethe.home, ".local/state/lethe/sessions"))], [])
    return f"50 kills, {finished_cells} finished cells, none lost"


@test
def a_killed_training_is_stopped_where_it_was_stopped():
    lethe = Lethe()
    lethe.prompt()
    lethe.run("m = gpt(64, layers=2, width=64)")
    lethe.keys("m = train(m, batch([range(60), range(3, 63)]), steps=100000)\r")
    lethe.computes(1)
    lethe.interrupt()
    steps = lethe.run("m.log.steps")
    loss = lethe.run("repr(nll(m, batch([range(60)])))")
    lethe.child.kill(9)
    lethe.child.wait()
    again = Lethe("--recover", home=lethe.home)
    again.prompt()
    equal(again.run("m.log.steps"), steps)
    equal(again.run("repr(nll(m, batch([range(60)])))"), loss)
    again.end()


@test
def a_script_before_the_prompt_can_be_stopped():
    home = Lethe().home
    write(home, "slow.lethe", "x = 1\nfor i in range(10^10) { y = i }\nz = 2\n")
    lethe = Lethe("-i", "slow.lethe", home=home)
    lethe.computes(0.8)
    lethe.interrupt()
    # The script has ended there, and cells run whole again.
    equal(lethe.run("a = 3; b = a + x; b"), "4")
    assert "not defined" in lethe.run("z")
    equal(lethe.end(), 0)


@test
def a_loaded_script_that_was_stopped_is_stopped_there_again():
    lethe = Lethe()
    lethe.prompt()
    write(lethe.home, "t.lethe", "m = gpt(64, layers=2, width=64)\nm = train(m, batch([range(60), range(3, 63)]), steps=100000)\nz = 2\n")
    lethe.keys(":load t.lethe\r")
    lethe.computes(1)
    lethe.interrupt()
    steps = lethe.run("m.log.steps")
    lethe.child.kill(9)
    lethe.child.wait()
    again = Lethe("--recover", home=lethe.home)
    again.prompt()
    equal(again.run("m.log.steps"), steps)
    assert "not defined" in again.run("z")
    again.end()


@test
def nothing_to_bring_back():
    lethe = Lethe("--recover")
    assert "there is no session to bring back" in lethe.prompt()
    lethe.run("x = 1")
    lethe.end()
    again = Lethe("--recover", home=lethe.home)
    assert "there is no session to bring back" in again.prompt()
    again.end()


@test
def a_thousand_cells_stay_fast_and_small():
    lethe = Lethe()
    lethe.prompt()

    def memory():
        with open(f"/proc/{lethe.child.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6

    def computed(cells):
        """Seconds that some more cells take the program."""
        start = lethe.computed()
        for _ in range(cells):
            i = lethe.number - 1
            lethe.keys([f"x = {i}", "x + 1", "y = randn(10, 10)", "def f(a) = a + x", "f(2)", "sum(y)"][i % 6] + "\r")
            lethe.prompt()
        return lethe.computed() - start

    computed(48)
    early = computed(102)
    small = memory()
    computed(750)
    late = computed(102)
    large = memory()
    assert late < 4 * early + 0.05, f"{early:.3f} s, then {late:.3f} s"
    assert large - small < 30, (small, large)
    lethe.end()
    return f"a cell computes {early * 10:.1f} ms at first, {late * 10:.1f} ms at last; {small:.0f} MB, then {large:.0f} MB"


EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Examples")


NAMES = sorted(
    os.path.relpath(os.path.join(folder, name), EXAMPLES)
    for folder, _, files in os.walk(EXAMPLES) for name in files if name.endswith(".lethe"))


@test
def nothing_is_lost_without_a_word():
    equal(shell(f"lethe --quiet check {os.path.join(SCRIPTS, 'nothing-is-lost.lethe')}")[0], 0)


@test
def there_are_examples_to_check():
    assert len(NAMES) >= 16, NAMES


def example(name):
    def prints_what_it_says():
        start = time.monotonic()
        status, out, err = shell(f"lethe --quiet check {os.path.join(EXAMPLES, name)}", timeout=900)
        equal((status, out if status else ""), (0, ""))
        equal(len(out.splitlines()), 1)
        return f"{time.monotonic() - start:.0f} s"

    prints_what_it_says.__name__ = f"example_{name.removesuffix('.lethe')}_prints_what_it_says"
    return prints_what_it_says


for name in NAMES:
    long_test(example(name))
