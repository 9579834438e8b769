"""CPython's side of `Scripts/bench language`: the same work as bench-language.lethe, written as Python has it.

    bench-language.py RESULT.json SIZE    milliseconds of processor time, each the median of five turns
"""
import functools
import json
import statistics
import sys
import time

path, size = sys.argv[1:]
n = int(size)
few = min(n, 10000)
xs = list(range(n))
words = [f"word {i * 7919 % n}" for i in range(n)]
text = "".join(chr(97 + i * 7 % 26) if i % 6 else " " for i in range(n))
lines = "\n".join(words)
numerals = [repr(i / 7) for i in range(n)]


def characters():
    c = 0
    for ch in text:
        if ch == "a":
            c = c + 1
    return c


def slices():
    c = 0
    for i in range(n):
        c = c + len(text[i:i + 3])
    return c


def joining():
    return len(", ".join(words))


def splitting():
    return len(lines.split("\n"))


def replacing():
    return len(text.replace("ab", "x").replace(" ", "__"))


def searching():
    c = 0
    for i in range(10):
        if "word 123456789" in lines:
            c = c + 1
    return c


def writing_numbers():
    c = 0
    for i in range(n):
        c = c + len(f"{i}")
    return c


def formatting_numbers():
    c = 0
    for i in range(n):
        c = c + len(f"{i / 7:.3f}")
    return c


def reading_numbers():
    c = 0
    for s in numerals:
        c = c + float(s)
    return c


def sorting_strings():
    return len(sorted(words))


def sorting_numbers():
    return len(sorted([i * 7919 % n for i in xs]))


def appending():
    out = []
    for i in range(n):
        out += [i]
    return len(out)


def prepending():
    out = []
    for i in range(few):
        out = [i] + out
    return len(out)


def cutting():
    out = list(range(few))
    while len(out) > 0:
        out = out[1:]
    return len(out)


def writing_items():
    out = list(xs)
    for i in range(n):
        out[i] = i * 2
    return out[-1]


def reading_items():
    c = 0
    for i in range(n):
        c = c + xs[i]
    return c


def counting():
    d = {}
    for s in words:
        d[s] = d[s] + 1 if s in d else 1
    return len(d)


def mapping():
    return len(list(map(lambda x: x * 2 + 1, xs)))


def filtering():
    return len(list(filter(lambda x: x % 3 == 0, xs)))


def folding():
    return functools.reduce(lambda a, b: a + b, xs, 0)


def milliseconds(work):
    turns = []
    for _ in range(5):
        began = time.process_time()
        work()
        turns.append(1000 * (time.process_time() - began))
    return statistics.median(turns)


works = [
    characters, slices, joining, splitting, replacing, searching, writing_numbers, formatting_numbers, reading_numbers,
    sorting_strings, sorting_numbers, appending, prepending, cutting, writing_items, reading_items, counting, mapping,
    filtering, folding,
]
with open(path, "w") as file:
    json.dump({work.__name__: milliseconds(work) for work in works}, file)
