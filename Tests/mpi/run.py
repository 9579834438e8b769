#!/usr/bin/env python3
"""Scripts on several ranks by mpirun: run.py PROGRAM [part of a test's name].

The same bits on one, two and three ranks; one message however it ends; no rank is left behind.
"""

import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import scripts

PROGRAM = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else "lethe"
TIMEOUT = 900
TESTS = []
MPIRUN = ["mpirun", "--oversubscribe"] + (["--allow-run-as-root"] if os.getuid() == 0 else [])


class Skipped(Exception):
    """A test that cannot be tried here."""


def test(function):
    TESTS.append(function)
    return function


class Run:
    """A script on some ranks."""

    def __init__(self, ranks, text, folder=None, arguments=(), stdin=None, mpirun=None):
        self.folder = folder or tempfile.mkdtemp(prefix="lethe-mpi-")
        path = os.path.join(self.folder, "script.lethe")
        with open(path, "w") as file:
            file.write(text)
        self.process = subprocess.Popen(
            (mpirun or MPIRUN) + ["-n", str(ranks), PROGRAM, "--quiet", "--threads", "1", *(arguments or [path])],
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, cwd=self.folder, text=True)
        if stdin is not None:
            self.process.stdin.write(stdin)
            self.process.stdin.close()
            self.process.stdin = None

    def finish(self, timeout=TIMEOUT):
        """Waits for its end; returns standard output."""
        try:
            self.out, self.messages = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"it hangs: nothing ended within {timeout} s") from None
        self.status = self.process.returncode
        return self.out

    def ranks(self, number):
        """Processes of the ranks, once all are there."""
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            found = subprocess.run(
                ["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True).stdout.split()
            if len(found) >= number:
                return [int(one) for one in found][:number]
            time.sleep(0.05)
        raise AssertionError("the ranks do not start")

    def own_messages(self):
        """What Lethe said, without what mpirun adds: blocks between lines, and lines that begin with the machine and
        the process that speaks. On a busy machine there are some ("Out of resource")."""
        blocks = re.sub(r"-{60,}\n.*?-{60,}\n", "", self.messages, flags=re.S)
        # Its event loop, too, when a rank is gone, and its way over the network.
        speaks = re.compile(r"\[([\w.-]+:\d+|warn)\] |\[[\w.-]+\]\[\[\d+,\d+\],\d+\]")
        return [line for line in blocks.splitlines() if line.strip() and not speaks.match(line)]


def gone(processes):
    end = time.monotonic() + 20
    while any(os.path.exists(f"/proc/{process}") for process in processes):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def alike(name):
    def run():
        first = None
        for ranks in (1, 2, 3):
            one = Run(ranks, scripts.DATA + scripts.ALIKE[name])
            out = one.finish()
            if ranks == 1:
                first = out
            assert one.status == 0, f"{ranks} ranks: status {one.status}: {one.messages[-2000:]}"
            assert out.strip(), "it printed nothing"
            if out != first:
                pairs = [pair for pair in zip(first.splitlines(), out.splitlines()) if pair[0] != pair[1]]
                raise AssertionError(f"{ranks} ranks print otherwise: {pairs[:3] or (first, out)}")
            shutil.rmtree(one.folder)
    run.__name__ = f"the same bits on 1, 2 and 3 ranks: {name}"
    return run


TESTS += [alike(name) for name in scripts.ALIKE]


@test
def a_script_from_standard_input_reaches_all_ranks():
    one = Run(2, "", arguments=["-"], stdin="print(6 * 7)\n")
    assert one.finish() == "42\n", (one.out, one.messages)


@test
def what_is_not_known_to_add_up_is_what_one_process_computes():
    text = scripts.DATA + scripts.LIKE_ONE
    alone = subprocess.run(
        [PROGRAM, "--quiet", "--threads", "1", "-"], input=text, capture_output=True, text=True, timeout=TIMEOUT)
    assert alone.returncode == 0, alone.stderr
    for ranks in (1, 2):
        one = Run(ranks, text)
        assert one.finish() == alone.stdout, (one.out, alone.stdout, one.messages)


@test
def standard_input_is_not_silently_empty():
    one = Run(2, 'print(try { read_text("/dev/stdin") } catch e { e.message })\n', stdin="x\n")
    assert "the first one alone can read it" in one.finish(), (one.out, one.messages)


@test
def what_the_first_rank_alone_could_read_is_refused():
    for text in ('t = load("/dev/stdin")\nprint(len(t))', 'x = use "/dev/stdin"\nprint(x)', ":load /dev/stdin"):
        one = Run(2, text + "\n", stdin="a = 3\nb = 4\n")
        assert one.finish() == "", (text, one.out, one.messages)
        assert one.status == 1 and "the first one alone can read it" in one.messages, (text, one.messages)
    for text in ('print(load("pipe"))', 'use "pipe"', ":load pipe", ":load pipe.ws"):
        folder = tempfile.mkdtemp(prefix="lethe-mpi-")
        for name in ("pipe", "pipe.ws"):
            os.mkfifo(os.path.join(folder, name))
        one = Run(2, text + "\n", folder=folder)
        assert one.finish(60) == "", (text, one.out, one.messages)
        assert one.status == 1, (text, one.status, one.messages)


@test
def what_one_rank_alone_meets_is_not_caught():
    folder = tempfile.mkdtemp(prefix="lethe-mpi-")
    path = os.path.join(folder, "script.lethe")
    for kept, words in ((None, "is another file on rank 1"), ('{"lr": 0.2}', "is another file on rank 1")):
        for machine, text in (("a", '{"lr": 0.1}'), ("b", kept)):
            os.makedirs(os.path.join(folder, machine), exist_ok=True)
            if text is not None:
                with open(os.path.join(folder, machine, "cfg.json"), "w") as file:
                    file.write(text)
        for caught in (scripts.CATCHES, scripts.CATCHES.replace('read_json("cfg.json").lr', 'len(load("cfg.json"))'),
                       scripts.CATCHES_IN_LOSS):
            with open(path, "w") as file:
                file.write(caught)
            words_of = subprocess.run(
                MPIRUN + ["-n", "1", "-wdir", folder + "/a", PROGRAM, "--quiet", "--threads", "1", path, ":",
                          "-n", "1", "-wdir", folder + "/b", PROGRAM, "--quiet", "--threads", "1", path],
                capture_output=True, text=True, timeout=TIMEOUT)
            assert words_of.returncode == 1 and words_of.stdout == "", (words_of.stdout, words_of.stderr)
            assert words in words_of.stderr and words_of.stderr.count("error:") == 1, words_of.stderr
    # Errors that no file is behind.
    for rest in ("nll(base, qa.retain)", "print(1)"):
        one = Run(2, scripts.DATA + scripts.RANK + f"x = try {{ if rank == 1 {{ error('only here') }}; 1 }} catch e {{ 2 }}\n{rest}\n"
                  .replace("'", '"'))
        one.finish()
        assert one.status == 1 and "rank 1 met an error that others did not" in one.messages, one.messages
        assert "only here" in one.messages and one.messages.count("error:") == 1, one.messages
    # Another error is met than that of the other rank.
    one = Run(2, scripts.RANK + 'x = try { error("here {rank}") } catch e { 1 }\nprint(x)\n')
    assert one.finish() == "" and "met an error that others did not" in one.messages, (one.out, one.messages)
    one = Run(2, scripts.RANK + 'def f(i) { if i == rank { error("no") } }\nx = try { f(0) } catch e { 1 }\n'
              'y = try { f(1) } catch e { 1 }\nprint(x)\n')
    assert one.finish() == "" and "met an error that others did not" in one.messages, (one.out, one.messages)
    # What all meet is caught, also where it says how much memory a rank has.
    for ranks in (1, 2):
        one = Run(ranks, scripts.RANK + 'print(try { error("needs {rank + 1}.5 MiB") } catch e { "caught" })\n')
        assert one.finish() == "caught\n", (one.out, one.messages)


@test
def what_goes_on_after_an_error_is_sure_that_all_ranks_met_it():
    alone = 'if rank == 1 { error("only here") }'
    studied = f"def f(lr) {{ {alone}; return lr }}\n"
    ends = "print(bits(unlearn(base, f, r, steps=1)))\n"
    inner = f"{studied}def outer(x) = len(study(f, grid=(lr=[1])).failed)\n"
    for text, arguments in (
            (studied + "s = study(f, grid=(lr=[1]))\n", ()),
            (inner + "s = study(outer, grid=(x=[1, 2]), ranks=2)\n", ()),
            (f"t = tune(base, f, r, optimizer=(m, g, s=none, lr=1) -> {{ {alone}; return m, s }}, lr=[1], tries=1)\n", ()),
            (f"x = 1\n{alone}\n", ["--keep-going"]),
            (f"x = 1\n{alone}\n#> error: only here\n", ()),
    ):
        one = Run(2, scripts.DATA + scripts.RANK + text + ends, arguments=[*arguments, "script.lethe"])
        one.finish()
        assert one.status == 1 and one.out == "", (text, one.out, one.messages)
        assert "only here" in one.messages and one.messages.count("rank 1") == 1, (text, one.messages)
    # What all meet is a row, and what follows is run.
    both = 'def f(lr) { error("here, too") }\nprint(study(f, grid=(lr=[1])).rows[0].error)\n'
    one = Run(2, both + 'error("on all")\n#> error: on all\nprint(2)\nerror("again")\nprint(3)\n',
              arguments=["--keep-going", "script.lethe"])
    assert one.finish() == "here, too\n2\n3\n", (one.out, one.messages)


@test
def where_a_nan_came_from_is_told_by_the_rank_whose_piece_it_was():
    loss = """\
m = gpt(20, layers=1, width=16, seed=1)
b = batch([[1, 2, 3, 4], [5, 6, 1], [3, 3, 3, 3, 3], [2, 6, 2], [7, 8], [9, 10, 11], [4, 4], [1, 9, 1, 9], [2, 3]])
def own(m, f, r) = nll(m, f) + sum(log(tensor([if f.ids[0][0] == 4 { -1 } else { 1 }]) * nll(m, f)))
def late(m, f, r) = nll(m, f) + sum(sqrt(relu(tensor([if f.ids[0][0] == 4 { -1 } else { 1 }]) * nll(m, f))))
def said(loss) = try { train(m, b, loss=loss, steps=3, accumulate=4, batch=9); 1 } catch e { e.message + join(e.advice, "; ") }
print(said(own)); print(said(late))
"""
    folder = tempfile.mkdtemp(prefix="lethe-mpi-")
    alone = Run(1, loss, folder).finish()
    assert "log" in alone, alone
    for ranks in (2, 3):
        one = Run(ranks, loss, folder)
        assert one.finish() == alone, (one.out, alone, one.messages)


@test
def a_plan_without_time_enough_is_one_error_of_all_ranks():
    recipe = "() -> { train(m, f, steps=40); for i in range(200) { nll(m, f) } }"
    one = Run(2, f"""\
m = gpt(20, layers=1, width=16, seed=1)
f = batch([[1, 2, 3, 4], [5, 6, 1], [3, 3, 3, 3, 3], [2, 6, 2], [7, 8], [9, 10, 11], [4, 4], [1, 9, 1, 9], [2, 3]])
said = [1, 1.2, 1.5, 2, 3] |> map(s -> try {{ plan({recipe}, machines=2, seconds=s / 10); 1 }} catch e {{ 2 }})
print(len(said), repr(nll(train(m, f, steps=2), f)))
plan(() -> {{ for i in range(1000000) {{ nll(m, f) }} }}, seconds=0.1)
""")
    one.finish()
    assert one.out.startswith("5 "), (one.out, one.messages)
    assert one.messages.count("error:") == 1 and "did not end within" in one.messages, one.messages


@test
def a_full_disk_under_a_study_is_one_error_of_all_ranks():
    if os.getuid() != 0 or not shutil.which("unshare"):
        raise Skipped("a small disk wants root and unshare")
    study = 'def once(i) = (a=i, text=repr(range(200)))\n'
    kept = study + 's = try { study(once, grid=(i=range(40)), path="s.jsonl").rows } catch e { print(e.message); [] }\nprint(len(s))\n'
    said = None
    for ranks in (1, 2, 3):
        for text in (kept, study + 'study(once, grid=(i=range(40)), path="s.jsonl")\n'):
            folder = tempfile.mkdtemp(prefix="lethe-mpi-")
            os.mkdir(os.path.join(folder, "disk"))
            small = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=8k none disk && cd disk && exec "$@"', "-"]
            one = Run(ranks, text, folder, mpirun=small + MPIRUN)
            one.finish()
            if text == kept:
                said = said or one.out
                assert "disk is full" in one.out and one.out == said, (one.out, one.messages)
            else:
                assert one.status == 1 and one.messages.count("error:") == 1, one.messages


@test
def what_pieces_of_shared_work_say_is_read_in_their_order():
    first = None
    for ranks in (1, 2, 3):
        one = Run(ranks, scripts.SAYS)
        out = one.finish()
        first = first or out
        assert one.status == 0 and out == first, (ranks, out, first, one.messages)
        assert len(out.splitlines()) == 12, out
    # A script that is checked has a session of its own.
    for ranks in (1, 2):
        folder = tempfile.mkdtemp(prefix="lethe-mpi-")
        with open(os.path.join(folder, "other.lethe"), "w") as file:
            file.write("1 + 1\n#> 2\n")
        one = Run(ranks, ":check other.lethe\n" + scripts.SAYS, folder=folder)
        assert one.finish().endswith(first), (ranks, one.out, one.messages)
    fails = scripts.SAYS.replace("return", "if f.ids[0][0] == 3 { error(\"three\") }; return")
    for ranks in (1, 2, 3):
        one = Run(ranks, fails)
        assert one.finish().splitlines() == first.splitlines()[:3], (ranks, one.out)
        assert one.messages.count("three") >= 1 and one.status == 1, one.messages


@test
def pieces_of_shared_work_write_no_files():
    text = scripts.SAYS.replace("print(f.ids)", 'write_text("{f.ids[0][0]}", "factor.txt")')
    caught = text.replace("write_text", "try { write_text").replace('"factor.txt")', '"factor.txt") } catch e { 1 }')
    for script, ranks in ((text, 1), (text, 2), (caught, 1), (caught, 2)):
        one = Run(ranks, script)
        one.finish()
        assert one.status == 1 and "what ranks share out cannot write files" in one.messages, one.messages
        assert not os.path.exists(os.path.join(one.folder, "factor.txt"))
    for rows, together, ranks in ((1, 1, 1), (1, 1, 2), (4, 1, 1), (4, 1, 2), (4, 2, 1), (4, 2, 2), (4, 2, 4)):
        one = Run(ranks, scripts.WRITES_IN_STUDY.format(rows=rows, together=together))
        assert one.finish() == "what ranks share out cannot write files\n" * rows + "written\n", (one.out, one.messages)
    # What is not shared out writes them.
    one = Run(2, text.replace("accumulate=4, ", ""))
    one.finish()
    assert one.status == 0 and os.path.exists(os.path.join(one.folder, "factor.txt")), one.messages


@test
def an_error_is_said_once():
    one = Run(3, scripts.DATA + "print(1)\nnll(base, 3)\n")
    assert one.finish() == "1\n", one.out
    assert one.status == 1, one.status
    assert one.messages.count("error") == 1, one.messages


@test
def a_rank_that_fails_alone_ends_all():
    for text, words in ((scripts.FAILS_ALONE, "only here"), (scripts.FAILS_LAST, "only at the end")):
        one = Run(2, text)
        one.finish()
        assert one.status == 1, one.status
        assert len(one.own_messages()) == 1 and words in one.own_messages()[0], one.messages
        assert "rank 1" in one.own_messages()[0], one.messages


@test
def ranks_that_compute_different_things_are_stopped():
    one = Run(2, scripts.DIVERGES)
    assert one.finish() == "1\n", one.out
    assert one.status == 1, one.status
    assert len(one.own_messages()) == 1 and "no longer compute the same" in one.messages, one.messages


@test
def the_prompt_is_refused():
    one = Run(2, "1\n", arguments=["-i", "script.lethe"])
    one.finish()
    assert one.status == 2, one.status
    assert one.messages.count("the prompt runs in one process") == 1, one.messages


@test
def a_lost_rank_ends_all():
    generator = random.Random(7)
    for turn in range(6):
        one = Run(3, scripts.LONG)
        ranks = one.ranks(3)
        time.sleep(generator.random() * 6)
        os.kill(generator.choice(ranks), signal.SIGKILL)
        one.finish(timeout=60)
        assert one.status != 0, one.status
        assert len(one.own_messages()) == 0, one.messages
        assert "Killed" in one.messages or "signal 9" in one.messages, one.messages
        assert gone(ranks), f"turn {turn}: a rank is left behind"


def interrupted(text, count, whom, seconds):
    """What a long script had printed when Ctrl-C reached mpirun or one of its ranks, which ends all with one message."""
    one = Run(count, text)
    ranks = sorted(one.ranks(count))
    time.sleep(seconds)
    os.kill(one.process.pid if whom == "mpirun" else ranks[whom], signal.SIGINT)
    one.finish(timeout=60)
    assert one.status != 0, one.status
    said = one.own_messages()
    assert len(said) == 1 and "interrupted" in said[0], (whom, one.messages)
    assert gone(ranks), "a rank is left behind"
    return one.out


@test
def control_c_ends_all_with_one_message():
    for whom in ("mpirun", 0, 1):
        printed = interrupted(scripts.LONG, 3, whom, seconds=5)
        assert printed == "", printed


def table(out):
    """What a study printed of itself: runs that had ended before print nothing again."""
    return [line for line in out.splitlines() if not line.startswith(("lr ", "warning: "))]


def lines(path):
    return open(path).read().count("\n") if os.path.exists(path) else 0


@test
def a_study_whose_rank_is_lost_at_any_moment_resumes_to_the_same_table():
    text = scripts.DATA + scripts.STUDY
    began = time.monotonic()
    whole = Run(2, text)
    whole.finish()
    assert whole.status == 0, whole.messages
    length, generator = time.monotonic() - began, random.Random(11)
    for turn in range(20):
        one = Run(3, text)
        ranks = one.ranks(3)
        time.sleep(generator.random() * length)
        # It may have ended by then.
        was_lost = one.process.poll() is None
        if was_lost:
            try:
                os.kill(generator.choice(ranks), signal.SIGKILL)
            except ProcessLookupError:
                was_lost = False
        one.finish(timeout=120)
        if one.status != 0:
            assert was_lost and len(one.own_messages()) == 0, (turn, one.messages)
            assert one.messages.count("exited on signal 9") == 1, (turn, one.messages)
        assert gone(ranks), f"turn {turn}: a rank is left behind"
        again = Run(generator.choice([1, 2, 3]), text, folder=one.folder)
        again.finish()
        assert again.status == 0, again.messages
        assert table(again.out) == table(whole.out), (turn, whole.out, again.out)
        shutil.rmtree(one.folder)


@test
def a_study_goes_on_without_a_rank_where_mpirun_lets_the_others_live():
    text = scripts.DATA + scripts.STUDY
    whole = Run(1, text)
    whole.finish()
    assert whole.status == 0, whole.messages
    for victim in (1, 2):
        one = Run(3, text, mpirun=MPIRUN + ["--enable-recovery"])
        path = os.path.join(one.folder, "study.jsonl")
        while one.process.poll() is None and lines(path) < 3:
            time.sleep(0.02)
        os.kill(sorted(one.ranks(3))[victim], signal.SIGKILL)
        one.finish(timeout=120)
        assert table(one.out) == table(whole.out), (one.out, one.messages)
        said = [line for line in one.own_messages() if "warning" in line]
        assert len(said) == 1 and f"rank {victim} was lost" in said[0], one.messages
        assert lines(path) == 7, open(path).read()
        shutil.rmtree(one.folder)


@test
def teams_of_ranks_have_the_same_bits():
    """Two teams of two, and one of two beside one of three."""
    text, first = scripts.DATA + scripts.TEAMS, None
    for ranks in (1, 4, 5):
        one = Run(ranks, text)
        out = one.finish()
        first = first or out
        assert one.status == 0, (ranks, one.messages)
        assert out == first, (ranks, [pair for pair in zip(first.splitlines(), out.splitlines()) if pair[0] != pair[1]])
        shutil.rmtree(one.folder)


@test
def what_fails_on_one_rank_of_a_team_alone_is_said_once():
    one = Run(4, scripts.FAILS_IN_TEAM)
    out = one.finish()
    assert one.status == 0, one.messages
    assert out == "rank 3 ended before the others: only here\n", (out, one.messages)


@test
def a_study_goes_on_without_a_rank_of_a_team():
    """Whichever rank but the first is lost, at a moment nobody chose."""
    text = scripts.DATA + scripts.STUDY.replace('seeds=2, path="study.jsonl"', 'seeds=4, path="study.jsonl", ranks=2')
    whole = Run(1, text)
    whole.finish()
    assert whole.status == 0, whole.messages
    generator, losses = random.Random(5), 0
    for turn, victim in enumerate((1, 2, 3, 1, 3, 2)):
        one = Run(4, text, mpirun=MPIRUN + ["--enable-recovery"])
        path = os.path.join(one.folder, "study.jsonl")
        while one.process.poll() is None and lines(path) < 1 + turn % 2:
            time.sleep(0.02)
        ranks = sorted(one.ranks(4))
        time.sleep(0.6 * generator.random())
        # It may have ended by then.
        if lines(path) == 13:
            one.finish()
            continue
        losses += 1
        os.kill(ranks[victim], signal.SIGKILL)
        one.finish(timeout=120)
        assert table(one.out) == table(whole.out), (turn, one.out, one.messages)
        said = [line for line in one.own_messages() if "warning" in line]
        assert len(said) == 1 and f"rank {victim} was lost" in said[0], (turn, one.messages)
        assert lines(path) == 13, open(path).read()
        assert gone(ranks), f"turn {turn}: a rank is left behind"
        shutil.rmtree(one.folder)
    assert losses > 2, losses


@test
def control_c_ends_teams_with_one_message():
    for whom in ("mpirun", 1, 3):
        interrupted(scripts.LONG_TEAMS, 4, whom, seconds=6)


@test
def a_lost_rank_of_a_team_ends_all_and_the_study_resumes():
    text = scripts.DATA + scripts.STUDY.replace('path="study.jsonl"', 'path="study.jsonl", ranks=2')
    whole = Run(2, text)
    whole.finish()
    generator = random.Random(3)
    for victim in (0, 1, 3):
        one = Run(4, text)
        path, ranks = os.path.join(one.folder, "study.jsonl"), sorted(one.ranks(4))
        while one.process.poll() is None and lines(path) < 3:
            time.sleep(0.02)
        os.kill(ranks[victim], signal.SIGKILL)
        one.finish(timeout=60)
        assert one.status != 0 and len(one.own_messages()) == 0, one.messages
        assert gone(ranks), "a rank is left behind"
        again = Run(generator.choice([1, 2, 3, 4]), text, folder=one.folder)
        again.finish()
        assert again.status == 0, again.messages
        assert table(again.out) == table(whole.out), (victim, whole.out, again.out)
        shutil.rmtree(one.folder)


@test
def weights_are_set_aside_where_memory_is_short():
    """The same bits as with memory to spare, on one rank and on two; `ulimit -d` does not count what lies in a file."""
    plain = Run(1, scripts.ASIDE)
    first = plain.finish().splitlines()
    assert plain.status == 0 and first[1] == "false", (first, plain.messages)
    for ranks, kibibytes in ((1, 2_200_000), (2, 1_800_000)):
        limited = ["sh", "-c", f'ulimit -d {kibibytes}; exec "$@"', "-"]
        one = Run(ranks, scripts.ASIDE, mpirun=limited + MPIRUN)
        out = one.finish().splitlines()
        assert one.status == 0, (ranks, one.messages)
        assert out[1] == "true", (ranks, out)
        assert out[0] == first[0] and out[2] == first[2], (ranks, out, first)
        shutil.rmtree(one.folder)


@test
def a_state_in_parts_is_refused_inside_of_a_study():
    one = Run(2, scripts.SHARDED_IN_STUDY)
    out = one.finish()
    assert one.status == 0, one.messages
    assert "begin the training inside of that function" in out, out
    alone = Run(1, scripts.SHARDED_IN_STUDY).finish()
    assert out.splitlines()[1:] == alone.splitlines()[1:], (out, alone)


@test
def srun_is_all_that_slurm_needs():
    if not shutil.which("srun") or subprocess.run(["srun", "-n", "1", "true"], capture_output=True).returncode != 0:
        raise Skipped("there is no Slurm")
    for name in ("losses", "study"):
        text = scripts.DATA + scripts.ALIKE[name]
        first = Run(1, text).finish()
        one = Run(2, text, mpirun=["srun", "--overcommit", "--mpi=pmix"])
        assert one.finish() == first, (one.out, one.messages)
        assert one.status == 0, one.messages
    # Processes that cannot find each other would each do the same.
    one = Run(2, "print(1)\n", mpirun=["srun", "--overcommit", "--mpi=none"])
    assert one.finish() == "", one.out
    assert "processes that do not know of each other" in one.messages, one.messages


class Namespaces:
    """Two network namespaces with a line between them, as two machines; `with` gives the mpirun of the first."""

    names = ("lethe-mpi-a", "lethe-mpi-b")

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="lethe-net-")
        self.clear()
        first, second = self.names
        ends = ("lethe-mpi-0", "lethe-mpi-1")
        for name in self.names:
            self.ip("netns", "add", name)
        self.ip("link", "add", ends[0], "netns", first, "type", "veth", "peer", "name", ends[1], "netns", second)
        for number, (name, end) in enumerate(zip(self.names, ends)):
            self.ip("-n", name, "addr", "add", f"10.77.5.{number + 1}/24", "dev", end)
            self.ip("-n", name, "link", "set", "lo", "up")
            self.ip("-n", name, "link", "set", end, "up")
        # What ssh would be.
        agent = os.path.join(self.folder, "agent")
        with open(agent, "w") as file:
            file.write(f'#!/bin/sh\nshift\n{self.inside(second, "$*")}\n')
        os.chmod(agent, 0o755)
        net = ["btl_tcp_if_include", "oob_tcp_if_include"]
        self.options = ["--mca", "plm_rsh_agent", agent, "--mca", "btl", "self,tcp"]
        self.options += [word for name in net for word in ("--mca", name, "10.77.5.0/24")]
        return self

    def mpirun(self, own, other):
        """With so many ranks there and there."""
        hosts = f"10.77.5.1:{own}" + (f",10.77.5.2:{other}" if other else "")
        command = shlex.join(MPIRUN + self.options + ["--host", hosts])
        start = os.path.join(self.folder, f"start-{own}-{other}")
        with open(start, "w") as file:
            file.write("#!/bin/sh\n" + self.inside(self.names[0], f'{command} "$@"', quoted=False) + "\n")
        os.chmod(start, 0o755)
        return [start]

    def inside(self, name, command, quoted=True):
        """A line of a script that runs a command there, where the machine has another name, too."""
        if quoted:
            return f'exec ip netns exec {name} unshare --uts sh -c "hostname {name}; exec $*"'
        return f"exec ip netns exec {name} unshare --uts sh -c 'hostname {name}; exec \"$@\"' - {command}"

    def ip(self, *words, check=True):
        subprocess.run(["ip", *words], check=check, capture_output=True)

    def clear(self):
        for name in self.names:
            self.ip("netns", "del", name, check=False)

    def __exit__(self, *_):
        self.clear()
        shutil.rmtree(self.folder, ignore_errors=True)


@test
def the_same_bits_across_two_network_namespaces():
    if os.getuid() != 0 or not shutil.which("ip") or not shutil.which("unshare"):
        raise Skipped("network namespaces want root, ip and unshare")
    with Namespaces() as net:
        for name in ("losses", "training", "study", "sharded"):
            text = scripts.DATA + scripts.ALIKE[name]
            first = Run(1, text).finish()
            for own, other in ((1, 1), (1, 2)):
                one = Run(own + other, text, mpirun=net.mpirun(own, other))
                out = one.finish()
                assert one.status == 0, one.messages
                assert out == first, (name, own, other, first, out)
                shutil.rmtree(one.folder)


@test
def a_rank_lost_on_another_machine_ends_all():
    if os.getuid() != 0 or not shutil.which("ip") or not shutil.which("unshare"):
        raise Skipped("network namespaces want root, ip and unshare")
    with Namespaces() as net:
        one = Run(2, scripts.LONG, mpirun=net.mpirun(1, 1))
        end, ranks = time.monotonic() + 60, []
        while len(ranks) < 2 and time.monotonic() < end:
            found = subprocess.run(
                ["pgrep", "-f", f"{PROGRAM} .*{one.folder}"], capture_output=True, text=True).stdout.split()
            ranks = [int(pid) for pid in found if os.path.realpath(f"/proc/{pid}/exe") == os.path.realpath(PROGRAM)]
            time.sleep(0.1)
        assert len(ranks) == 2, ranks
        time.sleep(4)
        os.kill(max(ranks), signal.SIGKILL)
        one.finish(timeout=60)
        assert one.status != 0, one.status
        assert len(one.own_messages()) <= 1, one.messages
        assert gone(ranks), "a rank is left behind"


def main():
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    if shutil.which("mpirun") is None:
        print("skipped mpi: there is no mpirun")
        return 0
    failed = 0
    for function in TESTS:
        name = function.__name__.replace("_", " ")
        if wanted not in name:
            continue
        try:
            function()
            print(f"ok {name}", flush=True)
        except Skipped as reason:
            print(f"skipped {name}: {reason}", flush=True)
        except Exception as error:
            failed += 1
            print(f"FAILED {name}: {error}", flush=True)
            if not isinstance(error, AssertionError):
                traceback.print_exc()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
