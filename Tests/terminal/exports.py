"""Exports: what other programs say about them. nbformat judges the notebooks, a headless Chromium shows the pages."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import zlib

from harness import Lethe, Skip, content, equal, shell, test

SCRIPT = r'''#!/usr/bin/env lethe
# %% [markdown]
# # One shot & sixty steps
# Names with *an* are to be **forgotten**, see [the paper](https://example.org/soul).

# %% A base model
m = gpt(tokenizer(["to be or not to be"], size=270), layers=1, width=16, seed=1)
m
print("wide 日本 <b>&</b>")
rand()

# %% A typo on purpose
mdoel
#> error: `mdoel` is not defined
#> ...

# %% Curves [slow]
plot([3, 2, 1], [1, 2, 3], title="forget & retain", labels=["a", "b"])
plot([1, 10, 100], log="y", save="base.svg")

# %% A table
run = step(start(m, batch([[1, 2, 3]]), batch([[4, 5, 6]]), loss=graddiff, optimizer=adamw), 2)
run

# %% Left alone [skip]
launch()
#> 3 missiles
'''


def folder_with_script(text=SCRIPT):
    folder = tempfile.mkdtemp(prefix="lethe-export-")
    with open(os.path.join(folder, "s.lethe"), "w") as file:
        file.write(text)
    return folder


def export(folder, arguments):
    return shell(f"cd {folder} && lethe export {arguments}")


def addresses(page):
    """Where a page points to."""
    return re.findall(r"""(?:src|href|action|data|poster|xlink:href)\s*=\s*["']?([^"'\s>]+)""", page)


@test
def bar_24_exports():
    folder = folder_with_script()
    status, out, err = export(folder, "s.lethe --html --md --ipynb")
    equal((status, out), (0, ""))
    assert err.endswith("wrote s.md and s-plot-1.svg\nwrote s.html\nwrote s.ipynb\n"), err
    names = ["s.html", "s.ipynb", "s.md", "s-plot-1.svg"]
    first = [content(folder, name) for name in names]
    equal(export(folder, "s.lethe --html --md --ipynb")[0], 0)
    equal([content(folder, name) for name in names], first)

    page = content(folder, "s.html")
    links = ["https://example.org/soul"]  # the author's own, which nothing follows by itself
    equal([a for a in addresses(page) if not a.startswith(("#", "data:"))], links)
    assert page.count("<svg ") == 2 and "<script" not in page and "@import" not in page and "url(http" not in page, page
    for text in ["<h1>One shot &amp; sixty steps</h1>", "wide 日本 &lt;b&gt;&amp;&lt;/b&gt;", "<figcaption>", "<table>", "error: `mdoel`"]:
        assert text in page, text

    text = content(folder, "s.md")
    for part in ["```text\nmodel gpt", "![forget & retain](s-plot-1.svg)", "![plot](base.svg)", "```text\n3 missiles\n```"]:
        assert part in text, text
    for name in re.findall(r"!\[.*\]\((.*)\)", text):
        assert content(folder, name).startswith("<svg "), name

    notebook = json.loads(content(folder, "s.ipynb"))
    equal((notebook["nbformat"], notebook["nbformat_minor"]), (4, 5))
    equal(notebook["metadata"]["kernelspec"]["name"], "lethe")
    kinds = [output["output_type"] for cell in notebook["cells"] for output in cell.get("outputs", [])]
    equal(kinds, ["display_data", "stream", "execute_result", "error", "display_data", "display_data", "execute_result", "stream"])
    shutil.rmtree(folder)


@test
def bar_24_a_notebook_is_valid_and_as_Jupyter_saves_it():
    try:
        import nbformat
    except ImportError:
        raise Skip("nbformat is not installed")
    folder = folder_with_script()
    equal(export(folder, "s.lethe --ipynb")[0], 0)
    text = content(folder, "s.ipynb")
    notebook = nbformat.reads(text, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    equal(nbformat.writes(notebook) + "\n", text)
    shutil.rmtree(folder)
    return f"nbformat {nbformat.__version__}"


def grounds_in_a_browser(folder, name):
    """The colour of a page's ground on dark and light screens, and that it asks no one for anything."""
    browser = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome", "headless_shell"])), None)
    if not browser:
        raise Skip("no Chromium is installed")
    grounds = {}
    for scheme, number in [("dark", 0), ("light", 1)]:
        log = os.path.join(folder, scheme + ".json")
        picture = os.path.join(folder, f"{name}-{scheme}.png")
        done = subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder}/{scheme}", f"--log-net-log={log}", "--window-size=1200,2600",
             f"--blink-settings=preferredColorScheme={number}", f"--screenshot={picture}", f"file://{folder}/{name}"],
            capture_output=True, timeout=120)
        if not os.path.exists(picture):
            raise Skip("the browser does not run here: " + done.stderr.decode(errors="replace").strip().splitlines()[-1][:200])
        grounds[scheme] = first_pixel(picture)
        # What the page asked for; the browser's own questions go nowhere.
        asked = re.findall(r'"network_isolation_key":"file:.*"url":"([^"]+)"', open(log, errors="replace").read())
        equal([url for url in asked if not url.startswith(("file:", "data:"))], [])
    assert min(grounds["light"]) > 240 and max(grounds["dark"]) < 60, grounds
    return grounds


@test
def bar_24_a_page_in_a_browser():
    folder = folder_with_script()
    equal(export(folder, "s.lethe --html")[0], 0)
    grounds_in_a_browser(folder, "s.html")
    shutil.rmtree(folder)


@test
def every_lesson_is_a_hand_out():
    examples = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "Examples")
    lessons = sorted(name[:-len(".lethe")] for name in os.listdir(examples) if name[0].isdigit())
    assert len(lessons) >= 6, lessons
    folder = tempfile.mkdtemp(prefix="lethe-lessons-")
    notes = set()
    # The first is run; what the others print is checked elsewhere, and shown here as it was recorded.
    for lesson in lessons:
        runs = lesson == lessons[0]
        shutil.copy(os.path.join(examples, lesson + ".lethe"), folder)
        how = "--html --ipynb" if runs else "--html --ipynb --no-run"
        status, out, err = shell(f"cd {folder} && lethe --quiet export {lesson}.lethe {how}", timeout=300)
        equal((status, out), (0, ""))
        page = content(folder, lesson + ".html")
        equal([a for a in addresses(page) if not a.startswith(("#", "data:"))], [])
        assert "<script" not in page and "@import" not in page and "url(http" not in page
        assert page.count("<h1>") == 1 and page.count("<svg ") >= runs and page.count("<p>") >= 4, lesson
        try:
            import nbformat
            nbformat.validate(nbformat.reads(content(folder, lesson + ".ipynb"), as_version=nbformat.NO_CONVERT))
        except ImportError:
            notes.add("nbformat is not installed")
        try:
            grounds_in_a_browser(folder, lesson + ".html")
        except Skip as reason:
            notes.add(str(reason))
    shutil.rmtree(folder)
    return f"{len(lessons)} lessons" + "".join("; " + note for note in sorted(notes))


def first_pixel(path):
    """The colour of a PNG file's first pixel."""
    with open(path, "rb") as file:
        data = file.read()
    packed, position = b"", 8
    while position < len(data):
        length = int.from_bytes(data[position:position + 4], "big")
        if data[position + 4:position + 8] == b"IDAT":
            packed += data[position + 8:position + 8 + length]
        position += length + 12
    return tuple(zlib.decompressobj().decompress(packed, 4)[1:4])


@test
def an_export_shows_unexpected_errors_and_says_so():
    folder = folder_with_script("1 + 1\nnope\n\n# %% Next\n2 + 2\n")
    status, out, err = export(folder, "s.lethe --md -o -")
    equal(status, 1)
    assert err.startswith("s.lethe:2:1: error: `nope` is not defined"), err
    assert "error: `nope` is not defined" in out and "## Next" in out and "```text\n4\n```" in out, out
    shutil.rmtree(folder)


@test
def an_export_without_running():
    folder = folder_with_script("launch()\n#> 3 missiles\n")
    status, out, err = export(folder, "s.lethe --no-run -o page.md")
    equal((status, out, err), (0, "", "wrote page.md\n"))
    equal(content(folder, "page.md"), "# S\n\n```lethe\nlaunch()\n```\n\n```text\n3 missiles\n```\n")
    shutil.rmtree(folder)


@test
def scripts_and_notebooks_there_and_back():
    folder = folder_with_script()
    equal(export(folder, "s.lethe --ipynb")[0], 0)
    equal(export(folder, "s.ipynb --lethe -o back.lethe"), (0, "", "wrote back.lethe\n"))
    source = [line for line in SCRIPT.splitlines()[1:] if not line.startswith("#>")]
    # That a cell is meant to fail travels as its tag; what it said does not.
    source[source.index("mdoel") + 1:source.index("mdoel") + 1] = ["#> error: ...", "#> ..."]
    back = content(folder, "back.lethe").splitlines()
    equal([line for line in back if line], [line for line in source if line])
    # The title has a cell of its own only where the script has none.
    equal(export(folder, "back.lethe --ipynb")[0], 0)
    def sources(name):
        return [(cell["id"], cell["source"]) for cell in json.loads(content(folder, name))["cells"]]
    equal(sources("back.ipynb"), sources("s.ipynb"))
    shutil.rmtree(folder)


@test
def exports_that_cannot_be():
    folder = folder_with_script("1\n")
    for name, text in [("a.ipynb", "{"), ("b.ipynb", '{"nbformat": 3}'), ("c.ipynb", "\x00\x01")]:
        with open(os.path.join(folder, name), "w") as file:
            file.write(text)
    for arguments, word in [
        ("s.lethe", "which format?"), ("missing.lethe --html", "cannot read"), ("s.lethe --html --md -o x", "one format at a time"),
        ("a.ipynb --lethe", "not a notebook"), ("b.ipynb --lethe", "format 3"), ("c.ipynb --lethe", "not a notebook"), ("a.ipynb --html", "is a notebook"),
        ("s.lethe --html -o none/x.html", "does not exist"), ("s.lethe --lethe", "does not end in .ipynb"), ("s.lethe --md -o s.lethe", "is exported"),
        ("s.lethe --md -o ./s.lethe", "is exported"), ("./s.lethe --html -o s.lethe", "is exported"),
    ]:
        status, out, err = export(folder, arguments)
        equal((arguments, status, out), (arguments, 2, ""))
        assert word in err, err
    equal(content(folder, "s.lethe"), "1\n")
    shutil.rmtree(folder)


@test
def a_session_is_exported():
    lethe = Lethe()
    lethe.prompt()
    lethe.run("x = [1, 4, 9]")
    lethe.run("nope")
    lethe.run('plot(x, title="squares")')
    assert "wrote lesson.html" in lethe.run(":export lesson.html")
    page = content(lethe.home, "lesson.html")
    assert "<figcaption><b>Figure 1.</b> squares</figcaption>" in page and "nope" not in page, page
    equal(lethe.end(), 0)


@test
def notebooks_of_others_come_back_or_are_warned_of():
    def notebook(metadata, cells):
        made = [{"cell_type": kind, "metadata": {}, "source": text, **({"outputs": [], "execution_count": None} if kind == "code" else {})} for kind, text in cells]
        return json.dumps({"nbformat": 4, "nbformat_minor": 0, "metadata": metadata, "cells": made})

    folder = tempfile.mkdtemp(prefix="lethe-home-")
    with open(os.path.join(folder, "x.ipynb"), "w") as file:
        file.write(notebook({}, [("markdown", "```mermaid\n%% == States ==\n```\n<!-- kept -->"), ("code", "1")]))
    equal(export(folder, "x.ipynb --lethe -o y.lethe"), (0, "", "wrote y.lethe\n"))
    equal(export(folder, "y.lethe --ipynb -o z.ipynb")[0], 0)
    cells = json.loads(content(folder, "z.ipynb"))["cells"]
    equal(["".join(cell["source"]) for cell in cells if cell["metadata"] == {}], ["```mermaid\n%% == States ==\n```\n<!-- kept -->", "1"])
    # A page does not show comments.
    equal(export(folder, "y.lethe --html -o z.html")[0], 0)
    assert "kept" not in content(folder, "z.html") and "%% == States ==" in content(folder, "z.html")
    with open(os.path.join(folder, "p.ipynb"), "w") as file:
        kernel = {"colab": {}, "kernelspec": {"name": "python3", "display_name": "Python 3"}}
        file.write(notebook(kernel, [("code", "%matplotlib inline\n!pip install x")]))
    status, out, err = export(folder, "p.ipynb --lethe -o q.lethe")
    equal((status, out), (0, ""))
    for words in ["the notebook's language is Python 3", "begin with ! are commands for the shell", "begin with % mean nothing in Lethe"]:
        assert words in err, err
