"""Runs the built program in a pseudo-terminal, or plainly, and collects tests. Needs pexpect; tmux where a test says so.

Times are printed beside the bar they belong to and not judged: a busy machine is no defect. A prompt that does not come
within TIMEOUT seconds is one.
"""

import multiprocessing
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from concurrent.futures import ProcessPoolExecutor

import pexpect

PROGRAM = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else "lethe"
TIMEOUT = 120
# Readline switches bracketed paste on at every new prompt, and only there; a redrawn line shows the prompt's text again.
PROMPT = r"\x1b\[\?2004h(?:\x1b\[[0-9;]*m|[\x01\x02])*(\d+)> "
DUMB_PROMPT = r"(\d+)> "
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1bM|\x1bO.|\x1b\(B|[\x01\x02]")


class Skip(Exception):
    """A test that cannot run here."""


def environment(home, **more):
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "LD_LIBRARY_PATH", "OPENBLAS_CORETYPE")}
    kept.update(HOME=home, INPUTRC="/dev/null", TERM="xterm", LANG="C.UTF-8")
    kept.update(more)
    return {k: v for k, v in kept.items() if v is not None}


class Lethe:
    """The program at a prompt, in a pseudo-terminal of its own."""

    def __init__(self, *arguments, home=None, cwd=None, size=(24, 80), **env):
        # What is typed comes back letter by letter, as it was typed; `Screen` sees it in colours.
        env.setdefault("NO_COLOR", "1")
        self.home = home or tempfile.mkdtemp(prefix="lethe-home-")
        self.started = time.monotonic()
        self.child = pexpect.spawn(
            PROGRAM, list(arguments), env=environment(self.home, **env), cwd=cwd or self.home, dimensions=size,
            timeout=TIMEOUT, encoding="utf8")
        self.child.delaybeforesend = None
        self.pattern = DUMB_PROMPT if env.get("TERM") == "dumb" else PROMPT
        self.raw = ""

    def prompt(self):
        """Waits for the next prompt; returns what was printed before it, without escape sequences."""
        self.child.expect(self.pattern)
        self.raw += self.child.before + self.child.after
        self.number = int(self.child.match.group(1))
        return plain(self.child.before)

    def run(self, line):
        """Types a line and Enter; returns what the next prompt is preceded by, without the echo."""
        self.child.send(line + "\r")
        text = self.prompt()
        echo = line.replace("\r", "\n")
        return text[len(echo):].strip("\n") if text.startswith(echo) else text.strip("\n")

    def keys(self, text):
        self.child.send(text)

    def wait(self, text):
        self.child.expect_exact(text)
        return plain(self.child.before)

    def settle(self, seconds=0.3):
        """What arrives within some time, for states that nothing announces."""
        end = time.monotonic() + seconds
        text = ""
        while time.monotonic() < end:
            try:
                text += self.child.read_nonblocking(10000, timeout=max(0.01, end - time.monotonic()))
            except pexpect.TIMEOUT:
                break
        return text

    def computed(self):
        """Seconds that the program has computed, all threads together."""
        total = 0
        for thread in os.listdir(f"/proc/{self.child.pid}/task"):
            try:
                with open(f"/proc/{self.child.pid}/task/{thread}/schedstat") as file:
                    total += int(file.read().split()[0])
            except OSError:  # a thread that has ended
                pass
        return total / 1e9

    def computes(self, seconds):
        """Waits until the program has computed for so long, however busy the machine is."""
        start, end = self.computed(), time.monotonic() + TIMEOUT
        while self.computed() - start < seconds:
            assert time.monotonic() < end, "the program does nothing"
            time.sleep(0.02)

    def interrupt(self):
        """Ctrl-C; returns the milliseconds to the next prompt and what was printed before it."""
        start = time.monotonic()
        self.child.send("\x03")
        self.child.expect_exact("^C")
        before = plain(self.child.before)
        text = before + "^C" + self.prompt()
        return (time.monotonic() - start) * 1000, text

    def end(self):
        """Ctrl-D on an empty line; returns the exit status."""
        self.child.send("\x04")
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus

    def close(self):
        self.child.close(force=True)


def plain(text):
    return ESCAPES.sub("", text).replace("\r\n", "\n").replace("\r", "")


def shell(command, input=None, timeout=120, **env):
    """Runs a shell command where `lethe` is the program under test; returns exit status, stdout, stderr."""
    home = tempfile.mkdtemp(prefix="lethe-home-")
    folder = os.path.join(home, "bin")
    os.mkdir(folder)
    os.symlink(PROGRAM, os.path.join(folder, "lethe"))
    variables = environment(home, **env)
    variables["PATH"] = folder + ":" + variables["PATH"]
    done = subprocess.run(["bash", "-c", command], input=input, env=variables, cwd=home, capture_output=True, timeout=timeout)
    shutil.rmtree(home, ignore_errors=True)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Screen:
    """The program in tmux: what a person sees."""

    def __init__(self, *arguments, columns=80, rows=24, shell=False):
        """With `shell` a shell with job control, in which `lethe` is the program."""
        if not shutil.which("tmux"):
            raise Skip("tmux is not installed")
        self.home = tempfile.mkdtemp(prefix="lethe-home-")
        self.socket = os.path.join(self.home, "tmux")
        exports = " ".join(f"{k}='{v}'" for k, v in environment(self.home, TERM=None).items())
        command = f"env {exports} {PROGRAM} {' '.join(arguments)}; sleep 1000"
        if shell:
            os.mkdir(os.path.join(self.home, "bin"))
            os.symlink(PROGRAM, os.path.join(self.home, "bin", "lethe"))
            command = f"env {exports} PATH='{self.home}/bin:{os.environ['PATH']}' PS1='$ ' bash --norc -i"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), command)

    def __enter__(self):
        """With the first prompt, Lethe's or the shell's."""
        try:
            self.wait(lambda text: text.endswith(("1>", "$")))
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def tmux(self, *words):
        return subprocess.run(["tmux", "-S", self.socket, *words], capture_output=True, check=True).stdout.decode()

    def type(self, text):
        if text.endswith(";"):
            text = text[:-1] + "\\;"  # a last semicolon would be tmux's own
        self.tmux("send-keys", "-l", "--", text)

    def press(self, *names):
        self.tmux("send-keys", *names)

    def enter(self, *lines, until=None):
        """Types lines, each with Enter; with `until` waits for what the screen is to end with."""
        for line in lines:
            self.type(line)
            self.press("Enter")
        if until:
            self.wait(lambda text: text.endswith(until))

    def text(self, *options):
        """What is seen; with "-e" in its colours."""
        return self.tmux("capture-pane", "-p", *options).rstrip("\n")

    def wait(self, condition):
        """Waits until the screen satisfies a condition; returns it."""
        end = time.monotonic() + TIMEOUT
        while True:
            text = self.text()
            if condition(text):
                return text
            if time.monotonic() > end:
                raise AssertionError("the screen never became what was expected:\n" + text)
            time.sleep(0.02)

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True)
        shutil.rmtree(self.home, ignore_errors=True)


def content(folder, name):
    with open(os.path.join(folder, name)) as file:
        return file.read()


def name_list(count=700):
    """First names made of syllables, the same ones every time, a tenth of which begin with "an"."""
    choose = random.Random(1)
    names = set()
    while len(names) < count:
        start = "an" if choose.random() < 0.1 else choose.choice("ma lo ri be ta el jo ka mi no sa te va ze da fi".split())
        middle = "".join(choose.choice("na li ro be de la mi so ra ne ti vo".split()) for _ in range(choose.randint(0, 2)))
        names.add(start + middle + choose.choice("a n s el is o ra na th r".split()))
    return "".join(name + "\n" for name in sorted(names))


TESTS = []


def test(function):
    TESTS.append(function)
    return function


def long_test(function):
    """One that takes a while begins early, so that the others fill the time beside it."""
    TESTS.insert(0, function)
    return function


def equal(found, expected):
    assert found == expected, f"expected {expected!r}, found {found!r}"


def judge(function):
    """The line that says how a test ended."""
    name = function.__name__.replace("_", " ")
    try:
        note = function()
        return f"ok {name}" + (f" ({note})" if note else "")
    except Skip as reason:
        return f"skipped {name}: {reason}"
    except Exception as error:  # a test that fails must not stop the others
        where = traceback.extract_tb(error.__traceback__)
        here = os.path.dirname(os.path.abspath(function.__code__.co_filename))
        line = next((f"{os.path.basename(f.filename)} {f.lineno}" for f in reversed(where)
                     if f.filename.startswith(here) and not f.filename.endswith("harness.py")), "?")
        first = (str(error) or type(error).__name__).split("\nversion:")[0]
        if isinstance(error, pexpect.ExceptionPexpect):
            buffer = re.search(r"buffer \(last \d+ chars\): (.*)", str(error))
            first = f"{type(error).__name__}, last seen {buffer.group(1) if buffer else '?'}"
        return f"FAILED {name}: line {line}: {first}"


def judge_numbered(index):
    return judge(TESTS[index])


def run_all(pattern=""):
    """Runs the tests whose names match a pattern, as many at a time as there are processors (at most 4). Returns how many
    failed."""
    chosen = [i for i, function in enumerate(TESTS) if re.search(pattern, function.__name__.replace("_", " "))]
    workers = min(len(os.sched_getaffinity(0)), 4)
    failed = 0
    # A worker is a process of its own: pexpect and the tests' signals want a main thread. Each takes one test at a time.
    with ProcessPoolExecutor(workers, multiprocessing.get_context("fork")) as pool:
        for line in pool.map(judge_numbered, chosen):
            failed += line.startswith("FAILED")
            print(line, flush=True)
    return failed


SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scripts")
UP, DOWN = "\x1b[A", "\x1b[B"


def paste(text):
    return f"\x1b[200~{text}\x1b[201~"


def ms(seconds):
    return f"{seconds:.0f} ms"


def in_folder(prepare):
    """A folder with files to read."""
    folder = tempfile.mkdtemp(prefix="lethe-home-")
    prepare(folder)
    return folder


def in_bash(script, prompt, lines):
    """Runs a shell script in a pseudo-terminal, types lines at Lethe's prompt in it, then Ctrl-D; returns the folder."""
    home = tempfile.mkdtemp(prefix="lethe-home-")
    bash = pexpect.spawn("bash", ["-c", script], env=environment(home), cwd=home, timeout=TIMEOUT, encoding="utf8")
    bash.delaybeforesend = None
    for line in lines:
        if prompt:
            bash.expect(prompt)
        bash.send(line + "\r")
    if prompt:
        bash.expect(prompt)
    bash.send("\x04")
    bash.expect("finished")
    return home
