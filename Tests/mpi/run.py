#!/usr/bin/env python3
"""Scripts on several ranks by mpirun: run.py PROGRAM [part of a test's name].

The same bits on one, two and three ranks; one message however it ends; no rank is left behind.
"""

import os
import random
import re
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


def test(function):
    TESTS.append(function)
    return function


class Run:
    """A script on some ranks."""

    def __init__(self, ranks, text, folder=None, arguments=(), stdin=None):
        self.folder = folder or tempfile.mkdtemp(prefix="lethe-mpi-")
        path = os.path.join(self.folder, "script.lethe")
        with open(path, "w") as file:
            file.write(text)
        self.process = subprocess.Popen(
            MPIRUN + ["-n", str(ranks), PROGRAM, "--quiet", "--threads", "1", *(arguments or [path])],
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
        """What Lethe said, without what mpirun adds."""
        blocks = re.sub(r"-{60,}\n.*?-{60,}\n", "", self.messages, flags=re.S)
        return [line for line in blocks.splitlines() if line.strip()]


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


@test
def control_c_ends_all_with_one_message():
    for whom in ("mpirun", 0, 1):
        one = Run(3, scripts.LONG)
        ranks = sorted(one.ranks(3))
        time.sleep(5)
        os.kill(one.process.pid if whom == "mpirun" else ranks[whom], signal.SIGINT)
        one.finish(timeout=60)
        assert one.status != 0, one.status
        said = one.own_messages()
        assert len(said) == 1 and "interrupted" in said[0], (whom, one.messages)
        assert one.out == "", one.out
        assert gone(ranks), "a rank is left behind"


@test
def a_study_whose_rank_was_lost_resumes_to_the_same_table():
    text = scripts.DATA + scripts.STUDY
    whole = Run(1, text)
    whole.finish()
    assert whole.status == 0, whole.messages
    one = Run(2, text)
    path = os.path.join(one.folder, "study.jsonl")
    end = time.monotonic() + TIMEOUT
    while time.monotonic() < end and one.process.poll() is None:
        if os.path.exists(path) and open(path).read().count("\n") >= 3:
            os.kill(one.ranks(2)[1], signal.SIGKILL)
            break
        time.sleep(0.02)
    one.finish(timeout=120)
    again = Run(3, text, folder=one.folder)
    again.finish()
    assert again.status == 0, again.messages
    # What was printed by runs that had ended before is not printed again.
    kept = [line for line in whole.out.splitlines() if not line.startswith("lr ") or "±" in line]
    assert [line for line in again.out.splitlines() if line in kept] == kept, (whole.out, again.out)


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
        except Exception as error:
            failed += 1
            print(f"FAILED {name}: {error}", flush=True)
            if not isinstance(error, AssertionError):
                traceback.print_exc()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
