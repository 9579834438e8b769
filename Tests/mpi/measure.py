#!/usr/bin/env python3
"""What ranks need: measure.py PROGRAM memory|speed.

memory: the most memory of each rank (VmHWM) in steps of AdamW on a llama of 134.5 million random weights.
speed: seconds a step of one rank with two threads and of two ranks with one, by turns.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

PROGRAM = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else "lethe"
MPIRUN = ["mpirun", "--oversubscribe"] + (["--allow-run-as-root"] if os.getuid() == 0 else [])

MODEL = "m = llama(49152, layers=30, width=576, heads=9, groups=3, inner=1536, tied=true, seed=1)\n"
DATA = """\
def rows(n, length) = range(n) |> map(i -> range(length) |> map(j -> (i * 7919 + j * 104729) % 49152))
"""
MEMORY = DATA + MODEL + 'u = train(m, batch(rows(8, 64)), steps=3, batch=8, optimizer={optimizer})\nprint(u.log.loss[2] |> repr)\n'
SPEED = DATA + MODEL + """\
b = batch(rows(16, 64))
u = train(m, b, steps=1, batch=16)
c = clock(); u = train(m, b, steps=4, batch=16); print("seconds", (clock() - c) / 4)
"""


def start(text, ranks, threads, whole=False):
    folder = tempfile.mkdtemp(prefix="lethe-measure-")
    path = os.path.join(folder, "script.lethe")
    with open(path, "w") as file:
        file.write(text)
    binding = ["--bind-to", "none"] if whole else []
    return subprocess.Popen(
        MPIRUN + binding + ["-n", str(ranks), PROGRAM, "--quiet", "--threads", str(threads), path],
        stdout=subprocess.PIPE, text=True)


def peaks(process, ranks):
    """The most memory of each rank, in MB."""
    found = {}
    while process.poll() is None:
        for pid in subprocess.run(
                ["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split():
            try:
                status = open(f"/proc/{pid}/status").read()
            except OSError:
                continue
            match = re.search(r"VmHWM:\s+(\d+)", status)
            if match and "lethe" in status.split("\n")[0]:
                found[pid] = max(found.get(pid, 0), int(match.group(1)) / 1000)
        time.sleep(0.05)
    return [round(found[pid]) for pid in sorted(found, key=int)]


def memory():
    for optimizer in ("adamw", 'adamw(storage="bf16")', 'clipped(adamw, by="parameter", norm=1000)'):
        for ranks in (1, 2):
            process = start(MEMORY.replace("{optimizer}", optimizer), ranks, 1)
            most = peaks(process, ranks)
            print(f"{optimizer:44} {ranks} ranks: {most} MB, loss {process.stdout.read().strip()}", flush=True)


def speed():
    times = {(1, 2): [], (2, 1): []}
    for _ in range(2):
        for ranks, threads in times:
            out = start(SPEED, ranks, threads, whole=ranks == 1).communicate()[0]
            times[ranks, threads].append(float(re.search(r"seconds ([\d.]+)", out).group(1)))
            print(ranks, "ranks of", threads, "threads:", times[ranks, threads][-1], "s a step", flush=True)
    one, two = (statistics.median(times[key]) for key in ((1, 2), (2, 1)))
    print(f"efficiency {one / two:.3f}")


if __name__ == "__main__":
    {"memory": memory, "speed": speed}[sys.argv[2]]()
