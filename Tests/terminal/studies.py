"""Studies: killed at any moment they end with the same table; interrupted they keep what is done."""

import json
import os
import random
import signal
import subprocess
import tempfile
import time

from harness import PROGRAM, Lethe, environment, equal, shell, test

STUDY = """
def work(seconds) { start = clock(processor=true); while clock(processor=true) - start < seconds { } }
def run(a, b, seed) {
  work(0.02)
  if a == 3 and seed == 1 { error("bad luck") }
  return (x=a * b + seed, y=if b == 2 { nan } else { rand() })
}
s = study(run, grid=(a=[1, 2, 3, 4, 5], b=[1, 2, 3, 4]), seeds=2, path="study.jsonl")
print(s)
print(repr(map(row -> [row.variant, row.seed, row.error], s.rows)))
"""


def script(folder, text=STUDY):
    path = os.path.join(folder, "study.lethe")
    with open(path, "w") as file:
        file.write(text)
    return path


def lethe(folder, *arguments):
    return subprocess.Popen(
        [PROGRAM, "--quiet", *arguments], env=environment(folder), cwd=folder, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, start_new_session=True)


def rows(folder):
    """The whole lines of the study's file."""
    with open(os.path.join(folder, "study.jsonl")) as file:
        return [json.loads(line) for line in file.read().split("\n")[:-1]]


def processes_of(session):
    return [pid for pid in os.listdir("/proc") if pid.isdigit() and session_of(pid) == session]


def session_of(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return int(fields[3]) if fields[0] != "Z" else None
    except OSError:
        return None


@test
def a_study_survives_being_killed_at_twenty_moments():
    whole, folder = tempfile.mkdtemp(), tempfile.mkdtemp()
    out, err = lethe(whole, script(whole)).communicate(timeout=120)
    expected = out.decode()
    assert "a=5 b=4" in expected, err
    path, generator, kills, finished = script(folder), random.Random(7), 0, 0
    while kills < 20:
        child = lethe(folder, path)
        time.sleep(generator.uniform(0.02, 0.3))
        if child.poll() is not None:
            # It was done before: from the beginning again.
            equal(child.communicate()[0].decode(), expected)
            finished += 1
            os.remove(os.path.join(folder, "study.jsonl"))
            continue
        child.send_signal(signal.SIGKILL)
        child.communicate()
        kills += 1
        if kills % 4 == 0 and os.path.exists(os.path.join(folder, "study.jsonl")):
            # As a power cut may leave it.
            with open(os.path.join(folder, "study.jsonl"), "r+b") as file:
                file.truncate(max(0, file.seek(0, 2) - generator.randrange(1, 40)))
    out, err = lethe(folder, path).communicate(timeout=120)
    equal(out.decode(), expected)
    done = [row for row in rows(folder) if "seed" in row]
    equal(len({row["fingerprint"] for row in done}), 40)
    equal(len(done), 40)
    return f"{kills} times killed, {finished} times finished in between"


@test
def copies_end_with_the_program_that_made_them():
    folder = tempfile.mkdtemp()
    child = lethe(folder, script(folder, STUDY.replace("0.02", "30")))
    end = time.monotonic() + 60
    while len(processes_of(child.pid)) < 2:
        assert time.monotonic() < end and child.poll() is None, child.communicate()
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    end = time.monotonic() + 10
    while processes_of(child.pid):
        assert time.monotonic() < end, "copies are left"
        time.sleep(0.05)


@test
def a_study_tells_how_far_its_runs_are():
    lethe = Lethe()
    lethe.prompt()
    lethe.run("f, r = batch([[1, 2, 3]]), batch([[1, 3, 4]])")
    lethe.run("m = gpt(30, layers=2, width=64, seed=1)")
    for workers in [1, 2]:
        lethe.keys("study(lr -> nll(unlearn(m, f, r, steps=100000, optimizer=adamw(lr=lr)), f), grid=(lr=[1e-5, 2e-5]), "
                   f"workers={workers})\r")
        for _ in range(3):
            lethe.child.expect(r"0/2  lr=[^ ]*: unlearn \d+/")
        lethe.interrupt()
    lethe.keys("tune(m, f, r, optimizer=[adamw], lr=[1e-5, 2e-5], budget=100000)\r")
    lethe.child.expect(r"0/2  [^\r]*: gradients \d+/")
    lethe.interrupt()
    equal(lethe.run("1 + 1"), "2")
    lethe.close()


@test
def workers_do_not_change_a_study():
    results = []
    for workers in ["1", "2", "5"]:
        folder = tempfile.mkdtemp()
        text = STUDY.replace('path="study.jsonl"', f'path="study.jsonl", workers={workers}').replace(
            "x=a * b", 'x=nll(gpt(9, layers=1, width=16, seed=seed), batch([[1, 2, b]])) + a * b')
        out, err = lethe(folder, script(folder, text)).communicate(timeout=120)
        results.append((out.decode(), err.decode()))
    assert "a=5 b=4" in results[0][0], results[0]
    equal(results[1], results[0])
    equal(results[2], results[0])


@test
def a_plan_of_a_study_in_copies_is_not_the_time_it_was_given():
    folder = tempfile.mkdtemp()
    text = """
def endless(lr) { while true { }; return lr }
print(try { plan(() -> study(endless, grid=(lr=[1, 2]), workers=2), seconds=0.5); "planned" } catch e { e.message })
def long(lr) { t = clock(); while clock() - t < 0.1 { }; return lr }
p = plan(() -> study(long, grid=(lr=range(400)), workers=2), seconds=3)
print(p.seconds > 8 and p.seconds < 400, contains(join(p.notes, " "), "side by side"))
"""
    out, err = lethe(folder, script(folder, text)).communicate(timeout=120)
    equal(out.decode().split("\n")[0], "the recipe did not end within 0.5 s, and `study` was 0 of 2 far")
    equal(out.decode().split("\n")[1], "true true")


@test
def a_plan_counts_states_that_a_run_keeps():
    folder = tempfile.mkdtemp()
    text = """
base = gpt(3000, layers=1, width=96, heads=2, context=8, seed=1)
f, r = batch(map(i -> [1, 2, 3 + i % 2, i % 5], range(8))), batch(map(i -> [4, 1, i % 3, 2], range(8)))
bare = plan(start(base, f, r, optimizer=adamw, memory=1), 40, seconds=1)
kept = plan(start(base, f, r, optimizer=adamw), 40, seconds=1)
held = memory_use(during=() -> step(start(base, f, r, optimizer=adamw), 40)).tensors_peak
print(abs(kept.memory / held - 1) < 0.2, bare.memory < held / 5)
"""
    out, err = lethe(folder, script(folder, text)).communicate(timeout=120)
    equal(out.decode(), "true true\n")


@test
def two_programs_do_not_write_one_study():
    folder = tempfile.mkdtemp()
    child = lethe(folder, script(folder, STUDY.replace("0.02", "1")))
    end = time.monotonic() + 60
    while not os.path.exists(os.path.join(folder, "study.jsonl")) or len(rows(folder)) < 2:
        assert time.monotonic() < end, "nothing is written"
        time.sleep(0.05)
    out, err = lethe(folder, script(folder)).communicate(timeout=60)
    child.kill()
    child.communicate()
    assert b"another process is writing this file" in err, err


@test
def studies_within_a_study_share_a_file():
    """Whichever comes first computes; none is refused because its neighbour has the file."""
    text = """
def inner(y) { start = clock(processor=true); while clock(processor=true) - start < 0.05 { }; return y * 2 }
def outer(x) = study(inner, grid=(y=[1, 2]), path="inner.jsonl").rows[1].value + x
print(map(study(outer, grid=(x=[1, 2, 3, 4, 5, 6])).rows, row -> if row.error == none { row.value } else { row.error }))
"""
    expected = "[5, 6, 7, 8, 9, 10]\n"
    for threads in ["1", "2", "5"]:
        folder = tempfile.mkdtemp()
        out, err = lethe(folder, "--threads", threads, script(folder, text)).communicate(timeout=60)
        equal(out.decode(), expected)
        equal(len(open(os.path.join(folder, "inner.jsonl")).read().split("\n")), 4)


@test
def studies_that_want_each_other_s_file_end():
    text = """
def inner(y) { start = clock(processor=true); while clock(processor=true) - start < 0.3 { }; return y * 2 }
def one(y) = study(inner, grid=(y=[y]), path="q.jsonl", extend=true).rows[0].value
def two(y) = study(inner, grid=(y=[y]), path="p.jsonl", extend=true).rows[0].value
def outer(x) = if x % 2 == 0 { study(one, grid=(y=[1, 2]), path="p.jsonl") } else { study(two, grid=(y=[1, 2]), path="q.jsonl") }
print(len(study(outer, grid=(x=[0, 1])).rows))
"""
    folder = tempfile.mkdtemp()
    out, err = lethe(folder, "--threads", "2", script(folder, text)).communicate(timeout=60)
    equal(out.decode(), "2\n")


@test
def a_study_within_a_study_is_refused_its_file():
    text = """
def outer(x) = study(y -> y * 2, grid=(y=[1, 2]), path="./study.jsonl").rows[1].value + x
print(study(outer, grid=(x=[1, 2]), path="study.jsonl").rows[0].error)
"""
    for threads in ["1", "2"]:
        folder = tempfile.mkdtemp()
        out, err = lethe(folder, "--threads", threads, script(folder, text)).communicate(timeout=60)
        assert "is the file of the study that this one is a part of" in out.decode(), (out, err)


@test
def ctrl_c_keeps_the_runs_that_ended():
    prompt = Lethe()
    prompt.prompt()
    prompt.run("def run(a) { t = clock(); while clock() - t < 0.2 { }; return a }")
    prompt.keys('s = study(run, grid=(a=range(100)), path="s.jsonl")\r')
    path, end = os.path.join(prompt.home, "s.jsonl"), time.monotonic() + 60
    while not os.path.exists(path) or len(open(path).readlines()) < 4:
        assert time.monotonic() < end, "nothing is written"
        time.sleep(0.05)
    text = prompt.interrupt()[1]
    assert "the same study again goes on with the others" in text, text
    prompt.run("x = 1")
    done = int(prompt.run("len(s.rows)"))
    assert 0 < done < 100, done
    text = prompt.run("s.failed")
    equal(text, "[]")
    equal(prompt.end(), 0)
    return f"{done} of 100 runs had ended"


@test
def a_run_that_crashes_its_process_is_a_row():
    folder = tempfile.mkdtemp()
    text = 's = study(a -> if a == 2 { deep(1) } else { a }, grid=(a=[1, 2, 3]))\nprint(len(s.failed), s.rows[2].value)\n'
    out, err = lethe(folder, script(folder, "def deep(n) = 1 + deep(n + 1)\n" + text)).communicate(timeout=60)
    equal(out.decode(), "1 3\n")


@test
def a_study_keeps_the_processors_busy():
    folder = tempfile.mkdtemp()
    text = """
f, r = batch([range(20), range(5, 25)]), batch([range(30, 50), range(40, 60)])
def run(lr, seed) {
  m = unlearn(gpt(64, layers=2, width=32, context=32, seed=seed), f, r, steps=100, optimizer=adamw(lr=lr))
  return (forget=nll(m, f), retain=nll(m, r))
}
start = clock()
s = study(run, grid=(lr=log_range(1e-4, 1e-2, 20)), seeds=2, path="s.jsonl")
print(clock() - start, sum(map(row -> row.seconds, s.rows)))
"""
    before = os.times()
    out, err = lethe(folder, script(folder, text)).communicate(timeout=300)
    after = os.times()
    wall, running = map(float, out.split())
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return f"40 runs in {wall:.2f} s: {running / wall:.2f} at a time, {used / wall:.2f} processors (bar 0.9 of those there are)"
