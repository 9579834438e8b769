"""Pages that one can play with, hand-outs, the manual's site, and lessons played at the prompt."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile

from harness import PROGRAM, Lethe, Skip, content, equal, shell, test

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.abspath(os.path.join(HERE, "..", ".."))

LESSON = r"""# %% [markdown]
# # Steps
# A step of $-\eta g$.

# %% A parabola [slider lr=0.1..0.9 5]
lr = 0.5
x = 1 - lr * 2
print("x = {x}")
plot([1, x], title="one step")
#> ...

# %% Its value [slider]
x ^ 2
#> 0

# %% [solution]
def twice(v) = 2 * v

# %% Twice [exercise]
twice(4)
#> 8
"""


def written(text=LESSON):
    folder = tempfile.mkdtemp(prefix="lethe-pages-")
    with open(os.path.join(folder, "s.lethe"), "w") as file:
        file.write(text)
    return folder


def permitted(page):
    """Whether the page's policy allows exactly the script that stands in it."""
    scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
    hashes = re.findall(r"'sha256-([^']+)'", page.split("</head>")[0])
    return [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts] == hashes and len(scripts) == 1


@test
def a_page_with_a_slider():
    folder = written()
    status, out, err = shell(f"cd {folder} && lethe --quiet export s.lethe --html --md && lethe check s.lethe && lethe s.lethe")
    equal(status, 0)
    page = content(folder, "s.html")
    assert permitted(page)
    equal(page.count("<div data-at="), 10)
    for text in ["x = 0.8", "x = 0", "data-values=\"0.1|0.3|0.5|0.7|0.9\"", "<math>", "<details class=\"solution\">"]:
        assert text in page, text
    assert "<script" not in content(folder, "s.md") and "x = 0\n" in content(folder, "s.md")
    # Refused in words, with the line.
    with open(os.path.join(folder, "t.lethe"), "w") as file:
        file.write("x = 1\n# %% [slider x=1]\nx = 2\n")
    status, out, err = shell(f"cd {folder} && lethe export t.lethe --html")
    equal(status, 2)
    assert "line 2: this is no slider: x=1" in err, err
    shutil.rmtree(folder)


@test
def a_hand_out_without_solutions():
    folder = written()
    equal(shell(f"cd {folder} && lethe --quiet export s.lethe --html --ipynb --handout --lang de")[0], 0)
    page = content(folder, "s.html")
    assert "2 * v" not in page and "twice" in page and '<html lang="de">' in page
    assert "2 * v" not in content(folder, "s.ipynb")
    status, _, err = shell(f"cd {folder} && lethe export s.lethe --html --lang '<b>'")
    equal(status, 2)
    assert "--lang takes the code of a language" in err, err
    shutil.rmtree(folder)


@test
def a_lesson_is_played_at_the_prompt():
    folder = written()
    lethe = Lethe(cwd=folder)
    lethe.prompt()
    text = lethe.run(":play s.lethe")
    assert "1/3" in text and "lr = 0.5" in text, text
    text = lethe.run("")
    assert "x = 0" in text and "2/3" in text, text
    lethe.run("")
    assert "not yet" in lethe.run("")
    lethe.run("def twice(v) = v + v")
    text = lethe.run("")
    assert "right" in text and "That was s.lethe" in text, text
    lethe.close()
    shutil.rmtree(folder)


@test
def the_manual_leads_everywhere():
    folder = tempfile.mkdtemp(prefix="lethe-manual-")
    done = subprocess.run(
        [os.path.join(TREE, "Scripts", "manual"), "--recorded", folder], capture_output=True, text=True,
        env=dict(os.environ, LETHE=PROGRAM), timeout=300, check=False)
    equal(done.returncode, 0)
    said = done.stdout.strip().splitlines()[-1]
    pages = [name for name in os.listdir(folder) if name.endswith(".html")]
    assert re.search(rf": {len(pages)} pages, \d+ links, 0 broken$", said) and len(pages) >= 20, said
    assert permitted(content(folder, "index.html"))
    for name in pages:
        assert TREE not in content(folder, name), name
    try:
        accessible([os.path.join(folder, name) for name in ("index.html", "gallery.html", "faq.html")])
    except Skip as reason:
        said += f"; {reason}"
    shutil.rmtree(folder)
    return said.split(": ", 1)[1]


def accessible(pages):
    done = subprocess.run(
        [sys.executable, os.path.join(TREE, "Tests", "pages", "axe.py"), *pages], capture_output=True, text=True,
        timeout=300, check=False)
    if done.stdout.startswith("skipped"):
        raise Skip(done.stdout.strip().split(": ", 1)[1])
    equal((done.returncode, done.stdout if done.returncode else ""), (0, ""))


@test
def long_help_goes_through_a_pager_where_one_is_wanted():
    lethe = Lethe(PAGER="sed 's/^/paged /'", size=(12, 80))
    lethe.prompt()
    assert "paged" not in lethe.run(":help")
    lethe.run(":set pager on")
    assert "paged" in lethe.run(":help")
    # What fits the window needs none, and an expression's value is no help.
    assert "paged" not in lethe.run("range(5)")
    assert "is `on` or `off`" in lethe.run(":set pager maybe")
    lethe.close()
    status, out, _ = shell("printf ':set pager on\\n:help\\n' | PAGER='sed s/^/paged/' lethe --quiet")
    assert status == 0 and "paged" not in out and ":guide" in out, out


@test
def pictures_in_words_and_as_pixels():
    lethe = Lethe()
    lethe.prompt()
    lethe.run(":set pictures words")
    text = lethe.run('plot([1, 4, 9], title="squares")')
    assert "Line plot: squares." in text and "highest 9 at 2" in text and "┤" not in text, text
    assert "does not say that it shows pictures" in lethe.run(":set pictures pixels")
    lethe.close()
    if not shutil.which("rsvg-convert"):
        return "rsvg-convert is not installed"
    lethe = Lethe(KITTY_WINDOW_ID="1")
    lethe.prompt()
    lethe.run(":set pictures pixels")
    lethe.run("plot([1, 4, 9])")
    assert "\x1b_Ga=T,f=100,m=1;iVBOR" in lethe.raw, lethe.raw[-300:]
    lethe.close()
